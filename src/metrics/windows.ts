import type { MetricName } from './catalogue.js';
import { GaugePeaks } from './gauge-peaks.js';
import { SeriesSet } from './series-set.js';
import { sinkKey } from './sink-key.js';
import { Sink } from './sink.js';
import type { Snapshot } from './snapshot.js';
import { metricsOf } from './tellers.js';
import type { Threshold, TimeWindow } from './threshold.js';

/** What was measured in a stretch of time, as far as whole intervals tell. */
export interface Windowed {
  readonly series: SeriesSet;
  /** What the intervals that counted cover together. */
  readonly covered: TimeWindow & { readonly untilMs: number };
  /** How many intervals counted, in part or of all workers. */
  readonly intervals: number;
}

interface Gathered {
  readonly window: TimeWindow;
  readonly metrics: Set<MetricName>;
  readonly sinks: Map<MetricName, Map<string, Sink>>;
  readonly peaks: GaugePeaks;
  fromMs: number;
  untilMs: number;
  readonly intervals: Set<number>;
}

/**
 * Gathers what thresholds over a stretch of time need, snapshot by snapshot, in the order of time. Memory grows with series. A snapshot
 * is indivisible: it counts if at least half of it lies in the window (or half of the window in it), so a window is as exact as half an
 * interval at each end; `covered` says what was judged.
 */
export class WindowedSeries {
  readonly #gathered = new Map<string, Gathered>();

  constructor(thresholds: readonly Threshold[]) {
    for (const threshold of thresholds) {
      const { window } = threshold;
      if (window === undefined) continue;
      let gathered = this.#gathered.get(keyOf(window));
      if (!gathered) this.#gathered.set(keyOf(window), (gathered = { window, metrics: new Set(), sinks: new Map(), peaks: new GaugePeaks(), fromMs: Number.POSITIVE_INFINITY, untilMs: 0, intervals: new Set() }));
      for (const metric of metricsOf(threshold)) gathered.metrics.add(metric);
    }
  }

  static of(thresholds: readonly Threshold[], snapshots: Iterable<Snapshot>): WindowedSeries {
    const windows = new WindowedSeries(thresholds);
    for (const snapshot of snapshots) windows.add(snapshot);
    return windows;
  }

  add(snapshot: Snapshot): void {
    for (const gathered of this.#gathered.values()) {
      if (!countsIn(snapshot, gathered.window)) continue;
      gathered.fromMs = Math.min(gathered.fromMs, snapshot.startMs);
      gathered.untilMs = Math.max(gathered.untilMs, snapshot.endMs);
      gathered.intervals.add(snapshot.interval);
      const wanted = snapshot.series.filter(({ metric }) => gathered.metrics.has(metric));
      gathered.peaks.add({ ...snapshot, series: wanted });
      for (const series of wanted) {
        let sinks = gathered.sinks.get(series.metric);
        if (!sinks) gathered.sinks.set(series.metric, (sinks = new Map()));
        const key = sinkKey(snapshot.worker, series.metric, series.tags);
        const sink = sinks.get(key);
        if (sink) sink.addSnapshot(series);
        else sinks.set(key, Sink.of(series));
      }
    }
  }

  /** Undefined: no interval lies in the window, so nothing is known about it. */
  get(window: TimeWindow): Windowed | undefined {
    const gathered = this.#gathered.get(keyOf(window));
    if (gathered === undefined || gathered.intervals.size === 0) return undefined;
    const { sinks, peaks, fromMs, untilMs, intervals } = gathered;
    const series = new SeriesSet(
      (metric) => [...(sinks.get(metric)?.values() ?? [])],
      (metric) => peaks.most(metric),
    );
    return { series, covered: { fromMs, untilMs }, intervals: intervals.size };
  }
}

const keyOf = ({ fromMs, untilMs }: TimeWindow): string => `${fromMs} ${untilMs ?? ''}`;

function countsIn({ startMs, endMs }: Snapshot, { fromMs, untilMs = Number.POSITIVE_INFINITY }: TimeWindow): boolean {
  if (endMs <= startMs) return startMs >= fromMs && startMs < untilMs;
  const overlapMs = Math.min(endMs, untilMs) - Math.max(startMs, fromMs);
  return overlapMs > 0 && overlapMs * 2 >= Math.min(endMs - startMs, untilMs - fromMs);
}
