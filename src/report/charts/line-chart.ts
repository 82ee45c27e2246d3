import { LABEL, timeAxis, valueAxis } from './time-axis.js';
import type { Point } from './chart-data.js';
import { INK, renderSvg, type ChartSize, type Ink } from './render-svg.js';

export type Dash = 'solid' | 'dashed' | 'dotted';

export interface Line {
  readonly points: readonly Point[];
  readonly ink: Ink;
  readonly dash?: Dash;
  /** Fills the area below. */
  readonly filled?: boolean;
  /** The value holds until the next point. */
  readonly steps?: boolean;
}

export interface LineChart {
  readonly lines: readonly Line[];
  /** Fills what lies between the first two lines: percentiles of the same thing. */
  readonly band?: boolean;
  readonly durationMs: number;
  readonly startOfDayMs: number | undefined;
  readonly format: (value: number) => string;
  /** A limit that matters, drawn across with its name. */
  readonly limit?: { readonly at: number; readonly label: string } | undefined;
  /** Smallest range of the value axis, so that noise does not fill the chart. */
  readonly atLeast?: number;
  /** True for counts: no half users. */
  readonly whole?: boolean;
}

/** Single points among gaps stay visible as dots while there are few. */
const MAX_DOTTED = 60;

/** Values over the time of the run. What was not measured is a gap. */
export function lineChart(id: string, chart: LineChart, size: ChartSize): string {
  const { option: xAxis, at } = timeAxis(chart.durationMs, chart.startOfDayMs, size.width > 600 ? 10 : 4);
  const top = Math.max(chart.atLeast ?? 0, ...chart.lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0)));
  // A limit far above everything measured would flatten the lines; the caption names it then.
  const limit = chart.limit !== undefined && chart.limit.at <= top * 4 ? chart.limit : undefined;
  const ceiling = niceCeiling(Math.max(top, limit?.at ?? 0), chart.whole ?? false);
  const series = chart.lines.map((line, index) => ({
    type: 'line',
    data: line.points.map(({ atMs, value }) => [at(atMs), value ?? null]),
    step: line.steps ? 'end' : false,
    showSymbol: !line.steps && line.points.filter(({ value }) => value != null).length <= MAX_DOTTED,
    symbol: 'circle',
    symbolSize: 5,
    connectNulls: false,
    lineStyle: { color: INK[line.ink], width: 2, type: line.dash ?? 'solid' },
    itemStyle: { color: INK[line.ink] },
    ...(line.filled ? { areaStyle: { color: INK[line.ink], opacity: 0.14 } } : {}),
    ...(index === 0 && limit !== undefined ? { markLine: limitLine(limit.at, limit.label) } : {}),
  }));
  const [one, other] = chart.lines;
  const option = {
    grid: { left: 4, right: 16, top: 18, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis,
    yAxis: valueAxis(chart.format, { max: ceiling, interval: ceiling / 4 }),
    series: chart.band && one && other ? [...bandOf(one, other, at), ...series] : series,
  };
  return renderSvg(id, option, size);
}

/** The lower of two lines, unseen, and on top of it the difference, filled. A gap in either is a gap in the band. */
function bandOf(one: Line, other: Line, at: (atMs: number) => number): readonly Record<string, unknown>[] {
  const others = new Map(other.points.map(({ atMs, value }) => [atMs, value]));
  const pairs = one.points.map(({ atMs, value }) => {
    const second = others.get(atMs);
    return { x: at(atMs), low: value === undefined || second === undefined ? null : Math.min(value, second), high: value === undefined || second === undefined ? null : Math.max(value, second) };
  });
  const unseen = { type: 'line', stack: 'band', silent: true, symbol: 'none', connectNulls: false, lineStyle: { opacity: 0 } };
  return [
    { ...unseen, data: pairs.map(({ x, low }) => [x, low]) },
    { ...unseen, data: pairs.map(({ x, low, high }) => [x, low === null || high === null ? null : high - low]), areaStyle: { color: INK[one.ink], opacity: 0.14 } },
  ];
}

function limitLine(at: number, name: string): Record<string, unknown> {
  return {
    symbol: 'none',
    silent: true,
    data: [{ yAxis: at }],
    lineStyle: { color: INK.bad, type: [6, 4], width: 1.5 },
    label: { show: true, formatter: name, position: 'insideEndTop', ...LABEL, color: INK.bad },
  };
}

const STEPS = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10];
const WHOLE_STEPS = [4, 8, 12, 16, 20, 24, 32, 40, 60, 80, 100];

/** The next round number above `value` that four grid lines divide into round numbers. */
export function niceCeiling(value: number, whole: boolean): number {
  if (!(value > 0)) return whole ? 4 : 1;
  if (whole && value <= 100) return WHOLE_STEPS.find((step) => step >= value) ?? 100;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}
