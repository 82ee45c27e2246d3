import { judge } from '../metrics/judge.js';
import { RunningTotal } from '../metrics/running-total.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';

/** The threshold that broke first in a step, and the interval from whose end on it never held again. */
export interface FirstBreak {
  readonly expression: string;
  readonly interval: number;
}

/**
 * Judges every threshold at the end of every interval on what was measured by then. Of those that did not hold at the end, the one that was
 * broken for good the earliest; of several at once, the one written first. Undefined: all held. Before anything was measured, nothing is broken.
 */
export function firstBreak(thresholds: readonly Threshold[], snapshots: readonly Snapshot[]): FirstBreak | undefined {
  const intervals = [...new Set(snapshots.map(({ interval }) => interval))].sort((a, b) => a - b);
  const total = new RunningTotal(thresholds);
  const since = new Map<number, number>();
  for (const interval of intervals) {
    for (const snapshot of snapshots) if (snapshot.interval === interval) total.snapshot(snapshot);
    const last = interval === intervals.at(-1);
    judge(thresholds, total.series, total.windows).forEach(({ held, observed }, index) => {
      if (held || (observed === undefined && !last)) since.delete(index);
      else if (!since.has(index)) since.set(index, interval);
    });
  }
  const first = [...since].sort(([a, at], [b, bt]) => at - bt || a - b)[0];
  return first && { expression: thresholds[first[0]]!.expression, interval: first[1] };
}

/** Order in which the phases of a join end; each figure counts from the due time. */
export const JOIN_ORDER = ['api', 'page', 'socket', 'ready', 'audio'] as const;

/** What a run says about where its users were. */
export interface PhaseFigures {
  /** When each phase was done, 95th percentile. */
  readonly p95Ms: Readonly<Partial<Record<string, number>>>;
  readonly errors: readonly { readonly phase: string; readonly count: number }[];
}

/** Join phase with the longest part of its own in the 95th percentile: a difference between percentiles, so an approximation. */
export function slowestPhase({ p95Ms }: PhaseFigures): string | undefined {
  let before = 0;
  let slowest: { readonly name: string; readonly ms: number } | undefined;
  for (const name of JOIN_ORDER) {
    const p95 = p95Ms[name];
    if (p95 === undefined) continue;
    if (!slowest || p95 - before > slowest.ms) slowest = { name, ms: p95 - before };
    before = p95;
  }
  return slowest?.name;
}

/**
 * In which phase users were when this threshold broke. Of one that counts failures, the phase with the most of them: those who were
 * turned away have no times. Of one about the time to join, the slowest phase; of any other, the meeting itself.
 */
export function breakPhase(expression: string, figures: PhaseFigures): string | undefined {
  const metric = /^\s*([a-z_]+)/.exec(expression)?.[1] ?? '';
  if (/^(join_failed|users_failed|users_lost|errors)$/.test(metric)) {
    const counts = new Map<string, number>();
    for (const { phase, count } of figures.errors) if ((phase === 'meeting') === (metric === 'users_lost') || metric === 'errors') counts.set(phase, (counts.get(phase) ?? 0) + count);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  }
  if (/^join_/.test(metric)) return /phase\s*=\s*"?([a-z_]+)/.exec(expression)?.[1] ?? slowestPhase(figures);
  return 'meeting';
}
