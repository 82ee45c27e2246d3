import { METRICS, type MetricInfo } from './catalogue.js';
import type { SeriesSet } from './series-set.js';
import { unitOf } from './threshold-parse.js';
import type { Comparison, Threshold, ThresholdResult } from './threshold.js';

/**
 * Holds each threshold against what was measured. Nothing measured does not hold (a run in which nobody joined proves nothing),
 * except that nothing counted is a true zero: `users_lost count == 0` holds when nobody was lost.
 */
export function judge(thresholds: readonly Threshold[], series: SeriesSet): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { expression, metric, tags, aggregation, comparison, limit } = threshold;
    const info: MetricInfo = METRICS[metric];
    const observed = series.aggregate(metric, tags, aggregation);
    const held = observed !== undefined && compares(observed, comparison, limit);
    return { expression, held, observed, unit: unitOf(info, aggregation), limit };
  });
}

function compares(observed: number, comparison: Comparison, limit: number): boolean {
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
