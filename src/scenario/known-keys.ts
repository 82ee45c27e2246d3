import { closest } from '../core/suggest.js';
import { scenarioJsonSchema, type JsonSchema } from './json-schema.js';
import type { Path } from './problem.js';

/** What to say about a key that is not known at `path` of `file`: the place where it belongs, a likely spelling, or the keys there are. */
export function unknownKeyHelp(key: string, path: Path, file: unknown): string {
  const owner = ownerOf(key, scenarioJsonSchema(), '');
  if (owner !== undefined) return `"${key}" belongs under ${owner}`;
  const here = keysAt(path, file);
  const meant = closest(key, here);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return `known here: ${here.join(', ')}`;
}

function keysAt(path: Path, file: unknown): readonly string[] {
  let schemas: readonly JsonSchema[] = [scenarioJsonSchema()];
  let value = file;
  for (const step of path) {
    value = childOf(value, step);
    schemas = schemas.flatMap((schema) => schemasUnder(schema, step)).flatMap((schema) => variants(schema, value));
  }
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function schemasUnder(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  if (typeof step === 'number') return schema.items ? [schema.items] : [];
  const known = schema.properties?.[step];
  if (known) return [known];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** The keys whose value says which of several mappings one is. */
export const DISCRIMINATORS = ['executor', 'do'] as const;

/** The alternatives of a union; of executors and events only the one that the file names, when it names one. */
function variants(schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  const all = schema.oneOf ?? schema.anyOf;
  if (!all) return [schema];
  const named = all.filter((one) => DISCRIMINATORS.some((key) => one.properties?.[key]?.const !== undefined && one.properties[key].const === childOf(value, key)));
  return named.length > 0 ? named : all;
}

function childOf(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
}

/** Where else in the file the key is known: `fleet`, `load[]` of the executor `constant-users` … */
function ownerOf(key: string, schema: JsonSchema, where: string): string | undefined {
  if (where !== '' && schema.properties && Object.hasOwn(schema.properties, key)) {
    const executor = schema.properties['executor']?.const;
    const event = schema.properties['do']?.const;
    return executor !== undefined ? `${where} with the executor ${String(executor)}` : event !== undefined ? `${where} with do: ${String(event)}` : where;
  }
  const children: [JsonSchema, string][] = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]): [JsonSchema, string] => [child, where === '' ? name : `${where}.${name}`]),
    ...(schema.items ? [[schema.items, `${where}[]`] as [JsonSchema, string]] : []),
    ...(typeof schema.additionalProperties === 'object' ? [[schema.additionalProperties, `${where}.<name>`] as [JsonSchema, string]] : []),
    ...[...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((child): [JsonSchema, string] => [child, where]),
  ];
  for (const [child, name] of children) {
    const owner = ownerOf(key, child, name);
    if (owner !== undefined) return owner;
  }
  return undefined;
}
