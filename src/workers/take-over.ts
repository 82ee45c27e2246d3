import type { Attendance, Plan } from '../schedule/plan.js';

/** Time to get ready before the first of the users that are overdue starts. */
export const GRACE_MS = 2_000;
/** Overdue users come one after the other, as they would have. */
const BETWEEN_MS = 50;

export interface Rest {
  readonly plan: Plan;
  /** Users that come later than planned, or not at all. Their lateness does not tell it, so that the verdict has to. */
  readonly overdue: number;
}

/**
 * What is left of a share whose worker was lost at about `nowMs`: who has not been started or dropped (`wasBegun`). Who was due meanwhile comes a little later than
 * planned (that is in their due time: nobody could have started them); who would have left by then does not come at all.
 */
export function restOf(share: Plan, wasBegun: (seq: number) => boolean, nowMs: number): Rest {
  let overdue = 0;
  const attendances = share.attendances.flatMap((attendance): Attendance[] => {
    if (wasBegun(attendance.seq)) return [];
    if (attendance.dueMs >= nowMs + GRACE_MS) return [attendance];
    // Nobody starts for it: it is only counted.
    if (attendance.dropped) return [{ ...attendance, dueMs: nowMs + GRACE_MS, leaveMs: nowMs + GRACE_MS }];
    const dueMs = nowMs + GRACE_MS + overdue++ * BETWEEN_MS;
    return dueMs < attendance.leaveMs ? [{ ...attendance, dueMs }] : [];
  });
  const plan = { ...share, attendances: attendances.sort((a, b) => a.dueMs - b.dueMs || a.seq - b.seq) };
  return { plan, overdue };
}
