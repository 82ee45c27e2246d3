/** A straight line through values over time. */
export interface Slope {
  /** Mean of the values: what a slope is held against. */
  readonly level: number;
  /** Per hour, in the unit of the values; with the ends of its 95 % interval. */
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  readonly values: number;
}

export type Trend = 'flat' | 'grows' | 'undecided';

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

const HOUR_MS = 3_600_000;
/** With fewer values than this in effect an interval means nothing. */
const LEAST_FREEDOM = 3;
/** Values of a stretch that one stands for, and stretches, at least. */
const LEAST_FOR_MARK = 3;
const LEAST_MARKS = 8;
/** Normal deviate that 95 % are within. */
const Z = 1.959964;

/**
 * Least squares. Values that follow each other are alike (a heap grows until it is collected), so there are fewer of them in effect than
 * were taken: n·(1 − ρ)/(1 + ρ) with ρ the correlation of neighbouring residuals (first-order autoregression), and the interval is wider by the root of that.
 * Undefined: too few for an interval.
 */
export function slopeOf(points: readonly Point[]): Slope | undefined {
  const n = points.length;
  const hours = points.map(({ atMs }) => atMs / HOUR_MS);
  const [meanX, level] = [mean(hours), mean(points.map(({ value }) => value))];
  const spread = hours.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  if (n <= LEAST_FREEDOM || spread === 0) return undefined;
  const perHour = points.reduce((sum, { value }, index) => sum + (hours[index]! - meanX) * (value - level), 0) / spread;
  const residuals = points.map(({ value }, index) => value - level - perHour * (hours[index]! - meanX));
  const squares = residuals.reduce((sum, one) => sum + one * one, 0);
  const neighbours = residuals.slice(1).reduce((sum, one, index) => sum + one * residuals[index]!, 0);
  const alike = squares === 0 ? 0 : Math.max(0, neighbours / squares);
  const thinned = (1 - alike) / (1 + alike);
  const freedom = n * thinned - 2;
  if (freedom < LEAST_FREEDOM) return undefined;
  const half = student(freedom) * Math.sqrt(squares / (n - 2) / spread / thinned);
  return { level, perHour, low: perHour - half, high: perHour + half, values: n };
}

/** The lowest value of each stretch: what comes and goes does not lift it, what stays does. */
export function lowWater(points: readonly Point[], most: number): readonly Point[] {
  return ofStretches(points, most, (values) => Math.min(...values));
}

/** The middle value of each stretch: a few that are far off do not move it. */
export function middles(points: readonly Point[], most: number): readonly Point[] {
  return ofStretches(points, most, (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
}

/** A value for each of up to `most` equal stretches of time, in its middle: of as many as have three values each. All values where these would be too few for a slope. */
function ofStretches(points: readonly Point[], most: number, pick: (values: readonly number[]) => number): readonly Point[] {
  const marks = Math.min(most, Math.floor(points.length / LEAST_FOR_MARK));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || marks < LEAST_MARKS) return points;
  const stretchMs = (last.atMs - first.atMs) / marks;
  const stretches = new Map<number, number[]>();
  for (const { atMs, value } of points) {
    const mark = Math.min(marks - 1, Math.floor((atMs - first.atMs) / stretchMs));
    const values = stretches.get(mark);
    if (values) values.push(value);
    else stretches.set(mark, [value]);
  }
  return [...stretches].map(([mark, values]) => ({ atMs: first.atMs + (mark + 0.5) * stretchMs, value: pick(values) }));
}

/** Flat: even the upper end is no more than what is tolerated. Grows: the lower end is above 0, the upper above that. Else nobody can say yet. */
export function trendOf(slope: Slope | undefined, toleratedPerHour: number): Trend {
  if (!slope) return 'undecided';
  if (slope.high <= toleratedPerHour) return 'flat';
  return slope.low > 0 ? 'grows' : 'undecided';
}

/** Two-sided 95 % quantile of Student's t, by the expansion in 1/ν (Abramowitz and Stegun, 26.7.5). */
export function student(freedom: number): number {
  const [z3, z5, z7] = [Z ** 3, Z ** 5, Z ** 7];
  return Z + (z3 + Z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * Z) / (96 * freedom ** 2) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * Z) / (384 * freedom ** 3);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
