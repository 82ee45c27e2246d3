import { believe, type Knee } from './knee.js';

/** One step that was run. undelivered: the generator did not bring the load, so the step says nothing about the fleet. */
export interface Trial {
  readonly users: number;
  readonly outcome: 'held' | 'broken' | 'undelivered';
}

export interface SearchLimits {
  /** First load. */
  readonly start: number;
  /** Largest load that is tried. */
  readonly max: number;
  /** How often a load that decides is tried. */
  readonly repeats: number;
  /** The search ends when the interval reaches no further than this share to either side. */
  readonly tolerance: number;
  readonly maxSteps: number;
  /** What the fleet must hold: tried before a ceiling of the generator ends the search. */
  readonly required?: number | undefined;
}

/** All there is to a search: what is next follows from what was, so a search is gone on with from this, as JSON. */
export interface SearchState {
  readonly schema: 1;
  readonly limits: SearchLimits;
  readonly trials: readonly Trial[];
}

export type SearchPhase = 'ramp' | 'bisect' | 'repeat';

export type Next = { readonly kind: 'try'; readonly users: number; readonly phase: SearchPhase } | { readonly kind: 'done'; readonly answer: Answer };

/**
 * knee: found · at-least: up to the maximum nothing broke, or not as often as it held there · generator: the generator broke first; at least `users` · none: not even the least
 * load held · unsure: the number of steps was used up before the interval was narrow enough.
 */
export type Answer =
  | { readonly kind: 'knee' | 'unsure'; readonly knee: Knee }
  | { readonly kind: 'at-least' | 'generator'; readonly users: number }
  | { readonly kind: 'none'; readonly tried: number };

/** From which ratio of broken to held on bisection has done its part, and repeats at the knee tell more. */
const NARROW = 1.1;

export function beginSearch(limits: SearchLimits): SearchState {
  return { schema: 1, limits, trials: [] };
}

export function withTrial(state: SearchState, trial: Trial): SearchState {
  return { ...state, trials: [...state.trials, trial] };
}

/** The load to try next, or the answer. Pure: the same trials give the same. */
export function nextStep(state: SearchState): Next {
  const { limits, trials } = state;
  const ceiling = generatorCeiling(trials);
  const retry = trials.at(-1);
  const held = trials.filter(({ outcome }) => outcome === 'held').map(({ users }) => users);
  const broken = trials.filter(({ outcome }) => outcome === 'broken').map(({ users }) => users);
  const most = held.reduce((a, b) => Math.max(a, b), 0);
  const budgetLeft = trials.length < limits.maxSteps;
  if (retry?.outcome === 'undelivered' && budgetLeft && retry.users < ceiling) return { kind: 'try', users: retry.users, phase: 'repeat' };
  if (broken.length === 0) return rampUp(limits, trials, most, ceiling, budgetLeft);
  const least = broken.reduce((a, b) => Math.min(a, b), Infinity);
  if (held.length === 0) return rampDown(limits, trials, least, ceiling, budgetLeft);
  const { knee } = beliefOf(state);
  const within = (users: number): boolean => users >= knee.users / NARROW && users <= knee.users * NARROW;
  const near = trials.filter(({ users, outcome }) => outcome !== 'undelivered' && within(users)).length;
  const sure = Math.max(knee.high / knee.users, knee.users / knee.low) - 1 <= limits.tolerance;
  // Nothing broke at the maximum more often than it held, so the knee may lie beyond it.
  if (knee.users >= limits.max) return settleAtMax(state, knee, budgetLeft);
  if (knee.users >= ceiling) return { kind: 'done', answer: { kind: 'generator', users: most } };
  if (sure && near >= 2 * limits.repeats) return { kind: 'done', answer: { kind: 'knee', knee } };
  if (!budgetLeft) return { kind: 'done', answer: { kind: 'unsure', knee } };
  const bracketed = most < least && least / most > NARROW && least - most > 1;
  // By ratios, as the ramp; belief puts its median near there, and is not led astray by one step that broke by chance.
  if (bracketed) return { kind: 'try', users: clamp(Math.sqrt(most * least), limits, ceiling), phase: 'bisect' };
  // By turns at the knee and to its sides: the middle tells where, the sides how sharp.
  const sides = [knee.users, knee.low, knee.high];
  return { kind: 'try', users: clamp(sides[trials.length % sides.length]!, limits, ceiling), phase: 'repeat' };
}

