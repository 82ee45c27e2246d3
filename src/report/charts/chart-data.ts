import type { MetricName, Tags } from '../../metrics/catalogue.js';
import { mergeAll } from '../../metrics/merge.js';
import type { SeriesSet } from '../../metrics/series-set.js';
import type { Snapshot } from '../../metrics/snapshot.js';
import { follow, type Change } from '../timeline.js';

/** More points than this cannot be told apart on paper, and each costs bytes. */
export const MAX_POINTS = 120;
/** Up to this many changes a line shows every one of them; above it is sampled. */
const MAX_CHANGES = 400;

/** Neighbouring intervals together; figures come from their merged histograms. */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: SeriesSet;
}

/** At most `maxPoints` buckets of equally many intervals each. */
export function bucketsOf(snapshots: readonly Snapshot[], intervalMs: number, maxPoints = MAX_POINTS): readonly Bucket[] {
  const last = snapshots.reduce((max, { interval }) => Math.max(max, interval), -1);
  const perBucket = Math.max(1, Math.ceil((last + 1) / maxPoints));
  const groups = new Map<number, Snapshot[]>();
  for (const snapshot of snapshots) {
    const bucket = Math.floor(snapshot.interval / perBucket);
    const group = groups.get(bucket);
    if (group) group.push(snapshot);
    else groups.set(bucket, [snapshot]);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([bucket, members]) => ({ fromMs: bucket * perBucket * intervalMs, toMs: (bucket + 1) * perBucket * intervalMs, series: mergeAll(members) }));
}

export interface Point {
  readonly atMs: number;
  /** Undefined: nothing was measured in this bucket; a line has a gap there. */
  readonly value: number | undefined;
}

/** One figure of a metric over time, at the middle of each bucket. */
export function percentileLine(buckets: readonly Bucket[], metric: MetricName, percentile: number, filter: Tags = {}): readonly Point[] {
  return buckets.map(({ fromMs, toMs, series }) => ({ atMs: (fromMs + toMs) / 2, value: series.aggregate(metric, filter, { of: 'percentile', percentile }) }));
}

export function gaugeLine(buckets: readonly Bucket[], metric: MetricName): readonly Point[] {
  return buckets.map(({ fromMs, toMs, series }) => ({ atMs: (fromMs + toMs) / 2, value: series.aggregate(metric, {}, { of: 'max' }) }));
}

export const measured = (points: readonly Point[]): boolean => points.some(({ value }) => value !== undefined);

/** The largest value and when; undefined without any. */
export function highest(points: readonly Point[]): { readonly atMs: number; readonly value: number } | undefined {
  let top: { atMs: number; value: number } | undefined;
  for (const { atMs, value } of points) if (value !== undefined && (top === undefined || value > top.value)) top = { atMs, value };
  return top;
}

export interface Level {
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
  /** True: the value holds until the next point. False: sampled, joined by straight lines. */
  readonly steps: boolean;
}

/** A level over time, from its changes: exact while they are few, else sampled. */
export function levelOf(changes: readonly Change[], durationMs: number): Level {
  const at = follow(changes);
  if (changes.length <= MAX_CHANGES) {
    const instants = [...new Set([0, ...changes.map(({ atMs }) => atMs).filter((atMs) => atMs >= 0 && atMs <= durationMs), durationMs])].sort((a, b) => a - b);
    return { points: instants.map((atMs) => ({ atMs, value: at(atMs) })), steps: true };
  }
  const count = 2 * MAX_POINTS;
  return { points: Array.from({ length: count + 1 }, (_, n) => ({ atMs: (n * durationMs) / count, value: at((n * durationMs) / count) })), steps: false };
}
