import type { Clock } from '../core/clock.js';
import { Looks } from '../core/looks.js';
import type { UserKind } from '../schedule/plan.js';
import type { ClaimAnswer } from './messages.js';

/** What a seat is for, and on which queue it is offered. */
export interface SeatKind {
  readonly queue: string;
  readonly kinds: readonly UserKind[];
}

/** open: offered · claimed: a worker has it · ready: its share is prepared · lost: its worker went silent, another may take it · finished · given-up: nobody took it in time */
type State = 'open' | 'claimed' | 'ready' | 'lost' | 'finished' | 'given-up';

interface Entry {
  readonly kinds: readonly UserKind[];
  state: State;
  worker: string | undefined;
  weight: number;
  users: readonly number[];
  takenOver: boolean;
  lostMs: number;
}

/** A worker that was not heard of for so long is lost. */
const SILENT_MS = 10_000;
/** A coordinator that has not looked for so long stood still (a busy machine, SIGSTOP, a laptop that slept): what workers said meanwhile is still unread. */
const STOOD_STILL_MS = 5_000;
/** A lost seat that nobody has taken by then is given up. */
const TAKE_LIMIT_MS = 60_000;

/** Who holds which share of a run, and who is alive. Knows no users and no broker. */
export class SeatBook {
  readonly #clock: Clock;
  readonly #entries: Entry[];
  readonly #heardMs = new Map<string, number>();
  readonly #looks = new Looks();
  /** Since when we hear: silence while the connection did not hold, or we stood still, proves nothing. */
  #hearingMs: number | undefined;
  #lookedMs: number | undefined;
  #begun = false;
  #takers = true;

  constructor(seats: readonly SeatKind[], clock: Clock) {
    this.#clock = clock;
    this.#entries = seats.map(({ kinds }) => ({ kinds, state: 'open', worker: undefined, weight: 1, users: [], takenOver: false, lostMs: 0 }));
  }

  get claimed(): number {
    return this.#entries.filter(({ state }) => state !== 'open' && state !== 'lost').length;
  }

  get ready(): number {
    return this.#entries.filter(({ state }) => state === 'ready').length;
  }

  /** Nobody brings users any more, nor will. */
  get over(): boolean {
    return this.#entries.every(({ state }) => state === 'finished' || state === 'given-up' || (state === 'lost' && !this.#takers));
  }

  /** Takes up the books of a coordinator that died. */
  restore(seat: number, worker: string | undefined, finished: boolean): void {
    const entry = this.#entries[seat];
    if (!entry) return;
    Object.assign(entry, { worker, state: finished ? 'finished' : worker === undefined ? 'lost' : 'ready', lostMs: this.#clock.nowMs() });
    if (worker !== undefined) this.heard(worker);
  }

  weights(): { weight: number; kinds: UserKind[] }[] {
    return this.#entries.map(({ weight, kinds }) => ({ weight, kinds: [...kinds] }));
  }

  assign(users: readonly (readonly number[])[]): void {
    users.forEach((seqs, seat) => (this.#entries[seat]!.users = seqs));
  }

  users(seat: number): readonly number[] {
    return this.#entries[seat]?.users ?? [];
  }

  claim(seat: number, worker: string, weight: number): ClaimAnswer {
    const entry = this.#entries[seat];
    if (!entry || entry.state === 'finished' || entry.state === 'given-up' || !this.#takers) return { answer: 'over' };
    this.heard(worker);
    if (entry.state !== 'open' && entry.state !== 'lost') {
      if (entry.worker === worker && entry.state === 'claimed') return entry.takenOver ? { answer: 'take-over', started: '' } : { answer: 'yours' };
      // Before the start nothing is lost with a worker: another may simply take its place.
      if (this.#begun || !this.#isSilent(entry.worker)) return { answer: 'held' };
    }
    const takenOver = this.#begun;
    Object.assign(entry, { state: 'claimed', worker, takenOver, ...(takenOver || entry.users.length > 0 ? {} : { weight }) });
    this.#changed();
    return takenOver ? { answer: 'take-over', started: '' } : { answer: 'yours' };
  }

  /** Its worker gives it back, for another. False: it was not that worker's. */
  release(seat: number, worker: string): boolean {
    const entry = this.#entries[seat];
    if (entry?.worker !== worker || entry.state !== 'claimed') return false;
    Object.assign(entry, { state: this.#begun ? 'lost' : 'open', worker: undefined, lostMs: this.#clock.nowMs() });
    this.#changed();
    return true;
  }

  /** How the seat was taken; undefined: it is not this worker's. */
  setReady(seat: number, worker: string): 'taken' | 'taken-over' | undefined {
    const entry = this.#entries[seat];
    if (entry?.worker !== worker || (entry.state !== 'claimed' && entry.state !== 'ready')) return undefined;
    entry.state = 'ready';
    this.#changed();
    return entry.takenOver ? 'taken-over' : 'taken';
  }

  isHeldBy(seat: number, worker: string): boolean {
    const entry = this.#entries[seat];
    return entry?.worker === worker && entry.state !== 'lost' && entry.state !== 'given-up';
  }

  heard(worker: string): void {
    this.#heardMs.set(worker, this.#clock.nowMs());
  }

  begin(): void {
    this.#begun = true;
  }

  /** The run ends: what is lost now stays lost. */
  noMoreTakers(): void {
    this.#takers = false;
    this.#changed();
  }

  finish(seat: number): void {
    const entry = this.#entries[seat];
    if (!entry) return;
    entry.state = 'finished';
    this.#changed();
  }

  lose(seat: number): void {
    const entry = this.#entries[seat];
    if (!entry) return;
    Object.assign(entry, { state: 'lost', worker: undefined, lostMs: this.#clock.nowMs() });
    this.#changed();
  }

  /** Seats that somebody still holds. */
  holders(): readonly { readonly seat: number; readonly worker: string }[] {
    return this.#entries.flatMap(({ state, worker }, seat) => (worker !== undefined && (state === 'claimed' || state === 'ready') ? [{ seat, worker }] : []));
  }

  /** Seats whose holders have not been heard of for too long; gives up lost seats that nobody takes. To be asked every second. */
  silent(connected: boolean): readonly { readonly seat: number; readonly worker: string }[] {
    const nowMs = this.#clock.nowMs();
    const stoodStill = this.#lookedMs !== undefined && nowMs - this.#lookedMs > STOOD_STILL_MS;
    this.#lookedMs = nowMs;
    if (!connected) {
      this.#hearingMs = undefined;
      return [];
    }
    if (stoodStill) this.#hearingMs = nowMs;
    this.#hearingMs ??= nowMs;
    if (nowMs - this.#hearingMs < SILENT_MS) return [];
    for (const entry of this.#entries) {
      if (entry.state !== 'lost' || nowMs - entry.lostMs < TAKE_LIMIT_MS) continue;
      entry.state = 'given-up';
      this.#changed();
    }
    return this.holders().filter(({ worker }) => this.#isSilent(worker));
  }

  /** Resolves when `done` holds; rejects when `signal` aborts. */
  until(done: () => boolean, signal: AbortSignal): Promise<void> {
    return this.#looks.until(done, signal);
  }

  #isSilent(worker: string | undefined): boolean {
    return worker === undefined || this.#clock.nowMs() - (this.#heardMs.get(worker) ?? Number.NEGATIVE_INFINITY) > SILENT_MS;
  }

  #changed(): void {
    this.#looks.look();
  }
}
