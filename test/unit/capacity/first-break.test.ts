import { describe, expect, it } from 'vitest';
import { breakPhase, firstBreak, impliedBreak, slowestPhase, type PhaseFigures } from '../../../src/capacity/first-break.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { thresholds } from '../report/thresholds.js';

type Values = readonly { readonly joinMs: readonly number[]; readonly lost?: number; readonly rttMs?: number }[];

/** A snapshot for each element: join times, and users that lost their meeting. */
function snapshots(intervals: Values) {
  using recorder = createRecorder({ maxSeries: 100, onCapped: () => undefined });
  return intervals.map(({ joinMs, lost = 0, rttMs }, interval) => {
    for (const value of joinMs) recorder.record({ metric: 'join_time', value, atMs: interval * 1_000 });
    if (lost > 0) recorder.record({ metric: 'users_lost', value: lost, atMs: interval * 1_000 });
    if (rttMs !== undefined) recorder.record({ metric: 'rtt', value: rttMs, atMs: interval * 1_000 });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval, startMs: interval * 1_000, endMs: (interval + 1) * 1_000 });
  });
}

describe('what broke first', () => {
  const both = thresholds('join_time p(95) < 1 s', 'users_lost count == 0');

  it('is the threshold that was broken for good the earliest', () => {
    expect(firstBreak(both, snapshots([{ joinMs: [100] }, { joinMs: [100], lost: 1 }, { joinMs: [5_000, 5_000, 5_000] }]))).toMatchObject({ threshold: { expression: 'users_lost count == 0' }, interval: 1 });
  });

  it('is not one that recovered', () => {
    const slowAtFirst = [{ joinMs: [5_000] }, { joinMs: new Array<number>(99).fill(100) }, { joinMs: [100], lost: 1 }];
    expect(firstBreak(both, snapshots(slowAtFirst))).toMatchObject({ threshold: { expression: 'users_lost count == 0' }, interval: 2 });
  });

  it('is not the later for being judged over a later stretch', () => {
    const stretch = thresholds('join_time p(95) < 1 s', 'rtt p(95) < 100 ms between 2s and 4s');
    const slow = [{ joinMs: [100], rttMs: 500 }, { joinMs: [5_000, 5_000], rttMs: 500 }, { joinMs: [], rttMs: 500 }, { joinMs: [], rttMs: 500 }];
    expect(firstBreak(stretch, snapshots(slow))).toMatchObject({ threshold: { metric: 'rtt' }, interval: 0 });
  });

  it('is not what was bad before the stretch over which it is judged', () => {
    const stretch = thresholds('join_time p(95) < 1 s', 'rtt p(95) < 100 ms between 2s and 4s');
    const better = [{ joinMs: [100], rttMs: 500 }, { joinMs: [5_000, 5_000], rttMs: 500 }, { joinMs: [], rttMs: 10 }, { joinMs: [], rttMs: 10 }];
    expect(firstBreak(stretch, snapshots(better))).toMatchObject({ threshold: { metric: 'join_time' }, interval: 1 });
  });

  it('is nothing where all held', () => {
    expect(firstBreak(both, snapshots([{ joinMs: [100] }]))).toBeUndefined();
  });
});

describe('what a run breaks without a threshold', () => {
  it.each([
    [{ joined: 0, failed: 9, lost: 3, missing: 0 }, 'users_joined'],
    [{ joined: 9, failed: 1, lost: 3, missing: 1 }, 'join_failed'],
    [{ joined: 9, failed: 0, lost: 3, missing: 1 }, 'users_lost'],
    [{ joined: 9, failed: 0, lost: 0, missing: 1 }, 'missing'],
    [{ joined: 9, failed: 0, lost: 0, missing: 0 }, undefined],
  ])('%j stands for %s', (counts, metric) => expect(impliedBreak(counts)?.metric).toBe(metric));
});

describe('the phase of a break', () => {
  const figures: PhaseFigures = {
    p95Ms: { api: 100, socket: 200, ready: 900, audio: 1_000 },
    failed: [{ phase: 'socket', count: 9 }, { phase: 'ready', count: 2 }],
    errors: [{ phase: 'socket', count: 9 }, { phase: 'stay', count: 6 }, { phase: 'chat', count: 4 }, { phase: 'census', count: 50 }],
  };
  const phaseOf = (expression: string, of = figures): string | undefined => breakPhase(thresholds(expression)[0]!, of);

  it.each([
    // Those who were refused have no times: the slowest phase of the others says nothing.
    ['join_failed rate < 1%', 'socket'],
    ['users_failed count == 0', 'socket'],
    ['users_joined count > 100', 'socket'],
    ['users_lost count == 0', 'meeting'],
    // Steps inside the meeting are the meeting, what the harness does beside its users is no phase.
    ['errors count < 5', 'meeting'],
    ['errors{phase=ready} count < 5', 'ready'],
    ['join_time p(95) < 10 s', 'ready'],
    ['join_phase_time{phase=audio} p(95) < 1 s', 'audio'],
    ['api_time p(95) < 1 s', 'api'],
    ['audio_loss p(95) < 2%', 'meeting'],
    ['missing max == 0', 'meeting'],
    ['event_loop_delay p(99) < 50 ms', undefined],
    ['server_cpu{server=*} p(95) < 90%', undefined],
    ['users_present max > 5', undefined],
  ])('of %s is %s', (expression, phase) => expect(phaseOf(expression)).toBe(phase));

  it('is where users failed if nobody got so far as to have times', () => {
    expect(phaseOf('join_time p(95) < 10 s', { p95Ms: {}, failed: [{ phase: 'meeting', count: 3 }], errors: [] })).toBe('create');
  });

  it('is not told where nothing was measured', () => {
    expect(slowestPhase({ p95Ms: {} })).toBeUndefined();
    expect(phaseOf('join_failed rate < 1%', { p95Ms: { api: 5 }, failed: [], errors: [] })).toBeUndefined();
  });
});
