import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/core/paths.js';
import { DEFAULTS } from '../../../src/scenario/defaults.js';
import { scenarioJsonSchema, type JsonSchema } from '../../../src/scenario/json-schema.js';
import { PROBLEM_CODES } from '../../../src/scenario/problem.js';
import { scenarioReference } from '../../../src/scenario/reference.js';
import { problemsOf, scenarioText } from './scenario-text.js';

const root = packageRoot();
const shipped = readdirSync(join(root, 'scenarios')).filter((name) => name.endsWith('.yaml'));
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(scenarioJsonSchema());

/** Every key of the schema with its path. */
function keysOf(schema: JsonSchema, path = ''): readonly { readonly path: string; readonly schema: JsonSchema }[] {
  const inner: readonly JsonSchema[] = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : []), ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [])];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [{ path: `${path}.${key}`, schema: value }, ...keysOf(value, `${path}.${key}`)]),
    ...inner.flatMap((one) => keysOf(one, path)),
  ];
}

describe('scenarioJsonSchema', () => {
  it('describes every key', () => {
    const keys = keysOf(scenarioJsonSchema());
    expect(keys.length).toBeGreaterThan(60);
    expect(keys.filter(({ schema }) => !schema.description).map(({ path }) => path)).toEqual([]);
  });

  it('refuses unknown keys in every mapping', () => {
    const open: string[] = [];
    const visit = (schema: JsonSchema, path: string): void => {
      if (schema.type === 'object' && schema.additionalProperties !== false && typeof schema.additionalProperties !== 'object') open.push(path);
      for (const { path: inner, schema: child } of keysOf(schema)) if (child.type === 'object' && child.additionalProperties === undefined) open.push(path + inner);
    };
    visit(scenarioJsonSchema(), '');
    expect(open).toEqual([]);
  });

  it.each(shipped)('accepts scenarios/%s, as the parser does', (name) => {
    const text = readFileSync(join(root, 'scenarios', name), 'utf8');
    expect(problemsOf(text)).toEqual([]);
    expect(accepts(parse(text)), JSON.stringify(accepts.errors)).toBe(true);
  });

  it('gives examples that it accepts itself', () => {
    const ajv = new Ajv({ strict: false });
    const wrong = keysOf(scenarioJsonSchema()).flatMap(({ path, schema }) => [...(schema.examples ?? []), ...('default' in schema ? [schema.default] : [])].filter((example) => !ajv.validate(schema, example)).map((example) => `${path}: ${JSON.stringify(example)}`));
    expect(wrong).toEqual([]);
  });

  it.each([
    ['an unknown key', { tail: ['chekpointEvery: 5s'] }],
    ['a missing key', { meetings: ['meetings: { room: {} }'] }],
    ['a wrong type', { tail: ['seed: six'] }],
    ['a number outside its limits', { tail: ['fleet: { servers: 0 }'] }],
    ['a duration without unit', { tail: ['checkpointEvery: 45'] }],
    ['a duration that is none', { tail: ['checkpointEvery: 1.5h'] }],
    ['a share above 100 %', { meetings: ['meetings: { room: { size: 5, pupil: { webcamShare: 250% } } }'] }],
    ['a rate without time', { load: ['load: [{ name: a, executor: ramping-arrival-rate, meetings: room, meetingCount: 1, stages: [{ duration: 5s, target: 3 }], stay: 5s, maxUsers: 5 }]'] }],
    ['an unknown executor', { load: ['load: [{ name: a, executor: ramping, meetings: room, meetingCount: 1 }]'] }],
    ['a key of another executor', { load: ['load: [{ name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 3, duration: 5s, stages: [] }]'] }],
    ['no parts', { load: ['load: []'] }],
    ['a secret that is no name', { head: ['name: x', 'target: { url: "https://h/", secretEnv: 8cd8-ef52 }'] }],
    ['an unknown target', { head: ['name: x', 'target: production'] }],
  ])('refuses %s, as the parser does', (_name, replaced) => {
    const text = scenarioText(replaced);
    expect(problemsOf(text)).not.toEqual([]);
    expect(accepts(parse(text))).toBe(false);
  });

  it('is not changed by whoever gets it', () => {
    expect(Object.isFrozen(scenarioJsonSchema())).toBe(true);
    expect(scenarioJsonSchema()).toBe(scenarioJsonSchema());
  });
});

describe('docs/scenario.md', () => {
  const doc = readFileSync(join(root, 'docs', 'scenario.md'), 'utf8');

  it('ends with the reference as it is made from the shapes (node scripts/scenario-doc.mjs)', () => {
    expect(doc.split('<!-- From here on made by scripts/scenario-doc.mjs -->\n\n')[1]).toBe(scenarioReference());
  });

  it('has every key and every problem code', () => {
    for (const { path } of keysOf(scenarioJsonSchema())) expect(doc).toContain(`| \`${path.split('.').at(-1)}\` |`);
    for (const code of Object.keys(PROBLEM_CODES)) expect(doc).toContain(`| \`${code}\` |`);
  });

  it('shows an example that is sound', () => {
    expect(problemsOf(/```yaml\n([\s\S]*?)```/.exec(doc)![1]!)).toEqual([]);
  });
});

describe('defaults', () => {
  it('are those that the schema names', () => {
    const fleet = scenarioJsonSchema().properties!['fleet']!.properties!;
    expect(Object.fromEntries(Object.entries(fleet).map(([key, schema]) => [key, schema.default]))).toEqual(DEFAULTS.fleet);
    const limits = scenarioJsonSchema().properties!['limits']!.properties!;
    expect(Object.fromEntries(Object.entries(limits).map(([key, schema]) => [key, schema.default]))).toEqual(DEFAULTS.limits);
  });
});
