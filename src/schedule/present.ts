import type { Attendance, Plan } from './plan.js';

/** Users that the plan has present at an instant: due, and not yet gone. */
export function usersAt(plan: Plan, atMs: number): number {
  return plan.attendances.reduce((count, { dueMs, leaveMs }) => (dueMs <= atMs && atMs < leaveMs ? count + 1 : count), 0);
}

/** Most of them that are planned to be present at one time. */
export function mostAtOnce(attendances: readonly Attendance[]): number {
  let [users, most] = [0, 0];
  const changes = changesOf(attendances);
  changes.forEach(({ atMs, by }, index) => {
    users += by;
    // Those who leave and come at the same instant are never there together.
    if (changes[index + 1]?.atMs !== atMs) most = Math.max(most, users);
  });
  return most;
}

export interface CurvePoint {
  readonly atMs: number;
  /** Present at `atMs`. */
  readonly users: number;
  /** Most at once from `atMs` until the next point. */
  readonly most: number;
}

/** Users over time at `points` instants, evenly spaced from 0 to the end of the plan, both included; at least 2. */
export function userCurve(plan: Plan, points: number): readonly CurvePoint[] {
  const count = Math.max(2, Math.floor(points));
  const changes = changesOf(plan.attendances);
  let users = 0;
  let next = 0;
  const advance = (untilMs: number, inclusive: boolean): number => {
    let most = users;
    for (; next < changes.length && (inclusive ? changes[next]!.atMs <= untilMs : changes[next]!.atMs < untilMs); next++) {
      users += changes[next]!.by;
      // Those who leave and come at the same instant are never there together.
      if (changes[next + 1]?.atMs !== changes[next]!.atMs) most = Math.max(most, users);
    }
    return most;
  };
  const instants = Array.from({ length: count }, (_, index) => (plan.durationMs * index) / (count - 1));
  return instants.map((atMs, index) => {
    advance(atMs, true);
    const present = users;
    return { atMs, users: present, most: advance(instants[index + 1] ?? atMs, false) };
  });
}

interface Change {
  readonly atMs: number;
  readonly by: number;
}

/** How the number of users changes, sorted by time. */
function changesOf(attendances: readonly Attendance[]): readonly Change[] {
  const present = attendances.filter(({ dueMs, leaveMs }) => leaveMs > dueMs);
  return present.flatMap(({ dueMs, leaveMs }): Change[] => [{ atMs: dueMs, by: 1 }, { atMs: leaveMs, by: -1 }]).sort((a, b) => a.atMs - b.atMs);
}
