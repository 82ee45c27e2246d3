import type { Summary, VerdictWord } from '../summary.js';
import { headline, leadSentences, reasonsOf, simulatorNote, titleOf } from '../words/words.js';
import type { RunWords } from '../words/run-en.js';
import type { RunHowKey } from '../words/run-how-en.js';
import { hostOf } from './hosts.js';
import { How } from './run-how.js';
import type { ReportView } from './view.js';

/** Head of the page: what a school board reads, if it reads nothing else. */
export function VerdictHead({ view }: { readonly view: ReportView }) {
  const { summary, lang, f, t } = view;
  const { target, recording } = summary;
  return (
    <header class={`head ${summary.verdict}`}>
      <p class="masthead">
        <span class="brand">Firstbell</span> {t.masthead}
      </p>
      <p class="word">
        <Mark verdict={summary.verdict} />
        {titleOf(summary, lang)}
      </p>
      <h1>{headline(summary, lang)}</h1>
      <p class="lead">{leadSentences(summary, lang).join(' ')}</p>
      {summary.reasons.length > 0 ? (
        <ul class="reasons" aria-label={t.reasons}>
          {reasonsOf(summary, lang).map(({ text, translated }) => (
            <li key={text} lang={translated ? undefined : 'en'}>
              {text}
            </li>
          ))}
        </ul>
      ) : null}
      {target.kind === 'simulator' ? <p class="note">{simulatorNote(lang)}</p> : null}
      {recording.missingIntervals + recording.unreadableLines > 0 ? <p class="note">{t.incomplete(recording.missingIntervals, recording.unreadableLines)}</p> : null}
      <dl class="facts">
        <Fact term={t.facts.scenario} text={summary.scenario} />
        <Fact term={t.facts.target} text={target.kind === 'simulator' ? t.facts.simulator : hostOf(target.url)} />
        <Fact term={t.facts.started} text={f.dateTime(summary.startedAt)} />
        <Fact term={t.facts.lasted} text={f.duration(summary.durationMs)} />
      </dl>
    </header>
  );
}

function Fact({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** Shape as well as colour tells the verdicts apart. */
function Mark({ verdict }: { readonly verdict: VerdictWord }) {
  const path = verdict === 'held' ? 'M6 12.5l4 4 8-9' : verdict === 'broken' ? 'M7 7l10 10M17 7L7 17' : 'M12 6v7.5M12 17v.5';
  return (
    <svg class="mark" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false">
      <circle cx="12" cy="12" r="12" fill="var(--verdict)" />
      <path d={path} fill="none" stroke="var(--surface)" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

interface Tile {
  readonly how: RunHowKey;
  readonly name: string;
  readonly value: string;
  /** Said after the value in small: `of 300`. */
  readonly of?: string;
  readonly note: string;
  readonly bad?: boolean;
}

/** The key figures. */
export function Tiles({ view }: { readonly view: ReportView }) {
  return (
    <dl class="tiles">
      {tilesOf(view).map(({ how, name, value, of, note, bad }) => (
        <div key={name} class={bad ? 'tile bad' : 'tile'}>
          <dt>{name}</dt>
          <dd class={value === view.f.notMeasured ? 'value missing' : 'value'}>
            <How to={how}>{value}</How>
            {of === undefined ? null : <span class="of"> {of}</span>}
          </dd>
          <dd class="small">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function joinedNote({ planned, joined, failed }: Summary['users'], { tiles }: RunWords): string {
  if (failed > 0) return tiles.didNotGetIn(failed);
  return joined === planned ? tiles.nobodyKeptOut : tiles.notYetIn(planned - joined);
}

function meetingsNote({ created, leftOpen }: Summary['meetings'], { tiles }: RunWords): string {
  if (created === 0) return tiles.noMeeting;
  return leftOpen > 0 ? tiles.leftOpen(leftOpen) : tiles.allEnded;
}

function tilesOf({ summary: { users, meetings, servers, metrics }, f, t }: ReportView): readonly Tile[] {
  const { tiles } = t;
  const join = metrics.join_time;
  const busiest = servers.reduce<(typeof servers)[number] | undefined>((top, server) => (top === undefined || server.peakUsers > top.peakUsers ? server : top), undefined);
  return [
    { how: 'joined', name: tiles.joined, value: f.whole(users.joined), of: t.of(users.planned), note: joinedNote(users, t), bad: users.failed > 0 },
    { how: 'join', name: tiles.joinTime, value: f.quantity(join?.p95, 'ms'), note: join?.p50 === undefined ? tiles.nobodyJoined : tiles.joinNote(f.quantity(join.p50, 'ms')) },
    { how: 'atOnce', name: tiles.atOnce, value: f.whole(users.peakConcurrent), note: tiles.atOnceNote },
    { how: 'meetings', name: tiles.meetings, value: f.whole(meetings.created), of: t.of(meetings.planned), note: meetingsNote(meetings, t), bad: meetings.leftOpen > 0 },
    { how: 'servers', name: tiles.servers, value: f.whole(servers.length), note: busiest === undefined ? tiles.noServer : tiles.busiest(busiest.peakUsers) },
    { how: 'lost', name: tiles.lost, value: f.whole(users.lost), note: users.lost > 0 ? tiles.lostNote : users.joined === 0 ? tiles.nobodyIn : tiles.nobodyLost, bad: users.lost > 0 },
  ];
}
