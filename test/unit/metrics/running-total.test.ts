import { expect, it } from 'vitest';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { RunningTotal } from '../../../src/metrics/running-total.js';

/** A worker, its recorder, and the number of its interval. */
function worker(name: string) {
  const recorder = createRecorder({ maxSeries: 10 });
  let interval = 0;
  const label = () => ({ run: 'r', worker: name, interval, startMs: interval, endMs: interval + 1 });
  return {
    add: (value: number) => recorder.record({ metric: 'join_time', value, atMs: 0 }),
    gauge: (value: number) => recorder.record({ metric: 'users_present', value, atMs: 0 }),
    peek: () => recorder.peek(label(), ['join_time', 'users_present']),
    snapshot: () => {
      const taken = recorder.takeSnapshot(label());
      interval++;
      return taken;
    },
    recorder,
    label,
  };
}

it('a peek has some metrics of the interval so far, and takes nothing from its snapshot', () => {
  const { add, gauge, recorder, label, snapshot } = worker('a');
  add(10);
  gauge(3);
  expect(recorder.peek(label(), ['join_time']).series.map(({ metric, count }) => [metric, count])).toEqual([['join_time', 1]]);
  expect(recorder.peek(label(), []).series).toEqual([]);
  expect(snapshot().series.map(({ metric, count }) => [metric, count])).toEqual([['join_time', 1], ['users_present', 1]]);
});

it('what is so far counts each sample once: intervals that are over, and the last that was said of those that are not', () => {
  const total = new RunningTotal([]);
  const [a, b] = [worker('a'), worker('b')];
  a.add(10);
  total.interim(a.peek());
  a.add(20);
  b.add(30);
  total.interim(a.peek());
  total.interim(b.peek());
  expect([total.series.figures('join_time').count, total.soFar.figures('join_time')]).toEqual([0, expect.objectContaining({ count: 3, sum: 60, min: 10, max: 30 })]);
  const late = a.peek();
  total.snapshot(a.snapshot());
  // Said before the interval was over, heard after its snapshot.
  total.interim(late);
  expect(total.soFar.figures('join_time').count).toBe(3);
  a.add(40);
  total.interim(a.peek());
  expect(total.soFar.figures('join_time')).toMatchObject({ count: 4, max: 40 });
  expect(total.series.figures('join_time').count).toBe(2);
});

it('of a gauge each worker has one value: the newest', () => {
  const total = new RunningTotal([]);
  const [a, b] = [worker('a'), worker('b')];
  a.gauge(5);
  b.gauge(7);
  total.snapshot(a.snapshot());
  total.snapshot(b.snapshot());
  a.gauge(6);
  total.interim(a.peek());
  expect(total.soFar.figures('users_present').last).toBe(13);
  expect(total.series.figures('users_present').last).toBe(12);
});

it('a coordinator and the one that went on with its run have one value of a gauge together', () => {
  const total = new RunningTotal([]);
  const [died, resumed] = [worker('local'), worker('resumed-x')];
  died.gauge(30);
  total.snapshot(died.snapshot());
  resumed.snapshot();
  resumed.gauge(4);
  total.interim(resumed.peek());
  expect([total.series.figures('users_present').last, total.soFar.figures('users_present').last]).toEqual([30, 4]);
  total.snapshot(resumed.snapshot());
  expect(total.series.figures('users_present')).toEqual({ count: 2, min: 4, max: 30, last: 4 });
});

it('a damaged histogram of an interval that is not over costs nothing but itself', () => {
  const total = new RunningTotal([]);
  const a = worker('a');
  a.add(10);
  const peek = a.peek();
  total.interim({ ...peek, series: peek.series.map((one) => ({ ...one, hist: 'AAAA' })) });
  expect(total.soFar.figures('join_time').count).toBe(0);
});
