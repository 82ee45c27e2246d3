import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/metrics/catalogue.js';
import { judge } from '../../../src/metrics/judge.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { SeriesSet } from '../../../src/metrics/series-set.js';
import { threshold } from '../../fakes/fake-run.js';

function measured(rows: readonly (readonly [Sample['metric'], number, Sample['tags']?])[]): SeriesSet {
  const recorder = createRecorder({ maxSeries: 100 });
  for (const [metric, value, tags = {}] of rows) recorder.record({ metric, value, atMs: 0, tags });
  recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
  return recorder.cumulative;
}

const series = measured([
  ['join_time', 1_000, { role: 'pupil' }],
  ['join_time', 3_000, { role: 'pupil' }],
  ['join_time', 9_000, { role: 'teacher' }],
  ['join_failed', 0],
  ['join_failed', 0],
  ['join_failed', 0],
  ['join_failed', 1],
  ['video_freezes', 5],
  ['video_freezes', 2],
  ['users_present', 8],
  ['users_present', 6],
]);

describe('judging', () => {
  it.each<[string, boolean, number | undefined, string]>([
    ['join_time avg < 4334 ms', true, 4_333.333333333333, 'ms'],
    ['join_time{role=pupil} avg < 2 s', false, 2_000, 'ms'],
    ['join_time{role=pupil} avg <= 2 s', true, 2_000, 'ms'],
    ['join_time p(100) >= 9 s', true, 9_000, 'ms'],
    ['join_time max > 9 s', false, 9_000, 'ms'],
    ['join_time min == 1 s', true, 1_000, 'ms'],
    ['join_time count == 3', true, 3, 'count'],
    ['join_time sum != 13 s', false, 13_000, 'ms'],
    ['join_failed rate <= 25%', true, 0.25, 'ratio'],
    ['join_failed count == 4', true, 4, 'count'],
    ['video_freezes count < 7', false, 7, 'count'],
    ['video_freezes sum == 7', true, 7, 'count'],
    ['users_present last == 6', true, 6, 'count'],
    ['users_present max == 8', true, 8, 'count'],
    ['users_lost count == 0', true, 0, 'count'],
    ['errors{code=KICKED} sum == 0', true, 0, 'count'],
    ['rtt count == 0', true, 0, 'count'],
    ['rtt p(95) < 1 s', false, undefined, 'ms'],
    ['rtt max < 1 s', false, undefined, 'ms'],
    ['send_limited rate < 100%', false, undefined, 'ratio'],
    ['generator_cpu last < 99', false, undefined, 'cores'],
    ['join_time{role=teacher,kind=browser} p(95) < 1 h', false, undefined, 'ms'],
  ])('%s: %s', (expression, held, observed, unit) => {
    const asked = threshold(expression);
    expect(judge([asked], series)).toEqual([{ expression, held, observed, unit, limit: asked.limit }]);
  });

  it('keeps the order of the thresholds', () => {
    const expressions = ['users_lost count == 0', 'join_time max < 1 s'];
    expect(judge(expressions.map((one) => threshold(one)), series).map((result) => result.expression)).toEqual(expressions);
  });
});
