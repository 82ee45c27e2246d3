import type { MetricName } from './catalogue.js';
import { GaugePeaks } from './gauge-peaks.js';
import { SeriesSet } from './series-set.js';
import { sinkKey } from './sink-key.js';
import { Sink } from './sink.js';
import type { Snapshot } from './snapshot.js';

/** One stretch of time of a run; its end is the latest that a worker reported. */
export interface Interval {
  readonly interval: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly series: SeriesSet;
}

/** A run put together from its snapshots. */
export interface MergedRun {
  /** The whole run. */
  readonly total: SeriesSet;
  /** By number; for timelines. */
  readonly intervals: readonly Interval[];
  /** Intervals that a worker should have reported, being before its last one, and did not. */
  readonly missing: readonly { readonly worker: string; readonly interval: number }[];
}

/**
 * Merges snapshots of one run, from any number of workers. They may come twice and in any order: each (worker, interval) counts
 * once, and the result is the same. Histograms are decoded when first asked for; a damaged one throws FILE_UNREADABLE then.
 */
export function mergeRun(snapshots: Iterable<Snapshot>): MergedRun {
  const inOrder = distinct(snapshots);
  const byInterval = new Map<number, Snapshot[]>();
  for (const snapshot of inOrder) byInterval.set(snapshot.interval, [...(byInterval.get(snapshot.interval) ?? []), snapshot]);
  const intervals = [...byInterval].map(([interval, together]) => ({
    interval,
    startMs: Math.min(...together.map((snapshot) => snapshot.startMs)),
    endMs: Math.max(...together.map((snapshot) => snapshot.endMs)),
    series: seriesOf(together),
  }));
  return { total: seriesOf(inOrder), intervals, missing: missingIn(inOrder) };
}

/** The whole run as one set of series; see `mergeRun`. */
export function mergeAll(snapshots: Iterable<Snapshot>): SeriesSet {
  return mergeRun(snapshots).total;
}

/** Each (run, worker, interval) once, in the order of (interval, run, worker), so that sums of fractions do not depend on arrival. */
function distinct(snapshots: Iterable<Snapshot>): readonly Snapshot[] {
  const byKey = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.run, snapshot.worker, snapshot.interval]);
    const known = byKey.get(key);
    if (!known || isMoreComplete(snapshot, known)) byKey.set(key, snapshot);
  }
  return [...byKey.values()].sort((a, b) => a.interval - b.interval || compare(a.run, b.run) || compare(a.worker, b.worker));
}

/** Duplicates are equal as a rule; if not, the longer one wins whichever came first. */
function isMoreComplete(candidate: Snapshot, known: Snapshot): boolean {
  if (candidate.endMs !== known.endMs) return candidate.endMs > known.endMs;
  return compare(JSON.stringify(candidate.series), JSON.stringify(known.series)) > 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function seriesOf(inOrder: readonly Snapshot[]): SeriesSet {
  const decoded = new Map<MetricName, readonly Sink[]>();
  let peaks: GaugePeaks | undefined;
  return new SeriesSet(
    (metric) => {
      let sinks = decoded.get(metric);
      if (!sinks) decoded.set(metric, (sinks = sinksOf(inOrder, metric)));
      return sinks;
    },
    (metric) => (peaks ??= GaugePeaks.of(inOrder)).most(metric),
  );
}

/** One sink for each process and series. */
function sinksOf(inOrder: readonly Snapshot[], metric: MetricName): readonly Sink[] {
  const sinks = new Map<string, Sink>();
  for (const { worker, series } of inOrder) {
    for (const snapshot of series) {
      if (snapshot.metric !== metric) continue;
      const key = sinkKey(worker, metric, snapshot.tags);
      const known = sinks.get(key);
      if (known) known.addSnapshot(snapshot);
      else sinks.set(key, Sink.of(snapshot));
    }
  }
  return [...sinks.values()];
}

function missingIn(inOrder: readonly Snapshot[]): MergedRun['missing'] {
  const reported = new Map<string, Set<number>>();
  const first = new Map<string, number>();
  for (const { worker, interval, from } of inOrder) {
    reported.set(worker, (reported.get(worker) ?? new Set()).add(interval));
    first.set(worker, from ?? 0);
  }
  return [...reported].flatMap(([worker, intervals]) => {
    const gaps: { worker: string; interval: number }[] = [];
    const last = Math.max(...intervals);
    for (let interval = first.get(worker) ?? 0; interval < last; interval++) if (!intervals.has(interval)) gaps.push({ worker, interval });
    return gaps;
  });
}
