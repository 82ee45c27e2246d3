import { sleep, type Clock } from '../core/clock.js';
import type { Logger } from '../core/log.js';
import { codeOf, messageOf } from '../core/errors.js';
import { uniqueToken } from '../core/random.js';
import type { RunEvent, RunOutput } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { RunBus } from './bus.js';
import { MAX_EVIDENCE_BYTES, MAX_INTERIM_CHARS, type Entry } from './messages.js';

const BATCH_EVERY_MS = 250;
const RETRY_AFTER_MS = 1_000;
/** What may wait for a broker that is away; older entries are dropped and counted. */
const MAX_WAITING = 20_000;

interface Waiting {
  readonly id: string;
  readonly text: string;
}

/** A picture by its path as events have it; undefined: there is none. */
export type ReadEvidence = (path: string) => Promise<Buffer | undefined>;

/** What a share says of itself, on its way to the log of the run: in order, each entry until the broker has it, or until whoever waits for that aborts. */
export class OutputLink implements RunOutput {
  readonly #bus: RunBus;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #label: { readonly worker: string; readonly seat: number };
  readonly #prefix: string;
  readonly #abort: AbortSignal;
  readonly #closing = new AbortController();
  readonly #waiting: Waiting[] = [];
  #events: RunEvent[] = [];
  #count = 0;
  #lost = 0;
  #silent = false;
  readonly #evidence: ReadEvidence;
  /** Pictures that are being read. */
  readonly #reading = new Set<Promise<void>>();
  readonly #pumping: Promise<void>;

  /** `abort`: a broker that is away then is tried once more, and waited for no longer. */
  constructor(options: { readonly bus: RunBus; readonly clock: Clock; readonly logger: Logger; readonly worker: string; readonly seat: number; readonly evidence?: ReadEvidence; readonly abort?: AbortSignal }) {
    const { bus, clock, logger, worker, seat, evidence = () => Promise.resolve(undefined), abort = new AbortController().signal } = options;
    this.#abort = abort;
    this.#evidence = evidence;
    this.#bus = bus;
    this.#clock = clock;
    this.#logger = logger;
    this.#label = { worker, seat };
    // A worker that takes its own lost seat again has another link; the broker would take what that says for what it has.
    this.#prefix = `${worker}.${seat}.${uniqueToken(6)}`;
    this.#pumping = this.#pump();
  }

  /** Entries that found no room while the broker was away. */
  get lost(): number {
    return this.#lost;
  }

  event(event: RunEvent): void {
    this.#events.push(event);
    if ((event.type !== 'user-ended' && event.type !== 'step-failed') || event.screenshot === undefined) return;
    const reading = this.#picture(event.seq, event.screenshot).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  snapshot(snapshot: Snapshot): void {
    this.#enqueueEvents();
    this.#enqueue({ type: 'snapshot', ...this.#label, snapshot });
  }

  /** May be lost: the next comes in a second. */
  interim(snapshot: Snapshot): void {
    const text = JSON.stringify({ snapshot });
    if (this.#silent || text.length > MAX_INTERIM_CHARS) return;
    this.#bus.tell('interim', text);
  }

  /** Nothing of this share is wanted any more: another has it. */
  silence(): void {
    this.#silent = true;
    this.#waiting.length = 0;
  }

  /** Says the last word and resolves when the broker has everything, or was given up. */
  async finish(entry: Omit<Extract<Entry, { type: 'finished' }>, 'type' | 'worker' | 'seat' | 'entriesLost'>): Promise<void> {
    await Promise.all(this.#reading);
    this.#enqueueEvents();
    // The last word may itself push an entry out.
    this.#enqueue({ type: 'finished', ...this.#label, ...entry, entriesLost: this.#lost + (this.#waiting.length >= MAX_WAITING ? 1 : 0) });
    this.#closing.abort();
    await this.#pumping;
  }

  /** Never rejects: a picture that cannot be had is none. */
  async #picture(seq: number, path: string): Promise<void> {
    try {
      const jpeg = await this.#evidence(path);
      if (jpeg && jpeg.length <= MAX_EVIDENCE_BYTES) this.#enqueue({ type: 'evidence', ...this.#label, seq, jpeg: jpeg.toString('base64') });
    } catch (error) {
      this.#logger.log('debug', `a picture could not be sent: ${messageOf(error)}`);
    }
  }

  #enqueueEvents(): void {
    if (this.#events.length === 0) return;
    this.#enqueue({ type: 'events', ...this.#label, events: this.#events });
    this.#events = [];
  }

  #enqueue(entry: Entry): void {
    if (this.#silent) return;
    this.#waiting.push({ id: `${this.#prefix}.${this.#count++}`, text: JSON.stringify(entry) });
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#lost++;
  }

  #giveUp(error: unknown): void {
    this.#logger.log('warn', `the broker does not take what share ${this.#label.seat} says; given up, with ${this.#waiting.length} reports that the coordinator will miss: ${messageOf(error)}`);
    this.#lost += this.#waiting.length;
    this.silence();
  }

  async #pump(): Promise<void> {
    for (;;) {
      this.#enqueueEvents();
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const isLast = this.#abort.aborted;
        try {
          await this.#bus.append(next.id, next.text);
          if (this.#waiting[0] === next) this.#waiting.shift();
        } catch (error) {
          // The coordinator has ended the run without this share, e.g. while this machine was cut off.
          if (codeOf(error) === 'STOPPED') this.silence();
          else if (isLast) this.#giveUp(error);
          else this.#logger.log('warn', `the broker does not take what share ${this.#label.seat} says, trying again: ${messageOf(error)}`);
          if (!this.#silent) await sleep(this.#clock, RETRY_AFTER_MS, this.#abort).catch(() => undefined);
        }
      }
      if (this.#closing.signal.aborted && this.#events.length === 0) return;
      await sleep(this.#clock, BATCH_EVERY_MS, this.#closing.signal).catch(() => undefined);
    }
  }
}
