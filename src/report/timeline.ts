import type { Interval } from '../metrics/merge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import { presenceChanges, type UserRecord } from './attendance-log.js';
import type { TimelinePoint } from './summary.js';

/** A run of more intervals gets points further apart, so that summary.json stays of a size that can be read. */
const MAX_POINTS = 20_000;

/**
 * One point per interval, at its end. `planned` and `present` are users at that instant; `joined`, `failed` and `lost` are counts within
 * the interval; figures are those of the interval's samples, left out where there are none.
 */
export function timelineOf(records: readonly UserRecord[], intervals: readonly Interval[], intervalMs: number, durationMs: number): readonly TimelinePoint[] {
  const stepMs = intervalMs * Math.max(1, Math.ceil(durationMs / intervalMs / MAX_POINTS));
  const count = Math.max(0, Math.ceil(durationMs / stepMs));
  const plannedAt = follow(plannedChanges(records));
  const presentAt = follow(presenceChanges(records));
  const counts = Array.from({ length: count }, () => ({ joined: 0, failed: 0, lost: 0 }));
  // What happens at the very end belongs to the last interval.
  const within = (atMs: number | undefined) => (atMs === undefined ? undefined : counts[Math.min(count - 1, Math.max(0, Math.floor(atMs / stepMs)))]);
  for (const { joinedAtMs, endedAs, endedAtMs } of records) {
    const joinedIn = within(joinedAtMs);
    if (joinedIn) joinedIn.joined++;
    const endedIn = within(endedAtMs);
    if (endedIn && (endedAs === 'failed' || endedAs === 'lost')) endedIn[endedAs]++;
  }
  const measured = new Map(intervals.map((interval) => [interval.interval, interval.series]));
  return counts.map((within, index) => {
    const atMs = Math.min((index + 1) * stepMs, durationMs);
    const series = stepMs === intervalMs ? measured.get(index) : undefined;
    return { atMs, planned: plannedAt(atMs), present: presentAt(atMs), ...within, ...(series ? measuredIn(series) : {}) };
  });
}

function measuredIn(series: SeriesSet): Partial<TimelinePoint> {
  const join = series.figures('join_time');
  return withoutUndefined({
    joinTimeP50Ms: join.p50,
    joinTimeP95Ms: join.p95,
    rttP95Ms: series.figures('rtt').p95,
    audioLossP95: series.figures('audio_loss').p95,
    videoFpsP50: series.figures('video_fps').p50,
    cpuCores: series.figures('generator_cpu').last,
    presentServer: series.figures('users_present_server').last,
    presentPeers: series.figures('users_present_peers').last,
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

export interface Change {
  readonly atMs: number;
  readonly by: 1 | -1;
}

/** Instants at which the plan brings a user (+1) or takes one away (−1), in time order. */
export function plannedChanges(records: readonly { readonly planned: { readonly dueMs: number; readonly leaveMs: number } }[]): readonly Change[] {
  return records
    .flatMap(({ planned }): Change[] => [
      { atMs: planned.dueMs, by: 1 },
      { atMs: planned.leaveMs, by: -1 },
    ])
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
}

/** Turns changes into a level that can be asked at instants that never go back. */
export function follow(changes: readonly Change[]): (atMs: number) => number {
  let next = 0;
  let level = 0;
  return (atMs) => {
    for (let change = changes[next]; change && change.atMs <= atMs; change = changes[++next]) level += change.by;
    return level;
  };
}
