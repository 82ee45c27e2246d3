import type { Plan } from './plan.js';

/** A rush of joins: many in a short time, few before and after. */
export interface Storm {
  readonly fromMs: number;
  readonly toMs: number;
  readonly joins: number;
  readonly leaves: number;
  /** Most joins in one second, at all servers together. */
  readonly peakPerSec: number;
  readonly peakAtMs: number;
}

const BINS = 240;
const MIN_BIN_MS = 1_000;
/** A bin belongs to a storm from so many times the mean of all bins on. */
const TIMES_MEAN = 2;
/** So many quiet bins do not end a storm: few users come unevenly. */
const QUIET_BINS = 5;
/** Fewer are no storm. */
const MIN_JOINS = 20;

/**
 * The storms of a plan, in order of time. The plan is cut into bins of a 240th (a second at least); stretches of bins with more than
 * twice the mean of joins, a few quiet bins between allowed, are storms.
 */
export function stormsOf(plan: Plan): readonly Storm[] {
  const binMs = Math.max(MIN_BIN_MS, plan.durationMs / BINS);
  const bins = Math.max(1, Math.ceil((plan.durationMs + 1) / binMs));
  const due = plan.attendances.filter(({ dropped }) => !dropped);
  const joins = new Array<number>(bins).fill(0);
  for (const { dueMs } of due) joins[Math.floor(dueMs / binMs)]!++;
  const limit = (TIMES_MEAN * due.length) / bins;
  const busy = (bin: number): boolean => (joins[bin] ?? 0) > limit;
  const storms: Storm[] = [];
  for (let bin = 0; bin < bins; bin++) {
    if (!busy(bin)) continue;
    let end = bin;
    for (let next = bin + 1; next <= end + 1 + QUIET_BINS && next < bins; next++) if (busy(next)) end = next;
    storms.push(stormIn(plan, bin * binMs, (end + 1) * binMs));
    bin = end;
  }
  return storms.filter(({ joins }) => joins >= MIN_JOINS);
}

function stormIn(plan: Plan, fromMs: number, toMs: number): Storm {
  const within = (atMs: number): boolean => fromMs <= atMs && atMs < toMs;
  const due = plan.attendances.filter(({ dueMs, dropped }) => !dropped && within(dueMs)).map(({ dueMs }) => dueMs);
  let peak = { perSec: 0, atMs: fromMs };
  let first = 0;
  due.forEach((atMs, last) => {
    while (due[first]! <= atMs - 1_000) first++;
    if (last - first + 1 > peak.perSec) peak = { perSec: last - first + 1, atMs: due[first]! };
  });
  const leaves = plan.attendances.filter(({ dueMs, leaveMs }) => leaveMs > dueMs && within(leaveMs)).length;
  return { fromMs, toMs, joins: due.length, leaves, peakPerSec: peak.perSec, peakAtMs: peak.atMs };
}
