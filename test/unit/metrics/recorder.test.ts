import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/metrics/catalogue.js';
import { createRecorder, type RunRecorder } from '../../../src/metrics/recorder.js';

const sample = (metric: Sample['metric'], value: number, tags?: Sample['tags']): Sample => (tags === undefined ? { metric, value, atMs: 0 } : { metric, value, atMs: 0, tags });
const label = (interval: number) => ({ run: 'r1', worker: 'w1', interval, startMs: interval * 1_000, endMs: (interval + 1) * 1_000 });

function recorded(samples: readonly Sample[], maxSeries = 100): RunRecorder {
  const recorder = createRecorder({ maxSeries });
  for (const one of samples) recorder.record(one);
  return recorder;
}

describe('the recorder', () => {
  it('puts what was recorded into a snapshot, exactly in count, sum, min and max', () => {
    const snapshot = recorded([sample('join_time', 0.3, { role: 'pupil' }), sample('join_time', 0.1, { role: 'pupil' }), sample('users_started', 2)]).takeSnapshot(label(0));
    expect(snapshot).toEqual({
      schema: 1,
      ...label(0),
      series: [
        { metric: 'join_time', kind: 'histogram', tags: { role: 'pupil' }, count: 2, sum: 0.4, min: 0.1, max: 0.3, hist: expect.any(String) },
        { metric: 'users_started', kind: 'counter', tags: {}, count: 1, sum: 2, min: 2, max: 2 },
      ],
    });
  });

  it('begins each interval anew and keeps the whole', () => {
    const recorder = recorded([sample('join_time', 100), sample('users_started', 1)]);
    recorder.takeSnapshot(label(0));
    recorder.record(sample('join_time', 300));
    const second = recorder.takeSnapshot(label(1));
    expect(second.series).toMatchObject([{ metric: 'join_time', count: 1, sum: 300, min: 300, max: 300 }]);
    expect(recorder.takeSnapshot(label(2)).series).toEqual([]);
    expect(recorder.cumulative.figures('join_time')).toMatchObject({ count: 2, sum: 400, avg: 200, min: 100, max: 300 });
    expect(recorder.cumulative.figures('users_started')).toEqual({ count: 1, sum: 1 });
  });

  it('takes the same tags in any order for one series, and a copy of them', () => {
    const tags = { role: 'pupil', kind: 'native' };
    const recorder = recorded([sample('join_time', 1, tags), sample('join_time', 2, { kind: 'native', role: 'pupil' })]);
    tags.role = 'teacher';
    expect(recorder.series).toBe(1);
    expect(recorder.takeSnapshot(label(0)).series[0]?.tags).toEqual({ role: 'pupil', kind: 'native' });
  });

  it('keeps the last value of a gauge', () => {
    const { series } = recorded([sample('users_present', 3), sample('users_present', 7), sample('users_present', 5)]).takeSnapshot(label(0));
    expect(series).toEqual([{ metric: 'users_present', kind: 'gauge', tags: {}, count: 3, sum: 15, min: 3, max: 7, last: 5 }]);
  });

  it.each<[string, Sample]>([
    ['NaN', sample('join_time', Number.NaN)],
    ['undefined', sample('join_time', undefined as unknown as number)],
    ['Infinity', sample('rtt', Number.POSITIVE_INFINITY)],
    ['a negative value', sample('rtt', -1)],
    ['a value beyond all reason', sample('rtt', 1e12)],
    ['a share in a rate', sample('join_failed', 0.5)],
    ['a text', sample('users_started', '3' as unknown as number)],
    ['a metric that does not exist', sample('zzz' as 'rtt', 1)],
    ['a property of every object', sample('constructor' as 'rtt', 1)],
  ])('refuses %s, counts it and does not throw', (_what, bad) => {
    const recorder = recorded([bad]);
    expect(recorder.refused).toEqual({ badValues: 1, overCap: 0 });
    expect(recorder.takeSnapshot(label(0)).series).toEqual([{ metric: 'samples_refused', kind: 'counter', tags: { code: 'BAD_VALUE' }, count: 1, sum: 1, min: 1, max: 1 }]);
  });

  it('caps the series, counts every lost sample and says so once', () => {
    const messages: string[] = [];
    const recorder = createRecorder({ maxSeries: 2, onCapped: (message) => messages.push(message) });
    for (const server of ['a', 'b', 'c', 'd', 'c']) recorder.record(sample('rtt', 1, { server }));
    recorder.record(sample('rtt', 2, { server: 'a' }));
    expect(recorder.refused).toEqual({ badValues: 0, overCap: 3 });
    expect(messages).toEqual(['more than 2 series: samples of further ones are lost, the first is rtt {"server":"c"}']);
    const { series } = recorder.takeSnapshot(label(0));
    expect(series.map(({ metric, tags, sum }) => [metric, tags, sum])).toEqual([
      ['rtt', { server: 'a' }, 3],
      ['rtt', { server: 'b' }, 1],
      ['samples_refused', { code: 'SERIES_CAP' }, 3],
    ]);
  });

  it('gives back its memory', () => {
    const recorder = recorded([sample('rtt', 1)]);
    recorder[Symbol.dispose]();
    expect(recorder.series).toBe(0);
    expect(recorder.cumulative.figures('rtt')).toEqual({ count: 0 });
  });
});
