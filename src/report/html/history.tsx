import { readFileSync } from 'node:fs';
import { renderToString } from 'preact-render-to-string';
import { measures } from '../../capacity/measures.js';
import { METRICS, type MetricName, type Unit } from '../../metrics/catalogue.js';
import { redact } from '../../core/redact.js';
import { capacityWords, usersHeld } from '../capacity/view.js';
import { trendChart, type TrendLine } from '../charts/trend-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { formatsIn, type Formats, type Lang } from '../format.js';
import { titlesIn } from '../metric-titles.js';
import type { PastFigures, PastRun } from '../read-summary.js';
import type { HistoryWords } from '../words/history-en.js';
import { reasonsOf, verdictTitle } from '../words/words.js';
import { Searches, type PastSearch } from './history-searches.js';
import { historyWords, type HistoryHowKey } from './history-words.js';
import { hostOf } from './hosts.js';
import { HowList } from './how.js';
import { LangContext } from './lang.js';
import { NARROW, WIDE } from './load.js';
import { SMALL } from './media.js';
import { breakable, DataTable, Figure, Missing, Section, type LegendEntry } from './parts.js';

const STYLE = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

/** Nothing is fetched, nothing runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export interface HistoryEntry {
  readonly run: PastRun;
  /** Address of its report as seen from the page; undefined: it has none. */
  readonly href: string | undefined;
}

/** What a history is made of, in any order. */
export interface History {
  readonly runs: readonly HistoryEntry[];
  readonly searches: readonly PastSearch[];
}

/** What every part of the page draws from, in the order of time. */
interface HistoryView {
  readonly entries: readonly HistoryEntry[];
  readonly runs: readonly PastRun[];
  readonly searches: readonly PastSearch[];
  readonly lang: Lang;
  readonly f: Formats;
  readonly t: HistoryWords;
}

/** The history of a fleet as one page: a row and a point for each run and each capacity search, in the order of time. Same input, same bytes. */
export function renderHistory({ runs, searches }: History, lang: Lang = 'en'): string {
  const entries = [...runs].sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt) || (a.run.run < b.run.run ? -1 : 1));
  const view: HistoryView = {
    entries,
    runs: entries.map(({ run }) => run),
    searches: [...searches].sort((a, b) => Date.parse(a.capacity.asked.startedAt) - Date.parse(b.capacity.asked.startedAt) || (a.name < b.name ? -1 : 1)),
    lang,
    f: formatsIn(lang),
    t: historyWords(lang),
  };
  return `<!doctype html>\n${renderToString(
    <LangContext.Provider value={lang}>
      <Page view={view} />
    </LangContext.Provider>,
  )}\n`;
}

const SEARCH_CLASS = { holds: 'held', 'does-not-hold': 'broken', 'not-known': '' } as const;

function Page({ view }: { readonly view: HistoryView }) {
  const { runs, searches, lang, t } = view;
  const last = runs.at(-1)?.verdict ?? (searches.at(-1) && SEARCH_CLASS[searches.at(-1)!.capacity.verdict]) ?? '';
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <title>{t.documentTitle(runs.length, searches.length)}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <header class={`head ${last}`}>
          <p class="masthead">
            <span class="brand">Firstbell</span> {t.masthead}
          </p>
          <h1>{headline(view)}</h1>
          {lead(view) === '' ? null : <p class="lead">{lead(view)}</p>}
          {notes(view).map((note) => (
            <p key={note} class="note">
              {note}
            </p>
          ))}
        </header>
        <main id="main">
          {searches.length === 0 ? null : <Searches searches={searches} />}
          {runs.length === 0 ? null : (
            <>
              <RunTable view={view} />
              <Overview view={view} />
              <Metrics view={view} />
            </>
          )}
          <HowList title={t.how.title} intro={t.how.intro} entries={HOW_KEYS.map((key) => ({ key, ...t.how[key] }))} />
        </main>
        <footer>
          <p>{t.footer}</p>
        </footer>
      </body>
    </html>
  );
}

const HOW_KEYS: readonly HistoryHowKey[] = ['verdict', 'joined', 'join', 'errors', 'metrics', 'held', 'first'];

function headline({ runs, searches, lang, f, t }: HistoryView): string {
  const held = runs.filter(({ verdict }) => verdict === 'held').length;
  const last = runs.at(-1);
  if (last !== undefined) return runs.length === 1 ? t.oneRun(verdictTitle(last.verdict, lang)) : t.headline(held, runs.length, verdictTitle(last.verdict, lang));
  return searches.length === 0 ? t.nothing : capacitySentence(searches.at(-1)!, lang, f, t);
}

function capacitySentence({ capacity }: PastSearch, lang: Lang, f: Formats, t: HistoryWords): string {
  return t.capacity(usersHeld(capacity, f, capacityWords(lang)), f.whole(capacity.required), f.dateTime(capacity.asked.startedAt), capacity.asked.onlyServer);
}

