import { describe, expect, it } from 'vitest';
import type { MetricName, Tags } from '../../../src/metrics/catalogue.js';
import { judge } from '../../../src/metrics/judge.js';
import { mergeAll } from '../../../src/metrics/merge.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import type { ThresholdResult } from '../../../src/metrics/threshold.js';
import { WindowedSeries } from '../../../src/metrics/windows.js';
import { threshold } from '../../fakes/fake-run.js';

type Row = readonly [atMs: number, metric: MetricName, value: number, tags?: Tags];

/** Intervals of 10 s. */
function recorded(rows: readonly Row[], intervals = 6): readonly Snapshot[] {
  const recorder = createRecorder({ maxSeries: 100 });
  return Array.from({ length: intervals }, (_, interval) => {
    for (const [atMs, metric, value, tags = {}] of rows) if (Math.floor(atMs / 10_000) === interval) recorder.record({ metric, value, atMs, tags });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval, startMs: interval * 10_000, endMs: (interval + 1) * 10_000 });
  });
}

function judged(expression: string, rows: readonly Row[], startOfDayMs?: number): ThresholdResult {
  const asked = threshold(expression, false, startOfDayMs);
  const snapshots = recorded(rows);
  return judge([asked], mergeAll(snapshots), WindowedSeries.of([asked], snapshots))[0]!;
}

const JOINS: readonly Row[] = [
  [5_000, 'join_time', 9_000],
  [15_000, 'join_time', 1_000],
  [25_000, 'join_time', 2_000],
  [45_000, 'join_time', 5_000],
  [15_000, 'users_lost', 1],
];

describe('a threshold over a stretch of time', () => {
  it.each<[string, boolean, number | undefined, { fromMs: number; untilMs: number } | undefined]>([
    ['join_time max < 4 s between 10s and 30s', true, 2_000, { fromMs: 10_000, untilMs: 30_000 }],
    ['join_time max < 4 s after 10 s', false, 5_000, { fromMs: 10_000, untilMs: 60_000 }],
    ['join_time max < 4 s until 20s', false, 9_000, { fromMs: 0, untilMs: 20_000 }],
    // At least half of an interval must lie inside: 14 s takes the interval from 10 s in, 16 s does not.
    ['join_time max < 4 s between 14s and 30s', true, 2_000, { fromMs: 10_000, untilMs: 30_000 }],
    ['join_time min < 4 s between 16s and 30s', true, 2_000, { fromMs: 20_000, untilMs: 30_000 }],
    // Shorter than an interval: what there is, and said.
    ['join_time max < 4 s between 24s and 26s', true, 2_000, { fromMs: 20_000, untilMs: 30_000 }],
    ['join_time max < 4 s between 30s and 40s', false, undefined, { fromMs: 30_000, untilMs: 40_000 }],
    ['users_lost count == 0 between 30s and 40s', true, 0, { fromMs: 30_000, untilMs: 40_000 }],
    ['users_lost count == 0 between 10s and 20s', false, 1, { fromMs: 10_000, untilMs: 20_000 }],
    // The run never got there: nothing is known, not even a zero.
    ['users_lost count == 0 after 10m', false, undefined, undefined],
  ])('%s: %s', (expression, held, observed, when) => {
    const result = judged(expression, JOINS);
    expect({ held: result.held, observed: result.observed, when: result.judged }).toEqual({ held, observed, when });
  });

  it('takes times of day where the day has a beginning', () => {
    expect(judged('join_time max < 4 s between 08:00:10 and 08:00:30', JOINS, 8 * 3_600_000)).toMatchObject({ held: true, observed: 2_000 });
  });
});

it('a gauge of a coordinator and of the one that went on with its run is one over a stretch of time, too', () => {
  const asked = threshold('meetings_open last == 0 after 0s', false);
  const [before, after] = [recorded([[1_000, 'meetings_open', 30]], 1), recorded([[11_000, 'meetings_open', 0]], 2).slice(1)];
  const snapshots = [...before.map((one) => ({ ...one, worker: 'local' })), ...after.map((one) => ({ ...one, worker: 'resumed-x' }))];
  expect(judge([asked], mergeAll(snapshots), WindowedSeries.of([asked], snapshots))[0]).toMatchObject({ held: true, observed: 0 });
});

