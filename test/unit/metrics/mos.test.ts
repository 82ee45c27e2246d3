import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOpinion, mouthToEarMs, opinionOf, rating } from '../../../src/metrics/mos.js';

describe('the opinion score of a rating', () => {
  // ITU-T G.107 Annex B, worked out by hand; outside 0–100 it is held.
  it.each([
    [93.2, 4.409],
    [90, 4.339],
    [80, 4.024],
    [70, 3.597],
    [60, 3.1],
    [50, 2.575],
    [3, 1],
    [0, 1],
    [-20, 1],
    [100, 4.5],
    [120, 4.5],
  ])('R %d is %d', (r, mos) => expect(opinionOf(r)).toBeCloseTo(mos, 3));
});

describe('speech by delay and loss', () => {
  it.each([
    [100, 0, 4.36],
    [100, 0.01, 4.1],
    [100, 0.02, 3.82],
    [100, 0.05, 3.06],
    [100, 0.1, 2.23],
    [150, 0, 4.33],
    [200, 0, 4.23],
    [300, 0, 3.71],
    [400, 0, 3.05],
  ])('%d ms and %d lost is %d', (delayMs, loss, mos) => expect(opinionOf(rating(delayMs, loss))).toBeCloseTo(mos, 1));

  const rttMs = fc.double({ min: 0, max: 5_000, noNaN: true });
  const jitterMs = fc.double({ min: 0, max: 2_000, noNaN: true });
  const lossRatio = fc.double({ min: 0, max: 1, noNaN: true });
  const more = fc.double({ min: 0, max: 1_000, noNaN: true });

  it('is between 1 and 4.5, and never rises with delay, jitter or loss', () => {
    fc.assert(
      fc.property(rttMs, jitterMs, lossRatio, more, (rtt, jitter, loss, by) => {
        const at = (differences: object): number => meanOpinion({ rttMs: rtt, jitterMs: jitter, lossRatio: loss, ...differences });
        const mos = at({});
        expect(mos).toBeGreaterThanOrEqual(1);
        expect(mos).toBeLessThanOrEqual(4.5);
        const worse = [at({ rttMs: rtt + by }), at({ jitterMs: jitter + by }), at({ lossRatio: Math.min(1, loss + by / 1_000) }), at({ mouthToEarMs: mouthToEarMs({ rttMs: rtt, jitterMs: jitter, lossRatio: loss }) + by })];
        for (const other of worse) expect(other).toBeLessThanOrEqual(mos + 1e-9);
      }),
    );
  });

  it('takes a measured delay instead of the sum of assumptions', () => {
    expect(mouthToEarMs({ rttMs: 40, jitterMs: 50, lossRatio: 0 })).toBe(40 + 20 + 6.5 + 20 + 100);
    expect(mouthToEarMs({ rttMs: 40, jitterMs: 50, lossRatio: 0, mouthToEarMs: 123 })).toBe(123);
  });
});
