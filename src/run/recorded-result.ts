import type { ErrorCode } from '../core/errors.js';
import type { EndReason, RunEvent } from '../metrics/events.js';
import { judge } from '../metrics/judge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';
import { WindowedSeries } from '../metrics/windows.js';
import type { Plan } from '../schedule/plan.js';
import { notDelivered } from './delivery.js';
import { lostWorkers } from './lost-workers.js';
import { isCutShort, isOwnFailure, isOwnLoss, ownLosses } from './own-failure.js';
import type { MeetingCounts, RunCounts, RunResult } from './run-result.js';

export interface RecordedRun {
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  /** Merged from all snapshots. */
  readonly series: SeriesSet;
  /** The same, for thresholds over a stretch of time; each (worker, interval) once. */
  readonly snapshots: readonly Snapshot[];
  readonly thresholds: readonly Threshold[];
}

/**
 * The result of a run as its folder tells it, equal to what `runPlan` returned (but for the hint of a failure): so a report made
 * again reaches the same verdict. A run without its last event died: its reason is aborted.
 */
export function recordedResult({ plan, events, series, snapshots, thresholds }: RecordedRun): RunResult {
  const last = events.findLast((event) => event.type === 'run-ended');
  const reason: EndReason = last?.type === 'run-ended' ? last.reason : 'aborted';
  const counts = countUsers(plan, events);
  const unprepared = events.filter((event) => event.type === 'user-ended' && isOwnFailure(event)).length;
  const cutShort = events.filter((event) => event.type === 'user-ended' && isCutShort(event)).length;
  const samplesLost = series.figures('samples_refused', { code: 'SERIES_CAP' }).sum ?? 0;
  const failure = failureOf(reason, events);
  return {
    reason,
    counts,
    meetings: countMeetings(plan, events),
    notDelivered: notDelivered({ limits: plan.limits, reason, counts, series, unprepared, cutShort, samplesLost, shortcomings: [...lostWorkers(events, reason === 'completed'), ...ownLosses(events.filter((event) => event.type === 'user-ended' && isOwnLoss(event)).length)] }),
    thresholds: judge(thresholds, series, WindowedSeries.of(thresholds, snapshots)),
    missing: events.reduce((most, event) => (event.type === 'presence' ? Math.max(most, event.missing) : most), 0),
    ...(failure === undefined ? {} : { failure }),
    durationMs: Math.max(0, ...(last ? [last.atMs] : events.map((event) => event.atMs))),
  };
}

function countUsers(plan: Plan, events: readonly RunEvent[]): RunCounts {
  const counts = { started: 0, dropped: 0, joined: 0, left: 0, failed: 0, lost: 0, aborted: 0, peakConcurrent: 0 };
  const present = new Set<number>();
  for (const event of events) {
    if (event.type === 'user-started') counts.started++;
    else if (event.type === 'user-dropped') counts.dropped++;
    else if (event.type === 'user-joined') {
      counts.joined++;
      present.add(event.seq);
      counts.peakConcurrent = Math.max(counts.peakConcurrent, present.size);
    } else if (event.type === 'user-ended') {
      counts[event.outcome]++;
      present.delete(event.seq);
    }
  }
  const planned = plan.attendances.length;
  return { planned, notStarted: planned - counts.started - counts.dropped, ...counts };
}

function countMeetings(plan: Plan, events: readonly RunEvent[]): MeetingCounts {
  const created = new Set<string>();
  const ended = new Set<string>();
  const leftOpen = new Set<string>();
  for (const event of events) {
    if (event.type === 'meeting-created') created.add(event.meetingId);
    else if (event.type === 'meeting-ended') ended.add(event.meetingId);
    else if (event.type === 'meeting-left-open') leftOpen.add(event.meetingId);
  }
  // After a kill nobody said so.
  if (!events.some((event) => event.type === 'run-ended')) for (const id of created) if (!ended.has(id)) leftOpen.add(id);
  for (const id of leftOpen) ended.delete(id);
  return { planned: new Set(plan.attendances.map((attendance) => attendance.meeting)).size, created: created.size, ended: ended.size, leftOpen: leftOpen.size };
}

/** Why a run with this reason ended, as the record has it; undefined for reasons that say so themselves. */
export function failureOf(reason: EndReason, events: readonly RunEvent[]): RunResult['failure'] {
  if (reason !== 'could-not-run' && reason !== 'foreign') return undefined;
  const why = events.find((event) => event.type === 'stopping' && event.reason === reason);
  if (why?.type === 'stopping' && why.code !== undefined) return { code: why.code as ErrorCode, message: why.message ?? '', hint: undefined };
  return reason === 'foreign' ? { code: 'FOREIGN_MEETINGS', message: 'meetings that Firstbell did not create began on the target, so the run was stopped', hint: undefined } : undefined;
}
