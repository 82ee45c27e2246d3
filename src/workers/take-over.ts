import type { Attendance, Plan } from '../schedule/plan.js';

/** Time to get ready before the first of the users that are overdue starts. */
const GRACE_MS = 2_000;
/** Overdue users come one after the other, as they would have. */
const BETWEEN_MS = 50;

/**
 * What is left of a share whose worker was lost at about `nowMs`: who has not been started. Who was due meanwhile comes a little later than planned
 * (that is in their due time: nobody could have started them); who would have left by then does not come at all.
 */
export function restOf(share: Plan, wasStarted: (seq: number) => boolean, nowMs: number): Plan {
  let overdue = 0;
  const attendances = share.attendances.flatMap((attendance): Attendance[] => {
    if (wasStarted(attendance.seq)) return [];
    const dueMs = attendance.dueMs >= nowMs + GRACE_MS ? attendance.dueMs : nowMs + GRACE_MS + overdue++ * BETWEEN_MS;
    return dueMs < attendance.leaveMs ? [{ ...attendance, dueMs }] : [];
  });
  return { ...share, attendances: attendances.sort((a, b) => a.dueMs - b.dueMs || a.seq - b.seq) };
}
