import type { Plan } from '../schedule/plan.js';
import { counted } from './format.js';

/** Time of day of instant 0 for labels; a compressed day has none that a watch would show. */
export function labelStart({ speed, startOfDayMs }: Pick<Plan, 'speed' | 'startOfDayMs'>): number | undefined {
  return speed === undefined ? startOfDayMs : undefined;
}

interface Ahead {
  readonly atMs: number;
  readonly text: string;
}

/** Meetings that open or close within this are told as one. */
const TOGETHER_MS = 1_000;

/** What the plan brings next, asked at instants of the run's clock that never go back. Undefined once nothing is left. */
export function nextInPlan(plan: Plan): (nowMs: number) => Ahead | undefined {
  const ahead = [
    ...together(plan.meetings.map(({ opensMs }) => opensMs)).map(({ atMs, count }) => ({ atMs, text: `${counted(count, 'meeting')} ${count === 1 ? 'opens' : 'open'}` })),
    ...together(plan.meetings.map(({ closesMs }) => closesMs)).map(({ atMs, count }) => ({ atMs, text: `${counted(count, 'meeting')} ${count === 1 ? 'closes' : 'close'}` })),
    ...checkpoints(plan),
  ].sort((a, b) => a.atMs - b.atMs);
  let next = 0;
  return (nowMs) => {
    while (next < ahead.length && (ahead[next]?.atMs ?? 0) <= nowMs) next++;
    return ahead[next];
  };
}

/** How many checkpoints are listed ahead at most; a plan of weeks with one each second has no use for more. */
const MAX_CHECKPOINTS = 10_000;

function checkpoints({ checkpointEveryMs, durationMs }: Plan): Ahead[] {
  if (!(checkpointEveryMs > 0)) return [];
  const count = Math.min(MAX_CHECKPOINTS, Math.floor(durationMs / checkpointEveryMs));
  return Array.from({ length: count }, (_, n) => ({ atMs: (n + 1) * checkpointEveryMs, text: 'checkpoint' }));
}

function together(instants: readonly number[]): { readonly atMs: number; readonly count: number }[] {
  const groups: { atMs: number; count: number }[] = [];
  for (const atMs of [...instants].sort((a, b) => a - b)) {
    const last = groups.at(-1);
    if (last && atMs - last.atMs < TOGETHER_MS) last.count++;
    else groups.push({ atMs, count: 1 });
  }
  return groups;
}

/** How many of `sorted` instants lie in (fromMs, toMs]. */
export function countWithin(sorted: readonly number[], fromMs: number, toMs: number): number {
  return countUpTo(sorted, toMs) - countUpTo(sorted, fromMs);
}

/** How many of `sorted` instants lie at or before `atMs`. */
export function countUpTo(sorted: readonly number[], atMs: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
