import { seededRandom } from '../../src/core/random.js';
import type { Attendance, Plan } from '../../src/schedule/plan.js';

export interface Compression {
  readonly totalMs: number;
  /** Arrivals and departures per second at most. */
  readonly changesPerSec: number;
  /** Of the meetings, every n-th keeps its sound and cameras as planned; the users of the others do everything but media. */
  readonly mediaEvery: number;
}

/**
 * The same users in the same meetings in the same order, in less time: what is steady shrinks, arrivals and departures keep a pace
 * that the machine can follow. Chat is thinned as time is, so that a minute has as many messages as it would have.
 */
export function compress(plan: Plan, { totalMs, changesPerSec, mediaEvery }: Compression): Plan {
  const present = plan.attendances.filter(({ dropped }) => dropped !== true);
  const changes = present.flatMap(({ dueMs, leaveMs }) => [dueMs, leaveMs]).sort((a, b) => a - b);
  const changingMs = (changes.length / changesPerSec) * 1_000;
  if (changingMs > totalMs) throw new Error(`${changes.length} arrivals and departures need ${Math.round(changingMs / 1_000)} s at ${changesPerSec}/s`);
  const steady = (totalMs - changingMs) / plan.durationMs;
  /** Time on the new scale: a part for the time itself, a part for the changes until then. */
  const warp = (atMs: number): number => Math.round(atMs * steady + (firstAfter(changes, atMs) / changesPerSec) * 1_000);
  const thinned = totalMs / plan.durationMs;
  const attendances = present.map((attendance, index): Attendance => {
    const { seq, dueMs, leaveMs, chatAtMs, raiseHandAtMs, meeting } = attendance;
    const random = seededRandom(plan.seed).derive(seq);
    const media = meeting % mediaEvery === 0;
    return {
      ...attendance,
      seq: index,
      dueMs: warp(dueMs),
      leaveMs: warp(leaveMs),
      chatAtMs: chatAtMs.filter(() => random.next() < thinned).map(warp),
      ...(raiseHandAtMs === undefined ? {} : { raiseHandAtMs: warp(raiseHandAtMs) }),
      ...(media ? {} : { audio: 'none', webcam: false, cameraViews: 0 }),
    };
  });
  return {
    ...plan,
    durationMs: warp(plan.durationMs),
    checkpointEveryMs: Math.round(plan.checkpointEveryMs * thinned),
    meetings: plan.meetings.map((meeting) => ({ ...meeting, opensMs: warp(meeting.opensMs), closesMs: warp(meeting.closesMs) })),
    attendances: attendances.sort((a, b) => a.dueMs - b.dueMs || a.seq - b.seq).map((attendance, seq) => ({ ...attendance, seq })),
  };
}

/** How many of a sorted list are below a value. */
function firstAfter(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Only those who are there at an instant, coming one after the other at a pace and leaving together: a short way to a peak. */
export function peakOnly(plan: Plan, atMs: number, { arrivalsPerSec, holdMs }: { readonly arrivalsPerSec: number; readonly holdMs: number }): Plan {
  const there = plan.attendances.filter(({ dueMs, leaveMs, dropped }) => dropped !== true && dueMs <= atMs && leaveMs > atMs);
  const lastMs = (there.length / arrivalsPerSec) * 1_000;
  const endMs = Math.round(lastMs + holdMs);
  const attendances = there.map((attendance, seq): Attendance => ({ ...attendance, seq, dueMs: Math.round((seq / arrivalsPerSec) * 1_000), leaveMs: endMs, chatAtMs: [], audio: 'none', webcam: false, cameraViews: 0 }));
  const used = new Set(attendances.map(({ meeting }) => meeting));
  return {
    ...plan,
    durationMs: endMs,
    checkpointEveryMs: 0,
    meetings: plan.meetings.map((meeting) => ({ ...meeting, opensMs: used.has(meeting.index) ? 0 : endMs, closesMs: endMs, users: attendances.filter((one) => one.meeting === meeting.index).length })),
    attendances,
  };
}
