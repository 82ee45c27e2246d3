import { describe, expect, it } from 'vitest';
import type { EndReason } from '../../../src/metrics/events.js';
import type { MetricName } from '../../../src/metrics/catalogue.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { Pace } from '../../../src/native/media/pace.js';
import { notDelivered } from '../../../src/run/delivery.js';
import { planOf } from '../../fakes/fake-run.js';

const counts = { planned: 1, started: 1, dropped: 0, notStarted: 0, joined: 1, left: 1, failed: 0, lost: 0, aborted: 0, peakConcurrent: 1 };

function reasons(metric: MetricName, values: readonly number[], limits: object): readonly string[] {
  using recorder = createRecorder({ maxSeries: 10 });
  for (const value of values) recorder.record({ metric, value, atMs: 0 });
  recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
  return notDelivered({ limits: { ...planOf([]).limits, ...limits }, reason: 'completed', counts, series: recorder.cumulative, unprepared: 0, cutShort: 0, samplesLost: 0, shortcomings: [] });
}

describe('load that is not delivered', () => {
  it.each<[MetricName, readonly number[], object, readonly string[]]>([
    ['send_lateness', [3, 4, 120], { maxSendLatenessMs: 120 }, []],
    ['send_lateness', [3, 4, 121], { maxSendLatenessMs: 120 }, ['media packets left late: p99 121 ms, limit 120 ms']],
    ['send_lateness', [900], {}, []],
    ['send_limited', [1, 0], { maxSendLimited: 0.5 }, []],
    ['send_limited', [1, 1, 0, 1], { maxSendLimited: 0.5 }, ['browsers held their cameras back for want of CPU: 75 % of the time, limit 50 %']],
  ])('%s %j within %j', (metric, values, limits, expected) => expect(reasons(metric, values, limits)).toEqual(expected));
});

describe('users that were taken out before it was time', () => {
  const said = (reason: EndReason, cutShort: number): readonly string[] => {
    using recorder = createRecorder({ maxSeries: 10 });
    return notDelivered({ limits: planOf([]).limits, reason, counts, series: recorder.cumulative, unprepared: 0, cutShort, samplesLost: 0, shortcomings: [] });
  };

  it('are load that was not delivered, unless the run was ended', () => {
    expect(said('completed', 2)).toEqual(['2 users were taken out before it was time']);
    expect(said('completed', 0)).toEqual([]);
    expect(said('threshold', 2)).toEqual([]);
  });
});

describe('the pace of packets', () => {
  it('is the latest of each stretch in which some were due', () => {
    const pace = new Pace(100);
    for (const [nowMs, lateMs] of [[0, 2], [50, 9], [99, undefined], [100, undefined], [200, 4], [205, 1], [300, 3]] as const) pace.add(nowMs, lateMs);
    expect(pace.take()).toEqual([9, 4]);
    expect(pace.take()).toEqual([]);
  });
});
