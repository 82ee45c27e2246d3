import { lowWater, middles, slopeOf, trendOf, type Point, type Slope, type Trend } from './slope.js';

/** What may be added in an hour before it counts as growth: a share of the level, or so much in any case. */
const TOLERATED_SHARE = 0.05;
const TOLERATED_LEAST: Readonly<Record<string, number>> = { MB: 2, files: 2, ms: 1 };
/** Where a run says from a limit on that its machine was too slow: the share of the limit that may be added in an hour. */
const TOLERATED_OF_LIMIT = 0.1;
/** Stretches that the time is cut into. */
const MARKS = 16;

export interface Series {
  readonly key: string;
  readonly unit: string;
  readonly points: readonly Point[];
  /** The simulated fleet is looked at, and judged by nobody; nor is what can only grow together with what is judged. */
  readonly judged: boolean;
  /** Above it a run was not delivered; in `unit`. */
  readonly limit?: number | undefined;
}

export interface Judgement {
  readonly slope: Slope | undefined;
  readonly trend: Trend;
  /** Growth in an hour that counts as flat. */
  readonly tolerated: number;
}

/**
 * Holds a series against a straight line. Of memory and files only the low-water marks count: what is not yet collected or given back, and connections that are
 * kept for the next who asks, come and go, while what leaks stays, so the lowest values rise with it, and they do so with much less noise. Of delays the middle
 * of each stretch counts: one busy moment of the machine is no trend.
 */
export function judge({ points, unit, limit }: Pick<Series, 'points' | 'unit' | 'limit'>): Judgement {
  const slope = slopeOf(unit === 'ms' ? middles(points, MARKS) : lowWater(points, MARKS));
  const level = slope?.level ?? 0;
  const tolerated = limit === undefined ? Math.max(TOLERATED_LEAST[unit] ?? 0, TOLERATED_SHARE * level) : TOLERATED_OF_LIMIT * limit;
  return { slope, tolerated, trend: trendOf(slope, tolerated) };
}

/** One line for the terminal. An undecided one says what it cannot exclude. */
export function sayJudgement({ key, unit, judged, points }: Series, { slope, trend, tolerated }: Judgement): string {
  const line = slope ? `${signed(slope.perHour)} ${unit}/h (95 %: ${signed(slope.low)} to ${signed(slope.high)}; ${slope.values} values)` : `too few values for a slope, or too much alike: ${between(points, unit)}`;
  return `${key.padEnd(18)} ${(judged ? trend : '').padEnd(10)} ${line}${judged ? `; up to ${tolerated.toFixed(1)} is flat` : '; not judged'}`;
}

/** The last word: what grows, and what was not seen. */
export function conclusion(all: readonly (readonly [Series, Judgement])[], stopped: boolean): string {
  const judged = all.filter(([{ judged, unit }, { slope }]) => judged && slope && unit === 'MB');
  const grown = all.filter(([series, { trend }]) => series.judged && trend === 'grows').map(([{ key }]) => key);
  if (grown.length > 0) return `${grown.join(', ')} ${grown.length === 1 ? 'grows' : 'grow'}.`;
  if (judged.length === 0) return `Nothing could be judged${stopped ? ': it was stopped before there were values enough' : ' in so short a time'}.`;
  const unknown = all.filter(([{ judged: asked, unit }, { slope }]) => asked && !slope && unit === 'MB').map(([{ key, unit, points }]) => `${key} (${between(points, unit)})`);
  const open = judged.filter(([, { trend }]) => trend === 'undecided').map(([{ key }, { slope }]) => `${key} up to ${slope!.high.toFixed(0)} MB an hour`);
  return `Nothing grows${stopped ? ', as far as it went' : ''}.${open.length > 0 ? ` Not excluded: ${open.join(', ')}.` : ''}${unknown.length > 0 ? ` No slope is known of ${unknown.join(', ')}.` : ''}`;
}

function between(points: readonly Point[], unit: string): string {
  const values = points.map(({ value }) => value);
  return values.length === 0 ? 'nothing was seen' : `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${unit}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
