import { readFileSync } from 'node:fs';
import { renderToString } from 'preact-render-to-string';
import { measures } from '../../capacity/measures.js';
import { METRICS, type MetricName, type Unit } from '../../metrics/catalogue.js';
import { redact } from '../../core/redact.js';
import { trendChart, type TrendLine } from '../charts/trend-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { counted, dateTime, NOT_MEASURED, quantity, whole } from '../format.js';
import { METRIC_TITLES } from '../metric-titles.js';
import type { PastFigures, PastRun } from '../read-summary.js';
import { verdictTitle } from '../words/words.js';
import { hostOf } from './hosts.js';
import { NARROW, WIDE } from './load.js';
import { SMALL } from './media.js';
import { DataTable, Figure, Missing, Section, type LegendEntry } from './parts.js';

const STYLE = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

/** Nothing is fetched, nothing runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export interface HistoryEntry {
  readonly run: PastRun;
  /** Address of its report as seen from the page; undefined: it has none. */
  readonly href: string | undefined;
}

/** The history of a fleet as one page: a row and a point for each run, in the order of time. Same input, same bytes. */
export function renderHistory(entries: readonly HistoryEntry[]): string {
  const sorted = [...entries].sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt) || (a.run.run < b.run.run ? -1 : 1));
  return `<!doctype html>\n${renderToString(<Page entries={sorted} />)}\n`;
}

