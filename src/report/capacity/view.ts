import { headroomBelow, type Capacity, type Held, type StepRecord } from '../../capacity/capacity.js';
import { formatsIn, type Formats, type Lang } from '../format.js';
import { shortNames } from '../server-names.js';
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
  /** Undefined: none did. */
  readonly largestHeld: StepRecord | undefined;
  /** Smallest step in which broke first what did in the search; undefined: none broke. */
  readonly firstBrokenStep: StepRecord | undefined;
  /** A server's name for places with little room, which still tells it from all others of the search. */
  readonly shortServer: (name: string) => string;
  /** Address of the report of a step's run, from the page; undefined: it is not there. */
  readonly reportOf: (run: string) => string | undefined;
}

/** `reports`: runs of the steps whose report is there. */
export function capacityView(capacity: Capacity, lang: Lang, reports: ReadonlySet<string> = new Set()): CapacityView {
  const of = (outcome: StepRecord['outcome']): readonly StepRecord[] => capacity.steps.filter((step) => step.outcome === outcome).sort((a, b) => a.users - b.users);
  const { firstBroken } = capacity;
  const broken = of('broken');
  return {
    capacity,
    lang,
    f: formatsIn(lang),
    t: WORDS[lang],
    largestHeld: of('held').at(-1),
    firstBrokenStep: broken.find((step) => step.users === firstBroken?.users && step.firstBroken === firstBroken.expression) ?? broken[0],
    shortServer: shortServersOf(capacity),
    reportOf: (run) => (reports.has(run) ? stepReport(run) : undefined),
  };
}

function shortServersOf({ steps, oneServerDown }: Capacity): (name: string) => string {
  const all = [...new Set([...steps, ...(oneServerDown?.steps ?? [])].flatMap(({ servers, brokeOn, worstServer }) => [...servers.map(({ name }) => name), ...(brokeOn?.servers ?? []), ...(worstServer === undefined ? [] : [worstServer])]))];
  const short = shortNames(all);
  const names = new Map(all.map((name, index) => [name, short[index]!]));
  return (name) => names.get(name) ?? name;
}

/** 0–1 as a share that does not claim more than is known: never 100 % of what is only believed. */
export function belief({ f, t }: Pick<CapacityView, 'f' | 't'>, share: number): string {
  if (share > 0.999) return t.board.moreThan(f.quantity(0.999, 'ratio'));
  if (share < 0.001) return t.board.lessThan(f.quantity(0.001, 'ratio'));
  return f.quantity(share, 'ratio');
}

/** Users that are held, in words where that is no number: `at least 400`, `fewer than 25`. */
export function usersHeld({ answer, users, exact }: Pick<Capacity, 'answer' | 'users' | 'exact'>, f: Formats, t: CapacityWords): string {
  if (answer.kind === 'none') return t.knee.fewerThan(f.whole(answer.tried));
  return exact ? f.whole(users) : t.knee.atLeast(f.whole(users));
}

/** Capacity ÷ required, said like the capacity itself. */
export function headroomOf({ answer, headroom, exact, required }: Held, f: Formats, t: CapacityWords): string {
  if (answer.kind === 'none') return t.knee.lessThan(f.number(headroomBelow(answer.tried, required), 2, 2));
  return exact ? f.number(headroom, 2, 2) : t.knee.atLeast(f.number(headroom, 2, 2));
}

export const capacityWords = (lang: Lang): CapacityWords => WORDS[lang];
