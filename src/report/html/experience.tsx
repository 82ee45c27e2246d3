import type { Tags } from '../../metrics/catalogue.js';
import { METRICS } from '../../metrics/catalogue.js';
import { MOS_ASSUMPTIONS } from '../../metrics/mos.js';
import { measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { quantity, whole } from '../format.js';
import { METRIC_TITLES } from '../metric-titles.js';
import { shortNames } from '../server-names.js';
import { ENOUGH_SAMPLES } from '../witnesses.js';
import { SMALL } from './media.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** What people felt beside sound and picture: messages, connections, and one figure for the quality of speech. */
export function Experience({ view }: { readonly view: ReportView }) {
  return (
    <Section id="experience" title="What people felt" intro="How soon a message, a raised hand or the next slide reached the others, how good speech was, and how often the connection broke; by server, role and kind of user.">
      <div class="pairs">
        <Delivery view={view} />
        <Speech view={view} />
      </div>
      <Groups view={view} />
      <Witnesses view={view} />
    </Section>
  );
}

function Delivery({ view: { total, buckets, spanMs, startOfDayMs } }: { readonly view: ReportView }) {
  const lines = [
    { metric: 'chat_delivery', percentile: 50, label: 'Chat, median', ink: 'c1', dash: 'solid' },
    { metric: 'chat_delivery', percentile: 95, label: 'Chat, 95th percentile', ink: 'c2', dash: 'dashed' },
    { metric: 'hand_delivery', percentile: 95, label: 'Hand, 95th percentile', ink: 'c3', dash: 'dotted' },
    { metric: 'slide_delivery', percentile: 95, label: 'Slide, 95th percentile', ink: 'c4', dash: 'dotted' },
  ] as const;
  const drawn = lines.map((line) => ({ ...line, points: percentileLine(buckets, line.metric, line.percentile) })).filter(({ points }) => measured(points));
  const chat = total.figures('chat_delivery');
  const undelivered = total.figures('chat_undelivered');
  const text = chat.count === 0 ? '' : `Half of the chat messages reached a reader within ${quantity(chat.p50, 'ms')}, 95 of 100 within ${quantity(chat.p95, 'ms')}; ${quantity(undelivered.rate, 'ratio')} did not arrive within 30 s. Counted from when the writer meant to send.`;
  return (
    <Figure
      id="delivery"
      title="From one user to the others"
      summary={text}
      legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
      svg={drawn.length === 0 ? undefined : lineChart('delivery', { durationMs: spanMs, startOfDayMs, lines: drawn, format: (value) => quantity(value, 'ms'), atLeast: 100 }, SMALL)}
    />
  );
}

function Speech({ view: { total, buckets, spanMs, startOfDayMs } }: { readonly view: ReportView }) {
  const lines = [
    { percentile: 50, label: 'Median', ink: 'c1', dash: 'solid' },
    { percentile: 5, label: 'Worst 5 of 100', ink: 'c2', dash: 'dashed' },
  ] as const;
  const drawn = lines.map((line) => ({ ...line, points: percentileLine(buckets, 'mos', line.percentile) })).filter(({ points }) => measured(points));
  const { baseRating, equipmentImpairment, lossRobustness, packetMs, lookAheadMs, minJitterBufferMs, mixerMs } = MOS_ASSUMPTIONS;
  const figures = total.figures('mos');
  const low = total.aggregate('mos', {}, { of: 'percentile', percentile: 5 });
  const text =
    figures.count === 0
      ? ''
      : `1 is bad, 4.4 the best possible. Median ${quantity(figures.p50, 'mos')}; 95 of 100 at or above ${quantity(low, 'mos')}. An estimate to compare runs by (E-model of ITU-T G.107): rating ${baseRating} less delay and loss, Opus taken with Ie ${equipmentImpairment} and Bpl ${lossRobustness} (not standardised); delay is the round trip, the speaker being taken to be as far from the server as the listener, ${quantity(packetMs, 'ms')} packet, ${quantity(lookAheadMs, 'ms')} look-ahead, ${quantity(mixerMs, 'ms')} mixing and a jitter buffer of twice the jitter, ${quantity(minJitterBufferMs, 'ms')} at least. Users who only listen count the round trip of a request.`;
  return (
    <Figure
      id="mos"
      title="Estimated quality of speech"
      summary={text}
      legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
      svg={drawn.length === 0 ? undefined : lineChart('mos', { durationMs: spanMs, startOfDayMs, lines: drawn, format: (value) => quantity(value, 'mos'), atLeast: 4.5 }, SMALL)}
    />
  );
}

const MAX_SERVERS = 50;

function Groups({ view: { total, summary } }: { readonly view: ReportView }) {
  const servers = summary.servers.slice(0, MAX_SERVERS).map(({ name }) => name);
  const short = shortNames(servers);
  const groups: readonly (readonly [string, Tags])[] = [
    ['Everyone', {}],
    ['Teachers', { role: 'teacher' }],
    ['Pupils', { role: 'pupil' }],
    ['Real browsers', { kind: 'browser' }],
    ['Native users', { kind: 'native' }],
    ...servers.map((server, index) => [short[index] ?? server, { server }] as const),
  ];
  // Said only where it happened: the table is wide.
  const mediaLost = (total.figures('errors', { code: 'MEDIA_INTERRUPTED' }).sum ?? 0) > 0;
  return (
    <DataTable
      caption="What people felt, by role, kind and server"
      columns={['Users', 'Speech, median', 'Speech, worst 5 %', 'Sound made up, p95', 'Video stood still, p95', 'Freezes', 'Height, median', 'Chat, p95', 'Hand, p95', 'Slide, p95', 'Interruptions', 'Back within, p95', ...(mediaLost ? ['Media lost', 'Media back within, p95'] : [])].map((title, column) => ({ title, figure: column > 0 }))}
      rows={groups
        .filter(([, tags]) => total.figures('users_started', tags).count + total.figures('join_time', tags).count > 0)
        .map(([name, tags]) => {
          const cell = (metric: 'mos' | 'audio_concealed' | 'video_freeze_ratio' | 'video_height' | 'chat_delivery' | 'hand_delivery' | 'slide_delivery' | 'reconnect_time' | 'media_reconnect_time', percentile: number) => {
            const value = total.aggregate(metric, tags, { of: 'percentile', percentile });
            return value === undefined ? '–' : quantity(value, METRICS[metric].unit);
          };
          return [
            name,
            cell('mos', 50),
            cell('mos', 5),
            cell('audio_concealed', 95),
            cell('video_freeze_ratio', 95),
            whole(total.figures('video_freezes', tags).sum ?? 0),
            cell('video_height', 50),
            cell('chat_delivery', 95),
            cell('hand_delivery', 95),
            cell('slide_delivery', 95),
            whole(total.figures('errors', { ...tags, code: 'CONNECTION_INTERRUPTED' }).sum ?? 0),
            cell('reconnect_time', 95),
            ...(mediaLost ? [whole(total.figures('errors', { ...tags, code: 'MEDIA_INTERRUPTED' }).sum ?? 0), cell('media_reconnect_time', 95)] : []),
          ];
        })}
      empty="Nobody started."
    />
  );
}

/** Real browsers and native users on the same thing: whether the crowd can be believed. */
function Witnesses({ view: { summary } }: { readonly view: ReportView }) {
  return (
    <>
      <h3 id="witnesses">Do the native users see what browsers see?</h3>
      <p>Medians of both in the meetings that have both. A difference is the crowd's median less that of the real browsers; below {ENOUGH_SAMPLES} samples of either nothing is concluded.</p>
      <DataTable
        caption="Browser and native users in the same meetings"
        quiet
        columns={['Measured', 'Browsers, median', 'Native, median', 'Difference', 'Samples, browsers', 'Samples, native'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={summary.witnesses.map(({ metric, unit, browserP50, nativeP50, difference, browserCount, nativeCount }) => [
          METRIC_TITLES[metric],
          browserP50 === undefined ? <Missing /> : quantity(browserP50, unit),
          nativeP50 === undefined ? <Missing /> : quantity(nativeP50, unit),
          difference === undefined ? <span class="missing">too few</span> : signed(difference, unit),
          whole(browserCount),
          whole(nativeCount),
        ])}
        empty="No meeting had both kinds of users."
      />
    </>
  );
}

function signed(value: number, unit: Parameters<typeof quantity>[1]): string {
  return value === 0 ? 'none' : `${value < 0 ? '−' : '+'}${quantity(Math.abs(value), unit)}`;
}