describe('a threshold for each server', () => {
  const servers: readonly Row[] = [
    [1_000, 'join_failed', 0, { server: 'bbb01', role: 'pupil' }],
    [1_000, 'join_failed', 0, { server: 'bbb02', role: 'pupil' }],
    [1_000, 'join_failed', 1, { server: 'bbb02', role: 'teacher' }],
    [1_000, 'join_failed', 1, { role: 'pupil' }],
  ];

  it('names the worst, and says how each did', () => {
    expect(judged('join_failed{server=*} rate < 20%', servers)).toMatchObject({
      held: false,
      observed: 0.5,
      worst: 'bbb02',
      each: [
        { value: 'bbb01', held: true, observed: 0 },
        { value: 'bbb02', held: false, observed: 0.5 },
      ],
    });
  });

  it.each([
    ['join_failed rate < 20% per server', false, 'bbb02'],
    ['join_failed{role=pupil} rate < 20% per server', true, 'bbb01'],
    ['join_failed rate >= 30% per server', false, 'bbb01'],
    ['join_failed rate == 50% per server', false, 'bbb01'],
    ['join_failed rate != 50% per server', false, 'bbb02'],
    ['join_failed rate < 20% per server until 10s', false, 'bbb02'],
  ])('%s: %s', (expression, held, worst) => {
    expect(judged(expression, servers)).toMatchObject({ held, worst });
  });

  it('counts zero where nothing was counted anywhere, and holds no percentile that nobody measured', () => {
    expect(judged('users_lost{server=*} count == 0', servers)).toMatchObject({ held: true, observed: 0, each: [] });
    expect(judged('rtt{server=*} p(95) < 1 s', servers)).toMatchObject({ held: false, observed: undefined });
  });
});

describe('a threshold for each server on one of which users went without', () => {
  const user = (server: string, role = 'pupil', kind = 'native'): Tags => ({ server, role, kind });
  const rows: readonly Row[] = [
    [1_000, 'join_time', 2_000, user('bbb01')],
    [1_000, 'join_failed', 0, user('bbb01')],
    [1_000, 'join_phase_time', 1_000, { ...user('bbb01'), phase: 'ready' }],
    [2_000, 'join_phase_time', 2_000, { ...user('bbb01'), phase: 'first_video' }],
    [15_000, 'audio_absent', 0, user('bbb01')],
    [15_000, 'video_absent', 0, user('bbb01')],
    [25_000, 'video_fps', 15, user('bbb01')],
    [25_000, 'chat_delivery', 90, user('bbb01')],
    [25_000, 'chat_undelivered', 0, user('bbb01')],
    // Who was asked there had all there was: a camera that was on for a moment only.
    [15_000, 'video_absent', 0, user('bbb02')],
    [15_000, 'video_absent', 1, user('bbb07')],
    [25_000, 'chat_undelivered', 1, user('bbb07')],
    [1_000, 'join_failed', 1, user('bbb09', 'teacher')],
  ];

  it.each<[string, boolean, readonly string[]]>([
    ['video_fps p(50) > 10 fps per server', false, ['bbb01', 'bbb07?']],
    ['video_fps{server=*,role=pupil} p(50) > 10 fps', false, ['bbb01', 'bbb07?']],
    ['video_fps{role=teacher} p(50) > 10 fps per server', false, []],
    ['video_height p(50) > 100 px per server', false, []],
    ['join_phase_time{phase=first_video} p(95) < 5 s per server', false, ['bbb01', 'bbb07?']],
    ['join_time p(95) < 5 s per server', false, ['bbb01', 'bbb09?']],
    ['join_time{role=pupil} p(95) < 5 s per server', true, ['bbb01']],
    ['join_time{kind=*} p(95) < 5 s', true, ['native']],
    ['join_time{role=*} p(95) < 5 s', false, ['pupil', 'teacher?']],
    ['join_phase_time{phase=ready} p(95) < 5 s per server', false, ['bbb01', 'bbb09?']],
    ['join_phase_time{phase=audio} p(95) < 5 s per server', false, []],
    ['join_phase_time{phase=*} p(95) < 5 s', true, ['first_video', 'ready']],
    ['chat_delivery p(95) < 1 s per server', false, ['bbb01', 'bbb07?']],
    // Nothing counted is a true zero: it is not asked where it was not counted.
    ['video_fps count > 0 per server', true, ['bbb01']],
    ['join_time p(95) < 5 s per server until 10s', false, ['bbb01', 'bbb09?']],
    ['video_fps p(50) > 10 fps per server after 10s', false, ['bbb01', 'bbb07?']],
    ['video_fps p(50) > 10 fps per server after 20s', true, ['bbb01']],
  ])('%s: %s', (expression, held, each) => {
    const result = judged(expression, rows);
    expect({ held: result.held, each: result.each?.map(({ value, observed }) => (observed === undefined ? `${value}?` : value)) }).toEqual({ held, each });
  });

  it('names what broke as the worst, else where nothing was measured', () => {
    expect(judged('video_fps p(50) > 10 fps per server', rows)).toMatchObject({ observed: undefined, worst: 'bbb07' });
    expect(judged('video_fps p(50) > 20 fps per server', rows)).toMatchObject({ observed: 15, worst: 'bbb01' });
    expect(judged('join_time p(95) < 5 s per server', [[1_000, 'join_failed', 1, user('bbb03')]])).toMatchObject({ held: false, observed: undefined, worst: 'bbb03' });
  });
});
