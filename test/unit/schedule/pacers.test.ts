import { describe, expect, it } from 'vitest';
import { FreeSeats } from '../../../src/schedule/free-seats.js';
import { segmentsOf, valueAt } from '../../../src/schedule/ramp.js';
import { arrivalSpells, ratePacer } from '../../../src/schedule/rate-pacer.js';
import { constantUserSpells, rampingUserSpells } from '../../../src/schedule/user-pacer.js';
import { arriving, constant, ramping, stages } from '../../fakes/build-scenario.js';

/** `seat due–leave` of each stay. */
const written = (spells: readonly { seat: number; dueMs: number; leaveMs: number }[]): readonly string[] => spells.map(({ seat, dueMs, leaveMs }) => `${seat} ${dueMs}–${leaveMs}`);

describe('rampingUserSpells', () => {
  it('lets the n-th user come when the target reaches n and leave when it falls below n', () => {
    const part = ramping({ startMs: 1_000, stages: stages([3_000, 3], [5_000, 3], [6_000, 0]) });
    // up: one a second from 1 s on. Down from 9 s: below 3 at once, below 2 after 2 s, below 1 after 4 s.
    expect(written(rampingUserSpells(part))).toEqual(['0 2000–13000', '1 3000–11000', '2 4000–9000']);
  });

  it('sends the last to come away first, and brings the same people back when the target rises again', () => {
    const part = ramping({ stages: stages([0, 3], [10_000, 3], [0, 1], [10_000, 1], [0, 3], [10_000, 3]) });
    expect(written(rampingUserSpells(part))).toEqual(['0 0–30000', '1 0–10000', '2 0–10000', '1 20000–30000', '2 20000–30000']);
  });

  it('has those there at the first instant who are said to be, and everybody away after the last stage', () => {
    const part = ramping({ startMs: 500, startUsers: 2, stages: stages([4_000, 4]) });
    expect(written(rampingUserSpells(part))).toEqual(['0 500–4500', '1 500–4500', '2 2500–4500']);
    // The fourth would come at 4500, when everybody leaves.
  });

  it('leaves out a peak that is only touched', () => {
    expect(written(rampingUserSpells(ramping({ stages: stages([2_000, 2], [2_000, 0]) })))).toEqual(['0 1000–3000']);
  });
});

describe('constantUserSpells', () => {
  it('lets everybody come at the start and leave at the end', () => {
    expect(written(constantUserSpells(constant({ startMs: 700, users: 2, durationMs: 300 })))).toEqual(['0 700–1000', '1 700–1000']);
  });
});

describe('ratePacer', () => {
  const dues = (part: Parameters<typeof ratePacer>[0]): readonly number[] => {
    const pacer = ratePacer(part);
    return Array.from({ length: pacer.count }, (_, index) => Math.round(pacer.dueMs(index + 1)));
  };

  it('spaces a constant rate evenly, the last one at the very end', () => {
    expect(dues(arriving({ startRatePerSec: 2, stages: stages([2_500, 2]) }))).toEqual([500, 1_000, 1_500, 2_000, 2_500]);
  });

  it('inverts the square of a ramp: n arrivals after √(2n/k)', () => {
    // From 0 to 2/s in 4 s: k = 0.5/s², 4 arrivals at √(4n) s = 2, 2.828, 3.464, 4 s.
    expect(dues(arriving({ startRatePerSec: 0, stages: stages([4_000, 2]) }))).toEqual([2_000, 2_828, 3_464, 4_000]);
  });

  it('inverts a falling ramp', () => {
    // From 2/s to 0 in 4 s: the mirror image. The n-th at 4 − √(16 − 4n) s: 0.536, 1.172, 2, 4.
    expect(dues(arriving({ startRatePerSec: 2, stages: stages([4_000, 0]) }))).toEqual([536, 1_172, 2_000, 4_000]);
  });

  it('carries fractions of an arrival over from stage to stage, and nothing comes while the rate is 0', () => {
    // 1.5 arrivals by 1.5 s; silence for 10 s; the missing half after half a second at 1/s.
    expect(dues(arriving({ startMs: 100, startRatePerSec: 1, stages: stages([1_500, 1], [0, 0], [10_000, 0], [0, 1], [1_600, 1]) }))).toEqual([1_100, 12_100, 13_100]);
  });
});

describe('arrivalSpells', () => {
  it('gives each arrival the lowest free seat for as long as it stays', () => {
    const part = arriving({ startRatePerSec: 1, stages: stages([5_000, 1]), stayMs: 2_500, maxUsers: 3 });
    expect(written(arrivalSpells(part))).toEqual(['0 1000–3500', '1 2000–4500', '2 3000–5500', '0 4000–6500', '1 5000–7500']);
  });

  it('drops arrivals for which nobody is free: due, never present, never made up for', () => {
    const part = arriving({ startRatePerSec: 1, stages: stages([6_000, 1]), stayMs: 2_500, maxUsers: 2 });
    expect(arrivalSpells(part).map(({ dueMs, leaveMs, dropped }) => `${dueMs}–${leaveMs}${dropped ? ' dropped' : ''}`)).toEqual(['1000–3500', '2000–4500', '3000–3000 dropped', '4000–6500', '5000–7500', '6000–6000 dropped']);
  });
});

describe('valueAt', () => {
  it('follows the line, jumps where a stage takes no time, and is 0 outside', () => {
    const segments = segmentsOf(1_000, 2, stages([1_000, 4], [0, 10], [1_000, 10]));
    expect([999, 1_000, 1_500, 2_000, 2_999, 3_000].map((atMs) => valueAt(segments, atMs))).toEqual([0, 2, 3, 10, 10, 0]);
  });
});

describe('FreeSeats', () => {
  it('gives the lowest seat that is free, and none when all are taken', () => {
    const seats = new FreeSeats(4);
    expect([seats.take(), seats.take(), seats.take(), seats.take(), seats.take()]).toEqual([0, 1, 2, 3, undefined]);
    for (const seat of [2, 0, 3]) seats.free(seat);
    expect([seats.take(), seats.take(), seats.take(), seats.take()]).toEqual([0, 2, 3, undefined]);
  });
});
