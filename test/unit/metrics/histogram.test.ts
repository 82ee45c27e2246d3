import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isOurHistogram } from '../../../src/metrics/histogram-guard.js';
import { Histogram, quickestEngine } from '../../../src/metrics/histogram.js';

const filled = (values: readonly number[], engine: 'wasm' | 'js' = 'js'): Histogram => {
  const histogram = Histogram.create('ms', engine);
  for (const value of values) histogram.record(value);
  return histogram;
};

describe('a histogram', () => {
  it('records with WASM on this machine', () => {
    expect(quickestEngine()).toBe('wasm');
    expect(Histogram.create('ms', 'wasm').engine).toBe('wasm');
  });

  it.each(['wasm', 'js'] as const)('keeps percentiles within 0.1 % from a µs to hours (%s)', (engine) => {
    const histogram = filled([0.001, 0.5, 1, 999.5, 60_000, 3_600_000], engine);
    expect(histogram.count).toBe(6);
    [0.001, 0.5, 1, 999.5, 60_000, 3_600_000].forEach((value, i) => {
      const percentile = histogram.percentile(((i + 1) / 6) * 100);
      expect(Math.abs(percentile - value) / value).toBeLessThan(0.001);
    });
    histogram.destroy();
  });

  it.each(['wasm', 'js'] as const)('rounds to whole µs instead of cutting off (%s)', (engine) => {
    expect(filled([0.0016], engine).percentile(100)).toBe(0.002);
  });

  it('is 0 when empty', () => {
    expect(Histogram.create('ms').percentile(95)).toBe(0);
    expect(filled([0]).count).toBe(1);
  });

  it.each([
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
    [undefined as unknown as number, false],
    ['5' as unknown as number, false],
    [-0.001, false],
    [0, true],
    [1e9, true],
    [1.2e9, false],
  ])('takes %s ms: %s', (value, taken) => {
    expect(Histogram.takes(value, 'ms')).toBe(taken);
  });

  it.each([
    ['wasm', 'wasm'],
    ['js', 'js'],
    ['js', 'wasm'],
    ['wasm', 'js'],
  ] as const)('of %s takes in one of %s', (into, from) => {
    const together = filled([1, 2], into);
    together.merge(filled([3, 70_000], from));
    expect(together.count).toBe(4);
    expect(together.percentile(75)).toBeCloseTo(3, 2);
    expect(together.percentile(100)).toBeGreaterThanOrEqual(70_000);
  });

  it('does not average percentiles: merged workers have the percentile of all values', () => {
    // 90 quick values on one, 10 slow ones on the other: p95 of all is slow.
    const together = filled(new Array<number>(90).fill(100));
    together.merge(filled(new Array<number>(10).fill(6_000)));
    expect(together.percentile(90)).toBeCloseTo(100, 0);
    expect(together.percentile(95)).toBeGreaterThan(5_990);
  });

  it('refuses to be merged with one of another unit', () => {
    const loss = Histogram.create('ratio');
    loss.record(0.5);
    expect(() => Histogram.create('ms').merge(loss)).toThrow('different units');
  });

  it('comes back from its encoded form and can then grow', () => {
    const histogram = Histogram.decode(filled([1, 2, 3], 'wasm').encode(), 'ms');
    expect(histogram.count).toBe(3);
    histogram.record(5_000_000);
    expect(histogram.count).toBe(4);
    expect(histogram.percentile(50)).toBeCloseTo(2, 2);
  });

  it.each(['js', 'wasm'] as const)('takes values in their encoded form: %s', (engine) => {
    const together = filled([1, 2, 3], engine);
    together.mergeEncoded(filled([40, 50_000], engine === 'js' ? 'wasm' : 'js').encode());
    together.mergeEncoded(filled([]).encode());
    expect(together.count).toBe(5);
    expect(together.percentile(50)).toBeCloseTo(3, 2);
    expect(together.percentile(100)).toBeGreaterThanOrEqual(50_000);
    expect(() => together.mergeEncoded('AAAA')).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
    expect(together.count).toBe(5);
  });

  it.each(['', 'nonsense', 'AAAA', filled([1]).encode().slice(0, -8), 'A'.repeat(2_000_000)])('throws FILE_UNREADABLE for a damaged text', (text) => {
    expect(() => Histogram.decode(text, 'ms')).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it.each([
    ['that inflates to a gigabyte', { counts: Buffer.alloc(40_000_000) }],
    ['with more places than any histogram has, all of them empty', { counts: Buffer.from('ffffffffffffff01', 'hex') }],
    ['with room for values that are never kept', { highest: 2n ** 62n }],
    ['of another precision', { digits: 5 }],
    ['whose length is not as it says', { length: 7 }],
  ])('is refused before it is decoded: one %s', (_what, made) => {
    expect(isOurHistogram(encoded(made))).toBe(false);
  });

  it('takes one that is made by hand and is as it should be', () => {
    const made = encoded({ counts: Buffer.from([2, 2, 2]) });
    expect(isOurHistogram(made)).toBe(true);
    expect(Histogram.decode(made, 'ms').count).toBe(3);
    for (const engine of ['js', 'wasm'] as const) for (const values of [[], [1], [0.001, 86_400_000 * 10]]) expect(isOurHistogram(filled(values, engine).encode())).toBe(true);
  });

  it('is empty after reset and may be destroyed twice', () => {
    const histogram = filled([1, 2], 'wasm');
    histogram.reset();
    expect(histogram.count).toBe(0);
    expect(histogram.percentile(99)).toBe(0);
    histogram.destroy();
    expect(() => histogram.destroy()).not.toThrow();
  });
});

/** The compressed form (HdrHistogram V2), made by hand. */
function encoded({ counts = Buffer.from([2]), highest = 2_048n, digits = 3, length = counts.length }: { readonly counts?: Buffer; readonly highest?: bigint; readonly digits?: number; readonly length?: number }): string {
  const header = Buffer.alloc(40);
  header.writeInt32BE(0x1c849313, 0);
  header.writeInt32BE(length, 4);
  header.writeInt32BE(digits, 12);
  header.writeBigInt64BE(1n, 16);
  header.writeBigInt64BE(highest, 24);
  const packed = deflateSync(Buffer.concat([header, counts]));
  const cookie = Buffer.alloc(8);
  cookie.writeInt32BE(0x1c849314, 0);
  cookie.writeInt32BE(packed.length, 4);
  return Buffer.concat([cookie, packed]).toString('base64');
}
