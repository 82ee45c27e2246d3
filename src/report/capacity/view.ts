import type { Capacity, StepRecord } from '../../capacity/capacity.js';
import { formatsIn, type Formats, type Lang, named } from '../format.js';
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
}

export function capacityView(capacity: Capacity, lang: Lang): CapacityView {
  const of = (outcome: StepRecord['outcome']): readonly StepRecord[] => capacity.steps.filter((step) => step.outcome === outcome).sort((a, b) => a.users - b.users);
  return { capacity, lang, f: formatsIn(lang), t: WORDS[lang], largestHeld: of('held').at(-1), smallestBroken: of('broken')[0] };
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

