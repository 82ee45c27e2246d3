import { describe, expect, it } from 'vitest';
import { breakPhase, firstBreak, slowestPhase } from '../../../src/capacity/first-break.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { thresholds } from '../report/thresholds.js';

type Values = readonly { readonly joinMs: readonly number[]; readonly lost?: number }[];

/** A snapshot for each element: join times, and users that lost their meeting. */
function snapshots(intervals: Values) {
  using recorder = createRecorder({ maxSeries: 100, onCapped: () => undefined });
  return intervals.map(({ joinMs, lost = 0 }, interval) => {
    for (const value of joinMs) recorder.record({ metric: 'join_time', value, atMs: interval * 1_000 });
    if (lost > 0) recorder.record({ metric: 'users_lost', value: lost, atMs: interval * 1_000 });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval, startMs: interval * 1_000, endMs: (interval + 1) * 1_000 });
  });
}

describe('what broke first', () => {
  const both = thresholds('join_time p(95) < 1 s', 'users_lost count == 0');

  it('is the threshold that was broken for good the earliest', () => {
    expect(firstBreak(both, snapshots([{ joinMs: [100] }, { joinMs: [100], lost: 1 }, { joinMs: [5_000, 5_000, 5_000] }]))).toEqual({ expression: 'users_lost count == 0', interval: 1 });
  });

  it('is not one that recovered', () => {
    const slowAtFirst = [{ joinMs: [5_000] }, { joinMs: new Array<number>(99).fill(100) }, { joinMs: [100], lost: 1 }];
    expect(firstBreak(both, snapshots(slowAtFirst))).toEqual({ expression: 'users_lost count == 0', interval: 2 });
  });

  it('is nothing where all held', () => {
    expect(firstBreak(both, snapshots([{ joinMs: [100] }]))).toBeUndefined();
  });
});

describe('the phase of a break', () => {
  const figures = { p95Ms: { api: 100, socket: 200, ready: 900, audio: 1_000 }, errors: [{ phase: 'socket', count: 9 }, { phase: 'ready', count: 2 }, { phase: 'meeting', count: 20 }] };

  it.each([
    // Those who were refused have no times: the slowest phase of the others says nothing.
    ['join_failed rate < 1%', 'socket'],
    ['users_failed count == 0', 'socket'],
    ['users_lost count == 0', 'meeting'],
    ['errors count < 5', 'meeting'],
    ['join_time p(95) < 10 s', 'ready'],
    ['join_phase_time{phase=audio} p(95) < 1 s', 'audio'],
    ['audio_loss p(95) < 2%', 'meeting'],
  ])('of %s is %s', (expression, phase) => expect(breakPhase(expression, figures)).toBe(phase));

  it('is not told where nothing was measured', () => {
    expect(slowestPhase({ p95Ms: {}, errors: [] })).toBeUndefined();
    expect(breakPhase('join_failed rate < 1%', { p95Ms: { api: 5 }, errors: [] })).toBeUndefined();
  });
});
