import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
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

/** From where to where a figure may lie, drawn as a whisker. */
export interface TrendSpans {
  readonly ink: Ink;
  readonly values: readonly ({ readonly low: number; readonly high: number } | undefined)[];
}

export interface TrendChart {
  /** One per run, e.g. its number in the table. */
  readonly labels: readonly string[];
  readonly lines: readonly TrendLine[];
  readonly spans?: TrendSpans | undefined;
  readonly format: (value: number) => string;
  readonly atLeast?: number;
  readonly whole?: boolean;
}

/** A figure of each run, side by side in the order of time; equal steps, whatever the time between two runs. */
export function trendChart(id: string, { labels, lines, spans, format, atLeast, whole }: TrendChart, size: ChartSize): string {
  const ceiling = niceCeiling(Math.max(atLeast ?? 0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)), ...(spans?.values ?? []).map((span) => span?.high ?? 0)), whole ?? false);
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
      series: [...lines.map(({ ink, dash, values }) => ({
        type: 'line',
        data: values.map((value) => value ?? null),
        symbol: 'circle',
        symbolSize: values.length <= 60 ? 6 : 0,
        showSymbol: true,
        connectNulls: false,
        lineStyle: { color: INK[ink], width: 2, type: dash ?? 'solid' },
        itemStyle: { color: INK[ink] },
      })), ...(spans === undefined ? [] : [whiskers(spans)])],
    },
    size,
  );
}

/** Half the width of the caps. */
const CAP_PX = 5;

function whiskers({ ink, values }: TrendSpans) {
  const known = values.flatMap((span, index) => (span === undefined ? [] : [[index, span.low, span.high] as const]));
  return {
    type: 'custom',
    data: known.map((one) => [...one]),
    renderItem: (params: { readonly dataIndex: number }, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
      const [index, low, high] = known[params.dataIndex]!;
      const [x = 0, bottom = 0] = api.coord([index, low]);
      const [, top = 0] = api.coord([index, high]);
      const style = { stroke: INK[ink], lineWidth: 1.5 };
      const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line' as const, shape: { x1, y1, x2, y2 }, style });
      return { type: 'group', children: [line(x, bottom, x, top), line(x - CAP_PX, bottom, x + CAP_PX, bottom), line(x - CAP_PX, top, x + CAP_PX, top)] };
    },
  };
}
