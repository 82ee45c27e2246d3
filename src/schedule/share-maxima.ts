import type { LoadPart } from '../scenario/scenario.js';
import type { Attendance, Plan } from './plan.js';
import { mostAtOnce } from './present.js';

/**
 * The parts of a plan as holder `index` of `holders` has them: the `maxUsers` of an open part is dealt out in proportion to the most users that each is
 * planned to have at once (largest remainders), so that together they have as many as one machine would. Nobody has fewer than planned: a user for whom
 * the plan has a place finds it also on a holder that peaks when the others do not.
 */
export function partsOfShare(plan: Plan, index: number, holders: number, holderOf: (attendance: Attendance) => number | undefined): readonly LoadPart[] {
  return plan.parts.map((part, number) => {
    if (part.executor !== 'ramping-arrival-rate') return part;
    return { ...part, maxUsers: dealtOut(part.maxUsers, peaksOf(plan, number, holders, holderOf))[index] ?? part.maxUsers };
  });
}

function peaksOf(plan: Plan, part: number, holders: number, holderOf: (attendance: Attendance) => number | undefined): readonly number[] {
  const shares = Array.from({ length: holders }, (): Attendance[] => []);
  for (const attendance of plan.attendances) {
    const holder = attendance.part === part && !attendance.dropped ? holderOf(attendance) : undefined;
    if (holder !== undefined) shares[holder]!.push(attendance);
  }
  return shares.map(mostAtOnce);
}

/** Without anybody to bring it does not matter who may. */
function dealtOut(maxUsers: number, peaks: readonly number[]): readonly number[] {
  const all = peaks.reduce((sum, peak) => sum + peak, 0);
  if (all === 0) return peaks.map(() => maxUsers);
  const exact = peaks.map((peak) => (maxUsers * peak) / all);
  const whole = exact.map(Math.floor);
  const left = maxUsers - whole.reduce((sum, one) => sum + one, 0);
  const remainder = (holder: number): number => exact[holder]! - whole[holder]!;
  const more = new Set([...peaks.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b).slice(0, left));
  return peaks.map((peak, holder) => Math.max(peak, whole[holder]! + (more.has(holder) ? 1 : 0)));
}
