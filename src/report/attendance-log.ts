import type { RunEvent, UserOutcome } from '../metrics/events.js';
import type { Attendance, Plan } from '../schedule/plan.js';

/** What became of one planned user. `endedAs` is set for every started user: those without an end were aborted with the run. */
export interface UserRecord {
  readonly planned: Attendance;
  readonly startedAtMs: number | undefined;
  readonly dropped: boolean;
  readonly joinedAtMs: number | undefined;
  /** Known once joined. */
  readonly server: string | undefined;
  readonly endedAs: UserOutcome | undefined;
  readonly endedAtMs: number | undefined;
}

type Draft = { -readonly [Key in keyof UserRecord]: UserRecord[Key] };

/** One record per planned user, in the plan's order; events of users that are not in the plan are left out. */
export function userRecords(plan: Plan, events: readonly RunEvent[], endMs: number): readonly UserRecord[] {
  const drafts = new Map<number, Draft>();
  for (const planned of plan.attendances) {
    drafts.set(planned.seq, { planned, startedAtMs: undefined, dropped: false, joinedAtMs: undefined, server: undefined, endedAs: undefined, endedAtMs: undefined });
  }
  for (const event of events) {
    if (!('seq' in event)) continue;
    const draft = drafts.get(event.seq);
    if (draft) apply(draft, event);
  }
  for (const draft of drafts.values()) {
    if (draft.startedAtMs === undefined || draft.endedAs !== undefined) continue;
    draft.endedAs = 'aborted';
    draft.endedAtMs = endMs;
  }
  return [...drafts.values()];
}

/** First report wins: a user starts, joins and ends once. Joining or ending without a start line (lost to a kill) implies it. */
function apply(draft: Draft, event: Extract<RunEvent, { seq: number }>): void {
  switch (event.type) {
    case 'user-started':
      draft.startedAtMs ??= event.atMs;
      return;
    case 'user-dropped':
      draft.dropped = true;
      return;
    case 'user-joined':
      draft.startedAtMs ??= event.atMs;
      draft.joinedAtMs ??= event.atMs;
      draft.server ??= event.server;
      return;
    case 'user-ended':
      draft.startedAtMs ??= event.atMs;
      draft.endedAs ??= event.outcome;
      draft.endedAtMs ??= event.atMs;
      return;
    case 'step-failed':
      return;
  }
}

/** Instants at which somebody got in (+1) or was out again (−1), in time order; at one instant ends come first. */
export function presenceChanges(records: readonly UserRecord[]): readonly { readonly atMs: number; readonly by: 1 | -1 }[] {
  const changes: { atMs: number; by: 1 | -1 }[] = [];
  for (const { joinedAtMs, endedAtMs } of records) {
    if (joinedAtMs === undefined) continue;
    changes.push({ atMs: joinedAtMs, by: 1 });
    if (endedAtMs !== undefined) changes.push({ atMs: Math.max(endedAtMs, joinedAtMs), by: -1 });
  }
  return changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
}

/** Instants at which a user started (+1) or had ended (−1), in time order; at one instant ends come first. */
export function startedChanges(records: readonly UserRecord[]): readonly { readonly atMs: number; readonly by: 1 | -1 }[] {
  return records
    .flatMap(({ startedAtMs, endedAtMs }): { atMs: number; by: 1 | -1 }[] =>
      startedAtMs === undefined ? [] : [{ atMs: startedAtMs, by: 1 }, ...(endedAtMs === undefined ? [] : [{ atMs: Math.max(endedAtMs, startedAtMs), by: -1 as const }])],
    )
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
}

/** Users that were in a meeting at the same time at most. */
export function peakOf(records: readonly UserRecord[]): number {
  let present = 0;
  let peak = 0;
  for (const { by } of presenceChanges(records)) {
    present += by;
    peak = Math.max(peak, present);
  }
  return peak;
}

/** Last instant of the run: its end, or the last sign of life of one that died. Ms on the run's clock. */
export function endOf(events: readonly RunEvent[], snapshots: readonly { readonly endMs: number }[]): number {
  let endMs = 0;
  for (const event of events) {
    if (event.type === 'run-ended') return Math.max(0, event.atMs);
    endMs = Math.max(endMs, event.atMs);
  }
  for (const snapshot of snapshots) endMs = Math.max(endMs, snapshot.endMs);
  return endMs;
}
