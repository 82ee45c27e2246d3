import { counted, dateTime, duration, NOT_MEASURED, quantity, whole } from '../format.js';
import type { Summary, VerdictWord } from '../summary.js';
import { headline, leadSentences, SIMULATOR_NOTE, VERDICT_TITLES } from '../words.js';
import { hostOf } from './hosts.js';
import type { ReportView } from './view.js';

/** Head of the page: what a school board reads, if it reads nothing else. */
export function VerdictHead({ view }: { readonly view: ReportView }) {
  const { summary } = view;
  const { target } = summary;
  return (
    <header class={`head ${summary.verdict}`}>
      <p class="masthead">
        <span class="brand">Firstbell</span> Load test report
      </p>
      <p class="word">
        <Mark verdict={summary.verdict} />
        {VERDICT_TITLES[summary.verdict]}
      </p>
      <h1>{headline(summary)}</h1>
      <p class="lead">{leadSentences(summary).join(' ')}</p>
      {summary.reasons.length > 0 ? (
        <ul class="reasons" aria-label="Reasons for the verdict">
          {summary.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      ) : null}
      {target.kind === 'simulator' ? <p class="note">{SIMULATOR_NOTE}</p> : null}
      {summary.recording.missingIntervals + summary.recording.unreadableLines > 0 ? <p class="note">{incomplete(summary)}</p> : null}
      <dl class="facts">
        <Fact term="Scenario" text={summary.scenario} />
        <Fact term="Target" text={target.kind === 'simulator' ? 'Bundled simulator' : hostOf(target.url)} />
        <Fact term="Started" text={dateTime(summary.startedAt)} />
        <Fact term="Lasted" text={duration(summary.durationMs)} />
      </dl>
    </header>
  );
}

function incomplete({ recording: { missingIntervals, unreadableLines } }: Summary): string {
  const parts = [
    ...(missingIntervals > 0 ? [`${counted(missingIntervals, 'measuring interval')} ${missingIntervals === 1 ? 'is' : 'are'} missing`] : []),
    ...(unreadableLines > 0 ? [`${counted(unreadableLines, 'line')} of the run folder could not be read`] : []),
  ];
  return `The recording is incomplete: ${parts.join(', and ')}.`;
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
  readonly name: string;
  readonly value: string;
  /** Said after the value in small: `of 300`. */
  readonly of?: string;
  readonly note: string;
  readonly bad?: boolean;
}

/** The key figures. */
export function Tiles({ view: { summary } }: { readonly view: ReportView }) {
  return (
    <dl class="tiles">
      {tilesOf(summary).map(({ name, value, of, note, bad }) => (
        <div key={name} class={bad ? 'tile bad' : 'tile'}>
          <dt>{name}</dt>
          <dd class={value === NOT_MEASURED ? 'value missing' : 'value'}>
            {value}
            {of === undefined ? null : <span class="of"> {of}</span>}
          </dd>
          <dd class="small">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function joinedNote({ planned, joined, failed }: Summary['users']): string {
  if (failed > 0) return `${whole(failed)} did not get in`;
  return joined === planned ? 'nobody was kept out' : `${whole(planned - joined)} had not joined by the end`;
}

function meetingsNote({ created, leftOpen }: Summary['meetings']): string {
  if (created === 0) return 'none was created';
  return leftOpen > 0 ? `${whole(leftOpen)} left open; “firstbell cleanup” ends them` : 'created, and all ended again';
}

function tilesOf({ users, meetings, servers, metrics }: Summary): readonly Tile[] {
  const join = metrics.join_time;
  const busiest = servers.reduce<(typeof servers)[number] | undefined>((top, server) => (top === undefined || server.peakUsers > top.peakUsers ? server : top), undefined);
  return [
    { name: 'Users joined', value: whole(users.joined), of: `of ${whole(users.planned)}`, note: joinedNote(users), bad: users.failed > 0 },
    { name: 'Time to join', value: quantity(join?.p95, 'ms'), note: join?.p50 === undefined ? 'nobody joined' : `for 95 of 100 users; half within ${quantity(join.p50, 'ms')}` },
    { name: 'At the same time', value: whole(users.peakConcurrent), note: 'users in meetings at the peak' },
    { name: 'Meetings', value: whole(meetings.created), of: `of ${whole(meetings.planned)}`, note: meetingsNote(meetings), bad: meetings.leftOpen > 0 },
    { name: 'Servers', value: whole(servers.length), note: busiest === undefined ? 'nobody was sent to one' : `at most ${counted(busiest.peakUsers, 'user')} on one` },
    { name: 'Lost the meeting', value: whole(users.lost), note: users.lost > 0 ? 'were in, and out before it was time' : users.joined === 0 ? 'nobody was in' : 'nobody was out before it was time', bad: users.lost > 0 },
  ];
}
