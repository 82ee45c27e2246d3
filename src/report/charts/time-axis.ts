import { instant } from '../format.js';
import { INK } from './render-svg.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR];

export const LABEL = { color: INK.muted, fontSize: 12 } as const;

/**
 * Time axis of a chart from 0 to `durationMs`. With a time of day, values are ms after midnight, so that ticks fall on full minutes and
 * hours of the clock; `at` turns an instant of the run into a value of the axis.
 */
export function timeAxis(durationMs: number, startOfDayMs: number | undefined, maxTicks: number) {
  const fromMs = startOfDayMs ?? 0;
  const toMs = fromMs + Math.max(durationMs, SECOND);
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= maxTicks) ?? Math.ceil((toMs - fromMs) / maxTicks / HOUR) * HOUR;
  // The library would count ticks from the start of the axis; people expect them on full minutes.
  const ticks: number[] = [];
  for (let tick = Math.ceil(fromMs / stepMs) * stepMs; tick <= toMs; tick += stepMs) ticks.push(tick);
  const option = {
    type: 'value' as const,
    min: fromMs,
    max: toMs,
    interval: stepMs,
    axisLine: { show: true, lineStyle: { color: INK.muted, width: 1 } },
    axisTick: { show: true, length: 4, customValues: ticks, lineStyle: { color: INK.muted } },
    splitLine: { show: false },
    axisLabel: {
      ...LABEL,
      hideOverlap: true,
      customValues: ticks,
      formatter: (value: number) => instant(startOfDayMs === undefined ? value : value - fromMs, startOfDayMs, stepMs < MINUTE || startOfDayMs === undefined),
    },
  };
  return { option, at: (atMs: number): number => fromMs + atMs };
}

/** Value axis with few, quiet grid lines. */
export function valueAxis(format: (value: number) => string, more: Record<string, unknown> = {}) {
  return {
    type: 'value' as const,
    min: 0,
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: INK.grid, width: 1 } },
    axisLabel: { ...LABEL, formatter: (value: number) => (value === 0 ? '0' : format(value)) },
    ...more,
  };
}
