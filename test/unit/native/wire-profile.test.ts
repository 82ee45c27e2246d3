import { describe, expect, it } from 'vitest';
import { RECORDED_PROFILE, at, fill, parseProfile, referencesIn, type Values } from '../../../src/native/wire-profile.js';

const values: Values = { sessionToken: 'token', clientSessionUuid: 'my-uuid', wallMs: Date.UTC(2026, 10, 23, 7), resolve: ({ $from, path }) => `${$from}${path}` };
const profile = (): Record<string, unknown> => structuredClone(RECORDED_PROFILE) as unknown as Record<string, unknown>;

describe('a wire profile', () => {
  it('has the recorded client: 34 operations, all but the echo test in the join, and 8 of later steps', () => {
    expect(RECORDED_PROFILE.operations).toHaveLength(34 + 8);
    expect(new Set(RECORDED_PROFILE.join.map((step) => ('end' in step ? step.end : step.start))).size).toBe(33);
  });

  it('holds no value of the recorded session', () => {
    expect(JSON.stringify(RECORDED_PROFILE.join)).not.toMatch(/REDACTED|d1177503|cb6559cc/);
  });

  it.each([
    ['another schema', (one: Record<string, unknown>) => (one['schema'] = 3), /schema/],
    ['an unknown key', (one: Record<string, unknown>) => (one['extra'] = true), /extra/],
    ['a negative gap', (one: Record<string, unknown>) => ((one['join'] as { gapMs: number }[])[0]!.gapMs = -1), /join\.0/],
    ['an operation that it does not have', (one: Record<string, unknown>) => ((one['join'] as { start: string }[])[0]!.start = 'Nope'), /Nope/],
    ['a reference to an operation that it does not have', (one: Record<string, unknown>) => ((one['join'] as { variables: unknown }[])[0]!.variables = { id: { $from: 'Gone', path: '/0' } }), /Gone/],
  ])('is refused with %s', (_name, change, message) => {
    const broken = profile();
    change(broken);
    expect(() => parseProfile(broken)).toThrow(message);
  });

  it('fills references, variables and times anywhere, and leaves constants alone', () => {
    const template = { a: [{ $from: 'Op', path: '/0/id' }], b: { c: { $var: 'clientSessionUuid' } }, d: { $now: 'iso' }, e: { $now: 'utc' }, f: null, g: 'text' };
    expect(fill(template, values)).toEqual({ a: ['Op/0/id'], b: { c: 'my-uuid' }, d: '2026-11-23T07:00:00.000Z', e: 'Mon, 23 Nov 2026 07:00:00 GMT', f: null, g: 'text' });
    expect(referencesIn(template)).toEqual([{ $from: 'Op', path: '/0/id' }]);
  });

  it('does not send a template that it does not understand', () => {
    expect(() => fill({ $var: 'shoeSize' }, values)).toThrow(/shoeSize/);
  });
});

describe('a JSON pointer', () => {
  it.each([
    ['/0/id', [{ id: 7 }], 7],
    ['/a~1b', { 'a/b': 1 }, 1],
    ['/a~0b', { 'a~b': 2 }, 2],
    ['/0/x/y', [{ x: null }], undefined],
    ['/5', [1], undefined],
  ])('%s', (pointer, document, value) => {
    expect(at(document, pointer)).toBe(value);
  });
});
