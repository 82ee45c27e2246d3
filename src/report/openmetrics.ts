import { METRICS, type MetricInfo, type MetricName, type Tags, type Unit } from '../metrics/catalogue.js';
import type { SeriesSet } from '../metrics/series-set.js';

/** A gauge beside the metrics of the catalogue. */
export interface ExtraGauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface Exposed {
  /** Everything so far: counts and sums. */
  readonly cumulative: SeriesSet;
  /** The last intervals: quantiles. */
  readonly recent: SeriesSet;
  readonly extra: readonly ExtraGauge[];
}

type Format = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Base units of Prometheus: suffix and factor. A count needs neither. */
const BASE: Readonly<Partial<Record<Unit, { readonly suffix: string; readonly factor: number }>>> = {
  ms: { suffix: '_seconds', factor: 0.001 },
  ratio: { suffix: '_ratio', factor: 1 },
  fps: { suffix: '_frames_per_second', factor: 1 },
  'kbit/s': { suffix: '_bytes_per_second', factor: 125 },
  px: { suffix: '_pixels', factor: 1 },
  cores: { suffix: '_cores', factor: 1 },
  MB: { suffix: '_bytes', factor: 1_000_000 },
  bytes: { suffix: '_bytes', factor: 1 },
};
const QUANTILES = [
  { quantile: '0.5', of: 'p50' },
  { quantile: '0.95', of: 'p95' },
  { quantile: '0.99', of: 'p99' },
] as const;

/**
 * All metrics as Prometheus reads them. Distributions become summaries: their quantiles are those of our own histograms (0.1 % exact)
 * over the last intervals, as is usual for summaries, while count and sum go on from the start of the run.
 */
export function renderExposition({ cumulative, recent, extra }: Exposed, format: Format): string {
  const lines: string[] = [];
  for (const metric of cumulative.metrics()) family(lines, metric, cumulative, recent, format);
  for (const { name, help, values } of extra) {
    header(lines, name, 'gauge', help);
    for (const { labels, value } of values) lines.push(sample(name, labels, value));
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function family(lines: string[], metric: MetricName, cumulative: SeriesSet, recent: SeriesSet, format: Format): void {
  const { kind, unit, about }: MetricInfo = METRICS[metric];
  const { suffix, factor } = BASE[unit] ?? { suffix: '', factor: 1 };
  const name = `firstbell_${metric}`;
  const all = cumulative.totals(metric);
  const counter = (part: string, help: string, of: 'sum' | 'count'): void => {
    header(lines, format === 'openmetrics' ? `${name}${part}` : `${name}${part}_total`, 'counter', help);
    for (const one of all) lines.push(sample(`${name}${part}_total`, labelsOf(one.tags), one[of]));
  };
  switch (kind) {
    case 'counter':
      counter('', about, 'sum');
      return;
    case 'rate':
      counter('_hits', `${about}: times that it was so`, 'sum');
      counter('_samples', `${about}: times that it was looked at`, 'count');
      return;
    case 'gauge':
      header(lines, name + suffix, 'gauge', about);
      for (const { tags, last } of all) lines.push(sample(name + suffix, labelsOf(tags), last * factor));
      return;
    case 'histogram': {
      const lately = recent.each(metric);
      header(lines, name + suffix, 'summary', `${about}; quantiles of the last intervals`);
      for (const { key, tags, count, sum } of all) {
        const labels = labelsOf(tags);
        for (const { quantile, of } of QUANTILES) lines.push(sample(name + suffix, { ...labels, quantile }, (lately.get(key)?.[of] ?? NaN) * factor));
        lines.push(sample(`${name}${suffix}_sum`, labels, sum * factor), sample(`${name}${suffix}_count`, labels, count));
      }
    }
  }
}

/** `job`, `instance` and others of Prometheus' own are no tags of ours. */
const labelsOf = (tags: Tags): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(tags).filter((pair): pair is [string, string] => pair[1] !== undefined));

function header(lines: string[], name: string, type: string, help: string): void {
  lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`);
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${Number.isNaN(value) ? 'NaN' : value}`;
}
