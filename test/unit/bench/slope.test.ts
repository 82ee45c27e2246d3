import { describe, expect, it } from 'vitest';
import { lowWater, middles, slopeOf, student, trendOf, type Point } from '../../../bench/lib/slope.js';
import { seededRandom } from '../../../src/core/random.js';

const MINUTE = 60_000;

function points(count: number, value: (minute: number) => number): readonly Point[] {
  return Array.from({ length: count }, (_, minute) => ({ atMs: minute * MINUTE, value: value(minute) }));
}

function noise(seed: number, scale: number): () => number {
  const random = seededRandom(seed);
  return () => (random.next() - 0.5) * 2 * scale;
}

describe('a slope', () => {
  it('is that of the line through values without noise', () => {
    expect(slopeOf(points(60, (minute) => 100 + minute / 6))).toMatchObject({ perHour: expect.closeTo(10, 6) as number, low: expect.closeTo(10, 5) as number, high: expect.closeTo(10, 5) as number });
  });

  it('is within its interval in about 95 of 100 cases of independent noise', () => {
    let within = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const next = noise(seed, 5);
      const slope = slopeOf(points(60, (minute) => 100 + minute / 12 + next()))!;
      if (slope.low <= 5 && slope.high >= 5) within++;
    }
    expect(within).toBeGreaterThan(180);
  });

  it('has a wider interval where neighbours are alike, as a heap between collections is', () => {
    const next = noise(7, 5);
    let level = 0;
    const alike = slopeOf(points(60, () => 100 + (level = 0.8 * level + next())))!;
    const other = noise(7, 5);
    const apart = slopeOf(points(60, () => 100 + other()))!;
    expect(alike.high - alike.low).toBeGreaterThan(1.5 * (apart.high - apart.low));
  });

  it('is unknown for a few values, and for values at one instant', () => {
    expect(slopeOf(points(3, () => 1))).toBeUndefined();
    expect(slopeOf([1, 2, 3, 4, 5, 6].map((value) => ({ atMs: 0, value })))).toBeUndefined();
  });

  it.each([
    ['flat', { low: -3, high: 4 }, 5],
    ['flat', { low: 1, high: 4 }, 5],
    ['grows', { low: 1, high: 9 }, 5],
    ['undecided', { low: -9, high: 9 }, 5],
  ] as const)('is called %s', (trend, ends, tolerated) => {
    expect(trendOf({ level: 100, perHour: 0, values: 60, ...ends }, tolerated)).toBe(trend);
  });

  it('can be that of the low-water marks: the lowest of each stretch, which garbage does not lift', () => {
    const marks = lowWater(points(60, (minute) => 100 + (minute % 7) + minute), 8);
    expect(marks).toHaveLength(8);
    expect(marks.every(({ value }, index) => index === 0 || value > marks[index - 1]!.value)).toBe(true);
    expect(marks[0]).toMatchObject({ value: 100 });
  });

  it('can be that of the middles of stretches, which a few values that are far off do not move', () => {
    const marks = middles(points(60, (minute) => (minute % 20 === 3 ? 5_000 : 100 + minute)), 10);
    expect(marks).toHaveLength(10);
    expect(slopeOf(marks)!.perHour).toBeCloseTo(60, -1);
  });

  it('takes fewer stretches of fewer values, three for each, and the values themselves where these would be too few', () => {
    expect(lowWater(points(42, (minute) => minute), 16)).toHaveLength(14);
    const few = points(23, (minute) => minute);
    expect(lowWater(few, 16)).toBe(few);
    expect(lowWater([], 16)).toEqual([]);
  });

  it('uses Student’s quantiles', () => {
    // Tables: 3 degrees 3.182, 10 degrees 2.228, 120 degrees 1.980.
    expect(student(3)).toBeCloseTo(3.182, 1);
    expect(student(10)).toBeCloseTo(2.228, 2);
    expect(student(120)).toBeCloseTo(1.98, 3);
  });
});
