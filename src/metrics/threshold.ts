import type { MetricName, Tags, Unit } from './catalogue.js';

/** What is asked of a metric: percentile `p(95)`, `avg`, `min`, `max`, `count`, `rate` (share of true), `sum`, `last`. */
export type Aggregation =
  | { readonly of: 'percentile'; readonly percentile: number }
  | { readonly of: 'avg' | 'min' | 'max' | 'count' | 'rate' | 'sum' | 'last' };

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** `join_time{role=pupil} p(95) < 10 s`: what must hold over the whole run. */
export interface Threshold {
  /** As written. */
  readonly expression: string;
  readonly metric: MetricName;
  readonly tags: Tags;
  readonly aggregation: Aggregation;
  readonly comparison: Comparison;
  /** In the metric's unit. */
  readonly limit: number;
  /** Stop the run when it breaks. */
  readonly abort: boolean;
}

export interface ThresholdResult {
  readonly expression: string;
  readonly held: boolean;
  /** In `unit`; undefined: nothing was measured, and then it does not hold. */
  readonly observed: number | undefined;
  readonly unit: Unit;
  readonly limit: number;
}
