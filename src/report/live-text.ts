import pc from 'picocolors';
import type { EndReason, RunEvent, RunOutput } from '../metrics/events.js';
import { Sink } from '../metrics/sink.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import { failuresIn } from './count-errors.js';
import { counted, duration, instant, plain, whole } from './format.js';
import { countUpTo, countWithin, nextInPlan } from './live-next.js';

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

const STOPPING: Readonly<Record<EndReason, string>> = {
  completed: 'The plan is carried out; everyone leaves.',
  stopped: 'Stopped: no new users, everyone leaves. Ctrl-C again ends at once.',
  aborted: 'Ending at once.',
  threshold: 'An abort threshold broke: no new users, everyone leaves.',
  foreign: 'Meetings of others appeared: no new users, everyone leaves.',
  'could-not-run': 'The run cannot go on: no new users, everyone leaves.',
};

class Live implements LiveState {
  readonly #plan: Plan;
  readonly #dueMs: readonly number[];
  readonly #leaveMs: readonly number[];
  readonly #peak: number;
  readonly #next: (nowMs: number) => { readonly atMs: number; readonly text: string } | undefined;
  readonly #inside = new Set<number>();
  readonly #joinTime = new Sink('join_time', {}, 'js');
  readonly #seen = new Set<string>();
  readonly #errors = new Map<string, number>();
  readonly #ended = { left: 0, failed: 0, lost: 0, aborted: 0 };
  #started = 0;
  #joined = 0;
  #dropped = 0;
  #stopping: EndReason | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#dueMs = plan.attendances.map(({ dueMs }) => dueMs).sort((a, b) => a - b);
    this.#leaveMs = plan.attendances.map(({ leaveMs }) => leaveMs).sort((a, b) => a - b);
    this.#peak = this.#dueMs.reduce((peak, atMs) => Math.max(peak, this.#plannedAt(atMs)), 0);
    this.#next = nextInPlan(plan);
  }

  event(event: RunEvent): void {
    for (const { code } of failuresIn([event])) this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
    switch (event.type) {
      case 'user-started':
        this.#started++;
        return;
      case 'user-dropped':
        this.#dropped++;
        return;
      case 'user-joined':
        this.#joined++;
        this.#inside.add(event.seq);
        return;
      case 'user-ended':
        this.#ended[event.outcome]++;
        this.#inside.delete(event.seq);
        return;
      case 'stopping':
        this.#stopping ??= event.reason;
        return;
      default:
        return;
    }
  }

  snapshot({ worker, interval, series }: Snapshot): void {
    // The same interval may come twice; it counts once.
    const key = `${interval} ${worker}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    for (const one of series) if (one.metric === 'join_time') this.#joinTime.addSnapshot(one);
  }

  frame({ width, colour, nowMs }: FrameOptions): readonly string[] {
    const colours = pc.createColors(colour);
    const columns = Math.max(40, width);
    const { failed, lost, left, aborted } = this.#ended;
    const line = (label: string, text: string, paint: (text: string) => string = (same) => same): string =>
      colours.dim(label.padEnd(LABEL_COLUMNS)) + paint(cut(plain(text), columns - LABEL_COLUMNS));
    const trouble = failed + lost > 0 ? colours.red : (same: string): string => same;
    const more = [...(this.#dropped > 0 ? [`dropped ${whole(this.#dropped)}`] : []), ...(aborted > 0 ? [`ended ${whole(aborted)}`] : [])];
    return [
      this.#title(columns, nowMs, colours.bold),
      line('users', this.#bar(columns - LABEL_COLUMNS, nowMs), colours.cyan),
      line('', [`joined ${whole(this.#joined)}`, `joining ${whole(this.#joining())}`, `failed ${whole(failed)}`, `lost ${whole(lost)}`, `left ${whole(left)}`, ...more].join(' · '), trouble),
      line('join', this.#joinLine()),
      line('errors', this.#errorLine(), this.#errors.size > 0 ? colours.red : undefined),
      this.#stopping ? line('ending', STOPPING[this.#stopping], colours.yellow) : line('next', this.#nextLine(nowMs)),
    ];
  }

  plainLine(nowMs: number): string {
    const { failed, lost } = this.#ended;
    const p95 = this.#joinTime.count > 0 ? `, join p95 ${duration(this.#percentile(95))}` : '';
    const ending = this.#stopping ? `, ending (${this.#stopping})` : '';
    return plain(`${this.#time(nowMs)}: ${whole(this.#inside.size)} of ${whole(this.#plannedAt(nowMs))} planned users in meetings, ${whole(this.#joined)} joined, ${whole(failed)} failed, ${whole(lost)} lost${p95}${ending}`);
  }

  #plannedAt(atMs: number): number {
    return countUpTo(this.#dueMs, atMs) - countUpTo(this.#leaveMs, atMs);
  }

  /** Started, neither in nor out. */
  #joining(): number {
    const { left, failed, lost, aborted } = this.#ended;
    return Math.max(0, this.#started - this.#inside.size - left - failed - lost - aborted);
  }

  #time(nowMs: number): string {
    const { durationMs, speed } = this.#plan;
    const startOfDayMs = speed === undefined ? this.#plan.startOfDayMs : undefined;
    return `${instant(nowMs, startOfDayMs)} of ${instant(durationMs, startOfDayMs)}`;
  }

  #title(columns: number, nowMs: number, bold: (text: string) => string): string {
    const time = this.#time(nowMs);
    const name = cut(this.#plan.scenario, columns - time.length - 2);
    return `${bold(name)}${' '.repeat(Math.max(1, columns - name.length - time.length))}${time}`;
  }

  /** █ in a meeting, ░ planned by now, · the plan's peak. */
  #bar(columns: number, nowMs: number): string {
    const present = this.#inside.size;
    const planned = this.#plannedAt(nowMs);
    const words = plain(` ${whole(present)} of ${whole(planned)} planned now, peak ${whole(this.#peak)}`);
    const cells = Math.max(8, columns - words.length);
    const cellsOf = (users: number): number => Math.min(cells, Math.round((users / Math.max(1, this.#peak)) * cells));
    const full = cellsOf(present);
    const due = Math.max(full, cellsOf(planned));
    return '█'.repeat(full) + '░'.repeat(due - full) + '·'.repeat(cells - due) + words;
  }

  #percentile(percentile: number): number {
    const { hist, min, max } = this.#joinTime;
    return Math.min(max, Math.max(min, hist?.percentile(percentile) ?? 0));
  }

  #joinLine(): string {
    if (this.#joinTime.count === 0) return 'no times yet';
    return `half within ${duration(this.#percentile(50))}, 95 of 100 within ${duration(this.#percentile(95))}`;
  }

  #errorLine(): string {
    const codes = [...this.#errors].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (codes.length === 0) return 'none';
    const rest = codes.length > MAX_CODES ? [`${whole(codes.length - MAX_CODES)} more codes`] : [];
    return [...codes.slice(0, MAX_CODES).map(([code, count]) => `${code} ${whole(count)}`), ...rest].join(' · ');
  }

  #nextLine(nowMs: number): string {
    const next = this.#next(nowMs);
    const arriving = countWithin(this.#dueMs, nowMs, nowMs + ARRIVALS_AHEAD_MS);
    const parts = [
      ...(next ? [`${next.text} in ${duration(Math.ceil((next.atMs - nowMs) / 1_000) * 1_000)}`] : []),
      ...(arriving > 0 ? [`${counted(arriving, 'user')} within ${duration(ARRIVALS_AHEAD_MS)}`] : []),
    ];
    return parts.length === 0 ? 'nothing; the plan is carried out' : parts.join(' · ');
  }
}

export function createLiveState(plan: Plan): LiveState {
  return new Live(plan);
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
