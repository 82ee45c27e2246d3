import { useRef, useState } from 'preact/hooks';
import { counted, duration, quantity, whole } from '../../format.js';
import type { BoardServer, BoardState } from '../../live-board.js';
import { sparkPath, usersAt } from '../../live-course.js';
import type { HistoryPoint } from '../../live-history.js';
import { shortNames } from '../../server-names.js';
import type { Hello } from '../wire.js';
import { Chart } from './chart.js';

export interface View {
  readonly hello: Hello;
  readonly state: BoardState;
  readonly points: readonly HistoryPoint[];
  readonly connected: boolean;
}

interface AppProps {
  readonly view: View;
  readonly query: string;
  readonly stop: Ask;
}

export type StopWish = 'stop' | 'end';
/** Resolves with whether it was heard. */
export type Ask = (how: StopWish) => Promise<boolean>;

export function App({ view, query, stop }: AppProps) {
  const { hello, state } = view;
  return (
    <>
      <header>
        <div>
          <p class="kicker">
            Firstbell · {hello.run}
            {hello.step === undefined ? '' : ` · ${hello.step}`}
          </p>
          <h1>{hello.scenario}</h1>
        </div>
        <p class="clock">
          <strong>{state.time}</strong> of {state.end}
        </p>
        <Stop view={view} stop={stop} />
      </header>
      <Status view={view} />
      <main>
        <Figures state={state} />
        <section aria-labelledby="course">
          <h2 id="course">So far</h2>
          <div class="charts">
            <UsersChart view={view} />
            <JoinChart view={view} />
          </div>
        </section>
        <Servers state={state} points={view.points} />
        <Failures state={state} query={query} />
        <section aria-labelledby="checkpoints">
          <h2 id="checkpoints">Checkpoints</h2>
          {state.checkpoints.length === 0 ? <p class="nothing">None yet.</p> : <ol class="lines">{state.checkpoints.map((line) => <li key={line}>{line}</li>)}</ol>}
        </section>
      </main>
    </>
  );
}

const STOPPING: Readonly<Record<NonNullable<BoardState['stopping']>, string>> = {
  completed: 'The plan is carried out; everyone leaves.',
  stopped: 'Stopped: no new users, everyone leaves, meetings are ended.',
  aborted: 'Ending at once.',
  threshold: 'An abort threshold broke: no new users, everyone leaves.',
  foreign: 'Meetings of others appeared: no new users, everyone leaves.',
  'could-not-run': 'The run cannot go on: no new users, everyone leaves.',
};

function overText({ run, step }: Hello): string {
  return step === undefined ? `The run is over. Its report is made now, in the folder of ${run}.` : 'The search is over, for now or for good: its terminal says which.';
}

function Status({ view: { state, connected, hello } }: { readonly view: View }) {
  const text = state.over ? overText(hello) : !connected ? 'The connection is lost; trying again. The figures below are the last ones known.' : state.stopping ? STOPPING[state.stopping] : '';
  return (
    <div class={`status ${state.over ? 'over' : !connected ? 'lost' : 'ending'}`} role="status" hidden={text === ''}>
      {text}
    </div>
  );
}

function Stop({ view: { hello, state, connected }, stop }: { readonly view: View; readonly stop: Ask }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [failed, setFailed] = useState(false);
  // The question that is open stays as it was asked, whatever happens to the run meanwhile.
  const [asked, setAsked] = useState<StopWish>('stop');
  const what = hello.step === undefined ? 'run' : 'search';
  // A step that ends by itself is followed by another.
  const again = what === 'run' ? state.stopping !== undefined : state.stopping === 'stopped' || state.stopping === 'aborted';
  const confirm = async (): Promise<void> => {
    dialog.current?.close();
    setFailed(!(await stop(asked)));
  };
  const question = (): void => {
    setAsked(again ? 'end' : 'stop');
    dialog.current?.showModal();
  };
  const end = asked === 'end';
  if (state.over) return null;
  return (
    <div class="stop">
      <button type="button" class="danger" disabled={!connected || state.stopping === 'aborted'} onClick={question}>
        {again ? 'End at once …' : `Stop the ${what} …`}
      </button>
      {failed ? <p role="alert">It was not heard. Use Ctrl-C in its terminal.</p> : null}
      <dialog ref={dialog} aria-labelledby="stop-title">
        <h2 id="stop-title">{end ? `End the ${what} at once?` : `Stop the ${what}?`}</h2>
        <p>{end ? 'Users are cut off instead of leaving. Meetings are still ended.' : `No new users come, everyone leaves, and the meetings are ended. ${what === 'run' ? 'The report says that the run was stopped.' : 'The search can be gone on with.'}`}</p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Keep running
          </button>
          <button type="button" class="danger" onClick={() => void confirm()}>
            {end ? 'End at once' : `Stop the ${what}`}
          </button>
        </div>
      </dialog>
    </div>
  );
}