/** What is believed of the knee; anything from half the least load tried to half above the maximum, beforehand. */
export function beliefOf({ limits, trials }: SearchState): ReturnType<typeof believe> {
  const least = trials.reduce((a, { users }) => Math.min(a, users), limits.start);
  return believe(trials, least / 2, limits.max * 1.5);
}

function rampUp(limits: SearchLimits, trials: readonly Trial[], most: number, ceiling: number, budgetLeft: boolean): Next {
  if (most === 0 && ceiling === Infinity && budgetLeft) return { kind: 'try', users: Math.min(limits.start, limits.max), phase: 'ramp' };
  const atMax = trials.filter(({ users, outcome }) => outcome === 'held' && users >= limits.max).length;
  if (atMax >= limits.repeats) return { kind: 'done', answer: { kind: 'at-least', users: limits.max } };
  const next = Math.min(limits.max, Math.max(most * 2, most + 1));
  if (next >= ceiling) return belowCeiling(limits, trials, most, ceiling, budgetLeft);
  if (!budgetLeft) return { kind: 'done', answer: { kind: 'at-least', users: most } };
  return { kind: 'try', users: next, phase: most >= limits.max ? 'repeat' : 'ramp' };
}

/**
 * Doubling meets what the generator cannot bring: what is required may still be possible, and so may loads between. What was held at the end of that
 * decides like the maximum, so it is tried as often.
 */
function belowCeiling({ required = 0, ...limits }: SearchLimits, trials: readonly Trial[], most: number, ceiling: number, budgetLeft: boolean): Next {
  if (budgetLeft && required > most && required < ceiling) return { kind: 'try', users: required, phase: 'ramp' };
  const gap = most > 0 && ceiling / most > NARROW && ceiling - most > 1;
  if (budgetLeft && gap) return { kind: 'try', users: clamp(Math.sqrt(most * ceiling), limits, ceiling), phase: 'bisect' };
  const times = trials.filter(({ users, outcome }) => users === most && outcome === 'held').length;
  if (budgetLeft && most > 0 && most < ceiling && times < limits.repeats) return { kind: 'try', users: most, phase: 'repeat' };
  return { kind: 'done', answer: { kind: 'generator', users: most } };
}

function rampDown(limits: SearchLimits, trials: readonly Trial[], least: number, ceiling: number, budgetLeft: boolean): Next {
  const atLeast = trials.filter(({ users }) => users === least).length;
  if (!budgetLeft || (least <= 1 && atLeast >= limits.repeats)) return { kind: 'done', answer: { kind: 'none', tried: least } };
  return { kind: 'try', users: clamp(least / 2, limits, ceiling), phase: 'ramp' };
}

function settleAtMax({ limits, trials }: SearchState, knee: Knee, budgetLeft: boolean): Next {
  const here = trials.filter(({ users, outcome }) => users >= limits.max && outcome !== 'undelivered');
  const held = here.filter(({ outcome }) => outcome === 'held').length;
  if ((held >= limits.repeats || !budgetLeft) && held > here.length - held) return { kind: 'done', answer: { kind: 'at-least', users: limits.max } };
  if (!budgetLeft) return { kind: 'done', answer: { kind: 'unsure', knee } };
  return { kind: 'try', users: limits.max, phase: 'repeat' };
}

/** The least load that the generator twice did not bring. */
function generatorCeiling(trials: readonly Trial[]): number {
  const times = new Map<number, number>();
  for (const { users, outcome } of trials) if (outcome === 'undelivered') times.set(users, (times.get(users) ?? 0) + 1);
  return [...times].reduce((least, [users, count]) => (count >= 2 ? Math.min(least, users) : least), Infinity);
}

function clamp(users: number, { max }: SearchLimits, ceiling: number): number {
  return Math.max(1, Math.min(Math.round(users), max, ceiling === Infinity ? max : ceiling - 1));
}
