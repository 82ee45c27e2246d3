import { METRICS, type MetricInfo, type MetricName, type Recorder, type Sample, type Tags } from './catalogue.js';
import { GaugePeaks } from './gauge-peaks.js';
import { quickestEngine } from './histogram.js';
import { seriesKey } from './series-key.js';
import { SeriesSet } from './series-set.js';
import { Sink, takes } from './sink.js';
import type { SeriesSnapshot, Snapshot } from './snapshot.js';

export interface RecorderOptions {
  /** Series kept at most; samples of further ones are counted as lost. A series of times takes up to 150 kB. */
  readonly maxSeries: number;
  /** Called once when the cap is first reached. */
  readonly onCapped?: (message: string) => void;
}

export type SnapshotLabel = Pick<Snapshot, 'run' | 'worker' | 'interval' | 'from' | 'startMs' | 'endMs'>;

/** Takes the samples of one process, an interval at a time. */
export interface RunRecorder extends Recorder, Disposable {
  /** What was recorded since the last snapshot; begins the next interval. Series without a sample are left out. */
  takeSnapshot(label: SnapshotLabel): Snapshot;
  /** The same of some metrics, without beginning the next. */
  peek(label: SnapshotLabel, metrics: readonly MetricName[]): Snapshot;
  /** Everything so far, the interval that has begun included. */
  readonly cumulative: SeriesSet;
  readonly series: number;
  /** Samples that were refused so far: values that are no measurement, and series beyond the cap. */
  readonly refused: { readonly badValues: number; readonly overCap: number };
}

/** A map, so that a name from outside finds no property of every object. */
const INFO: ReadonlyMap<string, MetricInfo> = new Map(Object.entries(METRICS));

interface Entry {
  readonly interval: Sink;
  readonly total: Sink;
}

/** Reserved for saying what was refused, so that the cap cannot silence itself. */
const REFUSED = 'samples_refused';

class MemoryRecorder implements RunRecorder {
  readonly #options: RecorderOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #totals = new Map<string, Sink[]>();
  readonly #peaks = new GaugePeaks();
  readonly cumulative = new SeriesSet(
    (metric) => this.#totals.get(metric) ?? [],
    (metric) => this.#peaks.most(metric, [{ worker: '', interval: this.#taken, series: this.#open([metric]) }]),
  );
  /** Intervals that are over. */
  #taken = 0;
  #badValues = 0;
  #overCap = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get series(): number {
    return this.#entries.size;
  }

  get refused(): { readonly badValues: number; readonly overCap: number } {
    return { badValues: this.#badValues, overCap: this.#overCap };
  }

  record(sample: Sample): void {
    const info = INFO.get(sample.metric);
    if (info === undefined || !takes(info, sample.value)) {
      this.#badValues++;
      this.#refuse('BAD_VALUE');
      return;
    }
    const entry = this.#entry(sample);
    if (entry) {
      entry.interval.add(sample.value);
      // At once, not with the snapshot: who has to act within seconds cannot wait for the end of an interval.
      entry.total.add(sample.value);
    } else {
      this.#overCap++;
      if (this.#overCap === 1) this.#options.onCapped?.(`more than ${this.#options.maxSeries} series: samples of further ones are lost, the first is ${sample.metric} ${JSON.stringify(sample.tags ?? {})}`);
      this.#refuse('SERIES_CAP');
    }
  }

  takeSnapshot(label: SnapshotLabel): Snapshot {
    const series = [];
    for (const { interval } of this.#entries.values()) {
      if (interval.count === 0) continue;
      series.push(interval.toSnapshot());
      interval.reset();
    }
    this.#peaks.add({ worker: '', interval: this.#taken++, series });
    return { schema: 1, ...label, series };
  }

  peek(label: SnapshotLabel, metrics: readonly MetricName[]): Snapshot {
    return { schema: 1, ...label, series: this.#open(metrics) };
  }

  #open(metrics: readonly MetricName[]): SeriesSnapshot[] {
    const series = [];
    for (const { interval } of this.#entries.values()) if (interval.count > 0 && metrics.includes(interval.metric)) series.push(interval.toSnapshot());
    return series;
  }

  [Symbol.dispose](): void {
    for (const { interval, total } of this.#entries.values()) {
      interval.destroy();
      total.destroy();
    }
    this.#entries.clear();
    this.#totals.clear();
  }

  #entry(sample: Sample): Entry | undefined {
    const key = seriesKey(sample.metric, sample.tags);
    const known = this.#entries.get(key);
    if (known || (this.#entries.size >= this.#options.maxSeries && sample.metric !== REFUSED)) return known;
    // A copy: the caller may go on using its tags.
    const tags: Tags = { ...sample.tags };
    const engine = quickestEngine();
    const entry = { interval: new Sink(sample.metric, tags, engine), total: new Sink(sample.metric, tags, engine) };
    this.#entries.set(key, entry);
    this.#totals.set(sample.metric, [...(this.#totals.get(sample.metric) ?? []), entry.total]);
    return entry;
  }

  #refuse(code: 'BAD_VALUE' | 'SERIES_CAP'): void {
    const entry = this.#entry({ metric: REFUSED, value: 1, atMs: 0, tags: { code } });
    entry?.interval.add(1);
    entry?.total.add(1);
  }
}

/** A recorder in memory: `record` is synchronous, O(1) and never throws; memory grows with series, not with samples. */
export function createRecorder(options: RecorderOptions): RunRecorder {
  return new MemoryRecorder(options);
}
