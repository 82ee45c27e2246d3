import pc from 'picocolors';
import type { EndReason, RunEvent, RunOutput } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import { counted, duration, instant, oneLine, plain, quantity, whole } from './format.js';
import { LiveBoard, type BoardState } from './live-board.js';
import { countWithin, labelStart } from './live-next.js';
import { shortNames } from './server-names.js';

export interface FrameOptions {
  /** Columns; 40 at least. */
  readonly width: number;
  readonly colour: boolean;
  /** On the run's clock. */
  readonly nowMs: number;
}

/** What a run looks like while it goes on: fed with its events and snapshots, rendered whenever somebody looks. */
export interface LiveState extends RunOutput {
  /** Lines for a terminal, none longer than `width`. */
  frame(options: FrameOptions): readonly string[];
  /** One line for logs, where nothing can be redrawn. */
  plainLine(nowMs: number): string;
}

const ARRIVALS_AHEAD_MS = 60_000;
const MAX_CODES = 3;
const LABEL_COLUMNS = 9;
const MAX_SERVER_LINES = 12;
const MAX_NAME_COLUMNS = 20;
const BAR_COLUMNS = 24;

const STOPPING: Readonly<Record<EndReason, string>> = {
  completed: 'The plan is carried out; everyone leaves.',
  stopped: 'Stopped: no new users, everyone leaves. Ctrl-C again ends at once.',
  aborted: 'Ending at once.',
  threshold: 'An abort threshold broke: no new users, everyone leaves.',
  foreign: 'Meetings of others appeared: no new users, everyone leaves.',
  'could-not-run': 'The run cannot go on: no new users, everyone leaves.',
};

class Live implements LiveState {
  readonly #board: LiveBoard;

  constructor(board: LiveBoard) {
    this.#board = board;
  }

  event(event: RunEvent): void {
    this.#board.event(event);
  }

  snapshot(snapshot: Snapshot): void {
    this.#board.snapshot(snapshot);
  }

