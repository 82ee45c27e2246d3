import type { Tags, Unit } from '../../metrics/catalogue.js';
import { METRICS } from '../../metrics/catalogue.js';
import { MOS_ASSUMPTIONS } from '../../metrics/mos.js';
import { measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import type { Formats } from '../format.js';
import { titlesIn } from '../metric-titles.js';
import { shortNames } from '../server-names.js';
import { ENOUGH_SAMPLES } from '../witnesses.js';
import { SMALL } from './media.js';
import { DataTable, Figure, Missing, MissingDash, Section } from './parts.js';
import type { HowColumns } from './run-how.js';
import type { ReportView } from './view.js';

const GROUP_HOW: HowColumns = [undefined, 'speech', 'speech', 'speech', 'picture', 'picture', 'picture', 'delivery', 'delivery', 'delivery', 'interruptions', 'interruptions', 'interruptions', 'interruptions'];

/** What people felt beside sound and picture: messages, connections, and one figure for the quality of speech. */
export function Experience({ view }: { readonly view: ReportView }) {
  return (
    <Section id="experience" title={view.t.experience.title} intro={view.t.experience.intro}>
      <div class="pairs">
        <Delivery view={view} />
        <Speech view={view} />
      </div>
      <Groups view={view} />
      <Witnesses view={view} />
    </Section>
  );
}

function Delivery({ view: { total, buckets, spanMs, startOfDayMs, f: { quantity }, t: { experience: t } } }: { readonly view: ReportView }) {
  const lines = [
    { metric: 'chat_delivery', percentile: 50, label: t.lines.chat50, ink: 'c1', dash: 'solid' },
    { metric: 'chat_delivery', percentile: 95, label: t.lines.chat95, ink: 'c2', dash: 'dashed' },
    { metric: 'hand_delivery', percentile: 95, label: t.lines.hand95, ink: 'c3', dash: 'dotted' },
    { metric: 'slide_delivery', percentile: 95, label: t.lines.slide95, ink: 'c4', dash: 'dotted' },
  ] as const;
  const drawn = lines.map((line) => ({ ...line, points: percentileLine(buckets, line.metric, line.percentile) })).filter(({ points }) => measured(points));
  const chat = total.figures('chat_delivery');
  const undelivered = total.figures('chat_undelivered');
  const unshown: Partial<Record<'hand' | 'slide' | 'poll' | 'draw', string>> = {};
  for (const kind of ['hand', 'slide', 'poll', 'draw'] as const) {
    const { rate } = total.figures(`${kind}_undelivered`);
    if (rate !== undefined) unshown[kind] = quantity(rate, 'ratio');
  }
  const sentences = [
    ...(chat.count === 0 ? [] : [t.chat(quantity(chat.p50, 'ms'), quantity(chat.p95, 'ms'), undelivered.rate === undefined ? undefined : quantity(undelivered.rate, 'ratio'))]),
    ...(Object.keys(unshown).length === 0 ? [] : [t.unshown(unshown)]),
  ];
  const text = sentences.join(' ');
  return (
    <Figure
      id="delivery"
      title={t.delivery}
      how="delivery"
      summary={text}
      legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
      svg={drawn.length === 0 ? undefined : lineChart('delivery', { durationMs: spanMs, startOfDayMs, lines: drawn, format: (value) => quantity(value, 'ms'), atLeast: 100 }, SMALL)}
    />
  );
}

function Speech({ view: { total, buckets, spanMs, startOfDayMs, f, t } }: { readonly view: ReportView }) {
  const lines = [
    { percentile: 50, label: t.median, ink: 'c1', dash: 'solid' },
    { percentile: 5, label: t.worst5, ink: 'c2', dash: 'dashed' },
  ] as const;
  const drawn = lines.map((line) => ({ ...line, points: percentileLine(buckets, 'mos', line.percentile) })).filter(({ points }) => measured(points));
  const { baseRating, equipmentImpairment, lossRobustness, packetMs, lookAheadMs, minJitterBufferMs, mixerMs } = MOS_ASSUMPTIONS;
  const figures = total.figures('mos');
  const low = total.aggregate('mos', {}, { of: 'percentile', percentile: 5 });
  const text =
    figures.count === 0
      ? ''
      : t.experience.mos(f.quantity(figures.p50, 'mos'), f.quantity(low, 'mos'), {
          rating: f.number(baseRating, 2),
          ie: f.number(equipmentImpairment, 2),
          bpl: f.number(lossRobustness, 2),
          packet: f.quantity(packetMs, 'ms'),
          lookAhead: f.quantity(lookAheadMs, 'ms'),
          mixer: f.quantity(mixerMs, 'ms'),
          buffer: f.quantity(minJitterBufferMs, 'ms'),
        });
  return (
    <Figure
      id="mos"
      title={t.experience.speech}
      how="speech"
      summary={text}
      legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
      svg={drawn.length === 0 ? undefined : lineChart('mos', { durationMs: spanMs, startOfDayMs, lines: drawn, format: (value) => f.quantity(value, 'mos'), atLeast: 4.5 }, SMALL)}
    />
  );
}

const MAX_SERVERS = 50;

function Groups({ view: { total, summary, f: { quantity, whole }, t: { experience: t, groups: names } } }: { readonly view: ReportView }) {
  const servers = summary.servers.slice(0, MAX_SERVERS).map(({ name }) => name);
  const short = shortNames(servers);
  const groups: readonly (readonly [string, Tags])[] = [
    [t.everyone, {}],
    ...['teacher', 'pupil'].map((role) => [names[role] ?? role, { role }] as const),
    ...['browser', 'native'].map((kind) => [names[kind] ?? kind, { kind }] as const),
    ...servers.map((server, index) => [short[index] ?? server, { server }] as const),
  ];
  // Said only where it happened: the table is wide.
  const mediaLost = (total.figures('errors', { code: 'MEDIA_INTERRUPTED' }).sum ?? 0) > 0;
  return (
    <DataTable
      caption={t.caption}
      dashes
      columns={[...t.columns, ...(mediaLost ? t.mediaColumns : [])].map((title, column) => ({ title, how: GROUP_HOW[column], figure: column > 0 }))}
      rows={groups
        .filter(([, tags]) => total.figures('users_started', tags).count + total.figures('join_time', tags).count > 0)
        .map(([name, tags]) => {
          const cell = (metric: 'mos' | 'audio_concealed' | 'video_freeze_ratio' | 'video_height' | 'chat_delivery' | 'hand_delivery' | 'slide_delivery' | 'reconnect_time' | 'media_reconnect_time', percentile: number) => {
            const value = total.aggregate(metric, tags, { of: 'percentile', percentile });
            return value === undefined ? <MissingDash /> : quantity(value, METRICS[metric].unit);
          };
          const freezes = total.figures('video_freezes', tags);
          return [
            name,
            cell('mos', 50),
            cell('mos', 5),
            cell('audio_concealed', 95),
            cell('video_freeze_ratio', 95),
            freezes.count === 0 ? <MissingDash /> : whole(freezes.sum ?? 0),
            cell('video_height', 50),
            cell('chat_delivery', 95),
            cell('hand_delivery', 95),
            cell('slide_delivery', 95),
            whole(total.figures('errors', { ...tags, code: 'CONNECTION_INTERRUPTED' }).sum ?? 0),
            cell('reconnect_time', 95),
            ...(mediaLost ? [whole(total.figures('errors', { ...tags, code: 'MEDIA_INTERRUPTED' }).sum ?? 0), cell('media_reconnect_time', 95)] : []),
          ];
        })}
      empty={t.empty}
    />
  );
}

/** Real browsers and native users on the same thing: whether the crowd can be believed. */
function Witnesses({ view: { summary, lang, f, t: { experience: t } } }: { readonly view: ReportView }) {
  return (
    <>
      <h3 id="witnesses">{t.witnesses}</h3>
      <p>{t.witnessesIntro(ENOUGH_SAMPLES)}</p>
      <DataTable
        caption={t.witnessesCaption}
        quiet
        columns={t.witnessColumns.map((title, column) => ({ title, how: column === 0 ? undefined : 'witnesses', figure: column > 0 }))}
        rows={summary.witnesses.map(({ metric, unit, browserP50, nativeP50, difference, browserCount, nativeCount }) => [
          titlesIn(lang)[metric],
          browserP50 === undefined ? <Missing /> : f.quantity(browserP50, unit),
          nativeP50 === undefined ? <Missing /> : f.quantity(nativeP50, unit),
          difference === undefined ? <span class="missing">{t.tooFew}</span> : signed(difference, unit, f, t.noDifference),
          f.whole(browserCount),
          f.whole(nativeCount),
        ])}
        empty={t.noWitnesses}
      />
    </>
  );
}

function signed(value: number, unit: Unit, f: Formats, none: string): string {
  const text = f.quantity(Math.abs(value), unit);
  return text === f.quantity(0, unit) ? none : `${value < 0 ? '−' : '+'}${text}`;
}
