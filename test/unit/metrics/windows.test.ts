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
