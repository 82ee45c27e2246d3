import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { INK, renderSvg, type ChartSize, type Ink } from './render-svg.js';
import { LABEL, timeAxis } from './time-axis.js';

export interface HeatMap {
  /** From bottom to top; `counts[n]` is of the n-th stretch of time. */
  readonly rows: readonly { readonly name: string; readonly ink: Ink; readonly counts: readonly number[] }[];
  readonly stepMs: number;
  readonly durationMs: number;
  readonly startOfDayMs: number | undefined;
}

/** The least that a single one is to be seen by. */
const FAINTEST = 0.16;

/** How many fell into each row in each stretch of time: the more, the darker, by the square root, so that single ones are seen beside many. */
export function heatMap(id: string, { rows, stepMs, durationMs, startOfDayMs }: HeatMap, size: ChartSize): string {
  const { option: xAxis, at } = timeAxis(durationMs, startOfDayMs, size.width > 600 ? 10 : 4);
  const most = Math.max(1, ...rows.flatMap(({ counts }) => counts));
  const cells = rows.flatMap(({ ink, counts }, row) => counts.flatMap((count, n) => (count === 0 ? [] : [{ value: [at(n * stepMs), row, at((n + 1) * stepMs)], ink, opacity: FAINTEST + (1 - FAINTEST) * Math.sqrt(count / most) }])));
  const option = {
    grid: { left: 4, right: 16, top: 6, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis,
    yAxis: { type: 'category', data: rows.map(({ name }) => name), axisLine: { show: true, lineStyle: { color: INK.muted } }, axisTick: { show: false }, axisLabel: { ...LABEL, color: INK.text, interval: 0 }, splitLine: { show: true, lineStyle: { color: INK.grid } } },
    series: [
      {
        type: 'custom',
        data: cells.map(({ value }) => value),
        renderItem: (params: { readonly dataIndex: number }, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
          const { ink, opacity, value } = cells[params.dataIndex]!;
          const [left = 0, middle = 0] = api.coord([value[0]!, value[1]!]);
          const [right = 0] = api.coord([value[2]!, value[1]!]);
          const [, height = 0] = api.size!([0, 1]) as number[];
          return { type: 'rect', shape: { x: left, y: middle - height / 2 + 1, width: Math.max(1, right - left - 0.5), height: height - 2 }, style: { fill: INK[ink], opacity } };
        },
      },
    ],
  };
  return renderSvg(id, option, size);
}
