import { METRICS, type MetricName } from './catalogue.js';
import { GaugePeaks } from './gauge-peaks.js';
import { seriesKey } from './series-key.js';
import { SeriesSet } from './series-set.js';
import { sinkKey } from './sink-key.js';
import { Sink } from './sink.js';
import type { Snapshot } from './snapshot.js';
import type { Threshold } from './threshold.js';
import { WindowedSeries } from './windows.js';

/** Everything that was measured so far by several workers, while it comes in. Each (worker, interval) counts once, in whatever order. */
export class RunningTotal {
  readonly #seen = new Set<string>();
  readonly #sinks = new Map<MetricName, Map<string, Sink>>();
  /** The last that each worker said of an interval that is not over. */
  readonly #interims = new Map<string, Snapshot>();
  readonly #peaks = new GaugePeaks();
  /** Of all intervals that are over. */
  readonly series = new SeriesSet(
    (metric) => [...(this.#sinks.get(metric)?.values() ?? [])],
    (metric) => this.#peaks.most(metric),
  );
  /** With what is known of those that are not. */
  readonly soFar = new SeriesSet(
    (metric) => this.#soFar(metric),
    (metric) => this.#peaks.most(metric, this.#interims.values()),
  );

  /** The same for thresholds over a stretch of time. */
  readonly windows: WindowedSeries;

  constructor(thresholds: readonly Threshold[]) {
    this.windows = new WindowedSeries(thresholds);
  }

  /** Throws FILE_UNREADABLE if a histogram is damaged. */
  snapshot(snapshot: Snapshot): void {
    const { worker, interval, series } = snapshot;
    const key = keyOf(snapshot);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if ((this.#interims.get(worker)?.interval ?? Infinity) <= interval) this.#interims.delete(worker);
    this.windows.add(snapshot);
    this.#peaks.add(snapshot);
    for (const one of series) {
      let sinks = this.#sinks.get(one.metric);
      if (!sinks) this.#sinks.set(one.metric, (sinks = new Map()));
      const name = sinkKey(worker, one.metric, one.tags);
      const known = sinks.get(name);
      if (known) known.addSnapshot(one);
      else sinks.set(name, Sink.of(one));
    }
  }
  /** Takes the place of what this worker said before; of no use once the interval's snapshot is there. */
  interim(snapshot: Snapshot): void {
    if (!this.#seen.has(keyOf(snapshot))) this.#interims.set(snapshot.worker, snapshot);
  }

  #soFar(metric: MetricName): readonly Sink[] {
    const sinks = new Map(this.#sinks.get(metric));
    const isGauge = METRICS[metric].kind === 'gauge';
    for (const { worker, series } of this.#interims.values()) {
      for (const one of series) {
        if (one.metric !== metric) continue;
        // What several workers have of one series adds up whoever measured it, but of a gauge each worker has a value of its own.
        const name = isGauge ? sinkKey(worker, metric, one.tags) : `interim ${seriesKey(metric, one.tags)}`;
        const known = sinks.get(name);
        const sink = isGauge || known === undefined ? new Sink(metric, one.tags, 'js') : known;
        if (isGauge && known) sink.merge(known);
        try {
          sink.addSnapshot(one);
        } catch {
          // A damaged histogram: the interval's snapshot will say it again.
          continue;
        }
        sinks.set(name, sink);
      }
    }
    return [...sinks.values()];
  }
}

function keyOf({ interval, worker }: Snapshot): string {
  return `${interval} ${worker}`;
}
