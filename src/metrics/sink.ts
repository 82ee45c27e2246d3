import { METRICS, type MetricInfo, type MetricName, type Tags } from './catalogue.js';
import { Histogram, type HistogramEngine } from './histogram.js';
import type { SeriesSnapshot } from './snapshot.js';

/** Whether a metric takes a value: finite, not negative, 0 or 1 for a rate. What it does not take is counted, never recorded. */
export function takes(info: MetricInfo, value: number): boolean {
  if (info.kind === 'rate') return value === 0 || value === 1;
  if (info.kind === 'histogram') return Histogram.takes(value, info.unit);
  return Number.isFinite(value) && value >= 0;
}

/**
 * Accumulates the samples of one series. Count, sum, min and max are kept beside the histogram, which only knows them rounded;
 * `min` and `max` mean nothing while `count` is 0.
 */
export class Sink {
  readonly metric: MetricName;
  readonly tags: Tags;
  readonly info: MetricInfo;
  readonly hist: Histogram | undefined;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  last = 0;

  constructor(metric: MetricName, tags: Tags, engine: HistogramEngine) {
    this.metric = metric;
    this.tags = tags;
    this.info = METRICS[metric];
    this.hist = this.info.kind === 'histogram' ? Histogram.create(this.info.unit, engine) : undefined;
  }

  static of(snapshot: SeriesSnapshot): Sink {
    const sink = new Sink(snapshot.metric, snapshot.tags, 'js');
    sink.addSnapshot(snapshot);
    return sink;
  }

  /** Adds a value that the metric `takes`. */
  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.last = value;
    this.hist?.record(value);
  }

  /** Adds all samples of another series of the same metric; `last` becomes that of the other. */
  merge(other: Sink): void {
    this.#addFigures(other);
    if (other.count > 0) this.last = other.last;
    if (other.hist) this.hist?.merge(other.hist);
  }

  /** Throws FILE_UNREADABLE if its histogram is damaged. */
  addSnapshot(snapshot: SeriesSnapshot): void {
    this.#addFigures(snapshot);
    if (snapshot.last !== undefined) this.last = snapshot.last;
    if (snapshot.hist !== undefined) this.hist?.mergeEncoded(snapshot.hist);
  }

  toSnapshot(): SeriesSnapshot {
    const { metric, tags, count, sum, min, max, info } = this;
    const common = { metric, kind: info.kind, tags, count, sum, min, max };
    if (this.hist) return { ...common, hist: this.hist.encode() };
    return info.kind === 'gauge' ? { ...common, last: this.last } : common;
  }

  reset(): void {
    this.count = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.hist?.reset();
  }

  destroy(): void {
    this.hist?.destroy();
  }

  #addFigures(other: { readonly count: number; readonly sum: number; readonly min: number; readonly max: number }): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }
}
