import { parseThreshold } from '../../../src/metrics/threshold-parse.js';
import type { Threshold } from '../../../src/metrics/threshold.js';

/** Thresholds as a scenario would hold them. */
export function thresholds(...expressions: readonly string[]): readonly Threshold[] {
  return expressions.map((expression) => {
    const parsed = parseThreshold(expression);
    if (!parsed.ok) throw new Error(`${expression}: ${parsed.message}`);
    return parsed.threshold;
  });
}
