import { every, monitorEventLoop } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { MetricName } from '../metrics/catalogue.js';
import type { RunEvent, RunOutput } from '../metrics/events.js';
import { judge } from '../metrics/judge.js';
import type { SnapshotLabel } from '../metrics/recorder.js';
import type { SeriesSet } from '../metrics/series-set.js';
import { WindowedSeries } from '../metrics/windows.js';
import type { RunClock } from '../vu/run-clock.js';
import type { RunOptions } from './run-context.js';
import type { ServerLoad } from './server-load.js';

type PulseRun = Pick<RunOptions, 'plan' | 'runId' | 'worker' | 'recorder' | 'outputs' | 'thresholds' | 'intervalMs' | 'usage' | 'eventLoop' | 'logger'>;

export interface PulseOptions {
  readonly run: PulseRun;
  readonly clock: RunClock;
  readonly emit: (event: RunEvent) => void;
  readonly state: () => { readonly present: number; readonly meetings: number; readonly failed: number; readonly lost: number };
  /** Who is on which server; undefined: checkpoints are somebody else's. */
  readonly load?: ServerLoad;
  /** What this process is the one to record; others of the run record the rest. */
  readonly gauges: readonly ('users_present' | 'meetings_open')[];
  /** What thresholds are judged on. */
  readonly cumulative: () => SeriesSet;
  /** What abort thresholds are judged on; undefined: the same. */
  readonly soFar?: () => SeriesSet | undefined;
  /** Metrics that somebody else judges, or what others measure is judged with: the outputs get them every second. */
  readonly interim?: readonly MetricName[];
  /** The same for stretches of time; undefined: what this process measures is all there is. */
  readonly windows?: () => WindowedSeries | undefined;
  /** Users present as others count them, of the last look; absent: nobody has. Undefined: nobody does. */
  readonly others?: () => { readonly server?: number; readonly peers?: number };
  /** An abort threshold broke. */
  readonly onBroken: (expression: string) => void;
}

const SELF_EVERY_MS = 1_000;
/** So many points describe one second of event-loop delay, which Node samples every 10 ms. */
const DELAY_POINTS = 100;
/** A run stops within 5 s of what breaks an abort threshold, however long the intervals are that its report is made of. */
const JUDGE_EVERY_MS = 2_000;
/** With what the workers measured at most so long ago, and on its way. */
const INTERIM_EVERY_MS = 1_000;
/** Abort thresholds are not judged before: the first few users say little. */
const WARM_UP_MS = 15_000;
/** Those over a stretch of the run know whole intervals only, and are not judged before so many of them are over. */
const WARM_UP_INTERVALS = 3;

