import type { MetricName } from '../../metrics/catalogue.js';
import { bucketsOf, highest, measured, percentileLine, type Bucket, type Point } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { instant } from '../format.js';
import type { RunWords } from '../words/run-en.js';
import { shortNames } from '../server-names.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

const INKS: readonly Ink[] = ['c1', 'c2', 'c3', 'c4', 'c6', 'c5'];
const SIZE = { width: 900, height: 220 };
const NARROW = { width: 440, height: 220 };
const DASHES = ['solid', 'dashed', 'dotted'] as const;

interface Measure {
  readonly id: keyof RunWords['fleet']['charts'];
  readonly metric: MetricName;
  readonly atLeast: number;
}

const MEASURES: readonly Measure[] = [
  { id: 'fleet-cpu', metric: 'server_cpu', atLeast: 0.1 },
  { id: 'fleet-line', metric: 'server_line_use', atLeast: 0.01 },
];

/** How the first lesson was spread, and how servers were doing by their own account, over the time axis of the users' charts. */
export function Fleet({ view }: { readonly view: ReportView }) {
  const { fleet } = view.summary;
  return (
    <Section id="fleet" title={view.t.fleet.title} intro={introOf(view)}>
      <Spread view={view} />
      {fleet.length === 0 ? null : <Accounts view={view} />}
    </Section>
  );
}

function introOf({ summary: { fleet }, data: { plan }, f, t }: ReportView): string {
  return fleet.length === 0 ? t.fleet.notAsked : t.fleet.intro(fleet.length, f.quantity(plan.fleet.lineMbps * 1_000, 'kbit/s'));
}

function Spread({ view: { summary, startOfDayMs, f: { quantity, whole }, t: { fleet: t } } }: { readonly view: ReportView }) {
  const { spread } = summary;
  if (spread === undefined) return <p class="nothing">{t.nothingSpread}</p>;
  const names = shortNames(spread.servers.map(({ name }) => name));
  return (
    <>
      <h3>{t.spread}</h3>
      <p>
        {t.spreadText(instant(spread.atMs, startOfDayMs), spread.users, spread.meetings, spread.servers.length, spread.fleetServers, names[0] ?? '', quantity(spread.largestShare, 'ratio'), quantity(spread.largestOverMean, 'count', 1))}
      </p>
      <DataTable
        caption={t.spreadCaption}
        columns={t.spreadColumns.map((title, column) => ({ title, how: column === 0 ? undefined : 'spread', figure: column > 0 }))}
        rows={spread.servers.map(({ users, meetings }, index) => [names[index] ?? '', whole(users), whole(meetings), quantity(users / spread.users, 'ratio')])}
      />
    </>
  );
}

function Accounts({ view }: { readonly view: ReportView }) {
  const { summary: { fleet }, f: { quantity }, t: { fleet: t } } = view;
  const buckets = bucketsOf(view.data.snapshots, view.data.meta.intervalMs);
  const or = (text: string, value: number | undefined) => (value === undefined ? <Missing /> : text);
  return (
    <>
      {MEASURES.map((measure) => (
        <OverTime key={measure.id} view={view} measure={measure} buckets={buckets} />
      ))}
      <DataTable
        caption={t.caption}
        columns={t.columns.map((title, column) => ({ title, how: column === 0 ? undefined : 'fleet', figure: column > 0 }))}
        rows={fleet.map((server) => [
          server.name,
          or(quantity(server.cpuP95, 'ratio'), server.cpuP95),
          or(quantity(server.memoryMax, 'ratio'), server.memoryMax),
          or(quantity(server.lineInP95Kbps, 'kbit/s'), server.lineInP95Kbps),
          or(quantity(server.lineOutP95Kbps, 'kbit/s'), server.lineOutP95Kbps),
          or(quantity(server.lineUseMax, 'ratio'), server.lineUseMax),
          or(quantity(server.peakParticipants, 'count'), server.peakParticipants),
          t.ofScrapes(server.failedScrapes, server.scrapes),
        ])}
      />
    </>
  );
}

/** Servers are looked at less often than users are measured: what lies between two looks is no gap; a look that failed is. */
const SILENCE_LOOKS = 2.5;

function joined(points: readonly Point[]): readonly Point[] {
  const known = points.filter(({ value }) => value !== undefined);
  const gaps = known.slice(1).map(({ atMs }, index) => atMs - known[index]!.atMs).sort((a, b) => a - b);
  const usualMs = gaps[Math.floor(gaps.length / 2)] ?? 0;
  return known.flatMap((point, index) => {
    const before = known[index - 1];
    return before && point.atMs - before.atMs > SILENCE_LOOKS * usualMs ? [{ atMs: (before.atMs + point.atMs) / 2, value: undefined }, point] : [point];
  });
}

function OverTime({ view: { summary, startOfDayMs, f: { quantity }, t: { fleet: t } }, measure: { id, metric, atLeast }, buckets }: { readonly view: ReportView; readonly measure: Measure; readonly buckets: readonly Bucket[] }) {
  const names = shortNames(summary.fleet.map(({ name }) => name));
  const servers = summary.fleet.map(({ name }, index) => {
    const points = joined(percentileLine(buckets, metric, 95, { server: name }));
    return { name: names[index] ?? '', points, top: highest(points) };
  });
  if (!servers.some(({ points }) => measured(points))) return null;
  // Who has the most to do is what matters; more lines than inks could not be told apart.
  const byTop = servers.toSorted((a, b) => (b.top?.value ?? -1) - (a.top?.value ?? -1));
  const top = byTop[0]!;
  const shown = servers.filter((one) => byTop.slice(0, INKS.length).includes(one));
  const lines = shown.map(({ points }, index) => ({ points, ink: INKS[index]!, dash: DASHES[index % DASHES.length]! }));
  const chart = { lines, durationMs: summary.durationMs, startOfDayMs, format: (value: number) => quantity(value, 'ratio'), atLeast };
  const more = summary.fleet.length > shown.length ? t.highestDrawn(shown.length, summary.fleet.length) : '';
  return (
    <Figure
      id={id}
      title={t.charts[id]}
      how="fleet"
      summary={`${t.top(quantity(top.top?.value, 'ratio'), top.name, top.top === undefined ? undefined : instant(top.top.atMs, startOfDayMs))}${more}`}
      legend={lines.map(({ ink, dash }, index) => ({ label: shown[index]!.name, ink, dash }))}
      svg={lineChart(id, chart, SIZE)}
      narrow={lineChart(`${id}-narrow`, chart, NARROW)}
    />
  );
}
