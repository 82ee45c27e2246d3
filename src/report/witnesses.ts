import { METRICS, WITNESS_METRICS } from '../metrics/catalogue.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { WitnessComparison } from './summary.js';

/** A median of fewer samples says little. */
export const ENOUGH_SAMPLES = 20;

/** What browser and native users say of the same thing, in meetings that have both. Empty if there are none. */
export function compareWitnesses(series: SeriesSet): readonly WitnessComparison[] {
  return WITNESS_METRICS.flatMap((metric) => {
    const browser = series.figures(metric, { kind: 'browser', witnessed: 'yes' });
    const native = series.figures(metric, { kind: 'native', witnessed: 'yes' });
    if (browser.count + native.count === 0) return [];
    const isEnough = browser.count >= ENOUGH_SAMPLES && native.count >= ENOUGH_SAMPLES;
    const difference = isEnough && browser.p50 !== undefined && native.p50 !== undefined ? native.p50 - browser.p50 : undefined;
    return [{ metric, unit: METRICS[metric].unit, browserCount: browser.count, nativeCount: native.count, browserP50: browser.p50, nativeP50: native.p50, difference }];
  });
}
