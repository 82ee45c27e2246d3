import type { Random } from '../core/random.js';

/** Instants at which one user writes, exponentially distributed with mean `everyMs` (a Poisson process), whole ms within the stay. */
export function chatTimes(dueMs: number, leaveMs: number, everyMs: number | undefined, random: Random): readonly number[] {
  if (everyMs === undefined) return [];
  const times: number[] = [];
  for (let at = dueMs; ; ) {
    at += -everyMs * Math.log(1 - random.next());
    if (at >= leaveMs) return times;
    times.push(Math.round(at));
  }
}

/** Instant at which a user raises a hand: by chance in the middle three fifths of the stay, not at its edges. */
export function onceWithin(dueMs: number, leaveMs: number, random: Random): number {
  return Math.round(dueMs + (0.2 + 0.6 * random.next()) * (leaveMs - dueMs));
}
