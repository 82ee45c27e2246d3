import { durationMs, shareOf, timeOfDayMs } from './quantity.js';

/** How written times become instants of the run. */
export interface DayClock {
  /** Undefined: a time of day cannot be placed; a rule says so. */
  readonly startOfDayMs: number | undefined;
  readonly speed: number;
}

/** In ms of a text that fits DURATION_PATTERN. */
export const ms = (written: string): number => durationMs(written)!;

/** 0–1 of what fits the shape of a share, or what holds without it. */
export const shareOr = (written: string | number | undefined, otherwise: number): number => (written === undefined ? otherwise : shareOf(written)!);

/** Instant of the run for a duration since its beginning or a time of day; negative: before it. */
export function instantMs(written: string, { startOfDayMs, speed }: DayClock): number {
  const timeOfDay = timeOfDayMs(written);
  const sinceStart = timeOfDay === undefined ? ms(written) : timeOfDay - (startOfDayMs ?? timeOfDay);
  return Math.round(sinceStart / speed);
}

/** A written length of the day as long as it takes at its speed, in whole ms. */
export function lasting(written: string, { speed }: Pick<DayClock, 'speed'>): number {
  return Math.round(ms(written) / speed);
}
