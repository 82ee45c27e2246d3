import type { EndReason, RunEvent, RunOutput } from '../metrics/events.js';
import type { FleetRecord } from '../metrics/fleet-record.js';
import { processOf } from '../metrics/sink-key.js';
import { Sink } from '../metrics/sink.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import { DroppingQueue } from '../core/queue.js';
import { checkpointLine } from './checkpoint-line.js';
import { failuresIn } from './count-errors.js';
import { instant, oneLine, plain } from './format.js';
import { LiveHistory, type HistoryPoint } from './live-history.js';
import { countUpTo, labelStart, nextInPlan } from './live-next.js';
import { LiveServers, type BoardServer } from './live-servers.js';

/** A run as it stands now; JSON-safe. What was not measured is left out. */
export interface BoardState {
  readonly nowMs: number;
  /** `nowMs` and the end of the plan as labels. */
  readonly time: string;
  readonly end: string;
  readonly users: { readonly present: number; readonly planned: number; readonly peak: number; readonly joined: number; readonly joining: number; readonly failed: number; readonly lost: number; readonly left: number; readonly aborted: number; readonly dropped: number };
  readonly join: { readonly count: number; readonly p50Ms?: number; readonly p95Ms?: number };
  /** Most frequent first. */
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  /** Newest first. */
  readonly latest: readonly BoardFailure[];
  /** Most users first. */
  readonly servers: readonly BoardServer[];
  readonly moreServers: number;
  readonly generator: { readonly cpuCores?: number; readonly rssMb?: number; readonly eventLoopP99Ms?: number; readonly latenessP99Ms?: number };
  readonly next?: { readonly text: string; readonly inMs: number };
  readonly stopping?: EndReason;
  readonly over: boolean;
  /** The last ones, newest first. */
  readonly checkpoints: readonly string[];
}

export interface BoardFailure {
  readonly id: number;
  readonly time: string;
  readonly code: string;
  readonly phase: string;
  readonly message: string;
  /** True: `evidenceOf(id)` names a picture. */
  readonly screenshot: boolean;
}

const MAX_LATEST = 20;
const MAX_CHECKPOINTS = 5;
const MAX_SERVERS_SHOWN = 60;
const MAX_MESSAGE_CHARS = 300;
const MAX_CODES = 12;

/** What every live view shows: fed with events, snapshots and what servers say, asked whenever somebody looks. O(1) for each event. */
export class LiveBoard implements RunOutput {
  readonly plan: Plan;
  readonly history: LiveHistory;
  readonly #servers: LiveServers;
  readonly #dueMs: readonly number[];
  readonly #leaveMs: readonly number[];
  readonly #peak: number;
  readonly #next: ReturnType<typeof nextInPlan>;
  readonly #inside = new Set<number>();
  readonly #join = new Sink('join_time', {}, 'js');
  readonly #late = new Sink('lateness', {}, 'js');
  readonly #loops = new Map<string, Sink>();
  readonly #gauges = new Map<string, Map<'generator_cpu' | 'generator_rss', number>>();
  readonly #seen = new Set<string>();
  readonly #errors = new Map<string, number>();
  readonly #latest = new DroppingQueue<BoardFailure & { readonly path: string | undefined }>(MAX_LATEST);
  readonly #checkpoints = new DroppingQueue<string>(MAX_CHECKPOINTS);
  readonly #ended = { left: 0, failed: 0, lost: 0, aborted: 0 };
  #failures = 0;
  #started = 0;
  #joined = 0;
  #dropped = 0;
  #stopping: EndReason | undefined;
  #over = false;
  #joinFigures: BoardState['join'] = { count: 0 };

