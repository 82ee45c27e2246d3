import { sleep, type Clock } from '../core/clock.js';
import { parse, SEAT } from './messages.js';
import { SeatWork, type WorkerOptions } from './seat-work.js';

/** When a worker ends by itself; neither: it goes on until `stop`. */
export interface EndOptions {
  /** When it has brought users of so many runs. */
  readonly runs?: number;
  /** When it has brought users of a run and no other came for so long. */
  readonly idleMs?: number;
}

export interface ServeOptions extends WorkerOptions, EndOptions {
  readonly queues: readonly string[];
}

/** A seat of a run that is for another worker is offered to it after so long. */
const FOR_OTHERS_MS = 2_000;

/**
 * Serves runs until `stop`: takes a seat in a crew, brings its share of the users, takes the next; while a share runs it also takes what a lost worker left.
 * Resolves when everybody has left. A worker that ends by itself does so, too, when it could not bring a share that was its own, and rejects with the reason.
 */
export async function serveRuns(options: ServeOptions): Promise<void> {
  const { bus, queues, stop, clock } = options;
  const running = new Set<Promise<void>>();
  /** Who has, or had, which seat here. */
  const holders = new Map<string, SeatWork>();
  const service = new Service(clock, options);
  for await (const task of bus.take(queues, AbortSignal.any([stop, service.enough]))) {
    const seat = parse(SEAT, task.text);
    if (!seat) {
      task.drop();
      continue;
    }
    if (!service.wants(seat.run)) {
      task.giveBack(FOR_OTHERS_MS);
      continue;
    }
    const key = `${seat.run} ${seat.seat}`;
    const work: SeatWork = new SeatWork(options, task, seat, () => {
      service.take(seat.run);
      // Of its own seat, lost and taken again, the holder has the same name as before.
      holders.get(key)?.fence();
      holders.set(key, work);
    });
    const done = work.run().finally(() => {
      running.delete(done);
      if (holders.get(key) === work) holders.delete(key);
      service.note(seat.run, work);
      if (running.size === 0) service.rest();
    });
    running.add(done);
    // Another seat of the same crew would otherwise be taken by the quickest worker before the others are there.
    await work.settledIn;
    service.note(seat.run, work);
  }
  await Promise.all(running);
  service.close();
}

/** What a worker has served, and whether that is enough. */
class Service {
  readonly #clock: Clock;
  readonly #ends: EndOptions;
  readonly #served = new Set<string>();
  /** Runs for which this worker lacks something. */
  readonly #refused = new Set<string>();
  readonly #enough = new AbortController();
  /** While nothing runs and the next run is waited for. */
  #resting: AbortController | undefined;
  #failure: unknown;

  constructor(clock: Clock, ends: EndOptions) {
    this.#clock = clock;
    this.#ends = ends;
  }

  /** Aborts when the worker is to end by itself. */
  get enough(): AbortSignal {
    return this.#enough.signal;
  }

  wants(run: string): boolean {
    return !this.#enough.signal.aborted && this.#failure === undefined && !this.#refused.has(run) && (this.#served.has(run) || !this.#hasAll);
  }

  take(run: string): void {
    this.#served.add(run);
    this.#resting?.abort();
    this.#resting = undefined;
  }

  /** What became of a share so far. */
  note(run: string, { refused, failure }: Pick<SeatWork, 'refused' | 'failure'>): void {
    if (refused) this.#refused.add(run);
    if (this.#ends.runs !== undefined || this.#ends.idleMs !== undefined) this.#failure ??= failure;
  }

  /** No share runs here. */
  rest(): void {
    const { idleMs } = this.#ends;
    if (this.#failure !== undefined || this.#hasAll) this.#enough.abort();
    if (idleMs === undefined || this.#served.size === 0 || this.#resting) return;
    this.#resting = new AbortController();
    sleep(this.#clock, idleMs, this.#resting.signal).then(
      () => this.#enough.abort(),
      () => undefined,
    );
  }

  /** Throws what a worker that ends by itself could not do. */
  close(): void {
    this.#resting?.abort();
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  get #hasAll(): boolean {
    return this.#served.size >= (this.#ends.runs ?? Number.POSITIVE_INFINITY);
  }
}
