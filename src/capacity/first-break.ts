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
