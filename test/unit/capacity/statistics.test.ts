import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap, sampleOf, wholeFigure } from '../../../src/capacity/bootstrap.js';
import { cliffsDelta, cohensH } from '../../../src/capacity/effect-size.js';
import { blockOf } from '../../../src/capacity/observed.js';
import { seededRandom } from '../../../src/core/random.js';

const block = (...values: number[]) => blockOf(values.map((value) => ({ value, count: 1 })));
const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 });

describe('effect sizes', () => {
  it("Cliff's delta is what counting every pair gives", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        let sum = 0;
        for (const x of a) for (const y of b) sum += Math.sign(y - x);
        expect(cliffsDelta([block(...a)], [block(...b)]).value).toBeCloseTo(sum / (a.length * b.length), 12);
      }),
    );
  });

  it.each([
    [[1, 2, 3], [4, 5, 6], 1, 'large'],
    [[4, 5, 6], [1, 2, 3], -1, 'large'],
    [[1, 2], [1, 2], 0, 'negligible'],
  ])('of %j and %j is %d', (a, b, value, size) => {
    expect(cliffsDelta([block(...a)], [block(...b)])).toEqual({ name: "Cliff's delta", value, size });
  });

  it("Cohen's h weighs a share by where it is", () => {
    expect(cohensH(0.5, 0.5).value).toBe(0);
    expect(cohensH(0, 1)).toMatchObject({ value: Math.PI, size: 'large' });
    expect(cohensH(0, 0.01).value).toBeGreaterThan(cohensH(0.5, 0.51).value);
  });
});

describe('the bootstrap', () => {
  it('figures are those of all values together (nearest rank)', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (groups) => {
        const all = groups.flat().sort((a, b) => a - b);
        const blocks = groups.map((group) => block(...group));
        expect(wholeFigure(sampleOf(blocks, 'p50'))).toBe(all[Math.ceil(all.length / 2) - 1]);
        expect(wholeFigure(sampleOf(blocks, 'p95'))).toBe(all[Math.ceil((all.length * 95) / 100) - 1]);
        expect(wholeFigure(sampleOf(blocks, 'mean'))).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 9);
      }),
    );
  });

  it('spreads the mean as much as theory says: sigma ÷ √n', () => {
    const random = seededRandom(3);
    const blocks = Array.from({ length: 100 }, () => block(Math.round(random.next() * 100)));
    const drawn = bootstrap(sampleOf(blocks, 'mean'), 'meetings', 4_000, seededRandom(1));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length);
    const plain = blocks.map(({ values: [value] }) => value!);
    const plainMean = plain.reduce((sum, value) => sum + value, 0) / plain.length;
    const expected = Math.sqrt(plain.reduce((sum, value) => sum + (value - plainMean) ** 2, 0) / plain.length / plain.length);
    expect(deviation / expected).toBeGreaterThan(0.95);
    expect(deviation / expected).toBeLessThan(1.05);
  });

  it('leaves more to chance where neighbouring intervals are alike', () => {
    const slow = Array.from({ length: 64 }, (_, index) => block(Math.round(100 + 50 * Math.sin(index / 10))));
    const spread = (over: 'meetings' | 'intervals'): number => {
      const drawn = [...bootstrap(sampleOf(slow, 'mean'), over, 1_000, seededRandom(1))].sort((a, b) => a - b);
      return drawn[975]! - drawn[25]!;
    };
    expect(spread('intervals')).toBeGreaterThan(1.5 * spread('meetings'));
  });
});