  constructor(plan: Plan) {
    this.plan = plan;
    this.#dueMs = plan.attendances.map(({ dueMs }) => dueMs).sort((a, b) => a - b);
    this.#leaveMs = plan.attendances.map(({ leaveMs }) => leaveMs).sort((a, b) => a - b);
    this.#peak = this.#dueMs.reduce((peak, atMs) => Math.max(peak, this.plannedAt(atMs)), 0);
    this.#next = nextInPlan(plan);
    this.#servers = new LiveServers(plan);
    this.history = new LiveHistory((atMs) => ({ planned: this.plannedAt(atMs), present: this.#inside.size, errors: this.#failures, servers: this.#servers.users() }));
  }

  event(event: RunEvent): void {
    for (const { atMs, code, phase, message, screenshot } of failuresIn([event])) {
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
      const time = instant(atMs, labelStart(this.plan));
      this.#latest.push({ id: this.#failures++, time, code, phase, message: message.slice(0, MAX_MESSAGE_CHARS), screenshot: screenshot !== undefined, path: screenshot });
    }
    this.#servers.event(event);
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
      case 'checkpoint':
        this.#checkpoints.push(oneLine(checkpointLine(event, instant(event.atMs, labelStart(this.plan)))));
        return;
      case 'stopping':
        // The first reason counts, but that it is ended at once must be seen: pressed once more, Ctrl-C leaves meetings behind.
        if (this.#stopping === undefined || event.reason === 'aborted') this.#stopping = event.reason;
        return;
      case 'worker-lost':
        // As its snapshots name it; whatever it takes now, it brings nobody.
        for (const book of [this.#gauges, this.#loops]) for (const owner of book.keys()) if (`${owner}.`.startsWith(`${event.worker}.${event.share}.`)) book.delete(owner);
        return;
      case 'run-ended':
        this.#over = true;
        return;
      default:
        return;
    }
  }

  snapshot(snapshot: Snapshot): void {
    const { worker, interval, series } = snapshot;
    // The same interval may come twice; it counts once.
    const key = `${interval} ${worker}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const owner = processOf(worker);
    const loop = new Sink('event_loop_delay', {}, 'js');
    for (const one of series) {
      if (one.metric === 'join_time') {
        this.#join.addSnapshot(one);
        this.#servers.joined(one);
      } else if (one.metric === 'lateness') this.#late.addSnapshot(one);
      else if (one.metric === 'event_loop_delay') loop.addSnapshot(one);
      else if ((one.metric === 'generator_cpu' || one.metric === 'generator_rss') && one.last !== undefined) {
        const gauges = this.#gauges.get(owner) ?? new Map<'generator_cpu' | 'generator_rss', number>();
        this.#gauges.set(owner, gauges.set(one.metric, one.last));
      }
    }
    if (loop.count > 0) this.#loops.set(owner, loop);
    const { count } = this.#join;
    this.#joinFigures = { count, ...(count === 0 ? {} : { p50Ms: percentile(this.#join, 50), p95Ms: percentile(this.#join, 95) }) };
    this.history.snapshot(snapshot);
  }

  fleet(record: FleetRecord): void {
    this.#servers.fleet(record);
  }

  plannedAt(atMs: number): number {
    return countUpTo(this.#dueMs, atMs) - countUpTo(this.#leaveMs, atMs);
  }

  /** Instants at which users are due, sorted. */
  get dueMs(): readonly number[] {
    return this.#dueMs;
  }

  get checkpoint(): string | undefined {
    return this.#checkpoints.items().at(-1);
  }

  /** Path inside the run folder of the picture of a failure that `state` lists. */
  evidenceOf(id: number): string | undefined {
    return this.#latest.items().find((failure) => failure.id === id)?.path;
  }

  state(nowMs: number): BoardState {
    const { left, failed, lost, aborted } = this.#ended;
    const { durationMs } = this.plan;
    const startOfDayMs = labelStart(this.plan);
    const next = this.#next(nowMs);
    const servers = this.#servers.list();
    return {
      nowMs,
      time: instant(nowMs, startOfDayMs),
      end: instant(durationMs, startOfDayMs),
      users: {
        present: this.#inside.size,
        planned: this.plannedAt(nowMs),
        peak: this.#peak,
        joined: this.#joined,
        joining: Math.max(0, this.#started - this.#inside.size - left - failed - lost - aborted),
        failed,
        lost,
        left,
        aborted,
        dropped: this.#dropped,
      },
      join: this.#joinFigures,
      errors: [...this.#errors].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_CODES).map(([code, count]) => ({ code, count })),
      latest: this.#latest.items().map(({ path: _, ...failure }) => failure).reverse(),
      servers: servers.slice(0, MAX_SERVERS_SHOWN),
      moreServers: Math.max(0, servers.length - MAX_SERVERS_SHOWN),
      generator: this.#generator(),
      ...(next === undefined ? {} : { next: { text: plain(next.text), inMs: next.atMs - nowMs } }),
      ...(this.#stopping === undefined ? {} : { stopping: this.#stopping }),
      over: this.#over,
      checkpoints: [...this.#checkpoints.items()].reverse(),
    };
  }

  /** Of all generators together; the slowest event loop counts. */
  #generator(): BoardState['generator'] {
    const sum = (metric: 'generator_cpu' | 'generator_rss'): number | undefined => {
      const values = [...this.#gauges.values()].flatMap((gauges) => gauges.get(metric) ?? []);
      return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
    };
    const [cpuCores, rssMb] = [sum('generator_cpu'), sum('generator_rss')];
    const loops = [...this.#loops.values()].map((loop) => percentile(loop, 99));
    return {
      ...(cpuCores === undefined ? {} : { cpuCores }),
      ...(rssMb === undefined ? {} : { rssMb }),
      ...(loops.length === 0 ? {} : { eventLoopP99Ms: Math.max(...loops) }),
      ...(this.#late.count === 0 ? {} : { latenessP99Ms: percentile(this.#late, 99) }),
    };
  }
}

export type { BoardServer, HistoryPoint };

/** Kept within what was measured: the histogram reports the top of a bucket. */
export function percentile({ hist, min, max }: Sink, of: number): number {
  return Math.min(max, Math.max(min, hist?.percentile(of) ?? 0));
}
