/** A figure over time within a step: one value per interval. */
export interface Reading {
  readonly atMs: number;
  readonly value: number;
}

export interface Steadiness {
  /** Undefined: too few readings to say. */
  readonly steady: boolean | undefined;
  /** What the trend changes over the window, as a share of the mean; undefined: not told. */
  readonly drift: number | undefined;
  /** Standard deviation round the trend as a share of the mean. */
  readonly scatter: number | undefined;
}

/** Steady: over the window the trend changes the figure by 10 % of its mean at most, and it scatters round the trend by 50 % of it at most. */
export const STEADY = { readings: 6, drift: 0.1, scatter: 0.5 } as const;

/** Judges the second half of the readings from `fromMs` on (the first half may still settle): straight line by least squares. */
export function steadiness(readings: readonly Reading[], fromMs: number, untilMs: number): Steadiness {
  const middle = (fromMs + untilMs) / 2;
  const seen = readings.filter(({ atMs }) => atMs > middle && atMs <= untilMs);
  if (seen.length < STEADY.readings) return { steady: undefined, drift: undefined, scatter: undefined };
  const mean = average(seen.map(({ value }) => value));
  const centre = average(seen.map(({ atMs }) => atMs));
  const spread = seen.reduce((sum, { atMs }) => sum + (atMs - centre) ** 2, 0);
  const slope = seen.reduce((sum, { atMs, value }) => sum + (atMs - centre) * (value - mean), 0) / spread;
  const scatterOf = Math.sqrt(average(seen.map(({ atMs, value }) => (value - mean - slope * (atMs - centre)) ** 2)));
  // A figure that stays at 0 does not move.
  if (mean === 0) return { steady: scatterOf === 0, drift: 0, scatter: scatterOf === 0 ? 0 : undefined };
  const drift = Math.abs((slope * (seen.at(-1)!.atMs - seen[0]!.atMs)) / mean);
  const scatter = scatterOf / Math.abs(mean);
  return { steady: drift <= STEADY.drift && scatter <= STEADY.scatter, drift, scatter };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
