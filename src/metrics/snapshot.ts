import type { MetricKind, MetricName, Tags } from './catalogue.js';

/** The sinks of one worker for one interval, in wire form. Keyed (run, worker, interval): duplicates and order do not matter. */
export interface Snapshot {
  readonly schema: 1;
  readonly run: string;
  readonly worker: string;
  /** 0-based number of the interval. */
  readonly interval: number;
  /** First interval of this worker, if it came in later than the run began; 0 otherwise. */
  readonly from?: number;
  /** Ms on the run's clock. */
  readonly startMs: number;
  readonly endMs: number;
  readonly series: readonly SeriesSnapshot[];
}

/** `sum`, `min` and `max` are in the metric's own unit. */
export interface SeriesSnapshot {
  readonly metric: MetricName;
  readonly kind: MetricKind;
  readonly tags: Tags;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Gauges: value at the end of the interval. */
  readonly last?: number;
  /** Histograms: compressed HDR histogram, base64 (V2 deflate), values in integer micro-units (see metrics/histogram.ts). */
  readonly hist?: string;
}