function Figures({ state: { users, join, errors, generator, next } }: { readonly state: BoardState }) {
  const count = errors.reduce((sum, one) => sum + one.count, 0);
  return (
    <section aria-labelledby="now">
      <h2 id="now" class="unseen">Now</h2>
      <div class="figures">
      <Tile title="In meetings" value={whole(users.present)} note={`${whole(users.planned)} planned now, peak ${whole(users.peak)}`}>
        <Meter part={users.present} mark={users.planned} whole={users.peak} />
      </Tile>
      <Tile title="Time to join, p95" value={join.p95Ms === undefined ? '–' : duration(join.p95Ms)} note={join.p50Ms === undefined ? 'nobody has joined yet' : `half within ${duration(join.p50Ms)}, ${counted(join.count, 'join')}`} />
      <Tile title="Did not get in, lost" value={`${whole(users.failed)}, ${whole(users.lost)}`} bad={users.failed + users.lost > 0} note={`${whole(users.joined)} joined, ${whole(users.joining)} joining, ${whole(users.left)} left`} />
      <Tile title="Errors" value={whole(count)} bad={count > 0} note={errors.slice(0, 3).map((one) => `${one.code} ${whole(one.count)}`).join(', ') || 'none'} />
      <Tile
        title="Generator"
        value={generator.cpuCores === undefined ? '–' : quantity(generator.cpuCores, 'cores')}
        note={
          [
            generator.rssMb === undefined ? '' : quantity(generator.rssMb, 'MB'),
            generator.eventLoopP99Ms === undefined ? '' : `event loop p99 ${duration(generator.eventLoopP99Ms)}`,
            generator.latenessP99Ms === undefined ? '' : `lateness p99 ${duration(generator.latenessP99Ms)}`,
          ]
            .filter((text) => text !== '')
            .join(', ') || 'not measured yet'
        }
      />
      <Tile title="Next" value={next === undefined ? '–' : `in ${duration(Math.ceil(next.inMs / 1_000) * 1_000)}`} note={next?.text ?? 'the plan is carried out'} />
      </div>
    </section>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly note: string;
  readonly bad?: boolean;
  readonly children?: preact.ComponentChildren;
}

function Tile({ title, value, note, bad, children }: TileProps) {
  return (
    <div class={bad ? 'tile bad' : 'tile'}>
      <h3>{title}</h3>
      <p class="value">{value}</p>
      {children}
      <p class="note">{note}</p>
    </div>
  );
}

/** A bar as an SVG: styles in attributes are forbidden to this page. */
function Meter({ part, mark, whole: all }: { readonly part: number; readonly mark?: number; readonly whole: number }) {
  const at = (value: number): number => Math.min(100, (value / Math.max(1, all)) * 100);
  return (
    <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="4" />
      <rect class="fill" width={at(part)} height="4" />
      {mark === undefined ? null : <rect class="mark" x={Math.max(0, at(mark) - 0.5)} width="1" height="4" />}
    </svg>
  );
}

function UsersChart({ view: { hello, points } }: { readonly view: View }) {
  const last = points.at(-1);
  return (
    <Chart
      title="Users against the plan"
      summary={last === undefined ? 'Nothing yet.' : `${whole(last.present)} in meetings, ${whole(last.planned)} planned.`}
      durationMs={hello.durationMs}
      startOfDayMs={hello.startOfDayMs}
      unit="count"
      lines={[
        { name: 'planned', ink: 'c5', dashed: true, points: points.map(({ atMs, planned }) => [atMs, planned]) },
        { name: 'in meetings', ink: 'c1', points: points.map(({ atMs, present }) => [atMs, present]) },
      ]}
    />
  );
}

function JoinChart({ view: { hello, points } }: { readonly view: View }) {
  const last = [...points].reverse().find(({ joinP95Ms }) => joinP95Ms !== undefined);
  return (
    <Chart
      title="Time to join, of those who joined in each interval"
      summary={last?.joinP95Ms === undefined ? 'Nobody has joined yet.' : `Last: half within ${duration(last.joinP50Ms ?? 0)}, 95 of 100 within ${duration(last.joinP95Ms)}.`}
      durationMs={hello.durationMs}
      startOfDayMs={hello.startOfDayMs}
      unit="ms"
      lines={[
        { name: 'p95', ink: 'c2', points: points.map(({ atMs, joinP95Ms }) => [atMs, joinP95Ms]) },
        { name: 'median', ink: 'c1', points: points.map(({ atMs, joinP50Ms }) => [atMs, joinP50Ms]) },
      ]}
    />
  );
}

function Servers({ state: { servers, moreServers }, points }: { readonly state: BoardState; readonly points: readonly HistoryPoint[] }) {
  const names = shortNames(servers.map(({ name }) => name));
  const most = Math.max(1, ...servers.map(({ users }) => users));
  return (
    <section aria-labelledby="servers">
      <h2 id="servers">Servers</h2>
      {servers.length === 0 ? <p class="nothing">Nobody is on a server yet.</p> : null}
      <ul class="servers">
        {servers.map((server, index) => (
          <li key={server.name} class={server.lost > 0 || server.answers === false ? 'tile bad' : 'tile'}>
            <h3 title={server.name}>{names[index]}</h3>
            <p class="value">{counted(server.users, 'user')}</p>
            <p class="note">in {counted(server.meetings, 'meeting')}</p>
            <Meter part={server.users} whole={most} />
            <Spark points={points} server={server.name} />
            <dl>
              <Fact term="Join p95" text={server.joinTimeP95Ms === undefined ? undefined : duration(server.joinTimeP95Ms)} />
              <Fact term="Lost" text={whole(server.lost)} />
              {own(server).map(([term, text]) => (
                <Fact key={term} term={term} text={text} />
              ))}
            </dl>
          </li>
        ))}
      </ul>
      {moreServers > 0 ? <p class="nothing">And {counted(moreServers, 'server')} with fewer users.</p> : null}
    </section>
  );
}

/** What the server says of itself, if it is asked. */
function own({ own, lineUse, answers }: BoardServer): readonly (readonly [string, string | undefined])[] {
  if (answers === undefined) return [];
  if (!answers) return [['Exporter', 'no answer']];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['CPU', own?.cpu === undefined ? undefined : quantity(own.cpu, 'ratio')],
    ['Line in use', lineUse === undefined ? undefined : quantity(lineUse, 'ratio')],
    ['Received', own?.receiveKbps === undefined ? undefined : quantity(own.receiveKbps, 'kbit/s')],
    ['Sent', own?.sendKbps === undefined ? undefined : quantity(own.sendKbps, 'kbit/s')],
    ['Users it counts', own?.participants === undefined ? undefined : whole(own.participants)],
  ];
  return facts.filter(([, text]) => text !== undefined);
}

function Fact({ term, text }: { readonly term: string; readonly text: string | undefined }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text ?? '–'}</dd>
    </div>
  );
}

/** Users on one server so far; the figures beside it say the same in words. */
function Spark({ points, server }: { readonly points: readonly HistoryPoint[]; readonly server: string }) {
  return (
    <svg class="spark" viewBox="0 0 100 25" preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(points.map(({ servers }) => usersAt(servers, server)))} />
    </svg>
  );
}

function Failures({ state: { latest }, query }: { readonly state: BoardState; readonly query: string }) {
  return (
    <section aria-labelledby="failures">
      <h2 id="failures">Latest errors</h2>
      {latest.length === 0 ? <p class="nothing">None.</p> : null}
      <ul class="failures">
        {latest.map(({ id, time, code, phase, message, screenshot }) => (
          <li key={id}>
            <p>
              <time>{time}</time> <strong>{code}</strong> <span class="note">({phase})</span>
            </p>
            <p class="message">{message}</p>
            {screenshot ? (
              <a href={`evidence/${id}${query}`} target="_blank" rel="noreferrer">
                <img src={`evidence/${id}${query}`} alt={`What the user saw: ${code} at ${time}`} loading="lazy" />
              </a>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
