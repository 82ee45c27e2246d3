import { describe, expect, it } from 'vitest';
import { matches, ordered, project } from '../../../src/sim/graphql/select.js';
import type { Selected } from '../../../src/sim/graphql/parse.js';

const field = (name: string, selection: readonly Selected[] = [], alias = name): Selected => ({ name, alias, selection, arguments: {} }) as unknown as Selected;

describe('project', () => {
  const row = { name: 'Ada', voice: { muted: true, talking: false }, cameras: [{ id: 1, x: 2 }], left: null };

  it('gives what was selected under its alias, missing columns as null', () => {
    expect(project(row, [field('name', [], 'n'), field('age')])).toEqual({ n: 'Ada', age: null });
  });

  it('goes into objects and lists; an object that is not there is null', () => {
    expect(project(row, [field('voice', [field('muted')]), field('cameras', [field('id')]), field('left', [field('at')])])).toEqual({ voice: { muted: true }, cameras: [{ id: 1 }], left: null });
  });
});

describe('matches', () => {
  const row = { role: 'VIEWER', age: '2026-02', away: null, voice: { muted: true } };

  it.each<[string, unknown, boolean]>([
    ['equal', { role: { _eq: 'VIEWER' } }, true],
    ['not equal', { role: { _neq: 'VIEWER' } }, false],
    ['in', { role: { _in: ['VIEWER', 'X'] } }, true],
    ['not in', { role: { _nin: ['VIEWER'] } }, false],
    ['null', { away: { _is_null: true } }, true],
    ['missing is null', { nothing: { _is_null: true } }, true],
    ['not null', { role: { _is_null: true } }, false],
    ['greater', { age: { _gt: '2026-01' } }, true],
    ['greater or equal', { age: { _gte: '2026-02' } }, true],
    ['not greater', { age: { _gt: '2026-02' } }, false],
    ['both', { role: { _eq: 'VIEWER' }, away: { _is_null: false } }, false],
    ['relation', { voice: { muted: { _eq: true } } }, true],
    ['relation that is null', { away: { muted: { _eq: true } } }, false],
    ['and', { _and: [{ role: { _eq: 'VIEWER' } }, { away: { _is_null: true } }] }, true],
    ['or', { _or: [{ role: { _eq: 'X' } }, { away: { _is_null: true } }] }, true],
    ['not', { _not: { role: { _eq: 'VIEWER' } } }, false],
    ['unknown operator', { role: { _ilike: '%' } }, false],
    ['no condition', undefined, true],
  ])('%s', (_name, where, expected) => {
    expect(matches(row, where)).toBe(expected);
  });
});

describe('ordered', () => {
  const rows = [{ n: 'b', at: 1 }, { n: 'a', at: null }, { n: 'c', at: 2 }, { n: 'a', at: 3 }];
  const names = (orderBy: unknown): string => ordered(rows, orderBy).map(({ n, at }) => `${String(n)}${String(at)}`).join(' ');

  it('sorts by several keys, in Postgres\' order of nulls', () => {
    expect(names([{ n: 'asc' }, { at: 'desc' }])).toBe('anull a3 b1 c2');
    expect(names([{ at: 'asc' }])).toBe('b1 c2 a3 anull');
    expect(names([{ at: 'desc' }])).toBe('anull a3 c2 b1');
    expect(names([{ at: 'desc_nulls_last' }])).toBe('a3 c2 b1 anull');
    expect(names({ at: 'asc_nulls_first' })).toBe('anull b1 c2 a3');
  });

  it('leaves the order alone when none is asked for', () => {
    expect(names(undefined)).toBe('b1 anull c2 a3');
  });
});