/** What else a reader should know first; empty where the headline says it all. */
function lead(view: HistoryView): string {
  const { runs, searches, lang, f, t } = view;
  if (runs.length === 0) return '';
  const search = searches.at(-1);
  return `${joinSentence(view)}${search === undefined ? '' : ` ${capacitySentence(search, lang, f, t)}`}`;
}

function joinSentence({ runs, f, t }: HistoryView): string {
  const measured = runs.flatMap(({ metrics, startedAt }, index) => (metrics.join_time?.p95 === undefined ? [] : [{ p95: metrics.join_time.p95, startedAt, index }]));
  const [first, last] = [measured[0], measured[measured.length - 1]];
  if (first === undefined || last === undefined) return t.nobodyJoined;
  if (measured.length === 1) return t.joinedOnce(f.quantity(last.p95, 'ms'));
  const said = ({ p95, startedAt }: typeof first) => ({ p95: f.quantity(p95, 'ms'), date: f.dateTime(startedAt) });
  return t.joined({ ...said(first), ofAll: first.index === 0 }, { ...said(last), ofAll: last.index === runs.length - 1 });
}

function notes({ runs, searches, t }: HistoryView): readonly string[] {
  const scenarios = new Set([...runs.map(({ scenario }) => scenario), ...searches.map(({ capacity }) => capacity.scenario)]).size;
  const simulatedRuns = runs.filter(({ target }) => target.kind === 'simulator').length;
  const simulatedSearches = searches.filter(({ capacity }) => capacity.environment.target.kind === 'simulator').length;
  const simulated = simulatedRuns + simulatedSearches;
  return [
    ...(scenarios > 1 ? [t.manyScenarios(scenarios)] : []),
    ...(simulated > 0 ? [simulated === runs.length + searches.length ? t.allSimulated : t.someSimulated(t.both(simulatedRuns, simulatedSearches))] : []),
  ];
}

const errorsOf = ({ errors }: PastRun): number => errors.reduce((sum, { count }) => sum + count, 0);

const COLUMN_HOW: readonly (HistoryHowKey | undefined)[] = [undefined, undefined, undefined, 'verdict', 'joined', 'joined', 'join', 'errors'];

function RunTable({ view: { entries, lang, f, t } }: { readonly view: HistoryView }) {
  return (
    <Section id="runs" title={t.runs.title}>
      <DataTable
        caption={t.runs.caption}
        quiet
        columns={t.runs.columns.map((title, column) => ({ title, how: COLUMN_HOW[column], figure: column > 3 }))}
        rows={entries.map(({ run, href }, index) => {
          const p95 = run.metrics.join_time?.p95;
          return [
            <>
              {index + 1}. {href === undefined ? run.run : <a href={href}>{run.run}</a>}
              <span class="under">{run.scenario}</span>
            </>,
            f.dateTime(run.startedAt),
            <>
              {run.target.kind === 'simulator' ? t.simulator : breakable(redact(hostOf(run.target.url)))}
              {run.target.bbbVersion === undefined ? '' : `, BBB ${run.target.bbbVersion}`}
            </>,
            <>
              <span class={`outcome${run.verdict === 'held' ? ' good' : run.verdict === 'broken' ? ' bad' : ''}`}>
                {run.verdict === 'held' ? '✓' : run.verdict === 'broken' ? '✗' : '!'} {verdictTitle(run.verdict, lang)}
              </span>
              <Reasons run={run} lang={lang} />
            </>,
            t.of(f.whole(run.users.joined), f.whole(run.users.planned)),
            f.whole(run.users.peakConcurrent),
            p95 === undefined ? <Missing /> : f.quantity(p95, 'ms'),
            f.whole(errorsOf(run)),
          ];
        })}
        empty={t.runs.empty}
      />
    </Section>
  );
}

/** One is enough to recognise what happened; the report of the run has all. */
const MAX_REASON_CHARS = 160;

