import { METRICS, TAG_NAMES, type MetricInfo } from '../../src/metrics/catalogue.js';
import { unitOf } from '../../src/metrics/threshold-parse.js';
import type { Aggregation, Threshold } from '../../src/metrics/threshold.js';

/**
 * A threshold as an expression that `parseThreshold` reads to the same, however it was written: the limit in the metric's own unit,
 * instants as times since the beginning of the run. `abort` stands beside an expression, not in it.
 */
export function thresholdText({ metric, tags, each, aggregation, comparison, limit, window }: Pick<Threshold, 'metric' | 'tags' | 'each' | 'aggregation' | 'comparison' | 'limit' | 'window'>): string {
  const pairs = TAG_NAMES.flatMap((name) => (name === each ? [`${name}=*`] : tags[name] === undefined ? [] : [`${name}="${tags[name]}"`]));
  const info: MetricInfo = METRICS[metric];
  const unit = unitOf(info, aggregation);
  const suffix = unit === 'count' || unit === 'ratio' ? '' : ` ${unit}`;
  const when = window === undefined ? '' : window.untilMs === undefined ? ` after ${window.fromMs}ms` : ` between ${window.fromMs}ms and ${window.untilMs}ms`;
  return `${metric}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${aggregationText(aggregation)} ${comparison} ${limit}${suffix}${when}`;
}

function aggregationText(aggregation: Aggregation): string {
  return aggregation.of === 'percentile' ? `p(${aggregation.percentile})` : aggregation.of;
}
