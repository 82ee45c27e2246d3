import type { Capacity, StepRecord } from '../../capacity/capacity.js';
import { formatsIn, type Formats, type Lang, named } from '../format.js';
import { stepReport } from './step-reports.js';
import { CAPACITY_DE } from './words-de.js';
import { CAPACITY_EN, type CapacityWords } from './words-en.js';

const WORDS: Readonly<Record<Lang, CapacityWords>> = { en: CAPACITY_EN, de: CAPACITY_DE };

/** What every part of the capacity report draws from. */
export interface CapacityView {
  readonly capacity: Capacity;
  readonly lang: Lang;
  readonly f: Formats;
  readonly t: CapacityWords;
  /** Largest step that held and smallest that broke; undefined: none did. */
  readonly largestHeld: StepRecord | undefined;
  readonly smallestBroken: StepRecord | undefined;
  /** Address of the report of a step's run, from the page; undefined: it is not there. */
  readonly reportOf: (run: string) => string | undefined;
}

/** `reports`: runs of the steps whose report is there. */
export function capacityView(capacity: Capacity, lang: Lang, reports: ReadonlySet<string> = new Set()): CapacityView {
  const of = (outcome: StepRecord['outcome']): readonly StepRecord[] => capacity.steps.filter((step) => step.outcome === outcome).sort((a, b) => a.users - b.users);
  return { capacity, lang, f: formatsIn(lang), t: WORDS[lang], largestHeld: of('held').at(-1), smallestBroken: of('broken')[0], reportOf: (run) => (reports.has(run) ? stepReport(run) : undefined) };
}

/** 0–1 as a share that does not claim more than is known: never 100 % of what is only believed. */
export function belief(f: Formats, share: number): string {
  if (share > 0.999) return `> ${f.quantity(0.999, 'ratio')}`;
  if (share < 0.001) return `< ${f.quantity(0.001, 'ratio')}`;
  return f.quantity(share, 'ratio');
}

export function phaseDuring({ t }: CapacityView, phase: string): string {
  return named(t.phases, phase);
}


/** Users that are held, in words where that is no number: `at least 400`, `fewer than 25`. */
export function usersHeld({ answer, users, exact }: Pick<Capacity, 'answer' | 'users' | 'exact'>, f: Formats, t: CapacityWords): string {
  if (answer.kind === 'none') return t.knee.fewerThan(f.whole(answer.tried));
  return exact ? f.whole(users) : t.knee.atLeast(f.whole(users));
}

/** Capacity ÷ required, said like the capacity itself. */
export function headroomOf({ answer, headroom, exact, required }: Pick<Capacity, 'answer' | 'headroom' | 'exact' | 'required'>, f: Formats, t: CapacityWords): string {
  if (answer.kind === 'none') return t.knee.lessThan(f.number(answer.tried / required, 2, 2));
  return exact ? f.number(headroom, 2, 2) : t.knee.atLeast(f.number(headroom, 2, 2));
}

export const capacityWords = (lang: Lang): CapacityWords => WORDS[lang];