  frame({ width, colour, nowMs }: FrameOptions): readonly string[] {
    const colours = pc.createColors(colour);
    const columns = Math.max(40, width);
    const state = this.#board.state(nowMs);
    const { users, stopping } = state;
    const line = (label: string, text: string, paint: (text: string) => string = (same) => same): string =>
      colours.dim(label.padEnd(LABEL_COLUMNS)) + paint(cut(oneLine(text), columns - LABEL_COLUMNS));
    const trouble = users.failed + users.lost > 0 ? colours.red : (same: string): string => same;
    const more = [...(users.dropped > 0 ? [`dropped ${whole(users.dropped)}`] : []), ...(users.aborted > 0 ? [`ended ${whole(users.aborted)}`] : [])];
    return [
      this.#title(columns, nowMs, colours.bold),
      line('users', bar(columns - LABEL_COLUMNS, users), colours.cyan),
      line('', [`joined ${whole(users.joined)}`, `joining ${whole(users.joining)}`, `failed ${whole(users.failed)}`, `lost ${whole(users.lost)}`, `left ${whole(users.left)}`, ...more].join(' · '), trouble),
      line('join', joinLine(state)),
      line('errors', errorLine(state), state.errors.length > 0 ? colours.red : undefined),
      stopping ? line('ending', STOPPING[stopping], colours.yellow) : line('next', this.#nextLine(state)),
      line('harness', generatorLine(state)),
      ...serverLines(state, columns - LABEL_COLUMNS).map((text, index) => line(index === 0 ? 'servers' : '', text)),
    ];
  }

  plainLine(nowMs: number): string {
    const { users, join, servers, stopping } = this.#board.state(nowMs);
    const p95 = join.p95Ms === undefined ? '' : `, join p95 ${duration(join.p95Ms)}`;
    const fullest = servers[0] === undefined || servers[0].users === 0 ? '' : `, most on ${shortNames(servers.map(({ name }) => name))[0]} (${whole(servers[0].users)})`;
    const ending = stopping ? `, ending (${stopping})` : '';
    return oneLine(`${this.#time(nowMs)}: ${whole(users.present)} of ${whole(users.planned)} planned users in meetings, ${whole(users.joined)} joined, ${whole(users.failed)} failed, ${whole(users.lost)} lost${p95}${fullest}${ending}`);
  }

  #time(nowMs: number): string {
    const { durationMs } = this.#board.plan;
    const startOfDayMs = labelStart(this.#board.plan);
    return `${instant(nowMs, startOfDayMs)} of ${instant(durationMs, startOfDayMs)}`;
  }

  #title(columns: number, nowMs: number, bold: (text: string) => string): string {
    const time = this.#time(nowMs);
    const name = cut(this.#board.plan.scenario, columns - time.length - 2);
    return `${bold(name)}${' '.repeat(Math.max(1, columns - name.length - time.length))}${time}`;
  }

  #nextLine({ next, nowMs }: BoardState): string {
    const arriving = countWithin(this.#board.dueMs, nowMs, nowMs + ARRIVALS_AHEAD_MS);
    const parts = [
      ...(next ? [`${next.text} in ${duration(Math.ceil(next.inMs / 1_000) * 1_000)}`] : []),
      ...(arriving > 0 ? [`${counted(arriving, 'user')} within ${duration(ARRIVALS_AHEAD_MS)}`] : []),
    ];
    return parts.length === 0 ? 'nothing; the plan is carried out' : parts.join(' · ');
  }
}

/** █ in a meeting, ░ planned by now, · the plan's peak. */
function bar(columns: number, { present, planned, peak }: BoardState['users']): string {
  const words = plain(` ${whole(present)} of ${whole(planned)} planned now, peak ${whole(peak)}`);
  const cells = Math.max(8, columns - words.length);
  const cellsOf = (users: number): number => Math.min(cells, Math.round((users / Math.max(1, peak)) * cells));
  const full = cellsOf(present);
  const due = Math.max(full, cellsOf(planned));
  return '█'.repeat(full) + '░'.repeat(due - full) + '·'.repeat(cells - due) + words;
}

function joinLine({ join: { p50Ms, p95Ms } }: BoardState): string {
  if (p50Ms === undefined || p95Ms === undefined) return 'no times yet';
  return `half within ${duration(p50Ms)}, 95 of 100 within ${duration(p95Ms)}`;
}

function errorLine({ errors }: BoardState): string {
  if (errors.length === 0) return 'none';
  const rest = errors.length > MAX_CODES ? [`${whole(errors.length - MAX_CODES)} more codes`] : [];
  return [...errors.slice(0, MAX_CODES).map(({ code, count }) => `${code} ${whole(count)}`), ...rest].join(' · ');
}

function generatorLine({ generator: { cpuCores, rssMb, eventLoopP99Ms, latenessP99Ms } }: BoardState): string {
  const parts = [
    ...(cpuCores === undefined ? [] : [quantity(cpuCores, 'cores')]),
    ...(rssMb === undefined ? [] : [quantity(rssMb, 'MB')]),
    ...(eventLoopP99Ms === undefined ? [] : [`event loop p99 ${duration(eventLoopP99Ms)}`]),
    ...(latenessP99Ms === undefined ? [] : [`lateness p99 ${duration(latenessP99Ms)}`]),
  ];
  return parts.length === 0 ? 'not measured yet' : parts.join(' · ');
}

/** A bar for each server, against the fullest; what it says of itself behind. */
function serverLines({ servers, moreServers }: BoardState, columns: number): string[] {
  const shown = servers.slice(0, MAX_SERVER_LINES);
  if (shown.length === 0) return [];
  const names = shortNames(servers.map(({ name }) => name)).slice(0, shown.length);
  const width = Math.min(MAX_NAME_COLUMNS, Math.max(...names.map((name) => name.length)));
  const most = Math.max(1, ...shown.map(({ users }) => users));
  const hidden = servers.length - shown.length + moreServers;
  const lines = shown.map(({ users, meetings, joinTimeP95Ms, own, lineUse, answers }, index) => {
    const words = [
      `${whole(users)} in ${whole(meetings)}`,
      ...(joinTimeP95Ms === undefined ? [] : [`p95 ${duration(joinTimeP95Ms)}`]),
      ...(own?.cpu === undefined ? [] : [`CPU ${quantity(own.cpu, 'ratio')}`]),
      ...(lineUse === undefined ? [] : [`line ${quantity(lineUse, 'ratio')}`]),
      ...(answers === false ? ['no answer'] : []),
    ].join(' · ');
    const cells = Math.max(4, Math.min(BAR_COLUMNS, columns - width - words.length - 2));
    const full = Math.round((users / most) * cells);
    return `${cut(names[index] ?? '', width).padEnd(width)} ${'█'.repeat(full)}${'·'.repeat(cells - full)} ${words}`;
  });
  return hidden > 0 ? [...lines, `and ${whole(hidden)} more`] : lines;
}

/** `board` is shared where other views show the same run; it is fed through this one. */
export function createLiveState(plan: Plan, board = new LiveBoard(plan)): LiveState {
  return new Live(board);
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
