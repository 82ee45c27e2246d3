import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricName, type TagName } from '../../src/metrics/catalogue.js';
import { Histogram } from '../../src/metrics/histogram.js';
import { mergeAll } from '../../src/metrics/merge.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import type { Snapshot } from '../../src/metrics/snapshot.js';
import { parseThreshold } from '../../src/metrics/threshold-parse.js';
import type { Threshold } from '../../src/metrics/threshold.js';
import { thresholdText } from '../fakes/threshold-text.js';

const durationMs = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 3_600_000, noNaN: true }));

/** The smallest value that at least `percentile` % of the values do not exceed. */
function nearestRank(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)]!;
}

/** Rounded to µs, and up to 0.1 % too high. */
function expectClose(actual: number, exact: number): void {
  expect(actual).toBeGreaterThanOrEqual(exact - 0.0006);
  expect(actual).toBeLessThanOrEqual(exact * 1.001 + 0.0016);
}

describe('a histogram', () => {
  it.each(['wasm', 'js'] as const)('agrees with sorting all values (%s), also after coding and decoding', (engine) => {
    fc.assert(
      fc.property(fc.array(durationMs, { minLength: 1, maxLength: 200 }), fc.constantFrom(0, 1, 25, 50, 90, 95, 99, 100), (values, percentile) => {
        const histogram = Histogram.create('ms', engine);
        for (const value of values) histogram.record(value);
        const decoded = Histogram.decode(histogram.encode(), 'ms');
        expect(histogram.count).toBe(values.length);
        expect(decoded.count).toBe(values.length);
        const exact = nearestRank(values, percentile);
        if (percentile > 0) expectClose(histogram.percentile(percentile), exact);
        expect(decoded.percentile(percentile)).toBe(histogram.percentile(percentile));
        histogram.destroy();
      }),
      { numRuns: 100 },
    );
  });
});

const sampleArb = fc.record({
  worker: fc.constantFrom('w1', 'w2', 'w3'),
  interval: fc.nat({ max: 4 }),
  metric: fc.constantFrom<MetricName>('join_time', 'rtt', 'users_started', 'join_failed'),
  role: fc.constantFrom('teacher', 'pupil'),
  raw: durationMs,
});

