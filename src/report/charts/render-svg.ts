import type { EChartsCoreOption } from 'echarts/core';
import { init, use } from 'echarts/core';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

/**
 * Colours of charts. The library wants real colours; each of these is replaced by the CSS variable of its name after rendering, so that
 * one drawing serves light, dark and print.
 */
export const INK = {
  text: '#fe0001',
  muted: '#fe0002',
  grid: '#fe0003',
  surface: '#fe0004',
  c1: '#fe0011',
  c2: '#fe0012',
  c3: '#fe0013',
  c4: '#fe0014',
  c5: '#fe0015',
  c6: '#fe0016',
  bad: '#fe0021',
} as const;

export type Ink = keyof typeof INK;

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Draws a chart as an SVG that takes the width of its place. `id` is unique in the document: it names the clip paths. Same input, same text. */
export function renderSvg(id: string, option: EChartsCoreOption, { width, height }: ChartSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return themed(chart.renderToSVGString({ useViewBox: true }), id, { width, height });
  } finally {
    chart.dispose();
  }
}

function themed(svg: string, id: string, { width, height }: ChartSize): string {
  let text = svg
    // Hover rules and event attributes are for live charts; the counter in the names would differ from run to run.
    .replace(/<style\s*>[\s\S]*?<\/style>/g, '')
    .replace(/\sclass="zr\d+-cls-\d+"/g, '')
    .replace(/\s(?:pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/zr\d+-/g, `${id}-`)
    .replace(/font-family:[^;"]*;?/g, '')
    .replace(/<rect [^>]*fill="none"[^>]*><\/rect>\n?/, '')
    .replace(/<svg [^>]*>/, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">`)
    .replace(/\n+/g, '\n');
  for (const [name, colour] of Object.entries(INK)) text = text.replaceAll(colour, `var(--${name})`);
  return text.trim();
}
