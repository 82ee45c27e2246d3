import type { MetricName } from './catalogue.js';
import { seriesKey } from './series-key.js';
import { SeriesSet } from './series-set.js';
import { Sink } from './sink.js';
import type { Snapshot } from './snapshot.js';
import type { Threshold } from './threshold.js';
import { WindowedSeries } from './windows.js';

/** Everything that was measured so far by several workers, while it comes in. Each (worker, interval) counts once, in whatever order. */
export class RunningTotal {
  readonly #seen = new Set<string>();
  readonly #sinks = new Map<MetricName, Map<string, Sink>>();
  readonly series = new SeriesSet((metric) => [...(this.#sinks.get(metric)?.values() ?? [])]);

  /** The same for thresholds over a stretch of time. */
  readonly windows: WindowedSeries;

  constructor(thresholds: readonly Threshold[]) {
    this.windows = new WindowedSeries(thresholds);
  }

  /** Throws FILE_UNREADABLE if a histogram is damaged. */
  snapshot(snapshot: Snapshot): void {
    const { worker, interval, series } = snapshot;
    const key = `${interval} ${worker}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.windows.add(snapshot);
    for (const one of series) {
      let sinks = this.#sinks.get(one.metric);
      if (!sinks) this.#sinks.set(one.metric, (sinks = new Map()));
      // Gauges of one worker follow each other in time, those of several add up.
      const name = `${worker} ${seriesKey(one.metric, one.tags)}`;
      const known = sinks.get(name);
      if (known) known.addSnapshot(one);
      else sinks.set(name, Sink.of(one));
    }
  }
}
