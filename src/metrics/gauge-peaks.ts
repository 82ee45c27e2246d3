import { METRICS, type MetricName } from './catalogue.js';
import { seriesKey } from './series-key.js';
import type { SeriesSnapshot, Snapshot } from './snapshot.js';

/** What is needed of a snapshot; those of one worker come in the order of time, each once. */
type Told = Pick<Snapshot, 'worker' | 'interval' | 'series'>;

/**
 * The most that the series of a gauge, of all workers, had together at one time, as far as intervals tell: what each had at most within an interval is
 * added up, and the largest of these sums counts. A series of which its worker tells nothing in an interval, while it tells of others, has what it had
 * last. Memory grows with series, and by a number for each interval.
 */
export class GaugePeaks {
  readonly #gauges = new Map<MetricName, { readonly sums: Map<number, number>; readonly lasts: Map<string, Map<string, number>>; most: number | undefined }>();

  static of(snapshots: Iterable<Told>): GaugePeaks {
    const peaks = new GaugePeaks();
    for (const snapshot of snapshots) peaks.add(snapshot);
    return peaks;
  }

  add({ worker, interval, series }: Told): void {
    for (const [metric, told] of gaugesIn(series)) {
      let gauge = this.#gauges.get(metric);
      if (!gauge) this.#gauges.set(metric, (gauge = { sums: new Map(), lasts: new Map(), most: undefined }));
      let lasts = gauge.lasts.get(worker);
      if (!lasts) gauge.lasts.set(worker, (lasts = new Map()));
      const sum = (gauge.sums.get(interval) ?? 0) + levelOf(told, lasts);
      gauge.sums.set(interval, sum);
      gauge.most = Math.max(gauge.most ?? 0, sum);
      for (const [key, { max, last }] of told) lasts.set(key, last ?? max);
    }
  }

  /** With what is known of intervals that are not over; undefined: nothing was told of it. */
  most(metric: MetricName, open: Iterable<Told> = []): number | undefined {
    const gauge = this.#gauges.get(metric);
    const begun = new Map<number, number>();
    for (const { worker, interval, series } of open) {
      const told = gaugesIn(series).get(metric);
      if (told) begun.set(interval, (begun.get(interval) ?? gauge?.sums.get(interval) ?? 0) + levelOf(told, gauge?.lasts.get(worker)));
    }
    const all = [...(gauge?.most === undefined ? [] : [gauge.most]), ...begun.values()];
    return all.length === 0 ? undefined : Math.max(...all);
  }
}

/** Series of each gauge by their names. */
function gaugesIn(series: readonly SeriesSnapshot[]): ReadonlyMap<MetricName, ReadonlyMap<string, SeriesSnapshot>> {
  const gauges = new Map<MetricName, Map<string, SeriesSnapshot>>();
  for (const one of series) {
    if (METRICS[one.metric].kind !== 'gauge' || one.count === 0) continue;
    const told = gauges.get(one.metric) ?? new Map<string, SeriesSnapshot>();
    gauges.set(one.metric, told.set(seriesKey(one.metric, one.tags), one));
  }
  return gauges;
}

function levelOf(told: ReadonlyMap<string, SeriesSnapshot>, lasts: ReadonlyMap<string, number> | undefined): number {
  let level = 0;
  for (const { max } of told.values()) level += max;
  for (const [key, last] of lasts ?? []) if (!told.has(key)) level += last;
  return level;
}
