import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPARE_DEFAULTS, compareRuns, type ComparisonRow } from '../../../src/capacity/compare.js';
import { blockOf, type ObservedRun } from '../../../src/capacity/observed.js';
import { seededRandom } from '../../../src/core/random.js';
import { observedRun } from '../../fakes/observed-run.js';

const compare = (a: ObservedRun, b: ObservedRun, seed = 1, replicates = 1_000): readonly ComparisonRow[] => compareRuns(a, b, { ...COMPARE_DEFAULTS, replicates, random: seededRandom(seed) });
const verdicts = (rows: readonly ComparisonRow[]): readonly string[] => rows.map(({ metric, figure, tagValue, verdict }) => `${metric} ${figure}${tagValue === undefined ? '' : ` ${tagValue}`}: ${verdict}`);
const SAME = ['join_time p50: same', 'join_time p95: same', 'join_failed mean: same', 'rtt p95 bbb01: same', 'rtt p95 bbb02: same'];

describe('comparing runs', () => {
  it('calls a run the same as itself, whatever the seeds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (made, drawn) => {
        const run = observedRun({ seed: made });
        const rows = compare(run, run, drawn, 100);
        expect(verdicts(rows)).toEqual(SAME);
        for (const { difference, effect } of rows) expect([difference?.value, effect?.value]).toEqual([0, 0]);
      }),
      { numRuns: 20 },
    );
  });

  it('calls equal runs with other noise the same, ten times out of ten', () => {
    for (let seed = 0; seed < 10; seed++) expect(verdicts(compare(observedRun({ seed: 2 * seed + 100 }), observedRun({ seed: 2 * seed + 101 }), seed))).toEqual(SAME);
  });

  it('finds a known shift in the right metric, with about its size, and calls it better the other way round', () => {
    for (let seed = 0; seed < 5; seed++) {
      const before = observedRun({ seed: seed + 200, meetings: 60 });
      const after = observedRun({ seed: seed + 300, meetings: 60, slower: 1.6 });
      const rows = compare(before, after, seed);
      expect(verdicts(rows)).toEqual(['join_time p50: worse', 'join_time p95: worse', ...SAME.slice(2)]);
      const { a, difference, effect } = rows[0]!;
      expect(difference!.value / a!).toBeGreaterThan(0.45);
      expect(difference!.value / a!).toBeLessThan(0.75);
      expect(difference!.low).toBeGreaterThan(a! * 0.2);
      expect(difference!.high).toBeGreaterThan(difference!.value);
      expect(effect).toMatchObject({ name: "Cliff's delta", size: 'large' });
      expect(verdicts(compare(after, before, seed))[0]).toBe('join_time p50: better');
    }
  });

  it('finds the one server that became slower, and failures that became more', () => {
    const before = observedRun({ seed: 1 });
    expect(verdicts(compare(before, observedRun({ seed: 2, slowServer: 2 })))).toEqual([...SAME.slice(0, 4), 'rtt p95 bbb02: worse']);
    const failing = compare(before, observedRun({ seed: 3, failing: 0.08 }));
    expect(verdicts(failing)[2]).toBe('join_failed mean: worse');
    expect(failing[2]?.effect?.name).toBe("Cohen's h");
  });

  it('finds the one of a hundred servers that became slower', () => {
    const servers = (seed: number, slow: number): ObservedRun => {
      const run = observedRun({ seed });
      const own = (number: number) => observedRun({ seed: seed * 1_000 + number, slowServer: number === 42 ? slow : 1 }).series.find(({ tagValue }) => tagValue === 'bbb02')!;
      return { ...run, series: Array.from({ length: 100 }, (_, number) => ({ ...own(number), tagValue: `bbb${number}` })) };
    };
    const rows = compare(servers(1, 1), servers(2, 2), 1, 300);
    expect(rows.filter(({ verdict }) => verdict !== 'same').map(({ tagValue, verdict }) => [tagValue, verdict])).toEqual([['bbb42', 'worse']]);
  });

  it('does not call a change within the tolerance one, however sure it is', () => {
    const big = { meetings: 100, usersPerMeeting: 30 };
    expect(verdicts(compare(observedRun({ seed: 1, ...big }), observedRun({ seed: 2, slower: 1.1, ...big }), 1, 200))[0]).toBe('join_time p50: same');
  });

  it('says so when there is too little data, and when one run did not measure it', () => {
    const small = observedRun({ meetings: 3, usersPerMeeting: 4 });
    const rows = compare(small, observedRun({ meetings: 3, usersPerMeeting: 4, seed: 2, slower: 5 }));
    expect(rows.slice(0, 3).map(({ verdict, why }) => [verdict, why])).toEqual([
      ['too-little-data', '12 values; p50 needs 20'],
      ['too-little-data', '12 values; p95 needs 60'],
      ['too-little-data', '12 values; a mean needs 20'],
    ]);
    const fewBlocks = { ...small, series: [{ metric: 'rtt' as const, blocks: { intervals: Array.from({ length: 7 }, () => blockOf([{ value: 10, count: 100 }])) } }] };
    expect(compare(fewBlocks, fewBlocks)[0]).toMatchObject({ verdict: 'too-little-data', why: 'fewer than 8 intervals or meetings with values' });
    const without = { ...small, series: [] };
    expect(compare(fewBlocks, without)[0]).toMatchObject({ verdict: 'too-little-data', why: 'not measured in the second run', b: undefined });
    expect(compare(without, without)).toEqual([]);
  });

  it('compares servers that both runs had, and leaves out the others', () => {
    const run = observedRun();
    const moved = { ...run, series: run.series.map((one) => (one.tagValue === 'bbb02' ? { ...one, tagValue: 'bbb03' } : one)) };
    expect(verdicts(compare(run, moved))).toEqual(SAME.slice(0, 4));
  });

  it('answers the same for the same seed', () => {
    const [a, b] = [observedRun({ seed: 1 }), observedRun({ seed: 2, slower: 1.3 })];
    expect(compare(a, b, 9, 200)).toEqual(compare(a, b, 9, 200));
  });
});
