import { setMaxListeners } from 'node:events';
import { every, sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { HarnessError, messageOf } from '../core/errors.js';
import type { RunEvent, RunOutput } from '../metrics/events.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { WindowedSeries } from '../metrics/windows.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Crew, CrewContext } from '../run/crew.js';
import type { RunCounts } from '../run/run-result.js';
import { shareOf } from '../schedule/shares.js';
import type { RunBus } from './bus.js';
import { CrewBooks, type Finished } from './crew-books.js';
import { CrewLog } from './crew-log.js';
import type { RemoteCrewOptions } from './crew-options.js';
import { HOLDER, parse, PHASE, SPLIT, type ClaimAnswer, type Holder, type MeetingState, type Phase, type Ready, type Refusal, type Split } from './messages.js';
import { RemotePresence } from './remote-presence.js';
import { SeatBook } from './seat-book.js';
import { serveWorkers } from './seat-desk.js';
import { bitsOf } from './started-bits.js';
import { StateKeeper } from './state-keeper.js';

/** From when everybody is ready until the first instant. */
const START_LEAD_MS = 2_000;
const CHECK_EVERY_MS = 1_000;
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
  readonly presence: RemotePresence;
  readonly #over = new AbortController();
  readonly #state: StateKeeper;
  readonly #log: CrewLog;
  readonly #books: CrewBooks;
  #context: CrewContext | undefined;
  #reading: Promise<void> | undefined;
  #startWallMs: number | undefined;
  /** What the first worker that gave a share back can be helped with. */
  #refusedHint: string | undefined;
  /** A worker that cannot bring its share, before the run has begun. */
  readonly #unfit = new AbortController();

  constructor(options: RemoteCrewOptions) {
    this.#options = options;
    setMaxListeners(0, this.#over.signal);
    this.#run = options.bus.run(options.job.run);
    this.#state = new StateKeeper({ bus: this.#run, clock: options.clock, logger: options.logger, signal: this.#over.signal });
    this.#seats = new SeatBook(options.seats, options.clock);
    this.presence = new RemotePresence({ bus: this.#run, plan: options.plan, clock: options.clock, signal: this.#over.signal, seats: () => this.#seats.holders().map(({ seat }) => seat) });
    this.#books = new CrewBooks({ ...options, seats: this.#seats, presence: this.presence, known: options.resumed ?? [], context: () => this.#contextual, onFinished: (entry) => this.#finished(entry) });
    this.#log = new CrewLog({ bus: this.#run, clock: options.clock, logger: options.logger, onEntry: (entry) => this.#books.take(entry), flush: options.flush });
  }

  /** The run tells who creates the meetings, and how it ends. */
  attach(context: CrewContext): this {
    this.#context = context;
    this.presence.keepTime(context.clock);
    for (const signal of [context.stop, context.abort]) signal.addEventListener('abort', () => this.#sayEnd(), { once: true });
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

  interim(snapshot: Snapshot): void {
    this.#options.total.interim(snapshot);
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
    this.#watch();
    this.#serve();
    this.#reading = this.#log.read(this.#over.signal);
    say(`Going on with the run: ${this.#seats.holders().length} of ${seats.length} shares are with workers`);
    this.#sayEnd();
  }

  async #gather(): Promise<void> {
    const { bus, job, wire, seats, waitMs, clock, say } = this.#options;
    const { stop } = this.#contextual;
    await this.#run.put('job', JSON.stringify(job));
    if (wire !== undefined) await this.#run.put('wire', wire);
    await this.#say('gathering');
    this.#serve();
    this.#reading = this.#log.read(this.#over.signal);
    for (const [seat, { queue }] of seats.entries()) await bus.offer(queue, taskId(job.run, seat), JSON.stringify({ run: job.run, seat }));
    say(`Waiting for ${seats.length} ${seats.length === 1 ? 'worker' : 'workers'} …`);
    const progress = every(clock, 5_000, this.#over.signal, () => {
      if (this.#startWallMs === undefined && !stop.aborted) say(`${this.#seats.claimed} of ${seats.length} workers are there, ${this.#seats.ready} ready`);
    });
    void progress;
    const missing = (): HarnessError => {
      const why = this.#books.shortfalls.refusals.map((refusal) => `; ${refusal}`).join('');
      return new HarnessError('WORKERS_MISSING', `only ${this.#seats.ready} of ${seats.length} workers were ready after ${Math.round(waitMs / 1000)} s (${this.#seats.claimed} had taken a seat)${why}`, {
        hint: (why === '' ? undefined : this.#refusedHint) ?? 'start `firstbell worker` on more machines, or plan with fewer --workers; look at what the workers print',
      });
    };
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
    if (resumed) return;
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
    return this.#books.counts;
  }

  get present(): number {
    return this.#books.present;
  }

  get unprepared(): number {
    return this.#books.unprepared;
  }

  get cutShort(): number {
    return this.#books.shortfalls.cutShort;
  }

  get shortcomings(): readonly string[] {
    return this.#books.shortfalls.reasons(!this.#contextual.stop.aborted);
  }

  get cumulative(): SeriesSet {
    return this.#options.total.series;
  }

  get soFar(): SeriesSet {
    return this.#options.total.soFar;
  }

  get windows(): WindowedSeries {
    return this.#options.total.windows;
  }

  /** Tells the workers that it is over and removes what the run left on the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { bus, job, seats, logger } = this.#options;
    const tidy = async (work: () => Promise<unknown>): Promise<void> => {
      await work().catch((error: unknown) => logger.log('warn', `the broker could not be tidied up: ${messageOf(error)}`));
    };
    await this.#say('over');
    // At once: of a broker that is gone each call takes its time.
    await Promise.all([...seats.keys()].map((seat) => tidy(() => bus.withdraw(taskId(job.run, seat)))));
    this.#over.abort();
    await this.#reading;
    await tidy(() => this.#run.forget());
  }

  get #contextual(): CrewContext {
    if (!this.#context) throw new HarnessError('INTERNAL', 'a crew is used before its run');
    return this.#context;
  }

  async #say(phase: Phase['phase']): Promise<void> {
    try {
      await this.#run.put('phase', JSON.stringify(this.#phase(phase)));
    } catch (error) {
      this.#options.logger.log('error', `the workers could not be told that the run is ${phase}: ${messageOf(error)}`);
      if (phase === 'gathering' || phase === 'started') throw error;
    }
  }

  /** Until the broker has it: workers that are not told go on starting users. */
  #sayEnd(): void {
    const { stop, abort } = this.#contextual;
    // The phase has the start in it, for workers and for whoever goes on with the run: who does so has to read it first.
    if (!stop.aborted || (this.#options.resumed && this.#startWallMs === undefined)) return;
    const phase = abort.aborted ? 'aborting' : 'stopping';
    this.#state.keep('phase', this.#phase(phase), `the workers could not be told that the run is ${phase}`);
  }

  #phase(phase: Phase['phase']): Phase {
    return { phase, ...(this.#startWallMs === undefined ? {} : { startWallMs: this.#startWallMs }) };
  }

  #sayMeeting(index: number, state: MeetingState): void {
    this.#state.keep(`meeting.${index}`, state, `the workers could not be told of meeting ${index}`);
  }

  #serve(): void {
    const { clock, readSnapshot } = this.#options;
    serveWorkers({
      bus: this.#run,
      clock,
      signal: this.#over.signal,
      onClaim: (claim) => this.#claim(claim.seat, claim.worker, claim.weight),
      onReady: (ready) => this.#ready(ready),
      onRefusal: (refusal) => this.#refused(refusal),
      onAlive: (worker) => this.#seats.heard(worker),
      onInterim: (value) => {
        const snapshot = readSnapshot(value);
        if (snapshot) this.interim(snapshot);
      },
    });
  }

  async #claim(seat: number, worker: string, weight: number): Promise<ClaimAnswer> {
    const answer = this.#seats.claim(seat, worker, weight);
    if (answer.answer === 'yours' || answer.answer === 'take-over') {
      // What is still to be written of its last holder must not come after.
      this.#hold(seat, { worker });
      await this.#run.put(`seat.${seat}`, JSON.stringify({ worker }));
    }
    return answer.answer === 'take-over' ? { answer: 'take-over', started: bitsOf(this.#books.started) } : answer;
  }

  #ready({ worker, seat, users, overdue = 0, planHash, clockOffsetMs, roundTripMs }: Ready): string | undefined {
    if (planHash !== this.#options.job.planHash) return 'this worker makes another plan of the scenario than the coordinator';
    const { atMs } = this.#contextual.clock;
    const took = this.#seats.setReady(seat, worker);
    if (took === undefined) return 'the seat is no longer this worker’s';
    this.#books.emit({ type: 'worker-ready', atMs, worker, share: seat, users, clockOffsetMs, roundTripMs });
    if (took === 'taken-over') this.#books.emit({ type: 'share-taken-over', atMs, worker, share: seat, users, overdue });
    return undefined;
  }

  /** Another worker may take the seat; why this one could not is said now, in the verdict, and if nobody does. */
  #refused({ worker, seat, code, message, hint }: Refusal): void {
    if (!this.#seats.release(seat, worker)) return;
    this.#hold(seat, {});
    this.#refusedHint ??= hint;
    this.#books.emit({ type: 'worker-refused', atMs: this.#contextual.clock.atMs, worker, share: seat, code, message });
    this.#options.say(`Worker ${worker} gives share ${seat} back: ${message} (${code})${hint === undefined ? '' : `; ${hint}`}`);
  }

  /** Without its users a run must not begin as if nothing were missing, nor end so. */
  #finished({ worker, seat, failure }: Finished): void {
    if (this.#startWallMs === undefined && !this.#contextual.stop.aborted) {
      const message = `worker ${worker} ${failure === undefined ? 'stopped before the run had begun' : `could not bring its users: ${failure}`}`;
      this.#unfit.abort(new HarnessError('WORKERS_MISSING', message, { hint: 'look at what the worker prints; browser users need --browser-workers, or workers with a browser' }));
    }
    this.#seats.finish(seat);
    this.#hold(seat, { worker, finished: true });
  }

  #hold(seat: number, holder: Holder): void {
    this.#state.keep(`seat.${seat}`, holder, `it could not be kept who has share ${seat}`);
  }

  #check(): void {
    for (const { seat, worker } of this.#seats.silent(this.#options.bus.connected)) this.#lose(seat, worker);
  }

  #lose(seat: number, worker: string): void {
    this.#books.lose(seat, worker);
    this.#seats.lose(seat);
    this.#hold(seat, {});
  }
}

function taskId(run: string, seat: number): string {
  return `${run}_${seat}`;
}

function nothingToResume(): HarnessError {
  return new HarnessError('USAGE', 'the broker knows nothing of this run that could be gone on with', { hint: 'it is over, or never began; `firstbell report` makes its report, `firstbell cleanup` ends what it left' });
}
