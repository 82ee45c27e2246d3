import { niceCeiling, type Dash } from './line-chart.js';
import { MARK_PATHS, type Mark } from './marks.js';
import { INK, renderSvg, type ChartSize, type Ink } from './render-svg.js';
import { LABEL, valueAxis } from './time-axis.js';

export interface XyPoint {
  readonly x: number;
  readonly y: number;
}

export interface XyAxis {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Largest value that must have room; the data have it anyway. */
  readonly atLeast?: number;
  readonly whole?: boolean;
}

/** Points and lines over two measured axes. */
export interface XyChart {
  readonly x: XyAxis;
  readonly y: Omit<XyAxis, 'title'> & { /** True: values below 0 have room, as far as those above. */ readonly signed?: boolean };
  readonly points: readonly { readonly at: readonly XyPoint[]; readonly ink: Ink; readonly mark: Mark }[];
  readonly lines?: readonly { readonly at: readonly XyPoint[]; readonly ink: Ink; readonly dash?: Dash; readonly width?: number }[];
  /** A stretch of the value axis, shaded. */
  readonly band?: { readonly from: number; readonly to: number; readonly ink: Ink } | undefined;
  /** Lines across at a value of one of the axes, named. */
  readonly rules?: readonly { readonly axis: 'x' | 'y'; readonly at: number; readonly label: string; readonly ink: Ink }[];
}

export function xyChart(id: string, { x, y, points, lines = [], band, rules = [] }: XyChart, size: ChartSize): string {
  const all = [...points, ...lines].flatMap(({ at }) => at);
  const topX = Math.max(1, x.atLeast ?? 0, ...all.map((point) => point.x), ...rules.filter(({ axis }) => axis === 'x').map(({ at }) => at));
  const topY = Math.max(y.atLeast ?? 0, band?.to ?? 0, ...all.map((point) => Math.abs(point.y)), ...rules.filter(({ axis }) => axis === 'y').map(({ at }) => at));
  const ceilingX = niceCeiling(topX, x.whole ?? false);
  const ceilingY = niceCeiling(topY, y.whole ?? false);
  const first = points[0] === undefined ? lines[0] : points[0];
  const series = [
    ...points.map(({ at, ink, mark }) => ({
      type: 'scatter',
      data: at.map((point) => [point.x, point.y]),
      symbol: `path://${MARK_PATHS[mark]}`,
      symbolSize: 9,
      itemStyle: { color: INK[ink], opacity: 0.9 },
    })),
    ...lines.map(({ at, ink, dash, width }) => ({
      type: 'line',
      data: at.map((point) => [point.x, point.y]),
      showSymbol: false,
      lineStyle: { color: INK[ink], width: width ?? 2, type: dash ?? 'solid' },
    })),
  ];
  const marked = first === undefined ? series : series.map((one, index) => (index === 0 ? { ...one, ...marks(band, rules) } : one));
  return renderSvg(
    id,
    {
      grid: { left: 4, right: 20, top: 22, bottom: 26, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      xAxis: {
        type: 'value',
        min: 0,
        max: ceilingX,
        interval: x.whole ? Math.max(1, ceilingX / 4) : ceilingX / 4,
        name: x.title,
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: LABEL,
        axisLine: { show: true, onZero: false, lineStyle: { color: INK.muted, width: 1 } },
        axisTick: { show: true, length: 4, lineStyle: { color: INK.muted } },
        splitLine: { show: false },
        axisLabel: { ...LABEL, hideOverlap: true, formatter: x.format },
      },
      yAxis: valueAxis(y.format, { ...(y.signed ? { min: -ceilingY } : {}), max: ceilingY, interval: y.signed ? ceilingY / 2 : ceilingY / 4 }),
      series: marked,
    },
    size,
  );
}

function marks(band: XyChart['band'], rules: NonNullable<XyChart['rules']>): Record<string, unknown> {
  const area = band && { markArea: { silent: true, itemStyle: { color: INK[band.ink], opacity: 0.16 }, data: [[{ yAxis: band.from }, { yAxis: band.to }]] } };
  const line = rules.length > 0 && {
    markLine: {
      symbol: 'none',
      silent: true,
      data: rules.map(({ axis, at, label, ink }) => ({
        ...(axis === 'x' ? { xAxis: at } : { yAxis: at }),
        lineStyle: { color: INK[ink], type: [6, 4], width: 1.5 },
        label: { show: true, formatter: label, position: axis === 'x' ? 'end' : 'insideEndTop', rotate: 0, ...LABEL, color: INK[ink] },
      })),
    },
  };
  return { ...area, ...line };
}
