import type { MetricName, TagName, Tags, Unit } from './catalogue.js';

/** What is asked of a metric: percentile `p(95)`, `avg`, `min`, `max`, `count`, `rate` (share of true), `sum`, `last`. */
export type Aggregation =
  | { readonly of: 'percentile'; readonly percentile: number }
  | { readonly of: 'avg' | 'min' | 'max' | 'count' | 'rate' | 'sum' | 'last' };

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** A stretch of a run, in ms since its first instant; `untilMs` undefined: to its end. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly untilMs?: number;
}

/** `join_time{role=pupil} p(95) < 10 s`: what must hold, over the whole run or a stretch of it, for all or for each server (or another tag). */
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
  /** It must hold for each value of this tag alone, e.g. on each server. */
  readonly each?: TagName;
  /** Only what was measured then counts. Undefined: the whole run. */
  readonly window?: TimeWindow;
}

/** Metrics of what stops a run on everything measured so far; a threshold over a stretch of the run knows whole intervals only. */
export function stoppingMetrics(thresholds: readonly Threshold[]): readonly MetricName[] {
  return [...new Set(thresholds.filter(({ abort, window }) => abort && window === undefined).map(({ metric }) => metric))];
}

export interface ThresholdResult {
  readonly expression: string;
  readonly held: boolean;
  /** In `unit`; undefined: nothing was measured, and then it does not hold. */
  readonly observed: number | undefined;
  readonly unit: Unit;
  readonly limit: number;
  /** With `each`: where `observed` was measured, the worst of all, or where nothing was if that is all that broke; undefined: nowhere. */
  readonly worst?: string;
  /** With `each`: every value of the tag, in alphabetical order; those where nothing came of what should have are not `observed`. */
  readonly each?: readonly { readonly value: string; readonly held: boolean; readonly observed: number | undefined }[];
  /** With a window: what the intervals that counted cover together, in ms of the run's clock; undefined: none did. */
  readonly judged?: TimeWindow;
}

/** Whether it is asked of everybody for the whole run: what one says of teachers, of one server or of an hour allows nothing of the rest. */
export function isOfEverybody({ tags, window }: Threshold): boolean {
  return Object.keys(tags).length === 0 && window === undefined;
}
