import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ECharts } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'preact/hooks';
import type { Unit } from '../../../metrics/catalogue.js';
import { instant, quantity, whole } from '../../format.js';

use([LineChart, GridComponent, TooltipComponent, SVGRenderer]);

export interface ChartProps {
  readonly title: string;
  /** In words and figures, for everyone. */
  readonly summary: string;
  readonly durationMs: number;
  readonly startOfDayMs: number | undefined;
  readonly unit: Unit;
  readonly lines: readonly { readonly name: string; readonly ink: string; readonly dashed?: boolean; readonly points: readonly (readonly [number, number | undefined])[] }[];
}

const HEIGHT = 220;
const dark = matchMedia('(prefers-color-scheme: dark)');
const ink = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Values over the time of the run; what was not measured is a gap. */
export function Chart(props: ChartProps) {
  const { title, summary, lines } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>();
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = place.current!;
    chart.current = init(element, null, { renderer: 'svg', height: HEIGHT });
    const redraw = (): void => chart.current?.setOption(optionOf(latest.current));
    const resized = new ResizeObserver(() => chart.current?.resize());
    resized.observe(element);
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      resized.disconnect();
      chart.current?.dispose();
    };
  }, []);
  const last = lines[0]?.points.at(-1)?.[0];
  useEffect(() => chart.current?.setOption(optionOf(props)), [last, lines[0]?.points.length]);

  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        <p class="note">{summary}</p>
        <ul class="legend">
          {lines.map(({ name, ink: colour, dashed }) => (
            <li key={name}>
              <svg viewBox="0 0 22 10" width="22" height="10" aria-hidden="true">
                <line class={`ink-${colour}`} x1="0" y1="5" x2="22" y2="5" stroke-width="2.5" stroke-dasharray={dashed ? '6 4' : undefined} />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`Chart: ${title}. ${summary}`} />
    </figure>
  );
}

function optionOf({ lines, durationMs, startOfDayMs, unit }: ChartProps) {
  const label = { color: ink('muted'), fontSize: 12 };
  const text = (value: number): string => (unit === 'count' ? whole(value) : quantity(value, unit));
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: { trigger: 'axis', renderMode: 'richText', valueFormatter: (value: unknown) => (typeof value === 'number' ? text(value) : '–') },
    xAxis: {
      type: 'value',
      min: 0,
      max: durationMs,
      splitNumber: 6,
      axisLine: { lineStyle: { color: ink('muted') } },
      splitLine: { show: false },
      axisPointer: { label: { show: false, formatter: ({ value }: { readonly value: number }) => instant(value, startOfDayMs) } },
      axisLabel: { ...label, hideOverlap: true, formatter: (value: number) => instant(value, startOfDayMs, durationMs < 3_600_000) },
    },
    yAxis: { type: 'value', min: 0, splitNumber: 3, minInterval: unit === 'count' ? 1 : undefined, splitLine: { lineStyle: { color: ink('grid') } }, axisLabel: { ...label, formatter: text } },
    series: lines.map(({ name, ink: colour, dashed, points }) => ({
      type: 'line',
      name,
      data: points.map(([atMs, value]) => [atMs, value ?? null]),
      showSymbol: points.length < 30,
      symbolSize: 4,
      lineStyle: { color: ink(colour), width: 2, type: dashed ? 'dashed' : 'solid' },
      itemStyle: { color: ink(colour) },
    })),
  };
}
