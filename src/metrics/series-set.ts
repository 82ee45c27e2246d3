import { METRICS, type MetricInfo, type MetricName, type TagName, type Tags } from './catalogue.js';
import type { Valued } from './histogram.js';
import { seriesKey } from './series-key.js';
import { Sink } from './sink.js';
import type { Aggregation } from './threshold.js';

/** In the metric's unit; undefined where the kind has no such figure or nothing was recorded. */
export interface Figures {
  readonly count: number;
  readonly sum?: number;
  readonly avg?: number;
  readonly min?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
  /** Rates: share of true. */
  readonly rate?: number;
  /** Gauges: value at the end. */
  readonly last?: number;
}

/**
 * Series that can be asked. A filter names tags that must have just these values; series that differ in other tags are merged:
 * histograms are added, so percentiles are those of all samples together, and gauges of several series or workers add up: `last` is the sum of
 * the last values, `min` that of the least, a bound of what was reached at one time, and `max` the most that all had together within an interval
 * (of some of them only: the sum of the most that each had, a bound, too).
 */
export class SeriesSet {
  readonly #sinksOf: (metric: MetricName) => readonly Sink[];
  readonly #mostOf: (metric: MetricName) => number | undefined;

  /** `mostOf`: what all series of a gauge had together at most (gauge-peaks.ts); undefined: not known. */
  constructor(sinksOf: (metric: MetricName) => readonly Sink[], mostOf: (metric: MetricName) => number | undefined = () => undefined) {
    this.#sinksOf = sinksOf;
    this.#mostOf = mostOf;
  }

  /** Metrics that have at least one sample, in the order of the catalogue. */
  metrics(): readonly MetricName[] {
    return (Object.keys(METRICS) as MetricName[]).filter((metric) => this.#sinksOf(metric).some((sink) => sink.count > 0));
  }

  /** Values that a tag of a metric takes, sorted. */
  tagValues(metric: MetricName, tag: TagName): readonly string[] {
    const values = new Set<string>();
    for (const sink of this.#sinksOf(metric)) {
      const value = sink.tags[tag];
      if (value !== undefined && sink.count > 0) values.add(value);
    }
    return [...values].sort();
  }

  /** Figures of each series by its name (series-key.ts); those of several workers together. */
  each(metric: MetricName): ReadonlyMap<string, Figures> {
    return new Map([...this.#groups(metric)].map(([key, sinks]) => [key, this.#answered(metric, sinks, figuresOf)]));
  }

  /** As `each`, without asking any histogram: quick however many series there are. */
  totals(metric: MetricName): readonly { readonly key: string; readonly tags: Tags; readonly count: number; readonly sum: number; readonly last: number }[] {
    const added = (sinks: readonly Sink[], of: 'count' | 'sum' | 'last'): number => sinks.reduce((total, sink) => total + sink[of], 0);
    return [...this.#groups(metric)].map(([key, sinks]) => ({ key, tags: sinks[0]!.tags, count: added(sinks, 'count'), sum: added(sinks, 'sum'), last: added(sinks, 'last') }));
  }

  #groups(metric: MetricName): ReadonlyMap<string, readonly Sink[]> {
    const groups = new Map<string, Sink[]>();
    for (const sink of this.#sinksOf(metric)) {
      if (sink.count === 0) continue;
      const key = seriesKey(metric, sink.tags);
      const group = groups.get(key);
      if (group) group.push(sink);
      else groups.set(key, [sink]);
    }
    return groups;
  }

  /**
   * A gauge as if each of its series and processes had been sampled as often as that with most samples: what they have together, added up over so
   * many samples. Undefined: nothing was recorded.
   */
  level(metric: MetricName): { readonly sum: number; readonly samples: number } | undefined {
    const sinks = this.#sinksOf(metric).filter(({ count }) => count > 0);
    const samples = sinks.reduce((most, { count }) => Math.max(most, count), 0);
    return samples === 0 ? undefined : { sum: sinks.reduce((total, { sum, count }) => total + sum * (samples / count), 0), samples };
  }

  figures(metric: MetricName, filter: Tags = {}): Figures {
    return this.#ask(metric, filter, figuresOf);
  }

  /** Figures of each value of a tag; series without the tag are left out. */
  byTag(metric: MetricName, tag: TagName, filter: Tags = {}): ReadonlyMap<string, Figures> {
    return new Map(this.tagValues(metric, tag).map((value) => [value, this.figures(metric, { ...filter, [tag]: value })] as const));
  }

  /** One figure; undefined if nothing was recorded. Nothing counted is a true zero: `count` and `sum` are never undefined. */
  aggregate(metric: MetricName, filter: Tags, aggregation: Aggregation): number | undefined {
    return this.#ask(metric, filter, (sink) => aggregateOf(sink, aggregation));
  }

  /** Every value that occurs and how often: of a distribution within 0.1 %, of a rate 0 and 1; counters and gauges have none. */
  distribution(metric: MetricName, filter: Tags = {}): readonly Valued[] {
    return this.#ask(metric, filter, ({ hist, info, count, sum }) => {
      if (info.kind === 'rate') return [{ value: 0, count: count - sum }, { value: 1, count: sum }].filter((one) => one.count > 0);
      return hist?.values() ?? [];
    });
  }

  #ask<T>(metric: MetricName, filter: Tags, answer: (sink: Sink) => T): T {
    const wanted = Object.entries(filter) as [TagName, string][];
    const matching = this.#sinksOf(metric).filter((sink) => sink.count > 0 && wanted.every(([tag, value]) => sink.tags[tag] === value));
    return this.#answered(metric, matching, answer);
  }

