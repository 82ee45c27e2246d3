import { namedBars, type NamedBars } from '../charts/bar-chart.js';
import { counted, NOT_MEASURED, quantity, whole } from '../format.js';
import { shortNames } from '../server-names.js';
import type { ServerSummary } from '../summary.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** Bars beyond these would fill pages; the table has all. */
const MAX_BARS = 24;
const WIDTH = 440;

interface ServerMeasure {
  readonly id: string;
  readonly title: string;
  readonly ink: NamedBars['ink'];
  readonly of: (server: ServerSummary) => number | undefined;
  readonly format: (value: number | undefined) => string;
}

const MEASURES: readonly ServerMeasure[] = [
  { id: 'server-users', title: 'Users at the same time', ink: 'c1', of: ({ peakUsers }) => peakUsers, format: (value) => whole(value ?? 0) },
  { id: 'server-join', title: 'Time to join, 95th percentile', ink: 'c2', of: ({ joinTimeP95Ms }) => joinTimeP95Ms, format: (value) => quantity(value, 'ms') },
  { id: 'server-rtt', title: 'Round trip, 95th percentile', ink: 'c4', of: ({ rttP95Ms }) => rttP95Ms, format: (value) => quantity(value, 'ms') },
  { id: 'server-loss', title: 'Lost packets of sound, 95th percentile', ink: 'c3', of: ({ audioLossP95 }) => audioLossP95, format: (value) => quantity(value, 'ratio') },
];

export function Servers({ view: { summary } }: { readonly view: ReportView }) {
  const { servers } = summary;
  const shown = servers.slice(0, MAX_BARS);
  return (
    <Section id="servers" title="Server by server" intro={introOf(servers)}>
      {servers.length === 0 ? null : (
        <div class="pairs">
          {MEASURES.map((measure) => (
            <Figure
              key={measure.id}
              id={measure.id}
              title={measure.title}
              summary={summaryOf(measure, servers)}
              svg={
                shown.some((server) => measure.of(server) !== undefined)
                  ? namedBars(measure.id, { names: shortNames(shown.map(({ name }) => name)), values: shown.map(measure.of), ink: measure.ink, format: measure.format }, WIDTH)
                  : undefined
              }
            />
          ))}
        </div>
      )}
      <DataTable
        caption="Servers"
        columns={['Server', 'Meetings', 'Users at once', 'Joined', 'Failed', 'Lost', 'Join, p95', 'Round trip, p95', 'Sound lost, p95', 'Video, median', 'Speech, median', 'Chat, p95', 'Interruptions', 'Back within, p95'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={servers.map((server) => [
          server.name,
          ...[server.meetings, server.peakUsers, server.joined, server.failed, server.lost].map(whole),
          orMissing(quantity(server.joinTimeP95Ms, 'ms')),
          orMissing(quantity(server.rttP95Ms, 'ms')),
          orMissing(quantity(server.audioLossP95, 'ratio')),
          orMissing(quantity(server.videoFpsP50, 'fps')),
          orMissing(quantity(server.mosP50, 'mos')),
          orMissing(quantity(server.chatDeliveryP95Ms, 'ms')),
          whole(server.interruptions),
          server.interruptions === 0 ? '–' : orMissing(quantity(server.reconnectTimeP95Ms, 'ms')),
        ])}
        empty="No user was sent to a server."
      />
    </Section>
  );
}

function orMissing(text: string) {
  return text === NOT_MEASURED ? <Missing /> : text;
}

function introOf(servers: readonly ServerSummary[]): string {
  if (servers.length === 0) return 'Nobody was sent to a server, so nothing can be said about them.';
  const more = servers.length > MAX_BARS ? ` The charts show the first ${whole(MAX_BARS)} of ${whole(servers.length)}.` : '';
  return `The load balancer sent users to ${counted(servers.length, 'server')}. A server that stands out here is the one to look at.${more}`;
}

function summaryOf({ of, format }: ServerMeasure, servers: readonly ServerSummary[]): string {
  const short = shortNames(servers.map(({ name }) => name));
  const known = servers.flatMap((server, index) => {
    const value = of(server);
    return value === undefined ? [] : [{ name: short[index] ?? server.name, value }];
  });
  if (known.length === 0) return '';
  const most = known.reduce((top, one) => (one.value > top.value ? one : top));
  const least = known.reduce((low, one) => (one.value < low.value ? one : low));
  if (known.length === 1) return `${format(most.value)} on ${most.name}.`;
  if (format(most.value) === format(least.value)) return `${format(most.value)} on every server${known.length < servers.length ? ' that was measured' : ''}.`;
  return `From ${format(least.value)} on ${least.name} to ${format(most.value)} on ${most.name}.`;
}
