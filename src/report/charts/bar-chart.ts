import { whole } from '../format.js';
import { niceCeiling } from './line-chart.js';
import { INK, renderSvg, type ChartSize, type Ink } from './render-svg.js';
import { LABEL, timeAxis, valueAxis } from './time-axis.js';

/** Bars that lie, one for each name, from top to bottom. `undefined`: not measured, no bar, and the label says so. */
export interface NamedBars {
  readonly names: readonly string[];
  readonly values: readonly (number | undefined)[];
  readonly ink: Ink;
  /** One for each bar, instead of `ink` for all. */
  readonly inks?: readonly Ink[];
  readonly format: (value: number | undefined, row: number) => string;
}

const BAR_ROW_PX = 26;
const MAX_NAME_CHARS = 24;
/** A wide font at the size of labels; the page's own font is not known here, so names get room enough. */
const CHAR_PX = 7.6;

export function barsHeight(rows: number): number {
  return rows * BAR_ROW_PX + 12;
}

export function namedBars(id: string, { names, values, ink, inks, format }: NamedBars, width: number): string {
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  const option = {
    // The figure stands beside its bar and needs no axis.
    grid: { left: 12 + CHAR_PX * Math.max(0, ...names.map((name) => shortened(name).length)), right: 92, top: 4, bottom: 4, outerBoundsMode: 'none' },
    xAxis: { type: 'value', show: false, min: 0, max: top > 0 ? top : 1 },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names.map(shortened),
      axisLine: { show: true, lineStyle: { color: INK.muted } },
      axisTick: { show: false },
      axisLabel: { ...LABEL, color: INK.text, interval: 0 },
    },
    series: [
      {
        type: 'bar',
        barWidth: 14,
        data: values.map((value, index) => ({ value: value ?? 0, itemStyle: { color: INK[inks?.[index] ?? ink] }, label: { show: true, position: 'right', formatter: format(value, index), ...LABEL, color: value === undefined ? INK.muted : INK.text } })),
      },
    ],
  };
  return renderSvg(id, option, { width, height: barsHeight(names.length) });
}

function shortened(name: string): string {
  return name.length <= MAX_NAME_CHARS ? name : `${name.slice(0, MAX_NAME_CHARS - 1)}…`;
}

export interface StackPart {
  readonly name: string;
  readonly ink: Ink;
  /** One value per row; undefined: not measured, nothing is drawn, and the caller says so. */
  readonly values: readonly (number | undefined)[];
}

/** Rows made of parts laid end to end, on an axis with figures. A name may have a second line. */
export function stackedRows(id: string, rows: readonly string[], parts: readonly StackPart[], format: (value: number) => string, size: ChartSize): string {
  const totals = rows.map((_, row) => parts.reduce((sum, { values }) => sum + (values[row] ?? 0), 0));
  const max = niceCeiling(Math.max(0, ...totals), false);
  const option = {
    // A second line is measured too narrow.
    grid: { left: rows.some((row) => row.includes('\n')) ? 28 : 4, right: 24, top: 4, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(format, { max, interval: max / 4 }),
    yAxis: { type: 'category', inverse: true, data: rows, axisLine: { show: true, lineStyle: { color: INK.muted } }, axisTick: { show: false }, axisLabel: { ...LABEL, fontSize: 13, lineHeight: 16, color: INK.text } },
    series: parts.map(({ name, ink, values }) => ({
      type: 'bar',
      name,
      stack: 'all',
      barWidth: 22,
      data: values.map((value) => value ?? null),
      itemStyle: { color: INK[ink], borderColor: INK.surface, borderWidth: 1 },
    })),
  };
  return renderSvg(id, option, size);
}

export interface TimeBars {
  readonly parts: readonly { readonly ink: Ink; readonly counts: readonly number[] }[];
  /** Length of the stretch of time that each bar counts. */
  readonly stepMs: number;
  readonly durationMs: number;
  readonly startOfDayMs: number | undefined;
}

/** How often something happened in each stretch of time, stacked by kind. */
export function timeBars(id: string, { parts, stepMs, durationMs, startOfDayMs }: TimeBars, size: ChartSize): string {
  const { option: xAxis, at } = timeAxis(durationMs, startOfDayMs, size.width > 600 ? 10 : 4);
  const bars = parts[0]?.counts.length ?? 0;
  const top = Math.max(0, ...Array.from({ length: bars }, (_, n) => parts.reduce((sum, { counts }) => sum + (counts[n] ?? 0), 0)));
  const max = niceCeiling(top, true);
  const option = {
    grid: { left: 4, right: 16, top: 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis,
    yAxis: valueAxis(whole, { max, interval: max / 4 }),
    series: parts.map(({ ink, counts }) => ({
      type: 'bar',
      stack: 'all',
      barWidth: Math.max(2, (size.width * 0.8) / Math.max(1, bars)),
      itemStyle: { color: INK[ink] },
      // Empty stretches too: parts are stacked by their position in the data.
      data: counts.map((count, n) => [at((n + 0.5) * stepMs), count]),
    })),
  };
  return renderSvg(id, option, size);
}
