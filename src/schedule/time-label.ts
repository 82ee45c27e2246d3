import { durationText, timeOfDayText } from '../scenario/quantity.js';
import type { Plan } from './plan.js';

/** How instants of a run are called: by the day of its scenario, if it has one, at the speed of that day. */
export type DayOfPlan = Pick<Plan, 'startOfDayMs' | 'speed'>;

/** `09:56` when the plan has a time of day, else the time since the beginning: `1m20s`. */
export function timeLabel(atMs: number, { startOfDayMs, speed = 1 }: DayOfPlan): string {
  const whole = (ms: number): number => Math.round(ms / 1_000) * 1_000;
  if (startOfDayMs === undefined) return durationText(whole(atMs));
  return timeOfDayText(startOfDayMs + whole(atMs * speed));
}

const MINUTE_MS = 60_000;
const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400].map((seconds) => seconds * 1_000);

/** Round instants for an axis of `columns` characters: as many as fit with their labels; half hours where the day is long enough. */
export function ticks(lastsMs: number, { startOfDayMs, speed = 1 }: DayOfPlan, columns: number): readonly number[] {
  // Round instants of the day, told as instants of the run.
  const scale = startOfDayMs === undefined ? 1 : speed;
  const durationMs = lastsMs * scale;
  const labelWidth = startOfDayMs === undefined ? 7 : durationMs < 20 * MINUTE_MS ? 10 : 7;
  const fits = (stepMs: number): boolean => (durationMs / stepMs) * labelWidth <= columns;
  const stepMs = STEPS_MS.find((step) => fits(step) && (startOfDayMs === undefined || durationMs < 3 * 60 * MINUTE_MS || step >= 30 * MINUTE_MS)) ?? durationMs;
  const first = startOfDayMs === undefined ? 0 : Math.ceil(startOfDayMs / stepMs) * stepMs - startOfDayMs;
  const instants: number[] = [];
  // The last user leaves a moment before the hour; the hour still belongs to the axis.
  for (let atMs = first; atMs <= durationMs + durationMs / columns / 2; atMs += stepMs) instants.push(atMs / scale);
  return instants;
}