function Page({ entries }: { readonly entries: readonly HistoryEntry[] }) {
  const runs = entries.map(({ run }) => run);
  const last = runs[runs.length - 1];
  const title = `History of ${counted(runs.length, 'run')}`;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title}, Firstbell load tests`}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the history
        </a>
        <header class={`head ${last?.verdict ?? ''}`}>
          <p class="masthead">
            <span class="brand">Firstbell</span> Load test history
          </p>
          <h1>{headline(runs)}</h1>
          <p class="lead">{joinSentence(runs)}</p>
          {notes(runs).map((note) => (
            <p key={note} class="note">
              {note}
            </p>
          ))}
        </header>
        <main id="main">
          <RunTable entries={entries} />
          <Overview runs={runs} />
          <Metrics runs={runs} />
        </main>
        <footer>
          <p>Made by Firstbell from the summaries of these runs. A point stands for a run, numbered as in the table; the time between two runs is not to scale.</p>
        </footer>
      </body>
    </html>
  );
}

function headline(runs: readonly PastRun[]): string {
  const held = runs.filter(({ verdict }) => verdict === 'held').length;
  const last = runs[runs.length - 1];
  if (last === undefined) return 'No runs yet.';
  return runs.length === 1 ? `One run: ${verdictTitle(last.verdict).toLowerCase()}.` : `${whole(held)} of ${counted(runs.length, 'run')} held; the last one: ${verdictTitle(last.verdict).toLowerCase()}.`;
}

function joinSentence(runs: readonly PastRun[]): string {
  const measured = runs.flatMap(({ metrics, startedAt }) => (metrics.join_time?.p95 === undefined ? [] : [{ p95: metrics.join_time.p95, startedAt }]));
  const [first, last] = [measured[0], measured[measured.length - 1]];
  if (first === undefined || last === undefined) return 'In no run anybody joined.';
  if (measured.length === 1) return `95 of 100 users could take part within ${quantity(last.p95, 'ms')}.`;
  return `In the first run 95 of 100 users could take part within ${quantity(first.p95, 'ms')} (${dateTime(first.startedAt)}), in the last within ${quantity(last.p95, 'ms')} (${dateTime(last.startedAt)}).`;
}

function notes(runs: readonly PastRun[]): readonly string[] {
  const scenarios = new Set(runs.map(({ scenario }) => scenario)).size;
  const simulated = runs.filter(({ target }) => target.kind === 'simulator').length;
  return [
    ...(scenarios > 1 ? [`These runs are of ${counted(scenarios, 'scenario')}: a different load gives different figures.`] : []),
    ...(simulated > 0 ? [`${simulated === runs.length ? 'All runs were' : `${counted(simulated, 'run')} ${simulated === 1 ? 'was' : 'were'}`} against the simulator that comes with Firstbell, which says nothing about real servers.`] : []),
  ];
}

const errorsOf = ({ errors }: PastRun): number => errors.reduce((sum, { count }) => sum + count, 0);

function RunTable({ entries }: { readonly entries: readonly HistoryEntry[] }) {
  return (
    <Section id="runs" title="Runs">
      <DataTable
        caption="Runs in the order of time"
        quiet
        columns={[{ title: 'Run' }, { title: 'Started' }, { title: 'Scenario' }, { title: 'Target' }, { title: 'Verdict' }, { title: 'Joined', figure: true }, { title: 'Peak', figure: true }, { title: 'Time to join, p95', figure: true }, { title: 'Errors', figure: true }]}
        rows={entries.map(({ run, href }, index) => {
          const p95 = run.metrics.join_time?.p95;
          return [
            <>
              {index + 1}. {href === undefined ? run.run : <a href={href}>{run.run}</a>}
            </>,
            dateTime(run.startedAt),
            run.scenario,
            <>
              {run.target.kind === 'simulator' ? 'simulator' : redact(hostOf(run.target.url))}
              {run.target.bbbVersion === undefined ? '' : `, BBB ${run.target.bbbVersion}`}
            </>,
            <span class={`outcome${run.verdict === 'held' ? ' good' : run.verdict === 'broken' ? ' bad' : ''}`} title={redact(run.reasons.join('; '))}>
              {run.verdict === 'held' ? '✓' : run.verdict === 'broken' ? '✗' : '!'} {verdictTitle(run.verdict)}
            </span>,
            `${whole(run.users.joined)} of ${whole(run.users.planned)}`,
            whole(run.users.peakConcurrent),
            p95 === undefined ? <Missing /> : quantity(p95, 'ms'),
            whole(errorsOf(run)),
          ];
        })}
        empty="No run was found."
      />
    </Section>
  );
}

interface Trend {
  readonly label: string;
  readonly ink: Ink;
  readonly dash: 'solid' | 'dashed';
  readonly values: readonly (number | undefined)[];
}

const legendOf = (lines: readonly Trend[]): readonly LegendEntry[] => lines.map(({ label, ink, dash }) => ({ label, ink, dash }));
const drawn = (lines: readonly Trend[]): readonly TrendLine[] => lines.map(({ ink, dash, values }) => ({ ink, dash, values }));
const anything = (lines: readonly Trend[]): boolean => lines.some(({ values }) => values.some((value) => value !== undefined));

function Overview({ runs }: { readonly runs: readonly PastRun[] }) {
  if (runs.length === 0) return null;
  const labels = runs.map((_, index) => String(index + 1));
  const join: readonly Trend[] = [
    { label: '95th percentile', ink: 'c1', dash: 'solid', values: runs.map(({ metrics }) => metrics.join_time?.p95) },
    { label: 'Median', ink: 'c2', dash: 'dashed', values: runs.map(({ metrics }) => metrics.join_time?.p50) },
  ];
  const users: readonly Trend[] = [
    { label: 'In meetings at the peak', ink: 'c1', dash: 'solid', values: runs.map((run) => run.users.peakConcurrent) },
    { label: 'Did not get in, or lost the meeting', ink: 'bad', dash: 'dashed', values: runs.map((run) => run.users.failed + run.users.lost) },
  ];
  const errors: readonly Trend[] = [{ label: 'Errors', ink: 'bad', dash: 'solid', values: runs.map(errorsOf) }];
  const time = { labels, lines: drawn(join), format: (value: number) => quantity(value, 'ms') };
  const counts = { labels, format: whole, whole: true };
  return (
    <Section id="overview" title="From run to run">
      <Figure id="join" title="Time to join" summary={spanSentence(join[0]!.values, 'ms')} legend={legendOf(join)} svg={anything(join) ? trendChart('join-w', time, WIDE) : undefined} narrow={anything(join) ? trendChart('join-n', time, NARROW) : undefined} />
      <div class="pairs">
        <Figure id="users" title="Users" summary={spanSentence(users[0]!.values, 'count')} legend={legendOf(users)} svg={trendChart('users', { ...counts, lines: drawn(users) }, SMALL)} />
        <Figure id="errors" title="Errors" summary={spanSentence(errors[0]!.values, 'count')} legend={legendOf(errors)} svg={trendChart('errors', { ...counts, lines: drawn(errors) }, SMALL)} />
      </div>
    </Section>
  );
}

/** One small chart for each metric that a comparison looks at and that was measured. */
function Metrics({ runs }: { readonly runs: readonly PastRun[] }) {
  const labels = runs.map((_, index) => String(index + 1));
  const shown = measures().filter(({ metric }) => metric !== 'join_time' && runs.some(({ metrics }) => (metrics[metric]?.count ?? 0) > 0));
  if (shown.length === 0) return null;
  return (
    <Section id="metrics" title="Metric by metric" intro={
        <>
          Medians and 95th percentiles over everybody; shares and totals for what is counted. Whether a step is more than chance, <code>firstbell compare</code> says.
        </>
      }>
      <div class="pairs">
        {shown.map(({ metric }) => {
          const lines = linesOf(metric, runs);
          const unit: Unit = METRICS[metric].unit;
          return (
            <Figure
              key={metric}
              id={metric}
              title={METRIC_TITLES[metric]}
              summary={spanSentence(lines[0]!.values, unit)}
              legend={legendOf(lines)}
              svg={anything(lines) ? trendChart(metric, { labels, lines: drawn(lines), format: (value) => quantity(value, unit), whole: unit === 'count' }, SMALL) : undefined}
            />
          );
        })}
      </div>
    </Section>
  );
}

function linesOf(metric: MetricName, runs: readonly PastRun[]): readonly Trend[] {
  const line = (label: string, ink: Ink, dash: Trend['dash'], of: (figures: PastFigures) => number | undefined): Trend => ({ label, ink, dash, values: runs.map(({ metrics }) => (metrics[metric] === undefined ? undefined : of(metrics[metric]))) });
  switch (METRICS[metric].kind) {
    case 'histogram':
      return [line('95th percentile', 'c1', 'solid', ({ p95 }) => p95), line('Median', 'c2', 'dashed', ({ p50 }) => p50)];
    case 'rate':
      return [line('Share', 'c1', 'solid', ({ rate }) => rate)];
    case 'counter':
    case 'gauge':
      return [line('Total', 'c1', 'solid', ({ sum }) => sum)];
  }
}

/** The trend in words: where it began, where it is now, and between which bounds it was. */
function spanSentence(values: readonly (number | undefined)[], unit: Unit): string {
  const measured = values.filter((value) => value !== undefined);
  const [first, last] = [measured[0], measured[measured.length - 1]];
  if (first === undefined || last === undefined) return `${NOT_MEASURED[0]!.toUpperCase()}${NOT_MEASURED.slice(1)} in any run.`;
  const missing = values.length - measured.length;
  const gap = missing === 0 ? '' : ` Not measured in ${counted(missing, 'run')}.`;
  if (measured.length === 1) return `${quantity(last, unit)}.${gap}`;
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  if (least === most) return `${quantity(last, unit)} every time.${gap}`;
  return `From ${quantity(first, unit)} to ${quantity(last, unit)}; between ${quantity(least, unit)} and ${quantity(most, unit)}.${gap}`;
}
