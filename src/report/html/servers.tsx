import { namedBars, type NamedBars } from '../charts/bar-chart.js';
import { failedUnplaced } from '../count-servers.js';
import type { Formats } from '../format.js';
import { shortNames } from '../server-names.js';
import type { ServerSummary } from '../summary.js';
import type { RunHowKey } from '../words/run-how-en.js';
import type { RunWords } from '../words/run-en.js';
import { Multiples } from './multiples.js';
import { DataTable, Figure, Section } from './parts.js';
import type { HowColumns } from './run-how.js';
import type { ReportView } from './view.js';

/** Bars beyond these would fill pages; the table has all. */
const MAX_BARS = 24;
const WIDTH = 440;

interface ServerMeasure {
  readonly id: keyof RunWords['servers']['charts'];
  readonly how: RunHowKey;
  readonly ink: NamedBars['ink'];
  readonly of: (server: ServerSummary) => number | undefined;
  readonly format: (value: number | undefined, f: Formats) => string;
}

const MEASURES: readonly ServerMeasure[] = [
  { id: 'server-users', how: 'servers', ink: 'c1', of: ({ peakUsers }) => peakUsers, format: (value, f) => f.quantity(value, 'count') },
  { id: 'server-join', how: 'join', ink: 'c2', of: ({ joinTimeP95Ms }) => joinTimeP95Ms, format: (value, f) => f.quantity(value, 'ms') },
  { id: 'server-rtt', how: 'network', ink: 'c4', of: ({ rttP95Ms }) => rttP95Ms, format: (value, f) => f.quantity(value, 'ms') },
  { id: 'server-loss', how: 'packets', ink: 'c3', of: ({ audioLossP95 }) => audioLossP95, format: (value, f) => f.quantity(value, 'ratio') },
];

const COLUMN_HOW: HowColumns = [undefined, 'servers', 'servers', 'servers', 'servers', 'servers', 'join', 'network', 'packets', 'picture', 'speech', 'delivery', 'interruptions', 'interruptions'];

export function Servers({ view }: { readonly view: ReportView }) {
  const { summary, f, t } = view;
  const { servers } = summary;
  const { quantity, whole } = f;
  // In so many columns there is no room for words.
  const orMissing = (text: string) => (text === f.notMeasured ? '–' : text);
  const shown = servers.slice(0, MAX_BARS);
  return (
    <Section id="servers" title={t.servers.title} intro={introOf(view)}>
      {servers.length === 0 ? null : (
        <div class="pairs">
          {MEASURES.map((measure) => (
            <Figure
              key={measure.id}
              id={measure.id}
              title={t.servers.charts[measure.id]}
              how={measure.how}
              summary={summaryOf(measure, view)}
              svg={
                shown.some((server) => measure.of(server) !== undefined)
                  ? namedBars(measure.id, { names: shortNames(shown.map(({ name }) => name)), values: shown.map(measure.of), ink: measure.ink, format: (value) => measure.format(value, f) }, WIDTH)
                  : undefined
              }
            />
          ))}
        </div>
      )}
      <Multiples view={view} />
      <DataTable
        caption={t.servers.caption}
        dashes
        columns={t.servers.columns.map((title, column) => ({ title, how: COLUMN_HOW[column], figure: column > 0 }))}
        rows={[
          ...servers.map((server) => [
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
          ]),
          ...unplaced(view),
        ]}
        empty={t.noServer}
      />
    </Section>
  );
}

/** The row of those who did not get in and of whom no server is known; none where there are none. */
function unplaced({ summary, f, t: { servers: t } }: ReportView): readonly (readonly string[])[] {
  const failed = failedUnplaced(summary);
  return failed === 0 ? [] : [t.columns.map((_, column) => (column === 0 ? t.unknown : column === FAILED_COLUMN ? f.whole(failed) : '–'))];
}

const FAILED_COLUMN = 4;

function introOf({ summary: { servers }, t: { servers: t } }: ReportView): string {
  return servers.length === 0 ? t.nobody : `${t.intro(servers.length)}${servers.length > MAX_BARS ? t.firstOf(MAX_BARS, servers.length) : ''}`;
}

function summaryOf({ of, format }: ServerMeasure, { summary: { servers }, f, t: { servers: t } }: ReportView): string {
  const short = shortNames(servers.map(({ name }) => name));
  const known = servers.flatMap((server, index) => {
    const value = of(server);
    return value === undefined ? [] : [{ name: short[index] ?? server.name, value }];
  });
  if (known.length === 0) return '';
  const most = known.reduce((top, one) => (one.value > top.value ? one : top));
  const least = known.reduce((low, one) => (one.value < low.value ? one : low));
  if (known.length === 1) return t.one(format(most.value, f), most.name);
  if (format(most.value, f) === format(least.value, f)) return t.same(format(most.value, f), known.length === servers.length);
  return t.range(format(least.value, f), least.name, format(most.value, f), most.name);
}
