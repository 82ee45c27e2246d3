import { scenarioJsonSchema, type JsonSchema } from './json-schema.js';
import { DISCRIMINATORS } from './known-keys.js';
import { PROBLEM_CODES } from './problem.js';
import { DURATION_PATTERN, OFFSET_PATTERN, PERCENT_PATTERN, RATE_PATTERN, START_PATTERN, TIME_OF_DAY_PATTERN } from './quantity.js';

/** Reference of the file as Markdown, made from the schema and the problem codes: the second half of docs/scenario.md. */
export function scenarioReference(): string {
  const codes = Object.entries(PROBLEM_CODES).map(([code, about]) => `| \`${code}\` | ${about} |`);
  return [...section(scenarioJsonSchema(), '', 'Top level'), '## Problems', '', '| Code | What is wrong |', '|---|---|', ...codes, ''].join('\n');
}

/** Heading and table of one mapping, then of the mappings in it. */
function section(schema: JsonSchema, path: string, heading: string): readonly string[] {
  const properties = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  const rows = properties.map(([key, value]) => `| \`${key}\` | ${typeText(value)} | ${required.has(key) ? 'needed' : defaultText(value)} | ${cell(aboutOf(value))} |`);
  return [
    `## ${heading}`,
    '',
    ...(path === '' || schema.description === undefined ? [] : [schema.description, '']),
    '| Key | Value | Default | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...properties.flatMap(([key, value]) => mappingsIn(value, path === '' ? key : `${path}.${key}`).flatMap(([inner, at]) => section(inner, at, `\`${at}\``))),
  ];
}

/** The mappings that a value is or holds, each with the path of its heading. */
function mappingsIn(schema: JsonSchema, path: string): readonly (readonly [JsonSchema, string])[] {
  if (schema.properties) {
    const key = DISCRIMINATORS.find((one) => schema.properties?.[one]?.const !== undefined);
    if (key === undefined) return [[schema, path]];
    const { const: value, description } = schema.properties[key]!;
    return [[{ ...schema, ...(description === undefined ? {} : { description }) }, `${path}, ${key} ${String(value)}`]];
  }
  if (schema.items) return mappingsIn(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') return mappingsIn(schema.additionalProperties, `${path}.<name>`);
  return [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap((one) => mappingsIn(one, path));
}

function aboutOf(schema: JsonSchema): string {
  const examples = (schema.examples ?? []).filter((example) => typeof example !== 'object').map((example) => `\`${String(example)}\``);
  const about = schema.description ?? '';
  return examples.length === 0 ? about : `${about} E.g. ${examples.join(', ')}.`;
}

function typeText(schema: JsonSchema): string {
  const one = (schema.oneOf ?? schema.anyOf)?.map(typeText);
  if (one) return [...new Set(one)].join(' or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.type === 'array') return schema.items ? `list of ${typeText(schema.items)}` : 'list';
  if (schema.type === 'object') return 'mapping';
  if (schema.type === 'integer' || schema.type === 'number') return `${schema.type === 'integer' ? 'whole number' : 'number'}${rangeText(schema)}`;
  return schema.type === 'boolean' ? '`true`, `false`' : (WRITTEN_AS[schema.pattern ?? ''] ?? 'text');
}

/** What a text with a pattern is called. */
const WRITTEN_AS: Readonly<Record<string, string>> = {
  [DURATION_PATTERN.source]: 'duration',
  [TIME_OF_DAY_PATTERN.source]: 'time of day',
  [OFFSET_PATTERN.source]: 'duration, with - before the bell',
  [START_PATTERN.source]: 'duration or time of day',
  [PERCENT_PATTERN.source]: 'percentage',
  [RATE_PATTERN.source]: 'rate',
};

function rangeText({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || maximum === undefined) return '';
  return `, ${minimum.toLocaleString('en-US')}–${maximum.toLocaleString('en-US')}`;
}

function defaultText(schema: JsonSchema): string {
  return schema.default === undefined || schema.default === '' ? '–' : `\`${String(schema.default)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
