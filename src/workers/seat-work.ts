import { setMaxListeners } from 'node:events';
import { every, sleep, type Clock } from '../core/clock.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { uniqueToken } from '../core/random.js';
import { isMetric } from '../metrics/catalogue.js';
import type { RunRecorder } from '../metrics/recorder.js';
import type { RunOptions, Usage } from '../run/run-context.js';
import { runShare, type ShareResult } from '../run/run-share.js';
import type { Plan } from '../schedule/plan.js';
import { shareOf } from '../schedule/shares.js';
import { WORKING_EVERY_MS, type Bus, type RunBus, type Task } from './bus.js';
import { coordinatorMs, measureClockOffset, type ClockOffset } from './clock-offset.js';
import { ALIVE_EVERY_MS, CLAIM_ANSWER, COORDINATOR, HOLDER, JOB, MAX_FAILURE_CHARS, parse, PHASE, READY_ANSWER, SPLIT, type ClaimAnswer, type Job, type Phase, type Refusal, type Seat, type Split } from './messages.js';
import { OutputLink, type ReadEvidence } from './output-link.js';
import { answerLooks } from './remote-presence.js';
import { RemoteMeetings } from './remote-meetings.js';
import { hasBit } from './started-bits.js';
import { restOf } from './take-over.js';
import { Tether } from './tether.js';

/** What a worker needs to bring the users of a job. */
export interface Equipment extends AsyncDisposable {
  readonly plan: Plan;
  readonly planHash: string;
  readonly factories: RunOptions['factories'];
  readonly recorder: RunRecorder;
  readonly usage: () => Usage | Promise<Usage>;
  /** Pictures of failures. */
  readonly evidence: ReadEvidence;
}

/**
 * Makes a plan and users of a job. Rejects with a HarnessError, e.g. SECRET_MISSING. `wire` is a profile's text; undefined: the recorded one.
 * `clockOffsetMs`: what the wall clock here is ahead of the coordinator's.
 */
export type Equip = (job: Job, wire: string | undefined, atMs: () => number, clockOffsetMs: number) => Promise<Equipment>;

export interface WorkerOptions {
  readonly bus: Bus;
  /** Unique; letters, digits and hyphens. */
  readonly worker: string;
  /** How much it brings, compared with the others. */
  readonly weight: number;
  readonly clock: Clock;
  readonly equip: Equip;
  /** Without a word from the coordinator for so long, its users leave. */
  readonly orphanAfterMs: number;
  /** Leave the meetings and stop. */
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly say: (text: string) => void;
  readonly logger: Logger;
}

const ASK_LIMIT_MS = 5_000;
const RETRY_MS = 3_000;
/** Seats of a coordinator that died stay on the queue; one that goes on with the run must not wait long for takers. */
const MAX_RETRY_MS = 15_000;
const LEAVE_LIMIT_MS = 20_000;