/** Why the verdict is what it is: the first reason, and how many more there are. */
function Reasons({ run, lang }: { readonly run: PastRun; readonly lang: Lang }) {
  const [first, ...more] = reasonsOf(run, lang);
  if (first === undefined) return null;
  const text = redact(first.text);
  return (
    <span class="reason" lang={first.translated ? undefined : 'en'}>
      {text.length <= MAX_REASON_CHARS ? text : `${text.slice(0, MAX_REASON_CHARS - 1)}…`}
      {more.length === 0 ? '' : ` (+${more.length})`}
    </span>
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

function Overview({ view: { runs, f, t } }: { readonly view: HistoryView }) {
  const labels = runs.map((_, index) => String(index + 1));
  const join: readonly Trend[] = [
    { label: t.metrics.p95, ink: 'c1', dash: 'solid', values: runs.map(({ metrics }) => metrics.join_time?.p95) },
    { label: t.metrics.median, ink: 'c2', dash: 'dashed', values: runs.map(({ metrics }) => metrics.join_time?.p50) },
  ];
  const users: readonly Trend[] = [
    { label: t.overview.peak, ink: 'c1', dash: 'solid', values: runs.map((run) => run.users.peakConcurrent) },
    { label: t.overview.out, ink: 'bad', dash: 'dashed', values: runs.map((run) => run.users.failed + run.users.lost) },
  ];
  const errors: readonly Trend[] = [{ label: t.overview.errors, ink: 'bad', dash: 'solid', values: runs.map(errorsOf) }];
  const time = { labels, lines: drawn(join), format: (value: number) => f.quantity(value, 'ms') };
  const counts = { labels, format: f.whole, whole: true };
  return (
    <Section id="overview" title={t.overview.title}>
      <Figure id="join" title={t.overview.join} how="join" summary={spanSentence(join[0]!.values, 'ms', f, t)} legend={legendOf(join)} svg={anything(join) ? trendChart('join-w', time, WIDE) : undefined} narrow={anything(join) ? trendChart('join-n', time, NARROW) : undefined} />
      <div class="pairs">
        <Figure id="users" title={t.overview.users} how="joined" summary={spanSentence(users[0]!.values, 'count', f, t)} legend={legendOf(users)} svg={trendChart('users', { ...counts, lines: drawn(users) }, SMALL)} />
        <Figure id="errors" title={t.overview.errors} how="errors" summary={spanSentence(errors[0]!.values, 'count', f, t)} legend={legendOf(errors)} svg={trendChart('errors', { ...counts, lines: drawn(errors) }, SMALL)} />
      </div>
    </Section>
  );
}

/** One small chart for each metric that a comparison looks at and that was measured. */
function Metrics({ view: { runs, lang, f, t } }: { readonly view: HistoryView }) {
  const labels = runs.map((_, index) => String(index + 1));
  const shown = measures().filter(({ metric }) => metric !== 'join_time' && runs.some(({ metrics }) => (metrics[metric]?.count ?? 0) > 0));
  if (shown.length === 0) return null;
  return (
    <Section
      id="metrics"
      title={t.metrics.title}
      intro={
        <>
          {t.metrics.intro} <code>firstbell compare</code>
        </>
      }
    >
      <div class="pairs">
        {shown.map(({ metric }) => {
          const lines = linesOf(metric, runs, t);
          const unit: Unit = METRICS[metric].unit;
          return (
            <Figure
              key={metric}
              id={metric}
              title={titlesIn(lang)[metric]}
              how="metrics"
              summary={spanSentence(lines[0]!.values, unit, f, t)}
              legend={legendOf(lines)}
              svg={anything(lines) ? trendChart(metric, { labels, lines: drawn(lines), format: (value) => f.quantity(value, unit), whole: unit === 'count' }, SMALL) : undefined}
            />
          );
        })}
      </div>
    </Section>
  );
}

function linesOf(metric: MetricName, runs: readonly PastRun[], { metrics: t }: HistoryWords): readonly Trend[] {
  const line = (label: string, ink: Ink, dash: Trend['dash'], of: (figures: PastFigures) => number | undefined): Trend => ({ label, ink, dash, values: runs.map(({ metrics }) => (metrics[metric] === undefined ? undefined : of(metrics[metric]))) });
  switch (METRICS[metric].kind) {
    case 'histogram':
      return [line(t.p95, 'c1', 'solid', ({ p95 }) => p95), line(t.median, 'c2', 'dashed', ({ p50 }) => p50)];
    case 'rate':
      return [line(t.share, 'c1', 'solid', ({ rate }) => rate)];
    case 'counter':
    case 'gauge':
      // Recorded only when somebody is lost: a run whose users all stayed lost nobody.
      if (metric === 'users_lost') return [{ label: t.total, ink: 'c1', dash: 'solid', values: runs.map(({ users }) => (users.joined === 0 ? undefined : users.lost)) }];
      return [line(t.total, 'c1', 'solid', ({ sum }) => sum)];
  }
}

/** The trend in words: where it began, where it is now, and between which bounds it was. */
function spanSentence(values: readonly (number | undefined)[], unit: Unit, { quantity }: Formats, { span: t }: HistoryWords): string {
  const measured = values.filter((value) => value !== undefined);
  const [first, last] = [measured[0], measured[measured.length - 1]];
  if (first === undefined || last === undefined) return t.never;
  const missing = values.length - measured.length;
  const gap = missing === 0 ? '' : t.gap(missing);
  if (measured.length === 1) return `${t.once(quantity(last, unit))}${gap}`;
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  // What reads the same is the same to a reader.
  if (quantity(least, unit) === quantity(most, unit)) return `${t.same(quantity(last, unit))}${gap}`;
  return `${t.range(quantity(first, unit), quantity(last, unit), quantity(least, unit), quantity(most, unit))}${gap}`;
}
