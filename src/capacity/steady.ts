/** A figure over time within a step: one value per interval. */
export interface Reading {
  readonly atMs: number;
  readonly value: number;
}

export interface Steadiness {
  /** Undefined: too few readings to say. */
  readonly steady: boolean | undefined;
  /** What the trend changes over the window, in the unit of the figure; undefined: not told. */
  readonly drift: number | undefined;
  /** Standard deviation round the trend, in the unit of the figure. */
  readonly scatter: number | undefined;
}

/** Steady: over the window the trend changes the figure by 10 % of its mean at most, and it scatters round the trend by 50 % of it at most. */
export const STEADY = { readings: 6, drift: 0.1, scatter: 0.5 } as const;

/** Changes so small are none, whatever the mean: round-trip times of a quiet network and losses near 0 scatter by more than themselves. */
export const UNNOTICED = { rttMs: 5, audioLoss: 0.005, videoFps: 1, users: 0 } as const;

/** A point of time of a step, as the summary of a run has it; users in meetings, the others if they were measured. */
export interface StepPoint {
  readonly atMs: number;
  readonly present: number;
  readonly rttP95Ms?: number | undefined;
  readonly audioLossP95?: number | undefined;
  readonly videoFpsP50?: number | undefined;
}

/** What is looked at; users: those present. */
export const STEADY_FIGURES = ['users', 'rtt', 'audioLoss', 'videoFps'] as const;
export type SteadyFigure = (typeof STEADY_FIGURES)[number];

export interface StepSteadiness {
  /** All that could be told were steady; undefined: none could. */
  readonly steady: boolean | undefined;
  /** Those that could be told. */
  readonly by: Readonly<Partial<Record<SteadyFigure, boolean>>>;
}

/**
 * Whether a step was steady while it was held: round-trip time, loss and pictures as far as they were measured, and the users present, of whom nine
 * tenths of those asked for must be there.
 */
export function stepSteadiness(points: readonly StepPoint[], usersAsked: number, fromMs: number, untilMs: number): StepSteadiness {
  const told = (of: (point: StepPoint) => number | undefined, unnoticed: number): boolean | undefined => {
    const readings = points.map((point) => ({ atMs: point.atMs, value: of(point) })).filter((one): one is Reading => one.value !== undefined);
    return steadiness(readings, { fromMs, untilMs, unnoticed }).steady;
  };
  const there = secondHalf(points, fromMs, untilMs).every(({ present }) => present >= usersAsked * (1 - STEADY.drift));
  const users = told(({ present }) => present, UNNOTICED.users);
  const all: Readonly<Record<SteadyFigure, boolean | undefined>> = {
    users: users === undefined ? undefined : users && there,
    rtt: told(({ rttP95Ms }) => rttP95Ms, UNNOTICED.rttMs),
    audioLoss: told(({ audioLossP95 }) => audioLossP95, UNNOTICED.audioLoss),
    videoFps: told(({ videoFpsP50 }) => videoFpsP50, UNNOTICED.videoFps),
  };
  const by = Object.fromEntries(Object.entries(all).filter(([, steady]) => steady !== undefined)) as StepSteadiness['by'];
  const verdicts = Object.values(by);
  return { steady: verdicts.length === 0 ? undefined : verdicts.every(Boolean), by };
}

/** Judges the second half of the readings from `fromMs` on (the first half may still settle): straight line by least squares. */
export function steadiness(readings: readonly Reading[], { fromMs, untilMs, unnoticed = 0 }: { readonly fromMs: number; readonly untilMs: number; readonly unnoticed?: number }): Steadiness {
  const seen = secondHalf(readings, fromMs, untilMs);
  if (seen.length < STEADY.readings) return { steady: undefined, drift: undefined, scatter: undefined };
  const mean = average(seen.map(({ value }) => value));
  const centre = average(seen.map(({ atMs }) => atMs));
  const spread = seen.reduce((sum, { atMs }) => sum + (atMs - centre) ** 2, 0);
  const slope = seen.reduce((sum, { atMs, value }) => sum + (atMs - centre) * (value - mean), 0) / spread;
  const scatter = Math.sqrt(average(seen.map(({ atMs, value }) => (value - mean - slope * (atMs - centre)) ** 2)));
  const drift = Math.abs(slope * (seen.at(-1)!.atMs - seen[0]!.atMs));
  // Least squares leave a rest of rounding even of what does not move.
  const within = (change: number, share: number): boolean => change <= Math.max(unnoticed, share * Math.abs(mean)) + 1e-9;
  return { steady: within(drift, STEADY.drift) && within(scatter, STEADY.scatter), drift, scatter };
}

function secondHalf<T extends { readonly atMs: number }>(readings: readonly T[], fromMs: number, untilMs: number): readonly T[] {
  const middle = (fromMs + untilMs) / 2;
  return readings.filter(({ atMs }) => atMs > middle && atMs <= untilMs);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