describe('snapshots of several workers', () => {
  it('merge to the figures of all samples, in whichever order and however often they come', () => {
    fc.assert(
      fc.property(fc.array(sampleArb, { maxLength: 150 }), fc.infiniteStream(fc.nat()), (samples, random) => {
        const valueOf = ({ metric, raw }: (typeof samples)[number]): number => (metric === 'join_failed' ? (raw < 50 ? 0 : 1) : metric === 'users_started' ? Math.floor(raw) : raw);
        const snapshots: Snapshot[] = [];
        for (const worker of ['w1', 'w2', 'w3']) {
          using recorder = createRecorder({ maxSeries: 100 });
          for (let interval = 0; interval < 5; interval++) {
            for (const sample of samples.filter((one) => one.worker === worker && one.interval === interval)) recorder.record({ metric: sample.metric, value: valueOf(sample), atMs: 0, tags: { role: sample.role } });
            snapshots.push(recorder.takeSnapshot({ run: 'r', worker, interval, startMs: interval, endMs: interval + 1 }));
          }
        }
        const doubled = snapshots.flatMap((snapshot) => (random.next().value! % 3 === 0 ? [snapshot, snapshot] : [snapshot]));
        const shuffled = doubled.map((snapshot) => ({ snapshot, key: random.next().value! })).sort((a, b) => a.key - b.key).map(({ snapshot }) => snapshot);
        const inOrder = mergeAll(snapshots);
        const mixed = mergeAll(shuffled);
        for (const metric of ['join_time', 'rtt', 'users_started', 'join_failed'] as const) {
          for (const filter of [{}, { role: 'pupil' }]) {
            const values = samples.filter((one) => one.metric === metric && (filter.role === undefined || one.role === filter.role)).map(valueOf);
            const figures = mixed.figures(metric, filter);
            expect(figures).toEqual(inOrder.figures(metric, filter));
            expect(figures.count).toBe(values.length);
            if (values.length === 0) continue;
            const sum = values.reduce((total, value) => total + value, 0);
            expect(figures.sum).toBeCloseTo(sum, 3);
            if (METRICS[metric].kind !== 'histogram') continue;
            expect(figures.min).toBe(Math.min(...values));
            expect(figures.max).toBe(Math.max(...values));
            for (const percentile of [50, 95, 99] as const) expectClose(figures[`p${percentile}`]!, nearestRank(values, percentile));
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the threshold parser', () => {
  const piece = fc.oneof(
    fc.constantFrom(...Object.keys(METRICS), 'p(95)', 'p(', 'avg', 'rate', 'count', '<', '<=', '==', '=', '{', '}', '{role=pupil}', ',', '10', '-1', '1e999', '.5', 's', '%', 'ms', 'Mbit/s', 'per', 'server', 'after', 'between', 'and', 'until', '2m', '08:00', '{server=*}', ' ', '\n', '"'),
    fc.string({ maxLength: 8 }),
  );

  it('answers any text, and points into it when it refuses', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const expression = pieces.join('');
        const parsed = parseThreshold(expression);
        if (parsed.ok) {
          expect(Number.isFinite(parsed.threshold.limit)).toBe(true);
          expect(parseThreshold(parsed.threshold.expression)).toEqual(parsed);
        } else {
          expect(parsed.offset).toBeGreaterThanOrEqual(0);
          // At the end something is missing: the caret stands one behind.
          expect(parsed.offset + parsed.length).toBeLessThanOrEqual(expression.length + 1);
          expect(parsed.length).toBeGreaterThan(0);
          expect(parsed.message).not.toBe('');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads what was printed to the same threshold', () => {
    const histogram = fc.constantFrom<MetricName>('join_time', 'rtt', 'audio_loss', 'video_fps');
    const aggregation = fc.oneof(
      fc.integer({ min: 0, max: 1_000 }).map((tenths): Threshold['aggregation'] => ({ of: 'percentile', percentile: tenths / 10 })),
      fc.constantFrom<Threshold['aggregation']>({ of: 'avg' }, { of: 'min' }, { of: 'max' }, { of: 'count' }),
    );
    const text = fc.string({ minLength: 1, maxLength: 8 }).filter((value) => !value.includes('"'));
    const shape = fc.record({
      metric: histogram,
      aggregation,
      tags: fc.record({ server: text, step: text }, { requiredKeys: [] }),
      each: fc.option(fc.constantFrom<TagName>('role', 'kind', 'call'), { nil: undefined }),
      comparison: fc.constantFrom<Threshold['comparison']>('<', '<=', '>', '>=', '==', '!='),
      limit: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000),
      window: fc.option(fc.tuple(fc.integer({ min: 0, max: 1e7 }), fc.option(fc.integer({ min: 1, max: 1e7 }), { nil: undefined })), { nil: undefined }),
    });
    fc.assert(
      fc.property(shape, ({ each, window, ...rest }) => {
        const written = {
          ...rest,
          ...(each === undefined ? {} : { each }),
          ...(window === undefined ? {} : { window: { fromMs: window[0], ...(window[1] === undefined ? {} : { untilMs: window[0] + window[1] }) } }),
        };
        const expression = thresholdText(written);
        expect(parseThreshold(expression)).toEqual({ ok: true, threshold: { ...written, expression, abort: false } });
      }),
    );
  });

  it('reads whatever is written by the rules, with any blanks', () => {
    const blank = fc.constantFrom('', ' ', '  ', '\t');
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('ms', 's', 'm'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), fc.array(blank, { minLength: 8, maxLength: 8 }), (percentile, limit, unit, comparison, b) => {
        const p = percentile.toFixed(2);
        const expression = `${b[0]}join_time${b[1]}{${b[2]}role${b[3]}=pupil}${b[4]} p(${b[5]}${p})${b[6]}${comparison}${b[7]}${limit}${unit}`;
        const factor = { ms: 1, s: 1_000, m: 60_000 }[unit];
        expect(parseThreshold(expression)).toEqual({
          ok: true,
          threshold: { expression: expression.trim(), metric: 'join_time', tags: { role: 'pupil' }, aggregation: { of: 'percentile', percentile: Number(p) }, comparison, limit: limit * factor, abort: false },
        });
      }),
    );
  });
});
