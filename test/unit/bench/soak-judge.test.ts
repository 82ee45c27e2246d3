import { describe, expect, it } from 'vitest';
import { conclusion, judge, sayJudgement, type Series } from '../../../bench/lib/soak-judge.js';
import type { Point } from '../../../bench/lib/slope.js';
import { seededRandom } from '../../../src/core/random.js';

const EVERY_MS = 15_000;
const MINUTES = 40;

/** What a heap with a collector looks like, MB: garbage piles up until it is collected, at irregular times, to a level that varies; `leak` MB an hour stay. */
function collected(seed: number, leak: number): readonly Point[] {
  const random = seededRandom(seed);
  let [garbage, room] = [0, 60];
  return Array.from({ length: (MINUTES * 60_000) / EVERY_MS }, (_, index) => {
    const atMs = index * EVERY_MS;
    garbage += 4 + 12 * random.next();
    if (garbage > room) [garbage, room] = [0, 40 + 60 * random.next()];
    return { atMs, value: 150 + 4 * random.next() + garbage + (leak * atMs) / 3_600_000 };
  });
}

const share = (trend: string, leak: number): number => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed + 1);
  return seeds.filter((seed) => judge({ unit: 'MB', points: collected(seed, leak) }).trend === trend).length / seeds.length;
};

describe('the soak’s judgement', () => {
  it('finds a leak of 50 MB an hour under garbage that comes and goes', () => {
    expect(share('grows', 50)).toBeGreaterThan(0.95);
    expect(share('flat', 50)).toBe(0);
  });

  it('hardly ever calls growing what does not leak', () => {
    expect(share('grows', 0)).toBeLessThan(0.05);
  });

  it('tells connections that are kept for a minute from those that are never closed', () => {
    // As seen: 1,190 of them, and now and then some dozens more for a minute.
    const files = (seed: number, leak: number): readonly Point[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 187 }, (_, index) => {
        const kept = Math.floor(index / 5) % 6 === 5 ? Math.round(100 * random.next()) : 0;
        return { atMs: index * EVERY_MS, value: 1_190 + kept + Math.round(10 * random.next()) + (leak * index * EVERY_MS) / 3_600_000 };
      });
    };
    for (let seed = 1; seed <= 20; seed++) {
      expect(judge({ unit: 'files', points: files(seed, 0) }).trend).toBe('flat');
      expect(judge({ unit: 'files', points: files(seed, 150) }).trend).toBe('grows');
    }
  });

  it('holds delays against the limit from which on a run was not delivered', () => {
    const delays = (perHour: number): readonly Point[] => Array.from({ length: 92 }, (_, index) => ({ atMs: index * 30_000, value: 12 + ((index * 7) % 5) + (index % 30 === 11 ? 400 : 0) + (perHour * index * 30_000) / 3_600_000 }));
    expect(judge({ unit: 'ms', limit: 500, points: delays(0) })).toMatchObject({ tolerated: 50, trend: 'flat' });
    expect(judge({ unit: 'ms', limit: 500, points: delays(100) }).trend).toBe('grows');
    expect(judge({ unit: 'ms', points: delays(20) }).trend).toBe('grows');
  });

  it('is stricter the less there is', () => {
    const leaking = (level: number) => ({ unit: 'MB', points: Array.from({ length: 160 }, (_, index) => ({ atMs: index * EVERY_MS, value: level + (10 * index * EVERY_MS) / 3_600_000 })) });
    expect(judge(leaking(50)).trend).toBe('grows');
    expect(judge(leaking(500)).trend).toBe('flat');
  });

  it('says slope, interval and what is tolerated, and that some are not judged', () => {
    const series = { key: 'harnessHeap', unit: 'MB', points: collected(1, 50), judged: true };
    expect(sayJudgement(series, judge(series))).toMatch(/^harnessHeap +grows +\+\d+\.\d\d MB\/h \(95 %: \+\d+\.\d\d to \+\d+\.\d\d; 16 values\); up to \d+\.\d is flat$/);
    expect(sayJudgement({ ...series, judged: false }, judge(series))).toMatch(/; not judged$/);
    expect(sayJudgement(series, judge({ ...series, points: series.points.slice(0, 3) }))).toMatch(/undecided +too few values for a slope, or too much alike: \d+\.\d to \d+\.\d MB/);
  });

  it('ends with what grows, what cannot be excluded, and whether anything was judged at all', () => {
    const series = (key: string, points: readonly Point[], judged = true): Series => ({ key, unit: 'MB', points, judged });
    const said = (stopped: boolean, ...all: readonly Series[]): string => conclusion(all.map((one) => [one, judge(one)] as const), stopped);
    const still = series('still', collected(1, 0).map(({ atMs }) => ({ atMs, value: 100 })));
    expect(said(false, still, series('leaking', collected(1, 50)), series('simulator', collected(2, 50), false))).toBe('leaking grows.');
    expect(said(true, still)).toBe('Nothing grows, as far as it went.');
    const unclear = collected(1, 0).map(({ atMs, value }, index) => ({ atMs, value: value + (index % 40 < 20 ? 40 : 0) }));
    expect(judge({ unit: 'MB', points: unclear }).trend).toBe('undecided');
    expect(said(false, still, series('unclear', unclear))).toMatch(/^Nothing grows\. Not excluded: unclear up to \d+ MB an hour\.$/);
    expect(said(false, still, series('few', still.points.slice(0, 2)))).toMatch(/^Nothing grows\. No slope is known of few \(\d+\.\d to \d+\.\d MB\)\.$/);
    expect(said(true, series('few', still.points.slice(0, 2)))).toContain('stopped before');
    expect(said(false)).toContain('so short a time');
  });
});
