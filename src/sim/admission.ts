import type { Clock } from '../core/clock.js';

/**
 * `max_connections_per_second` of bbb-graphql-middleware: sockets beyond the rate wait for their turn, in order, and are refused
 * with HTTP 429 when they would wait longer than the limit.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #maxWaitMs: number;
  #nextMs = 0;

  constructor(clock: Clock, perSecond: number, maxWaitMs: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Monotonic ms at which the socket may go on; undefined: refused. */
  turn(): number | undefined {
    const nowMs = this.#clock.nowMs();
    if (this.#perSecond <= 0) return nowMs;
    const atMs = Math.max(nowMs, this.#nextMs);
    if (atMs - nowMs > this.#maxWaitMs) return undefined;
    this.#nextMs = atMs + 1_000 / this.#perSecond;
    return atMs;
  }
}
