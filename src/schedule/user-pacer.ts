import type { ConstantUsers, Curve, RampingUsers } from '../scenario/scenario.js';
import { segmentsOf } from './ramp.js';

/** One stay of one person. Seats are numbered from 0 within a part; a seat is the same person whenever it is taken. */
export interface Spell {
  readonly seat: number;
  /** Whole ms on the run's clock. */
  readonly dueMs: number;
  readonly leaveMs: number;
}

/**
 * The n-th user is due when the target reaches n, and leaves when it falls below n; so the last to come leave first. Between
 * two stages the target is a straight line from a to b over D ms from t0, so the crossing of n is at t0 + D · (n − a) / (b − a).
 * A target that rises again starts new stays. After the last stage everybody leaves. Stays under half a ms are left out.
 * Sorted by due time, then seat.
 */
export function rampingUserSpells(part: Pick<RampingUsers, 'startMs' | 'startUsers' | 'stages'>): readonly Spell[] {
  const spells: Spell[] = [];
  const since: number[] = Array.from({ length: part.startUsers }, () => part.startMs);
  const leave = (atMs: number): void => {
    const dueMs = Math.round(since.pop()!);
    const leaveMs = Math.round(atMs);
    if (leaveMs > dueMs) spells.push({ seat: since.length, dueMs, leaveMs });
  };
  const segments = segmentsOf(part.startMs, part.startUsers, part.stages);
  for (const { startMs, endMs, from, to } of segments) {
    const crossing = (n: number): number => startMs + ((endMs - startMs) * (n - from)) / (to - from);
    for (let n = from + 1; n <= to; n++) since.push(crossing(n));
    for (let n = from; n > to; n--) leave(crossing(n));
  }
  const endMs = segments.at(-1)?.endMs ?? part.startMs;
  while (since.length > 0) leave(endMs);
  return spells.sort((a, b) => a.dueMs - b.dueMs || a.seat - b.seat);
}

/** All due at the start. */
export function constantUserSpells(part: ConstantUsers): readonly Spell[] {
  return Array.from({ length: part.users }, (_, seat) => ({ seat, dueMs: part.startMs, leaveMs: part.startMs + part.durationMs }));
}

/** A curve as the ramp that goes through its points. */
export function asRamp({ startMs, points }: Pick<Curve, 'startMs' | 'points'>): Pick<RampingUsers, 'startMs' | 'startUsers' | 'stages'> {
  return { startMs, startUsers: points[0]!.value, stages: points.slice(1).map(({ atMs, value }, index) => ({ durationMs: atMs - points[index]!.atMs, target: value })) };
}
