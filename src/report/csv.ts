import { redact } from '../core/redact.js';
import { METRICS, type MetricKind, type MetricName, type Unit } from '../metrics/catalogue.js';
import { mergeRun } from '../metrics/merge.js';
import type { Figures, SeriesSet } from '../metrics/series-set.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Summary } from './summary.js';

const FIGURES = ['count', 'sum', 'avg', 'min', 'p50', 'p95', 'p99', 'max', 'rate', 'last'] as const;

/**
 * One cell (RFC 4180). A text that a spreadsheet would take for a formula is led by an apostrophe, which makes it a text there
 * (OWASP, CSV injection); what was not measured is empty, never 0.
 */
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = redact(value).replace(/\0/g, '');
  const inert = /^[\s]*[=+\-@|%]/.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A file of rows, RFC 4180. */
export function csvTable(head: readonly string[], rows: Iterable<readonly (string | number | undefined)[]>): string {
  const lines = [head.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** `metrics.csv`: a row for each metric over the whole run, and one for each value of each tag. */
export function renderMetricsCsv({ metrics }: Summary): string {
  const rows = (Object.keys(METRICS) as MetricName[]).flatMap((metric) => {
    const summary = metrics[metric];
    if (summary === undefined) return [];
    const { unit, kind } = summary;
    const by = Object.entries(summary.by).map(([pair, figures]) => {
      const split = pair.indexOf('=');
      return line(metric, pair.slice(0, split), pair.slice(split + 1), unit, kind, figures);
    });
    return [line(metric, '', '', unit, kind, summary), ...by];
  });
  return csvTable(['metric', 'tag', 'value', 'unit', 'kind', ...FIGURES], rows);
}

function line(metric: MetricName, tag: string, value: string, unit: Unit, kind: MetricKind, figures: Figures): readonly (string | number | undefined)[] {
  return [metric, tag, value, unit, kind, ...FIGURES.map((name) => figures[name])];
}

/** `intervals.csv`: a row for each interval and metric, of everybody and of each server. */
export function renderIntervalsCsv(snapshots: readonly Snapshot[]): string {
  return csvTable(['interval', 'startMs', 'endMs', 'metric', 'tag', 'value', 'unit', 'kind', ...FIGURES], intervalRows(snapshots));
}

function* intervalRows(snapshots: readonly Snapshot[]): Generator<readonly (string | number | undefined)[]> {
  for (const { interval, startMs, endMs, series } of mergeRun(snapshots).intervals) {
    for (const metric of series.metrics()) {
      for (const [tag, value, figures] of rowsOf(series, metric)) yield [interval, startMs, endMs, ...line(metric, tag, value, METRICS[metric].unit, METRICS[metric].kind, figures)];
    }
  }
}

function rowsOf(series: SeriesSet, metric: MetricName): readonly (readonly [string, string, Figures])[] {
  return [['', '', series.figures(metric)], ...[...series.byTag(metric, 'server')].map(([value, figures]) => ['server', value, figures] as const)];
}
