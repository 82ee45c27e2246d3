import type { Clock } from '../core/clock.js';

/** The clock of a run: 0 is the first instant of the plan. Before `start` it stands at 0, while things are made ready. */
export class RunClock {
  readonly clock: Clock;
  readonly #wallOffsetMs: number;
  #startMs: number | undefined;

  /** `wallOffsetMs`: what the wall clock here is ahead of the run's, which is that of the coordinator. */
  constructor(clock: Clock, wallOffsetMs = 0) {
    this.clock = clock;
    this.#wallOffsetMs = wallOffsetMs;
  }

  /** Unix time as all workers of the run have it, ms. */
  get wallMs(): number {
    return this.clock.wallMs() - this.#wallOffsetMs;
  }

  /** Makes now the first instant of the plan, or what was `agoMs` before: who comes in later keeps the run's time. */
  start(agoMs = 0): void {
    this.#startMs ??= this.clock.nowMs() - agoMs;
  }

  get atMs(): number {
    return this.#startMs === undefined ? 0 : this.clock.nowMs() - this.#startMs;
  }

  /** Sleeps until an instant of the plan; only after `start`. Rejects with `signal.reason` once aborted. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    return this.clock.sleepUntil((this.#startMs ?? this.clock.nowMs()) + atMs, signal);
  }
}
