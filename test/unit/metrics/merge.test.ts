import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/metrics/catalogue.js';
import { mergeAll, mergeRun } from '../../../src/metrics/merge.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';

type Row = readonly [metric: Sample['metric'], value: number, tags?: Sample['tags']];

function snapshot(worker: string, interval: number, rows: readonly Row[]): Snapshot {
  const recorder = createRecorder({ maxSeries: 100 });
  for (const [metric, value, tags = {}] of rows) recorder.record({ metric, value, atMs: 0, tags });
  return recorder.takeSnapshot({ run: 'r1', worker, interval, startMs: interval * 1_000, endMs: interval * 1_000 + 1_000 });
}

const pupil = { role: 'pupil', server: 'bbb01' };
const teacher = { role: 'teacher', server: 'bbb01' };
const elsewhere = { role: 'pupil', server: 'bbb02' };

describe('merged snapshots', () => {
  const first = snapshot('w1', 0, [['join_time', 100, pupil], ['join_time', 300, teacher], ['join_failed', 0], ['users_started', 2]]);
  const second = snapshot('w1', 1, [['join_time', 200, pupil], ['join_failed', 1], ['join_failed', 0], ['join_failed', 0], ['users_started', 3]]);
  const other = snapshot('w2', 0, [['join_time', 900, elsewhere], ['users_started', 1]]);

  it('give the figures of all samples together', () => {
    const series = mergeAll([first, second, other]);
    const figures = series.figures('join_time');
    expect(figures).toMatchObject({ count: 4, sum: 1_500, avg: 375, min: 100, max: 900 });
    expect(figures.p50).toBeCloseTo(200, 0);
    // Kept within what was measured: the histogram alone would say 900.095.
    expect(figures.p99).toBe(900);
    expect(series.figures('join_failed')).toEqual({ count: 4, sum: 1, rate: 0.25 });
    expect(series.figures('users_started')).toEqual({ count: 3, sum: 6 });
  });

  it('count a snapshot once, however often and in whichever order it comes', () => {
    const expected = mergeAll([first, second, other]).figures('join_time');
    expect(mergeAll([other, second, first, second, other]).figures('join_time')).toEqual(expected);
  });

  it('keep the more complete of two snapshots for the same interval, whichever came first', () => {
    const longer: Snapshot = { ...second, endMs: second.endMs + 1, series: first.series };
    for (const order of [[second, longer], [longer, second]]) expect(mergeAll(order).figures('users_started').sum).toBe(2);
  });

  it('can be asked for tags, alone or together', () => {
    const series = mergeAll([first, second, other]);
    expect(series.figures('join_time', { role: 'pupil' }).sum).toBe(1_200);
    expect(series.figures('join_time', { role: 'pupil', server: 'bbb01' }).sum).toBe(300);
    expect(series.figures('join_time', { role: 'janitor' })).toEqual({ count: 0 });
    expect([...series.byTag('join_time', 'server')].map(([server, { count, max }]) => [server, count, max])).toEqual([
      ['bbb01', 3, 300],
      ['bbb02', 1, 900],
    ]);
    expect([...series.byTag('join_time', 'server', { role: 'teacher' }).values()].map((figures) => figures.count)).toEqual([1, 0]);
    expect(series.tagValues('join_time', 'role')).toEqual(['pupil', 'teacher']);
    expect(series.metrics()).toEqual(['join_time', 'join_failed', 'users_started']);
  });

  it('can be asked interval by interval', () => {
    const { intervals } = mergeRun([second, other, first]);
    expect(intervals.map(({ interval, startMs, endMs, series }) => [interval, startMs, endMs, series.figures('join_time').count])).toEqual([
      [0, 0, 1_000, 3],
      [1, 1_000, 2_000, 1],
    ]);
  });

  it('name the intervals that a worker did not report', () => {
    expect(mergeRun([snapshot('w1', 0, []), snapshot('w1', 3, []), snapshot('w2', 1, [])]).missing).toEqual([
      { worker: 'w1', interval: 1 },
      { worker: 'w1', interval: 2 },
      { worker: 'w2', interval: 0 },
    ]);
  });

  it('are empty without snapshots', () => {
    const series = mergeAll([]);
    expect(series.metrics()).toEqual([]);
    expect(series.figures('join_time')).toEqual({ count: 0 });
    expect(series.figures('users_lost')).toEqual({ count: 0, sum: 0 });
    expect(mergeRun([]).intervals).toEqual([]);
  });

  it('throw FILE_UNREADABLE when a histogram is asked for that is damaged, and only then', () => {
    const damaged: Snapshot = { ...first, series: first.series.map((series) => (series.hist === undefined ? series : { ...series, hist: 'broken' })) };
    const series = mergeAll([damaged]);
    expect(series.figures('users_started').sum).toBe(2);
    expect(() => series.figures('join_time')).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});

describe('merged gauges', () => {
  it('follow each other in time in one worker', () => {
    const series = mergeAll([snapshot('w1', 1, [['users_present', 4]]), snapshot('w1', 0, [['users_present', 9], ['users_present', 7]])]);
    expect(series.figures('users_present')).toEqual({ count: 3, min: 4, max: 9, last: 4 });
  });

  it('follow each other in a coordinator and those that went on with its run', () => {
    const series = mergeAll([snapshot('local', 0, [['meetings_open', 30]]), snapshot('resumed-x', 1, [['meetings_open', 20], ['meetings_open', 0]]), snapshot('resumed-y.0', 1, [['users_present', 7]]), snapshot('resumed-y.1', 1, [['users_present', 8]])]);
    expect(series.figures('meetings_open')).toEqual({ count: 3, min: 0, max: 30, last: 0 });
    // Workers of a machine of that name are none.
    expect(series.figures('users_present').last).toBe(15);
  });

  it('add up over workers and series', () => {
    const series = mergeAll([snapshot('w1', 0, [['users_present', 5], ['users_present', 3]]), snapshot('w2', 0, [['users_present', 10]]), snapshot('w2', 1, [['users_present', 8]])]);
    expect(series.figures('users_present')).toEqual({ count: 4, min: 11, max: 15, last: 11 });
  });
});
