import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../src/metrics/catalogue.js';
import { GaugePeaks } from '../../../src/metrics/gauge-peaks.js';
import { mergeAll } from '../../../src/metrics/merge.js';
import { createRecorder, type RunRecorder } from '../../../src/metrics/recorder.js';
import { RunningTotal } from '../../../src/metrics/running-total.js';
import type { SeriesSet } from '../../../src/metrics/series-set.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import { WindowedSeries } from '../../../src/metrics/windows.js';
import { threshold } from '../../fakes/fake-run.js';

type Look = Readonly<Record<string, number>>;

/** One look in each interval of 10 s, at a gauge of each server. */
function lookedAt(looks: readonly Look[], metric: MetricName = 'missing', worker = 'local'): { readonly recorder: RunRecorder; readonly snapshots: readonly Snapshot[] } {
  const recorder = createRecorder({ maxSeries: 100 });
  const snapshots = looks.map((look, interval) => {
    for (const [server, value] of Object.entries(look)) recorder.record({ metric, value, atMs: 0, tags: { server } });
    return recorder.takeSnapshot({ run: 'r', worker, interval, startMs: interval * 10_000, endMs: (interval + 1) * 10_000 });
  });
  return { recorder, snapshots };
}

const IN_TURN: readonly Look[] = [
  { a: 0, b: 0, c: 0 },
  { a: 1, b: 0, c: 0 },
  { a: 0, b: 1, c: 0 },
  { a: 0, b: 0, c: 1 },
  { a: 0, b: 0, c: 0 },
];

describe('the most of a gauge of several servers', () => {
  const { recorder, snapshots } = lookedAt(IN_TURN);
  const asked = threshold('missing max < 2 after 0s', false);
  const total = new RunningTotal([asked]);
  for (const snapshot of snapshots) total.snapshot(snapshot);

  it.each<[string, SeriesSet | undefined]>([
    ['of a run put together', mergeAll(snapshots)],
    ['as it comes in from workers', total.series],
    ['with intervals that are not over', total.soFar],
    ['of a stretch of time', total.windows.get(asked.window!)?.series],
    ['of a stretch of a run put together', WindowedSeries.of([asked], snapshots).get(asked.window!)?.series],
    ['in the process that measured it', recorder.cumulative],
  ])('is what all had at one time, not what each had at some time: %s', (_, series) => {
    expect(series!.aggregate('missing', {}, { of: 'max' })).toBe(1);
    expect(series!.figures('missing')).toMatchObject({ min: 0, max: 1, last: 0 });
    expect([...series!.byTag('missing', 'server').values()].map(({ max }) => max)).toEqual([1, 1, 1]);
  });

  it('counts what was measured of an interval that is not over', () => {
    for (const server of ['a', 'b']) recorder.record({ metric: 'missing', value: 2, atMs: 0, tags: { server } });
    expect(recorder.cumulative.figures('missing').max).toBe(4);
    total.interim(recorder.peek({ run: 'r', worker: 'local', interval: 5, startMs: 50_000, endMs: 60_000 }, ['missing']));
    expect([total.series.figures('missing').max, total.soFar.figures('missing').max]).toEqual([1, 4]);
  });
});

describe('peaks of gauges', () => {
  it('are of one interval over all workers, in whatever order they tell of it', () => {
    const first = lookedAt([{ a: 3 }, { a: 9 }, { a: 1 }], 'server_participants', 'w1').snapshots;
    const second = lookedAt([{ b: 8 }, { b: 2 }, { b: 5 }], 'server_participants', 'w2').snapshots;
    expect(GaugePeaks.of([...first, ...second]).most('server_participants')).toBe(11);
    expect(GaugePeaks.of([second[0]!, first[0]!, second[1]!, second[2]!, first[1]!, first[2]!]).most('server_participants')).toBe(11);
  });

  it('have what a server had last where it did not answer', () => {
    expect(GaugePeaks.of(lookedAt([{ a: 5, b: 4 }, { b: 7 }, {}, { a: 1, b: 2 }], 'server_participants').snapshots).most('server_participants')).toBe(12);
  });

  it('are not known of what nobody told of, and of what is no gauge', () => {
    expect(new GaugePeaks().most('missing')).toBeUndefined();
    expect(GaugePeaks.of(lookedAt([{ a: 5 }], 'join_time').snapshots).most('join_time')).toBeUndefined();
  });
});
