import type { Trial } from './search.js';

/**
 * Where runs stop holding, from runs that held or broke: a logistic curve of the chance to hold over the logarithm of load, its middle (the
 * knee) and its width both unknown, by Bayes' rule on a grid. A fit by greatest likelihood has no answer where every smaller load held and every
 * larger one broke, which is the usual case with few runs; the grid has. Kontsevich and Tyler 1999 place trials of this kind likewise.
 */
export interface Knee {
  /** Users; median of what is believed: half of the runs at this load hold. */
  readonly users: number;
  /** Central credible interval. */
  readonly low: number;
  readonly high: number;
  /** Share of belief within the interval. */
  readonly level: number;
}

export interface Belief {
  readonly knee: Knee;
  /** Belief that the knee is at or above a load, 0–1. */
  readonly atLeast: (users: number) => number;
}

const LEVEL = 0.95;
/** Belief above which a load is said to hold: that with which the knee is at or above the lower end of the interval. */
export const SURE = (1 + LEVEL) / 2;
const KNEES = 600;
/** Scales of the logistic curve in logarithms of load: runs scatter by 2 % of the load at least (a prior of harder edges made intervals too narrow), and up to a fifth. */
const WIDTHS = [0.012, 0.024, 0.048, 0.096] as const;
/** Chance that a run breaks or holds for reasons that have nothing to do with load. */
const LAPSE = 0.02;

/** What the trials say, the knee being somewhere in [from, to] beforehand, every ratio as likely as another. */
export function believe(trials: readonly Trial[], from: number, to: number): Belief {
  const told = trials.filter(({ outcome }) => outcome !== 'undelivered');
  const logFrom = Math.log(from);
  const step = (Math.log(to) - logFrom) / (KNEES - 1);
  const weights = new Float64Array(KNEES);
  const logs: { readonly place: number; readonly value: number }[] = [];
  for (let place = 0; place < KNEES; place++) for (const width of WIDTHS) logs.push({ place, value: likelihood(told, logFrom + place * step, width) });
  const top = logs.reduce((most, { value }) => Math.max(most, value), -Infinity);
  for (const { place, value } of logs) weights[place]! += Math.exp(value - top);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const quantile = (share: number): number => {
    let seen = 0;
    for (let place = 0; place < KNEES; place++) {
      seen += weights[place]! / sum;
      if (seen >= share) return Math.exp(logFrom + place * step);
    }
    return to;
  };
  const atLeast = (users: number): number => weights.reduce((belief, weight, place) => belief + (Math.exp(logFrom + place * step) >= users ? weight / sum : 0), 0);
  return { knee: { users: quantile(0.5), low: quantile((1 - LEVEL) / 2), high: quantile((1 + LEVEL) / 2), level: LEVEL }, atLeast };
}

function likelihood(trials: readonly Trial[], logKnee: number, width: number): number {
  let sum = 0;
  for (const { users, outcome } of trials) {
    const curve = 1 / (1 + Math.exp((Math.log(users) - logKnee) / width));
    const holds = LAPSE + (1 - 2 * LAPSE) * curve;
    sum += Math.log(outcome === 'held' ? holds : 1 - holds);
  }
  return sum;
}