/** One share of one run, from taking its seat to the last word. */
export class SeatWork {
  readonly #options: WorkerOptions;
  readonly #task: Task;
  readonly #seat: Seat;
  readonly #bus: RunBus;
  readonly #onTaken: () => void;
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  readonly #phases = new Set<(phase: Phase) => void>();
  #phase: Phase = { phase: 'gathering' };
  /** As measured last. */
  #offset: ClockOffset | undefined;
  #heardMs: number;
  #fenced = false;
  #refused = false;
  #taken = false;
  #failure: unknown;
  readonly #tether: Tether;
  /** Of a share that was taken over. */
  #overdue = 0;
  /** Why the users leave before it is time in a run that goes on. */
  #ownEnd: string | undefined;
  /** What the share says goes nowhere any more. */
  #onFence: () => void = () => undefined;
  #settleIn: () => void = () => undefined;
  /** Resolves when the share runs, or does not come to run: then the worker may take another. */
  readonly settledIn = new Promise<void>((resolve) => (this.#settleIn = resolve));

  /** `onTaken`: the seat is this worker's. */
  constructor(options: WorkerOptions, task: Task, seat: Seat, onTaken: () => void = () => undefined) {
    this.#options = options;
    setMaxListeners(0, this.#over.signal);
    this.#onTaken = onTaken;
    this.#task = task;
    this.#seat = seat;
    this.#bus = options.bus.run(seat.run);
    this.#heardMs = options.clock.nowMs();
    const shown = `Share ${seat.seat} of run ${seat.run}`;
    this.#tether = new Tether({
      clock: options.clock,
      confirm: () => this.#confirm(),
      stop: this.#stop.signal,
      onHeld: (held) => options.say(held ? `${shown}: cut off from the broker; nobody is started until it says that the share is still this worker’s` : `${shown}: still this worker’s; users start again`),
    });
  }

  /** This worker lacks something that the run needs: its seats are for others. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Why a share that was this worker's could not be brought here; undefined: it was, or the run ended before. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Another has the seat: users leave at once, and nothing more is said of them. */
  fence(): void {
    this.#fenced = true;
    this.#onFence();
    this.#end('aborting');
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { clock, stop, abort } = this.#options;
    const stopped = 'it was stopped on its machine';
    const onStop = (): void => this.#end('stopping', stopped);
    const onAbort = (): void => this.#end('aborting', stopped);
    stop.addEventListener('abort', onStop);
    abort.addEventListener('abort', onAbort);
    if (stop.aborted) onStop();
    void every(clock, WORKING_EVERY_MS, this.#over.signal, () => this.#task.working());
    try {
      await this.#work();
    } catch (error) {
      this.#told(error);
      this.#task.giveBack(Math.min(MAX_RETRY_MS, RETRY_MS * this.#task.attempt));
    } finally {
      this.#over.abort();
      stop.removeEventListener('abort', onStop);
      abort.removeEventListener('abort', onAbort);
      this.#settleIn();
    }
  }

  /** Says why the share could not be brought; returns it in short. */
  #told(error: unknown): string {
    const { say, logger } = this.#options;
    const { run, seat } = this.#seat;
    if (this.#taken && !this.#stop.signal.aborted) this.#failure = error;
    say(`Share ${seat} of run ${run} could not be brought: ${messageOf(error)}${error instanceof HarnessError && error.hint !== undefined ? ` (${error.hint})` : ''}`);
    if (codeOf(error) === 'INTERNAL') logger.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    return messageOf(error).slice(0, MAX_FAILURE_CHARS);
  }

  /** Takes the seat, gets ready, and brings the users of its share. */
  async #work(): Promise<void> {
    const { worker, weight, equip, say, clock } = this.#options;
    const { run, seat } = this.#seat;
    const job = parse(JOB, await this.#bus.get('job'));
    if (!job) return this.#task.drop();
    const claim = await this.#claim(worker, weight);
    if (claim.answer === 'held') return this.#task.giveBack(RETRY_MS);
    if (claim.answer === 'over') return this.#task.drop();
    this.#taken = true;
    this.#onTaken();
    say(`Share ${seat} of run ${run}${claim.answer === 'take-over' ? ', left by a lost worker' : ''}: getting ready`);
    // From here on the coordinator counts on this worker.
    const alive = (): void => this.#bus.tell('alive', JSON.stringify({ worker, seats: [seat] }));
    alive();
    void every(clock, ALIVE_EVERY_MS, this.#over.signal, alive);
    const offset = await measureClockOffset(this.#bus, clock);
    this.#offset = offset;
    const runAtMs = (): number => (this.#phase.startWallMs === undefined ? 0 : coordinatorMs(clock, this.#offset ?? offset) - this.#phase.startWallMs);
    const wire = job.ownWire ? await this.#bus.get('wire') : undefined;
    await using equipment = await equip(job, wire, runAtMs, offset.offsetMs).catch((error: unknown) => this.#refuse(error));
    await this.#followRun(seat, worker);
    const split = await this.#split();
    const whole = shareOf(equipment.plan, seat, split.seats);
    const { plan: share, overdue } = claim.answer === 'take-over' ? restOf(whole, hasBit(claim.started), runAtMs()) : { plan: whole, overdue: 0 };
    this.#overdue = overdue;
    // One that takes its own lost seat again is another recorder of the run.
    const recorder = claim.answer === 'take-over' ? `${worker}.${seat}.${uniqueToken(6)}` : `${worker}.${seat}`;
    const failure = await this.#bring(share, recorder, job, equipment, offset);
    if (this.#fenced) this.#failure = new HarnessError('WORKER_LOST', `share ${seat} of run ${run} was taken from this worker, which had not been heard of`, { hint: 'look at the network between it and the broker, and at how busy the machine was' });
    else await this.#task.done();
    say(`Share ${seat} of run ${run}: ${this.#fenced ? 'another worker has it' : failure === undefined ? 'all users have left' : 'given up'}`);
  }

  /** Brings the users of a share and reports on them until the last has left; resolves with why it was given up before, if it was. */
  async #bring(share: Plan, recorder: string, job: Job, equipment: Equipment, offset: ClockOffset): Promise<string | undefined> {
    const { worker, clock, logger, abort } = this.#options;
    const { run, seat } = this.#seat;
    const meetings = new RemoteMeetings(run);
    await meetings.follow(this.#bus, this.#over.signal);
    const output = new OutputLink({ bus: this.#bus, clock, logger, worker, seat, evidence: equipment.evidence, abort });
    this.#onFence = () => output.silence();
    let failure: string | undefined;
    let result: Partial<ShareResult> & Pick<ShareResult, 'unprepared' | 'samplesLost'> = { unprepared: 0, samplesLost: 0 };
    try {
      result = await runShare({
        plan: share,
        everybody: equipment.plan.attendances,
        runId: run,
        worker: recorder,
        clock,
        factories: equipment.factories,
        recorder: equipment.recorder,
        outputs: [output],
        intervalMs: job.intervalMs,
        interim: (job.interim ?? []).filter(isMetric),
        meetings,
        clockOffsetMs: offset.offsetMs,
        onPresence: (presence) => answerLooks(this.#bus, seat, presence, this.#over.signal),
        gate: (lateMs) => this.#tether.pass(lateMs),
        begin: () => this.#begin(share.attendances.length, equipment.planHash, offset),
        stop: this.#stop.signal,
        abort: this.#abort.signal,
        usage: equipment.usage,
        logger,
      });
    } catch (error) {
      if (!this.#stop.signal.aborted) failure = this.#told(error);
    }
    // Taken out of a run that goes on, or never brought: nothing else tells the coordinator whose doing that was.
    const whole = result.counts !== undefined && result.counts.aborted + result.counts.notStarted === 0;
    const told = failure ?? (whole ? undefined : this.#ownEnd);
    await output.finish({ unprepared: result.unprepared, samplesLost: result.samplesLost, ...(told === undefined ? {} : { failure: told }) });
    return failure;
  }

  async #claim(worker: string, weight: number): Promise<ClaimAnswer> {
    const answer = parse(CLAIM_ANSWER, await this.#bus.ask('claim', JSON.stringify({ worker, seat: this.#seat.seat, weight }), ASK_LIMIT_MS));
    if (!answer) throw new HarnessError('BROKER_UNREACHABLE', 'the coordinator answered something else than was asked');
    return answer;
  }

  /** Tells the coordinator at once what is missing here, so that a person need not look at every worker. */
  async #refuse(error: unknown): Promise<never> {
    const { worker, logger } = this.#options;
    this.#refused = true;
    const hint = error instanceof HarnessError ? error.hint : undefined;
    const refusal: Refusal = { worker, seat: this.#seat.seat, code: codeOf(error), message: messageOf(error).slice(0, MAX_FAILURE_CHARS), ...(hint === undefined ? {} : { hint: hint.slice(0, MAX_FAILURE_CHARS) }) };
    await this.#bus.ask('refuse', JSON.stringify(refusal), ASK_LIMIT_MS).catch((unheard: unknown) => logger.log('warn', `the coordinator could not be told that share ${this.#seat.seat} is given back: ${messageOf(unheard)}`));
    throw error;
  }

  /** Hears of the run's phase, of losing the seat, and whether the coordinator lives. */
  async #followRun(seat: number, worker: string): Promise<void> {
    const { clock, orphanAfterMs, say } = this.#options;
    const { signal } = this.#over;
    await this.#bus.watch(
      'phase',
      (_key, text) => {
        const phase = parse(PHASE, text);
        if (!phase) return;
        this.#phase = phase;
        if (phase.phase === 'stopping' || phase.phase === 'over') this.#end('stopping');
        if (phase.phase === 'aborting') this.#end('aborting');
        for (const look of [...this.#phases]) look(phase);
      },
      signal,
    );
    await this.#bus.watch(
      `seat.${seat}`,
      (_key, text) => {
        if (isAnothers(text, worker)) this.fence();
      },
      signal,
    );
    this.#bus.hear('coordinator', (text) => (parse(COORDINATOR, text) ? this.#heard() : undefined), signal);
    void every(clock, ALIVE_EVERY_MS, signal, () => {
      if (clock.nowMs() - this.#heardMs <= orphanAfterMs || this.#stop.signal.aborted) return;
      const silence = `word from the coordinator for ${Math.round(orphanAfterMs / 1000)} s`;
      say(`No ${silence}: the users leave their meetings`);
      this.#end('stopping', `no ${silence}`);
    });
  }

  #heard(): void {
    this.#heardMs = this.#options.clock.nowMs();
    this.#tether.heard();
  }

  /** What the broker says now; what it said may not have come yet. */
  async #confirm(): Promise<void> {
    if (isAnothers(await this.#bus.get(`seat.${this.#seat.seat}`), this.#options.worker)) this.fence();
  }

  async #split(): Promise<Split> {
    const { signal } = this.#stop;
    return new Promise<Split>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (signal.aborted) reject(signal.reason as Error);
      this.#bus
        .watch(
          'split',
          (_key, text) => {
            const split = parse(SPLIT, text);
            if (split) resolve(split);
          },
          this.#over.signal,
        )
        .catch(reject);
    });
  }

  /** Says that the share is ready, waits for the start, and resolves at it with how long ago it was. */
  async #begin(users: number, planHash: string, claimed: ClockOffset): Promise<number> {
    const { worker, clock } = this.#options;
    // Getting ready takes a while, and either wall clock may have been set meanwhile.
    const offset = await measureClockOffset(this.#bus, clock).catch(() => claimed);
    this.#offset = offset;
    const { offsetMs, roundTripMs } = offset;
    const answer = parse(READY_ANSWER, await this.#bus.ask('ready', JSON.stringify({ worker, seat: this.#seat.seat, users, overdue: this.#overdue, planHash, clockOffsetMs: offsetMs, roundTripMs }), ASK_LIMIT_MS));
    if (!answer?.ok) throw new HarnessError('USAGE', answer?.message ?? 'the coordinator does not want this share', { hint: 'do all machines run the same version of Firstbell?' });
    const startWallMs = await this.#started();
    const untilMs = startWallMs - coordinatorMs(clock, offset);
    if (untilMs > 0) await sleep(clock, untilMs, this.#stop.signal);
    this.#settleIn();
    return Math.max(0, coordinatorMs(clock, offset) - startWallMs);
  }

  #started(): Promise<number> {
    return new Promise((resolve, reject) => {
      const look = ({ phase, startWallMs }: Phase): void => {
        if (phase === 'started' && startWallMs !== undefined) resolve(startWallMs);
      };
      this.#phases.add(look);
      look(this.#phase);
      const { signal } = this.#stop;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (signal.aborted) reject(signal.reason as Error);
    });
  }

  /** `own`: why, where it is not the run that ends. */
  #end(how: 'stopping' | 'aborting', own?: string): void {
    const { clock } = this.#options;
    if (!this.#stop.signal.aborted) {
      this.#ownEnd = own;
      this.#stop.abort(new HarnessError('STOPPED', 'the run ends'));
      void sleep(clock, LEAVE_LIMIT_MS, this.#over.signal).then(
        () => this.#abort.abort(new HarnessError('STOPPED', 'not everyone had left in time')),
        () => undefined,
      );
    }
    if (how === 'aborting' && !this.#abort.signal.aborted) this.#abort.abort(new HarnessError('STOPPED', 'the run was aborted'));
  }
}

/** Of what the broker has under a seat. Nothing there is no word: state ages away after a day. */
function isAnothers(text: string | undefined, worker: string): boolean {
  const holder = parse(HOLDER, text);
  return holder !== undefined && holder.worker !== worker;
}
