import { every, sleep, type Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { HarnessError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import type { RunEvent, RunOutput } from '../metrics/events.js';
import type { RunningTotal } from '../metrics/running-total.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { WindowedSeries } from '../metrics/windows.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { lostWorkers } from '../run/lost-workers.js';
import { isOwnLoss, ownLosses } from '../run/own-failure.js';
import type { Crew, CrewContext } from '../run/crew.js';
import type { RunCounts } from '../run/run-result.js';
import type { Plan } from '../schedule/plan.js';
import { shareOf } from '../schedule/shares.js';
import type { Bus, LogEntry, RunBus } from './bus.js';
import { CrewCounts } from './crew-counts.js';
import { ALIVE, ALIVE_EVERY_MS, CLAIM, ENTRY, HOLDER, parse, PHASE, READY, SPLIT, type ClaimAnswer, type Entry, type Holder, type Job, type MeetingState, type Phase, type Split } from './messages.js';
import { RemotePresence } from './remote-presence.js';
import { SeatBook, type SeatKind } from './seat-book.js';
import { bitsOf } from './started-bits.js';
import { StateKeeper } from './state-keeper.js';

export interface RemoteCrewOptions {
  readonly bus: Bus;
  readonly plan: Plan;
  readonly job: Job;
  /** Text of the wire profile, if it is not the recorded one. */
  readonly wire: string | undefined;
  readonly seats: readonly SeatKind[];
  /** How long to wait for workers to take the seats and get ready. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly total: RunningTotal;
  /** Takes what workers measured. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Takes a picture of a failure (a JPEG, as its worker says). */
  readonly onEvidence: (seq: number, jpeg: Buffer) => void;
  /** Whether something from the broker has the shape of an event, or of a snapshot. */
  readonly readEvent: (value: unknown) => RunEvent | undefined;
  readonly readSnapshot: (value: unknown) => Snapshot | undefined;
  /** Resolves when everything received is on its way to the disk. */
  readonly flush: () => Promise<void>;
  /** Events of the run so far, where a coordinator that died is replaced; undefined: the run is new. */
  readonly resumed: readonly RunEvent[] | undefined;
  readonly say: (text: string) => void;
  readonly logger: Logger;
}

/** From when everybody is ready until the first instant. */
const START_LEAD_MS = 2_000;
const CHECK_EVERY_MS = 1_000;
const CONFIRM_EVERY_MS = 1_000;
/** After an abort workers have so long for their last words. */
const LAST_WORDS_MS = 30_000;

/**
 * The users of a run on many machines. Seats are offered on a queue; each worker claims one, makes the same plan, brings its share, and says in a log what
 * happened. A worker that goes silent is lost: its running users end as losses of the generator, its waiting users go with the seat to another worker.
 */
export class RemoteCrew implements Crew, RunOutput, AsyncDisposable {
  readonly #options: RemoteCrewOptions;
  readonly #run: RunBus;
  readonly #seats: SeatBook;
  readonly #counts: CrewCounts;
  readonly presence: RemotePresence;
  readonly #over = new AbortController();
  readonly #state: StateKeeper;
  readonly #unconfirmed: LogEntry[] = [];
  #context: CrewContext | undefined;
  #reading: Promise<void> | undefined;
  #startWallMs: number | undefined;
  #unprepared = 0;
  #ownLosses = 0;
  readonly #failures: string[] = [];
  /** Events that say what workers kept from the target; the record has the same. */
  readonly #shortfalls: RunEvent[];
  /** A worker that cannot bring its share, before the run has begun. */
  readonly #unfit = new AbortController();

  constructor(options: RemoteCrewOptions) {
    this.#options = options;
    this.#run = options.bus.run(options.job.run);
    this.#state = new StateKeeper({ bus: this.#run, clock: options.clock, logger: options.logger, signal: this.#over.signal });
    this.#seats = new SeatBook(options.seats, options.clock);
    this.#counts = new CrewCounts(options.plan.attendances.length);
    this.presence = new RemotePresence({ bus: this.#run, plan: options.plan, clock: options.clock, signal: this.#over.signal, seats: () => this.#seats.holders().map(({ seat }) => seat) });
    this.#shortfalls = (options.resumed ?? []).filter(({ type }) => type === 'worker-lost' || type === 'share-incomplete');
    for (const event of options.resumed ?? []) if (this.#counts.take(event)) this.presence.take(event);
  }

  /** The run tells who creates the meetings, and how it ends. */
  attach(context: CrewContext): this {
    this.#context = context;
    this.presence.keepTime(context.clock);
    const phase = (name: Phase['phase']) => () => void this.#say(name);
    context.stop.addEventListener('abort', phase('stopping'), { once: true });
    context.abort.addEventListener('abort', phase('aborting'), { once: true });
    return this;
  }

  /** As an output of the run: passes on which meetings there are. */
  event(event: RunEvent): void {
    if (event.type === 'meeting-created') this.#sayMeeting(event.meeting, { ok: true });
    else if (event.type === 'meeting-failed') this.#sayMeeting(event.meeting, { ok: false, code: event.code, message: event.message.slice(0, 2_000) });
  }

  snapshot(): void {
    // Those of this process are in the run folder like all others.
  }

  prepare(): Promise<void> {
    return this.#options.resumed ? this.#resume() : this.#gather();
  }

  /** The workers went on; their seats are as the state on the broker says. */
  async #resume(): Promise<void> {
    const { plan, seats, say } = this.#options;
    const phase = parse(PHASE, await this.#run.get('phase'));
    const split = parse(SPLIT, await this.#run.get('split'));
    if (phase?.startWallMs === undefined || !split || split.seats.length !== seats.length) throw nothingToResume();
    this.#startWallMs = phase.startWallMs;
    this.#seats.assign(split.seats.map((_, seat) => shareOf(plan, seat, split.seats).attendances.map(({ seq }) => seq)));
    for (const seat of seats.keys()) {
      const holder = parse(HOLDER, await this.#run.get(`seat.${seat}`));
      this.#seats.restore(seat, holder?.worker, holder?.finished ?? false);
    }
    this.#serve();
    this.#reading = this.#read();
    say(`Going on with the run: ${this.#seats.holders().length} of ${seats.length} shares are with workers`);
  }

  async #gather(): Promise<void> {
    const { bus, job, wire, seats, waitMs, clock, say } = this.#options;
    const { stop } = this.#contextual;
    await this.#run.put('job', JSON.stringify(job));
    if (wire !== undefined) await this.#run.put('wire', wire);
    await this.#say('gathering');
    this.#serve();
    this.#reading = this.#read();
    for (const [seat, { queue }] of seats.entries()) await bus.offer(queue, taskId(job.run, seat), JSON.stringify({ run: job.run, seat }));
    say(`Waiting for ${seats.length} ${seats.length === 1 ? 'worker' : 'workers'} …`);
    const progress = every(clock, 5_000, this.#over.signal, () => {
      if (this.#startWallMs === undefined && !stop.aborted) say(`${this.#seats.claimed} of ${seats.length} workers are there, ${this.#seats.ready} ready`);
    });
    void progress;
    const missing = (): HarnessError =>
      new HarnessError('WORKERS_MISSING', `only ${this.#seats.ready} of ${seats.length} workers were ready after ${Math.round(waitMs / 1000)} s (${this.#seats.claimed} had taken a seat)`, {
        hint: 'start `firstbell worker` on more machines, or plan with fewer --workers; look at what the workers print',
      });
    await within(clock, waitMs, AbortSignal.any([stop, this.#unfit.signal]), missing, async (signal) => {
      await this.#seats.until(() => this.#seats.claimed === seats.length, signal);
      const split: Split = { seats: this.#seats.weights() };
      this.#seats.assign(split.seats.map((_, seat) => shareOf(this.#options.plan, seat, split.seats).attendances.map(({ seq }) => seq)));
      await this.#run.put('split', JSON.stringify(split));
      await this.#seats.until(() => this.#seats.ready === seats.length, signal);
    });
  }

  async begin(): Promise<void> {
    const { clock, say, resumed } = this.#options;
    if (resumed) return this.#watch();
    this.#unfit.signal.throwIfAborted();
    this.#startWallMs = Math.round(clock.wallMs() + START_LEAD_MS);
    await this.#say('started');
    say('All workers are ready; the run begins in two seconds');
    await sleep(clock, this.#startWallMs - clock.wallMs(), this.#contextual.stop).catch(() => undefined);
    this.#watch();
  }

  #watch(): void {
    this.#seats.begin();
    void every(this.#options.clock, CHECK_EVERY_MS, this.#over.signal, () => this.#check());
  }

  async run(): Promise<void> {
    const { stop } = this.#contextual;
    await this.#seats.until(() => this.#seats.over, stop).catch(() => undefined);
  }

  async settled(): Promise<void> {
    const { clock } = this.#options;
    const { stop, abort } = this.#contextual;
    if (this.#startWallMs === undefined) return;
    const late = new AbortController();
    const giveUp = (): void => {
      void sleep(clock, LAST_WORDS_MS, this.#over.signal).then(
        () => late.abort(),
        () => undefined,
      );
    };
    if (stop.aborted) this.#seats.noMoreTakers();
    else stop.addEventListener('abort', () => this.#seats.noMoreTakers(), { once: true });
    if (abort.aborted) giveUp();
    else abort.addEventListener('abort', giveUp, { once: true });
    await this.#seats.until(() => this.#seats.over, late.signal).catch(() => undefined);
    for (const { seat, worker } of this.#seats.holders()) this.#lose(seat, worker);
  }

  get counts(): RunCounts {
    return this.#counts.counts;
  }

  get present(): number {
    return this.#counts.present;
  }

  get unprepared(): number {
    return this.#unprepared;
  }

  get shortcomings(): readonly string[] {
    return [...lostWorkers(this.#shortfalls), ...ownLosses(this.#ownLosses), ...this.#failures];
  }

  get cumulative(): SeriesSet {
    return this.#options.total.series;
  }

  get windows(): WindowedSeries {
    return this.#options.total.windows;
  }

  /** Tells the workers that it is over and removes what the run left on the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { bus, job, seats, logger } = this.#options;
    try {
      await this.#say('over');
      for (const seat of seats.keys()) await bus.withdraw(taskId(job.run, seat));
      this.#over.abort();
      await this.#reading;
      await this.#run.forget();
    } catch (error) {
      logger.log('warn', `the broker could not be tidied up: ${messageOf(error)}`);
    } finally {
      this.#over.abort();
    }
  }

  get #contextual(): CrewContext {
    if (!this.#context) throw new HarnessError('INTERNAL', 'a crew is used before its run');
    return this.#context;
  }

  async #say(phase: Phase['phase']): Promise<void> {
    const text: Phase = { phase, ...(this.#startWallMs === undefined ? {} : { startWallMs: this.#startWallMs }) };
    try {
      await this.#run.put('phase', JSON.stringify(text));
    } catch (error) {
      this.#options.logger.log('error', `the workers could not be told that the run is ${phase}: ${messageOf(error)}`);
      if (phase === 'gathering' || phase === 'started') throw error;
    }
  }

  #sayMeeting(index: number, state: MeetingState): void {
    this.#state.keep(`meeting.${index}`, state, `the workers could not be told of meeting ${index}`);
  }

  #serve(): void {
    const { clock } = this.#options;
    const { signal } = this.#over;
    this.#run.serve('clock', () => JSON.stringify({ wallMs: clock.wallMs() }), signal);
    this.#run.serve('claim', (text) => this.#claim(text), signal);
    this.#run.serve('ready', (text) => this.#ready(text), signal);
    this.#run.hear('alive', (text) => {
      const alive = parse(ALIVE, text);
      if (alive) this.#seats.heard(alive.worker);
    }, signal);
    void every(clock, ALIVE_EVERY_MS, signal, () => this.#run.tell('coordinator', JSON.stringify({ wallMs: clock.wallMs() })));
  }

  async #claim(text: string): Promise<string> {
    const claim = parse(CLAIM, text);
    const answer: ClaimAnswer = claim ? this.#seats.claim(claim.seat, claim.worker, claim.weight) : { answer: 'over' };
    if (claim && (answer.answer === 'yours' || answer.answer === 'take-over')) await this.#run.put(`seat.${claim.seat}`, JSON.stringify({ worker: claim.worker }));
    if (answer.answer === 'take-over') return JSON.stringify({ answer: 'take-over', started: bitsOf(this.#counts.started) });
    return JSON.stringify(answer);
  }

  #ready(text: string): string {
    const ready = parse(READY, text);
    if (!ready) return JSON.stringify({ ok: false, message: 'the report that a share is ready could not be read' });
    const { worker, seat, users, planHash, clockOffsetMs, roundTripMs } = ready;
    if (planHash !== this.#options.job.planHash) return JSON.stringify({ ok: false, message: 'this worker makes another plan of the scenario than the coordinator' });
    const { emit, clock } = this.#contextual;
    const took = this.#seats.setReady(seat, worker);
    if (took === undefined) return JSON.stringify({ ok: false, message: 'the seat is no longer this worker’s' });
    emit({ type: 'worker-ready', atMs: clock.atMs, worker, share: seat, users, clockOffsetMs, roundTripMs });
    if (took === 'taken-over') emit({ type: 'share-taken-over', atMs: clock.atMs, worker, share: seat, users });
    return JSON.stringify({ ok: true });
  }

  async #read(): Promise<void> {
    const { signal } = this.#over;
    const confirming = every(this.#options.clock, CONFIRM_EVERY_MS, signal, () => this.#confirm());
    try {
      for await (const entry of this.#run.read(signal)) {
        this.#takeText(entry.text);
        this.#unconfirmed.push(entry);
      }
    } catch (error) {
      this.#options.logger.log('error', `the log of the run cannot be read: ${messageOf(error)}`);
    }
    await confirming;
    await this.#confirm();
  }

  /** Only what is on its way to the disk is confirmed: what a killed coordinator had not written comes again. */
  async #confirm(): Promise<void> {
    const entries = this.#unconfirmed.splice(0);
    if (entries.length === 0) return;
    await this.#options.flush();
    for (const entry of entries) entry.confirm();
  }

  /** One entry that is not as it should be costs nothing but itself. */
  #takeText(text: string): void {
    const { logger } = this.#options;
    const entry = parse(ENTRY, text);
    if (!entry) return logger.log('warn', 'an entry in the log of the run could not be read');
    try {
      this.#take(entry);
    } catch (error) {
      // E.g. a snapshot with a damaged histogram.
      logger.log('warn', `an entry of ${entry.worker} in the log of the run is of no use: ${messageOf(error)}`);
    }
  }

  #take(entry: Entry): void {
    const { readEvent, readSnapshot, onSnapshot, logger } = this.#options;
    this.#seats.heard(entry.worker);
    // What was measured was measured, whoever holds the seat now; who is where is said by its holder alone.
    if (entry.type === 'snapshot') {
      const snapshot = readSnapshot(entry.snapshot);
      if (snapshot) onSnapshot(snapshot);
      else logger.log('warn', `a snapshot of ${entry.worker} could not be read`);
      return;
    }
    if (!this.#seats.isHeldBy(entry.seat, entry.worker)) return;
    if (entry.type === 'evidence') {
      if (this.#options.plan.attendances[entry.seq] !== undefined) this.#options.onEvidence(entry.seq, Buffer.from(entry.jpeg, 'base64'));
      return;
    }
    if (entry.type === 'events') {
      for (const value of entry.events) {
        const event = readEvent(value);
        if (event && this.#isPlanned(event)) this.#pass(event);
        else logger.log('warn', `an event of ${entry.worker} could not be read`);
      }
      return;
    }
    this.#unprepared += entry.unprepared;
    this.#takeShortfall(entry);
    if (entry.samplesLost > 0) this.#failures.push(`${entry.samplesLost} samples of worker ${entry.worker} were lost: too many series`);
    this.#seats.finish(entry.seat);
    this.#hold(entry.seat, { worker: entry.worker, finished: true });
  }

  /** Without its users a run must not begin as if nothing were missing, nor end so. */
  #takeShortfall({ worker, seat, failure, entriesLost }: Extract<Entry, { type: 'finished' }>): void {
    const { emit, clock, stop } = this.#contextual;
    if (this.#startWallMs === undefined && !stop.aborted) {
      const message = `worker ${worker} ${failure === undefined ? 'stopped before the run had begun' : `could not bring its users: ${failure}`}`;
      this.#unfit.abort(new HarnessError('WORKERS_MISSING', message, { hint: 'look at what the worker prints; browser users need --browser-workers, or workers with a browser' }));
    }
    // Known already if the coordinator before this one had it.
    if ((failure === undefined && entriesLost === 0) || this.#shortfalls.some((event) => event.type === 'share-incomplete' && event.worker === worker && event.share === seat)) return;
    const event: RunEvent = { type: 'share-incomplete', atMs: clock.atMs, worker, share: seat, ...(failure === undefined ? {} : { message: failure }), entriesLost };
    this.#shortfalls.push(event);
    emit(event);
  }

  #hold(seat: number, holder: Holder): void {
    this.#state.keep(`seat.${seat}`, holder, `it could not be kept who has share ${seat}`);
  }

  #pass(event: RunEvent): void {
    // What comes a second time, from a log that was read again, is known.
    if (!this.#counts.take(event)) return;
    this.presence.take(event);
    if (event.type === 'user-ended' && isOwnLoss(event)) this.#ownLosses++;
    this.#contextual.emit(event);
    if (event.type !== 'user-ended' && event.type !== 'user-dropped') return;
    const meeting = this.#options.plan.attendances[event.seq]?.meeting;
    if (meeting !== undefined) this.#contextual.meetings.release(meeting);
  }

  /** Whoever is named is in the plan: books are kept by number, and a number may be anything. */
  #isPlanned(event: RunEvent): boolean {
    return !('seq' in event) || this.#options.plan.attendances[event.seq] !== undefined;
  }

  #check(): void {
    for (const { seat, worker } of this.#seats.silent(this.#options.bus.connected)) this.#lose(seat, worker);
  }

  #lose(seat: number, worker: string): void {
    const { emit, clock } = this.#contextual;
    const users = this.#seats.users(seat);
    const running = users.filter((seq) => this.#counts.isRunning(seq));
    const waiting = users.filter((seq) => !this.#counts.started.has(seq)).length;
    this.#seats.lose(seat);
    this.#hold(seat, {});
    const event: RunEvent = { type: 'worker-lost', atMs: clock.atMs, worker, share: seat, running: running.length, waiting };
    this.#shortfalls.push(event);
    emit(event);
    for (const seq of running) this.#pass({ type: 'user-ended', atMs: clock.atMs, seq, outcome: 'aborted', code: 'WORKER_LOST', phase: 'generator', message: `its worker ${worker} went silent` });
  }
}

function taskId(run: string, seat: number): string {
  return `${run}_${seat}`;
}

function nothingToResume(): HarnessError {
  return new HarnessError('USAGE', 'the broker knows nothing of this run that could be gone on with', { hint: 'it is over, or never began; `firstbell report` makes its report, `firstbell cleanup` ends what it left' });
}