/**
 * What happens at regular times in a run: the generator measures itself, snapshots go to the outputs, abort thresholds are judged,
 * checkpoints are taken. `run` goes on until its signal aborts; `finish` takes the last, partial snapshot.
 */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #worker: string;
  readonly #windows: WindowedSeries;
  #from = 0;
  #interval = 0;
  #snapshotEndMs = 0;
  #cpu: { readonly atMs: number; readonly seconds: number } | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#worker = options.run.worker ?? 'local';
    this.#windows = new WindowedSeries(options.run.thresholds);
  }

  /** What was measured so far, for thresholds over a stretch of time. */
  get windows(): WindowedSeries {
    return this.#options.windows?.() ?? this.#windows;
  }

  /** Resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { run, clock, state, gauges, interim = [] } = this.#options;
    const eventLoop = run.eventLoop ?? monitorEventLoop();
    eventLoop.reset();
    // Who comes in later goes on counting where the others are.
    this.#from = this.#interval = Math.floor(clock.atMs / run.intervalMs);
    this.#snapshotEndMs = this.#interval * run.intervalMs;
    const begunMs = clock.clock.nowMs();
    try {
      await Promise.all([
        this.#measureCpu(),
        every(clock.clock, SELF_EVERY_MS, signal, () => {
          for (let point = 0; point < DELAY_POINTS; point++) this.#record('event_loop_delay', eventLoop.percentileMs(((point + 0.5) / DELAY_POINTS) * 100));
          eventLoop.reset();
        }),
        every(clock.clock, run.intervalMs, signal, async () => {
          await this.#measureCpu();
          const { present, meetings } = state();
          for (const gauge of gauges) this.#record(gauge, gauge === 'users_present' ? present : meetings);
          // The number of an interval stands for its time. What was measured in a stall that took several is in the first of them; the others have nothing.
          const over = this.#from + Math.floor((clock.clock.nowMs() - begunMs) / run.intervalMs);
          while (this.#interval < over - 1) this.#snapshot(this.#snapshotEndMs + run.intervalMs);
          this.#snapshot();
        }),
        interim.length > 0 ? every(clock.clock, INTERIM_EVERY_MS, signal, () => this.#sayInterim(interim)) : undefined,
        run.thresholds.some(({ abort }) => abort) ? every(clock.clock, JUDGE_EVERY_MS, signal, () => this.#judgeAborts()) : undefined,
        run.plan.checkpointEveryMs > 0 ? every(clock.clock, run.plan.checkpointEveryMs, signal, () => this.#checkpoint()) : undefined,
      ]);
    } finally {
      if (!run.eventLoop) eventLoop.stop();
    }
  }

  /** The rest since the last full interval. */
  async finish(): Promise<void> {
    await this.#measureCpu();
    this.#snapshot();
  }

  async #measureCpu(): Promise<void> {
    const { usage, logger } = this.#options.run;
    if (!usage) return;
    try {
      // The processes' times are read at the start of this call; summing up their memory takes a while after it.
      const atMs = this.#options.clock.clock.nowMs();
      const { cpuSeconds, rssMb, sockets } = await usage();
      const before = this.#cpu;
      this.#cpu = { atMs, seconds: cpuSeconds };
      this.#record('generator_rss', rssMb);
      if (sockets !== undefined) this.#record('generator_sockets', sockets);
      // A browser that ended takes its share along: less than before means nothing.
      if (before && atMs > before.atMs) this.#record('generator_cpu', Math.max(0, (cpuSeconds - before.seconds) / ((atMs - before.atMs) / 1000)));
    } catch (error) {
      logger.log('debug', `cannot measure this machine: ${messageOf(error)}`);
    }
  }

  #snapshot(untilMs = this.#options.clock.atMs): void {
    const { run } = this.#options;
    const startMs = this.#snapshotEndMs;
    const endMs = Math.max(startMs, untilMs);
    const snapshot = run.recorder.takeSnapshot(this.#label(startMs, endMs));
    this.#snapshotEndMs = endMs;
    this.#interval++;
    this.#windows.add(snapshot);
    this.#tell(`snapshot ${snapshot.interval}`, (output) => output.snapshot(snapshot));
  }

  #sayInterim(metrics: readonly MetricName[]): void {
    const { run, clock } = this.#options;
    const snapshot = run.recorder.peek(this.#label(this.#snapshotEndMs, Math.max(this.#snapshotEndMs, clock.atMs)), metrics);
    if (snapshot.series.length > 0) this.#tell(`what is known of interval ${snapshot.interval}`, (output) => output.interim?.(snapshot));
  }

  #label(startMs: number, endMs: number): SnapshotLabel {
    return { run: this.#options.run.runId, worker: this.#worker, interval: this.#interval, ...(this.#from > 0 ? { from: this.#from } : {}), startMs, endMs };
  }

  #tell(what: string, tell: (output: RunOutput) => void): void {
    const { outputs, logger } = this.#options.run;
    for (const output of outputs) {
      try {
        tell(output);
      } catch (error) {
        logger.log('error', `an output failed at ${what}: ${messageOf(error)}`);
      }
    }
  }

  #judgeAborts(): void {
    const { run, clock, cumulative, soFar, onBroken } = this.#options;
    if (clock.atMs < WARM_UP_MS) return;
    const results = judge(
      run.thresholds.filter(({ abort, window }) => abort && (window === undefined || (this.windows.get(window)?.intervals ?? 0) >= WARM_UP_INTERVALS)),
      soFar?.() ?? cumulative(),
      this.windows,
    );
    // Nothing measured yet is no reason to stop; at the end it is one not to hold.
    const broken = results.find((result) => !result.held && result.observed !== undefined);
    if (broken) onBroken(broken.expression);
  }

  #checkpoint(): void {
    const { run, clock, emit, state, others, cumulative, load } = this.#options;
    const { server: presentServer, peers: presentPeers } = others?.() ?? {};
    const counted = { ...(presentServer === undefined ? {} : { presentServer }), ...(presentPeers === undefined ? {} : { presentPeers }) };
    const series = cumulative();
    const results = judge(run.thresholds, series, this.windows);
    emit({
      type: 'checkpoint',
      atMs: clock.atMs,
      ...state(),
      ...counted,
      joinTimeP95Ms: series.figures('join_time').p95,
      ...(load === undefined ? {} : { servers: load.servers(series), errorsSince: load.errorsSince() }),
      held: results.filter(({ held }) => held).length,
      broken: results.filter(({ held, observed }) => !held && observed !== undefined).map(({ expression }) => expression),
      pending: results.filter(({ observed }) => observed === undefined).length,
    });
  }

  #record(metric: MetricName, value: number): void {
    this.#options.run.recorder.record({ metric, value, atMs: this.#options.clock.atMs });
  }
}
