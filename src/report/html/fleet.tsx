import type { MetricName } from '../../metrics/catalogue.js';
import { bucketsOf, highest, measured, percentileLine, type Bucket, type Point } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { counted, instant, quantity, whole } from '../format.js';
import { shortNames } from '../server-names.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

const INKS: readonly Ink[] = ['c1', 'c2', 'c3', 'c4', 'c6', 'c5'];
const SIZE = { width: 900, height: 220 };
const NARROW = { width: 440, height: 220 };
const DASHES = ['solid', 'dashed', 'dotted'] as const;

interface Measure {
  readonly id: string;
  readonly title: string;
  readonly metric: MetricName;
  readonly atLeast: number;
}

const MEASURES: readonly Measure[] = [
  { id: 'fleet-cpu', title: 'CPU of the servers', metric: 'server_cpu', atLeast: 0.1 },
  { id: 'fleet-line', title: 'Lines of the servers in use', metric: 'server_line_use', atLeast: 0.01 },
];

/** How the first lesson was spread, and how servers were doing by their own account, over the time axis of the users' charts. */
export function Fleet({ view }: { readonly view: ReportView }) {
  const { fleet } = view.summary;
  return (
    <Section id="fleet" title="What the servers said" intro={introOf(view)}>
      <Spread view={view} />
      {fleet.length === 0 ? null : <Accounts view={view} />}
    </Section>
  );
}

function introOf({ summary: { fleet }, data: { plan } }: ReportView): string {
  if (fleet.length === 0) return 'The servers were not asked how they were doing, so this run says only what users felt. Name their exporters with --scrape to see both side by side.';
  return `${counted(fleet.length, 'server')} told how they were doing while users were on them. A line is held against ${quantity(plan.fleet.lineMbps * 1_000, 'kbit/s')} each way.`;
}

function Spread({ view: { summary, startOfDayMs } }: { readonly view: ReportView }) {
  const { spread } = summary;
  if (spread === undefined) return <p class="nothing">Nobody got in, so nothing was spread.</p>;
  const names = shortNames(spread.servers.map(({ name }) => name));
  return (
    <>
      <h3>How the first lesson was spread</h3>
      <p>
        At {instant(spread.atMs, startOfDayMs)}, {counted(spread.users, 'user')} were in {counted(spread.meetings, 'meeting')} of the first lesson, on {counted(spread.servers.length, 'server')} of {whole(spread.fleetServers)}. The
        fullest, {names[0]}, had {quantity(spread.largestShare, 'ratio')} of them: {quantity(spread.largestOverMean, 'count', 1)} times what an even spread gives each server.
      </p>
      <DataTable
        caption="Users and meetings of the first lesson by server"
        columns={['Server', 'Users', 'Meetings', 'Share of the users'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={spread.servers.map(({ users, meetings }, index) => [names[index] ?? '', whole(users), whole(meetings), quantity(users / spread.users, 'ratio')])}
      />
    </>
  );
}

function Accounts({ view }: { readonly view: ReportView }) {
  const { fleet } = view.summary;
  const buckets = bucketsOf(view.data.snapshots, view.data.meta.intervalMs);
  const or = (text: string, value: number | undefined) => (value === undefined ? <Missing /> : text);
  return (
    <>
      {MEASURES.map((measure) => (
        <OverTime key={measure.id} view={view} measure={measure} buckets={buckets} />
      ))}
      <DataTable
        caption="Servers by their own account"
        columns={['Server', 'CPU, p95', 'Memory, most', 'Received, p95', 'Sent, p95', 'Line in use, most', 'Users, most', 'Scrapes without answer'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={fleet.map((server) => [
          server.name,
          or(quantity(server.cpuP95, 'ratio'), server.cpuP95),
          or(quantity(server.memoryMax, 'ratio'), server.memoryMax),
          or(quantity(server.lineInP95Kbps, 'kbit/s'), server.lineInP95Kbps),
          or(quantity(server.lineOutP95Kbps, 'kbit/s'), server.lineOutP95Kbps),
          or(quantity(server.lineUseMax, 'ratio'), server.lineUseMax),
          or(whole(server.peakParticipants ?? 0), server.peakParticipants),
          `${whole(server.failedScrapes)} of ${whole(server.scrapes)}`,
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

function OverTime({ view: { summary, startOfDayMs }, measure: { id, title, metric, atLeast }, buckets }: { readonly view: ReportView; readonly measure: Measure; readonly buckets: readonly Bucket[] }) {
  const names = shortNames(summary.fleet.map(({ name }) => name));
  const shown = summary.fleet.slice(0, INKS.length);
  const lines = shown.map(({ name }, index) => ({ points: joined(percentileLine(buckets, metric, 95, { server: name })), ink: INKS[index]!, dash: DASHES[index % DASHES.length]! }));
  const some = lines.some(({ points }) => measured(points));
  if (!some) return null;
  const top = lines.map(({ points }, index) => ({ name: names[index] ?? '', top: highest(points) })).reduce((most, one) => ((one.top?.value ?? -1) > (most.top?.value ?? -1) ? one : most));
  const chart = { lines, durationMs: summary.durationMs, startOfDayMs, format: (value: number) => quantity(value, 'ratio'), atLeast };
  const more = summary.fleet.length > shown.length ? ` The first ${whole(shown.length)} of ${whole(summary.fleet.length)} are drawn.` : '';
  return (
    <Figure
      id={id}
      title={title}
      summary={`At most ${quantity(top.top?.value, 'ratio')}, on ${top.name}${top.top === undefined ? '' : ` at ${instant(top.top.atMs, startOfDayMs)}`}.${more}`}
      legend={lines.map(({ ink, dash }, index) => ({ label: names[index] ?? '', ink, dash }))}
      svg={lineChart(id, chart, SIZE)}
      narrow={lineChart(`${id}-narrow`, chart, NARROW)}
    />
  );
}
