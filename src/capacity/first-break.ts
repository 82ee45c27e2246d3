import { judge } from '../metrics/judge.js';
import { JOIN_PHASES, type JoinPhase, type MetricName } from '../metrics/catalogue.js';
import { RunningTotal } from '../metrics/running-total.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';
import { parseThreshold } from '../metrics/threshold-parse.js';
import { placeOf } from './metric-places.js';

/** The threshold that broke first in a step, and the interval from whose end on it never held again. */
export interface FirstBreak {
  readonly threshold: Threshold;
  readonly interval: number;
}

/**
 * Judges every threshold at the end of every interval on what was measured by then. Of those that did not hold at the end, the one that was
 * broken for good the earliest; of several at once, the one written first. Undefined: all held. Before anything was measured, nothing is broken.
 * One over a stretch of the step counts from when it was broken either within the stretch or over all so far: it must not seem the later because it
 * is judged later.
 */
export function firstBreak(thresholds: readonly Threshold[], snapshots: readonly Snapshot[]): FirstBreak | undefined {
  const intervals = [...new Set(snapshots.map(({ interval }) => interval))].sort((a, b) => a - b);
  const asked = thresholds.map((threshold, index) => ({ index, threshold, decides: true }));
  const early = asked.filter(({ threshold }) => threshold.window !== undefined).map(({ index, threshold: { window: _, ...whole } }) => ({ index, threshold: whole, decides: false }));
  const all = [...asked, ...early];
  const total = new RunningTotal(thresholds);
  const since = new Map<number, number>();
  for (const interval of intervals) {
    for (const snapshot of snapshots) if (snapshot.interval === interval) total.snapshot(snapshot);
    const last = interval === intervals.at(-1);
    judge(all.map(({ threshold }) => threshold), total.series, total.windows).forEach(({ held, observed }, place) => {
      if (held || (observed === undefined && !last)) since.delete(place);
      else if (!since.has(place)) since.set(place, interval);
    });
  }
  const broken = asked.filter(({ index }) => since.has(index)).map(({ index, threshold }) => {
    const times = all.flatMap((one, place) => (one.index === index && since.has(place) ? [since.get(place)!] : []));
    return { index, threshold, interval: Math.min(...times) };
  });
  const first = broken.sort((a, b) => a.interval - b.interval || a.index - b.index)[0];
  return first && { threshold: first.threshold, interval: first.interval };
}

/** What a run breaks although no threshold names it (src/run/verdict.ts), as the threshold that it stands for. Undefined: none of them. */
export function impliedBreak({ joined, failed, lost, missing }: { readonly joined: number; readonly failed: number; readonly lost: number; readonly missing: number }): Threshold | undefined {
  const expression = joined === 0 ? 'users_joined count > 0' : failed > 0 ? 'join_failed rate == 0' : lost > 0 ? 'users_lost count == 0' : missing > 0 ? 'missing max == 0' : undefined;
  const parsed = expression === undefined ? undefined : parseThreshold(expression);
  return parsed?.ok ? parsed.threshold : undefined;
}

/** Order in which the phases of a join end; each figure counts from the due time. */
export const JOIN_ORDER = ['api', 'page', 'socket', 'ready', 'audio'] as const;

/** Failures by the phase in which they happened. */
export type PhaseCounts = readonly { readonly phase: string; readonly count: number }[];

/** What a run says about where its users were. */
export interface PhaseFigures {
  /** When each phase was done, 95th percentile. */
  readonly p95Ms: Readonly<Partial<Record<string, number>>>;
  /** Users that never got in. */
  readonly failed: PhaseCounts;
  /** The metric `errors`, as far as the tags of the threshold let it count. */
  readonly errors: PhaseCounts;
}

/** Join phase with the longest part of its own in the 95th percentile: a difference between percentiles, so an approximation. */
export function slowestPhase({ p95Ms }: Pick<PhaseFigures, 'p95Ms'>): string | undefined {
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
 * In which phase users were when a threshold broke: a join phase, `create` (their meeting was not there), `meeting`, or undefined where no phase is
 * meant or none is known. Of one that counts failures, the phase with the most of them: those who were turned away have no times. Of one about the
 * time to join, the slowest phase, or where users failed if nobody got so far.
 */
export function breakPhase({ metric, tags }: { readonly metric: MetricName; readonly tags: Threshold['tags'] }, figures: PhaseFigures): string | undefined {
  if (tags.phase !== undefined) return phaseName(tags.phase);
  const place = placeOf(metric);
  switch (place) {
    case 'slowest':
      return slowestPhase(figures) ?? most(figures.failed);
    case 'failures':
      return most(figures.failed);
    case 'errors':
      return most(figures.errors);
    case 'api':
    case 'meeting':
      return place;
    case 'nowhere':
      return undefined;
  }
}

/** The phase with the most failures. */
function most(counts: PhaseCounts): string | undefined {
  const sums = new Map<string, number>();
  for (const { phase, count } of counts) {
    const name = phaseName(phase);
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** What the harness does beside its users. */
const BESIDE: ReadonlySet<string> = new Set(['census', 'guard', 'open']);

/** Failures are tagged with join phases, with steps inside the meeting (`stay`, `chat`, …), or with what the harness does beside its users. */
function phaseName(phase: string): string | undefined {
  if (JOIN_PHASES.includes(phase as JoinPhase) || phase === 'create' || phase === 'end') return phase;
  // They waited for a meeting that was not there.
  if (phase === 'meeting') return 'create';
  return BESIDE.has(phase) ? undefined : 'meeting';
}