  #answered<T>(metric: MetricName, sinks: readonly Sink[], answer: (sink: Sink) => T): T {
    if (sinks.length === 1) return answer(sinks[0]!);
    const together = combine(metric, sinks);
    if (together.info.kind === 'gauge' && sinks.length === this.#sinksOf(metric).filter(({ count }) => count > 0).length) together.max = Math.min(together.max, this.#mostOf(metric) ?? together.max);
    try {
      return answer(together);
    } finally {
      together.destroy();
    }
  }
}

function combine(metric: MetricName, sinks: readonly Sink[]): Sink {
  const together = new Sink(metric, {}, sinks[0]?.hist?.engine ?? 'js');
  for (const sink of sinks) together.merge(sink);
  if (together.info.kind === 'gauge' && sinks.length > 0) {
    const total = (of: 'last' | 'min' | 'max'): number => sinks.reduce((sum, sink) => sum + sink[of], 0);
    together.last = total('last');
    together.min = total('min');
    together.max = total('max');
  }
  return together;
}

/** Percentile kept within what was really measured: the histogram reports the top of a bucket. */
function percentileOf(sink: Sink, percentile: number): number | undefined {
  if (!sink.hist || sink.count === 0) return undefined;
  return Math.min(sink.max, Math.max(sink.min, sink.hist.percentile(percentile)));
}

function figuresOf(sink: Sink): Figures {
  const { count, sum, min, max } = sink;
  const { kind }: MetricInfo = sink.info;
  if (count === 0) return kind === 'counter' ? { count, sum: 0 } : { count };
  switch (kind) {
    case 'histogram':
      return { count, sum, avg: sum / count, min, p50: percentileOf(sink, 50), p95: percentileOf(sink, 95), p99: percentileOf(sink, 99), max };
    case 'counter':
      return { count, sum };
    case 'rate':
      return { count, sum, rate: sum / count };
    case 'gauge':
      return { count, min, max, last: sink.last };
  }
}

function aggregateOf(sink: Sink, aggregation: Aggregation): number | undefined {
  const { count, sum } = sink;
  switch (aggregation.of) {
    case 'count':
      return sink.info.kind === 'counter' ? sum : count;
    case 'sum':
      return sum;
    case 'percentile':
      return percentileOf(sink, aggregation.percentile);
    case 'avg':
    case 'rate':
      return count === 0 ? undefined : sum / count;
    case 'min':
      return count === 0 ? undefined : sink.min;
    case 'max':
      return count === 0 ? undefined : sink.max;
    case 'last':
      return count === 0 ? undefined : sink.last;
  }
}
