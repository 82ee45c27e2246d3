import type { RunEvent } from '../metrics/events.js';
import type { CrewContext } from '../run/crew.js';
import type { RunCounts } from '../run/run-result.js';
import { CrewCounts } from './crew-counts.js';
import type { RemoteCrewOptions } from './crew-options.js';
import type { Entry } from './messages.js';
import type { RemotePresence } from './remote-presence.js';
import type { SeatBook } from './seat-book.js';
import { Shortfalls } from './shortfalls.js';

export type Finished = Extract<Entry, { readonly type: 'finished' }>;

export interface CrewBooksOptions extends Pick<RemoteCrewOptions, 'plan' | 'onSnapshot' | 'onEvidence' | 'readEvent' | 'readSnapshot' | 'logger'> {
  readonly seats: SeatBook;
  readonly presence: RemotePresence;
  /** Of the run so far. */
  readonly known: readonly RunEvent[];
  /** Of the run, once it is attached. */
  readonly context: () => CrewContext;
  /** A worker's last word on a share that it holds. */
  readonly onFinished: (entry: Finished) => void;
}

/** What became of the users and shares of a run, from what its workers say. */
export class CrewBooks {
  readonly shortfalls: Shortfalls;
  readonly #options: CrewBooksOptions;
  readonly #counts: CrewCounts;
  #unprepared = 0;

  constructor(options: CrewBooksOptions) {
    const { plan, presence, known } = options;
    this.#options = options;
    this.shortfalls = new Shortfalls(known);
    this.#counts = new CrewCounts(plan.attendances.length);
    for (const event of known) if (this.#counts.take(event)) presence.take(event);
  }

  get counts(): RunCounts {
    return this.#counts.counts;
  }

  get present(): number {
    return this.#counts.present;
  }

  /** Users that are not to be started (again): they were, or were dropped. */
  get started(): readonly number[] {
    return this.#counts.begun;
  }

  get unprepared(): number {
    return this.#unprepared;
  }

  /** Throws FILE_UNREADABLE for a snapshot with a damaged histogram. */
  take(entry: Entry): void {
    const { readEvent, readSnapshot, onSnapshot, onEvidence, plan, seats, logger } = this.#options;
    seats.heard(entry.worker);
    // What was measured was measured, whoever holds the seat now; who is where is said by its holder alone.
    if (entry.type === 'snapshot') {
      const snapshot = readSnapshot(entry.snapshot);
      if (snapshot) onSnapshot(snapshot);
      else logger.log('warn', `a snapshot of ${entry.worker} could not be read`);
      return;
    }
    if (!seats.isHeldBy(entry.seat, entry.worker)) return;
    if (entry.type === 'evidence') {
      if (plan.attendances[entry.seq] !== undefined) onEvidence(entry.seq, Buffer.from(entry.jpeg, 'base64'));
      return;
    }
    if (entry.type === 'finished') return this.#finish(entry);
    for (const value of entry.events) {
      const event = readEvent(value);
      if (event && this.#isPlanned(event)) this.#pass(event);
      else logger.log('warn', `an event of ${entry.worker} could not be read`);
    }
  }

  /** Something that the coordinator says of its workers. */
  emit(event: RunEvent): void {
    this.shortfalls.take(event);
    this.#options.context().emit(event);
  }

  /** The running users of a lost worker end with it. */
  lose(seat: number, worker: string): void {
    const { atMs } = this.#options.context().clock;
    const users = this.#options.seats.users(seat);
    const running = users.filter((seq) => this.#counts.isRunning(seq));
    const waiting = users.filter((seq) => this.#counts.isWaiting(seq)).length;
    this.emit({ type: 'worker-lost', atMs, worker, share: seat, running: running.length, waiting });
    for (const seq of running) this.#pass({ type: 'user-ended', atMs, seq, outcome: 'aborted', code: 'WORKER_LOST', phase: 'generator', message: `its worker ${worker} went silent` });
  }

  #finish(entry: Finished): void {
    const { worker, seat, failure, entriesLost, samplesLost, unprepared } = entry;
    this.#unprepared += unprepared;
    // Known already if the coordinator before this one had it.
    if ((failure !== undefined || entriesLost > 0) && !this.shortfalls.isIncomplete(worker, seat)) {
      this.emit({ type: 'share-incomplete', atMs: this.#options.context().clock.atMs, worker, share: seat, ...(failure === undefined ? {} : { message: failure }), entriesLost });
    }
    this.shortfalls.samplesLost(worker, samplesLost);
    this.#options.onFinished(entry);
  }

  #pass(event: RunEvent): void {
    // What comes a second time, from a log that was read again, is known.
    if (!this.#counts.take(event)) return;
    this.#options.presence.take(event);
    this.emit(event);
    if (event.type !== 'user-ended' && event.type !== 'user-dropped') return;
    const meeting = this.#options.plan.attendances[event.seq]?.meeting;
    if (meeting !== undefined) this.#options.context().meetings.release(meeting);
  }

  /** Whoever is named is in the plan: books are kept by number, and a number may be anything. */
  #isPlanned(event: RunEvent): boolean {
    return !('seq' in event) || this.#options.plan.attendances[event.seq] !== undefined;
  }
}
