import { METRICS, type MetricInfo, type Tags } from './catalogue.js';
import type { SeriesSet } from './series-set.js';
import { unitOf } from './threshold-parse.js';
import { lackingValues } from './tellers.js';
import type { Aggregation, Comparison, Threshold, ThresholdResult } from './threshold.js';
import type { WindowedSeries } from './windows.js';

/**
 * Holds each threshold against what was measured: `series` over the whole run, `windows` for those over a stretch of it. Nothing
 * measured does not hold (a run in which nobody joined proves nothing), except that nothing counted is a true zero:
 * `users_lost count == 0` holds when nobody was lost. A stretch of time that the run never reached was not measured at all. One for each server
 * (or another tag) is asked of those, too, on which users were left without what it measures (tellers.ts).
 */
export function judge(thresholds: readonly Threshold[], series: SeriesSet, windows?: WindowedSeries): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { expression, metric, aggregation, limit, window } = threshold;
    const info: MetricInfo = METRICS[metric];
    const named = { expression, unit: unitOf(info, aggregation), limit };
    if (window === undefined) return { ...named, ...judgeOn(threshold, series) };
    const windowed = windows?.get(window);
    if (windowed === undefined) return { ...named, held: false, observed: undefined };
    return { ...named, ...judgeOn(threshold, windowed.series), judged: windowed.covered };
  });
}

type Outcome = Pick<ThresholdResult, 'held' | 'observed' | 'worst' | 'each'>;
type Judged = Pick<ThresholdResult, 'held' | 'observed'>;

function judgeOn(threshold: Threshold, series: SeriesSet): Outcome {
  const { metric, tags, aggregation, each } = threshold;
  const on = (filter: Tags): Judged => {
    const observed = series.aggregate(metric, filter, aggregation);
    return { observed, held: observed !== undefined && compares(observed, threshold.comparison, threshold.limit) };
  };
  if (each === undefined) return on(tags);
  // A value counts when the series that the other tags leave have it.
  const measured = [...series.byTag(metric, each, tags)].flatMap(([value, { count }]) => (count > 0 ? [value] : []));
  // Nothing counted is a true zero wherever it is.
  const lacking = isTotal(aggregation) ? [] : lackingValues({ metric, tags, each }, series);
  const all = [...new Set([...measured, ...lacking])].sort().map((value) => ({ value, ...on({ ...tags, [each]: value }) }));
  const worst = all.reduce<(typeof all)[number] | undefined>((so, one) => (so === undefined || isWorse(one, so, threshold) ? one : so), undefined);
  // Nobody has the tag: nothing counted is zero here too.
  if (worst === undefined) return { ...on(tags), each: [] };
  return { held: all.every(({ held }) => held), observed: worst.observed, worst: worst.value, each: all };
}

const isTotal = ({ of }: Aggregation): boolean => of === 'count' || of === 'sum';

/** What broke is the worst, the further beyond the limit the worse; next is where nothing was measured. */
function isWorse(a: Judged, b: Judged, threshold: Threshold): boolean {
  if (a.observed === undefined || b.observed === undefined) return a.observed === undefined ? b.observed !== undefined && b.held : !a.held;
  return isFurther(a.observed, b.observed, threshold);
}

/** Whether `a` is further on the wrong side of the limit than `b`. */
function isFurther(a: number, b: number, { comparison, limit }: Threshold): boolean {
  switch (comparison) {
    case '<':
    case '<=':
      return a > b;
    case '>':
    case '>=':
      return a < b;
    case '==':
      return Math.abs(a - limit) > Math.abs(b - limit);
    case '!=':
      return Math.abs(a - limit) < Math.abs(b - limit);
  }
}

/** Whether a value is on the right side of the limit. */
export function compares(observed: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return observed < limit;
    case '<=':
      return observed <= limit;
    case '>':
      return observed > limit;
    case '>=':
      return observed >= limit;
    case '==':
      return observed === limit;
    case '!=':
      return observed !== limit;
  }
}
