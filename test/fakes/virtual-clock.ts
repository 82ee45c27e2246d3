import type { Clock } from '../../src/core/clock.js';

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
  /** Its signal has aborted; it is dropped when it comes up. */
  cancelled: boolean;
}

/** A clock that moves only when told. Wakes sleepers in (time, order) and lets promises settle between instants. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #sleeping = 0;
  /** Binary heap: thousands of users sleep at a time. */
  readonly #heap: Sleeper[] = [];
  readonly #wallStartMs: number;

  constructor(wallStartMs = Date.UTC(2026, 10, 23, 7, 0, 0)) {
    this.#wallStartMs = wallStartMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMs;
  }

  sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        sleeper.cancelled = true;
        this.#sleeping--;
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        atMs: Math.max(atMs, this.#nowMs),
        order: this.#order++,
        cancelled: false,
        wake: () => {
          this.#sleeping--;
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#sleeping++;
      this.#push(sleeper);
    });
  }

  get sleeping(): number {
    return this.#sleeping;
  }

  /** Moves to `atMs`, waking everything due on the way. */
  async advanceTo(atMs: number): Promise<void> {
    await settle();
    for (let next = this.#first(); next && next.atMs <= atMs; next = this.#first()) {
      this.#nowMs = next.atMs;
      this.#pop();
      next.wake();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
    await settle();
  }

  /** Advances from sleeper to sleeper until `work` settles; complains if it waits for something that no clock will bring. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const watched = work.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    for (;;) {
      await settle();
      if (settled) return watched;
      const next = this.#first();
      if (!next) throw new Error('VirtualClock: the work waits, but nothing sleeps on this clock');
      await this.advanceTo(next.atMs);
    }
  }

  #first(): Sleeper | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, sleeper)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = sleeper;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Lets pending promises and immediates run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
