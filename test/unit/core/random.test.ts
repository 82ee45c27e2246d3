import { describe, expect, it } from 'vitest';
import { seededRandom, uniqueToken, uniqueUuid, type Random } from '../../../src/core/random.js';

const take = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

/** Pearson correlation; near 0 for independent streams. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cov = a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0);
  const variance = (values: readonly number[], m: number): number => values.reduce((sum, value) => sum + (value - m) ** 2, 0);
  return cov / Math.sqrt(variance(a, ma) * variance(b, mb));
}

describe('seededRandom', () => {
  it('repeats itself for the same seed and differs for the next', () => {
    expect(take(seededRandom(7), 20)).toEqual(take(seededRandom(7), 20));
    expect(take(seededRandom(7), 20)).not.toEqual(take(seededRandom(8), 20));
  });

  it('is uniform: each tenth gets its share', () => {
    const random = seededRandom(42);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) tenths[Math.floor(random.next() * 10)]!++;
    // 10,000 expected each, standard deviation 95: five of them.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });

  it('gives integers below the bound, all of them', () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 1_000 }, () => random.int(6)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('derives the same stream whatever was drawn before', () => {
    const fresh = seededRandom(5);
    const used = seededRandom(5);
    take(used, 100);
    expect(take(fresh.derive(3), 10)).toEqual(take(used.derive(3), 10));
  });

  it('derives streams of neighbouring numbers, paths and seeds that have nothing in common', () => {
    const root = seededRandom(5);
    const streams = [root.derive(0), root.derive(1), root.derive(2), root.derive(0, 1), root.derive(1, 0), seededRandom(6).derive(0), root].map((random) => take(random, 5_000));
    for (let i = 0; i < streams.length; i++) {
      // For 5,000 independent pairs the standard deviation is 0.014: five of them.
      for (let j = i + 1; j < streams.length; j++) expect(Math.abs(correlation(streams[i]!, streams[j]!)), `streams ${i} and ${j}`).toBeLessThan(0.07);
    }
  });

  it('gives the first numbers of 6,000 derived streams evenly, not only each stream in itself', () => {
    const root = seededRandom(1);
    const tenths = new Array<number>(10).fill(0);
    for (let seq = 0; seq < 6_000; seq++) tenths[Math.floor(root.derive(seq).next() * 10)]!++;
    // 600 expected each, standard deviation 23: five of them.
    for (const count of tenths) expect(Math.abs(count - 600)).toBeLessThan(116);
  });
});

describe('unseeded', () => {
  it('tokens have the asked length and BBB\'s letters, and do not repeat', () => {
    const tokens = Array.from({ length: 200 }, () => uniqueToken(12));
    for (const token of tokens) expect(token).toMatch(/^[a-z0-9]{12}$/);
    expect(new Set(tokens).size).toBe(200);
  });

  it('UUIDs are of version 4', () => {
    expect(uniqueUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
