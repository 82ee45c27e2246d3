import { durationText, timeOfDayText } from '../scenario/quantity.js';

/** `09:56` when the plan has a time of day, else the time since the beginning: `1m20s`. */
export function timeLabel(atMs: number, startOfDayMs: number | undefined): string {
  const wholeMs = Math.round(atMs / 1_000) * 1_000;
  if (startOfDayMs === undefined) return durationText(wholeMs);
  return timeOfDayText(startOfDayMs + wholeMs);
}

const MINUTE_MS = 60_000;
const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400].map((seconds) => seconds * 1_000);

/** Round instants for an axis of `columns` characters: as many as fit with their labels; half hours where the day is long enough. */
export function ticks(durationMs: number, startOfDayMs: number | undefined, columns: number): readonly number[] {
  const labelWidth = startOfDayMs === undefined ? 7 : durationMs < 20 * MINUTE_MS ? 10 : 7;
  const fits = (stepMs: number): boolean => (durationMs / stepMs) * labelWidth <= columns;
  const stepMs = STEPS_MS.find((step) => fits(step) && (startOfDayMs === undefined || durationMs < 3 * 60 * MINUTE_MS || step >= 30 * MINUTE_MS)) ?? durationMs;
  const first = startOfDayMs === undefined ? 0 : Math.ceil(startOfDayMs / stepMs) * stepMs - startOfDayMs;
  const instants: number[] = [];
  // The last user leaves a moment before the hour; the hour still belongs to the axis.
  for (let atMs = first; atMs <= durationMs + durationMs / columns / 2; atMs += stepMs) instants.push(atMs);
  return instants;
}
