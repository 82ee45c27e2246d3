import type { Dash } from './line-chart.js';
import { niceCeiling } from './line-chart.js';
import { INK, renderSvg, type ChartSize, type Ink } from './render-svg.js';
import { LABEL, valueAxis } from './time-axis.js';

export interface TrendLine {
  readonly ink: Ink;
  readonly dash?: Dash;
  /** One per run; undefined: not measured, a gap. */
  readonly values: readonly (number | undefined)[];
}

export interface TrendChart {
  /** One per run, e.g. its number in the table. */
  readonly labels: readonly string[];
  readonly lines: readonly TrendLine[];
  readonly format: (value: number) => string;
  readonly atLeast?: number;
  readonly whole?: boolean;
}

/** A figure of each run, side by side in the order of time; equal steps, whatever the time between two runs. */
export function trendChart(id: string, { labels, lines, format, atLeast, whole }: TrendChart, size: ChartSize): string {
  const ceiling = niceCeiling(Math.max(atLeast ?? 0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))), whole ?? false);
  return renderSvg(
    id,
    {
      grid: { left: 4, right: 16, top: 18, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      xAxis: {
        type: 'category',
        data: labels,
        boundaryGap: true,
        axisLine: { show: true, lineStyle: { color: INK.muted, width: 1 } },
        axisTick: { show: true, length: 4, alignWithLabel: true, lineStyle: { color: INK.muted } },
        axisLabel: { ...LABEL, hideOverlap: true },
      },
      yAxis: valueAxis(format, { max: ceiling, interval: ceiling / 4 }),
      series: lines.map(({ ink, dash, values }) => ({
        type: 'line',
        data: values.map((value) => value ?? null),
        symbol: 'circle',
        symbolSize: values.length <= 60 ? 6 : 0,
        showSymbol: true,
        connectNulls: false,
        lineStyle: { color: INK[ink], width: 2, type: dash ?? 'solid' },
        itemStyle: { color: INK[ink] },
      })),
    },
    size,
  );
}
