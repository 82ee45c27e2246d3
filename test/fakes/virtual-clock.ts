import type { Clock } from '../../src/core/clock.js';

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that moves only when told. Wakes sleepers in (time, order) and lets promises settle between instants. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
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
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        atMs: Math.max(atMs, this.#nowMs),
        order: this.#order++,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves to `atMs`, waking everything due on the way. */
  async advanceTo(atMs: number): Promise<void> {
    await settle();
    for (let next = this.#next(atMs); next; next = this.#next(atMs)) {
      this.#nowMs = next.atMs;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
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
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (!next) throw new Error('VirtualClock: the work waits, but nothing sleeps on this clock');
      await this.advanceTo(next.atMs);
    }
  }

  #next(untilMs: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs > untilMs) continue;
      if (!first || sleeper.atMs < first.atMs || (sleeper.atMs === first.atMs && sleeper.order < first.order)) first = sleeper;
    }
    return first;
  }
}

/** Lets pending promises and immediates run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
