import { HarnessError } from '../core/errors.js';
import type { LostReason } from './attendee.js';

/** What can cut an attendance short. */
export type Cause = { readonly by: 'stop' } | { readonly by: 'abort' } | { readonly by: 'lost'; readonly reason: LostReason };

/**
 * Joins the run's stop and abort and the loss of the meeting into one signal that ends whatever a user waits for.
 * The first cause counts, except that an abort overrides a stop. Dispose it, or the run's signals keep a listener.
 */
export class Interruption implements Disposable {
  readonly #stop: AbortSignal;
  readonly #abort: AbortSignal;
  readonly #controller = new AbortController();
  #cause: Cause | undefined;

  constructor(stop: AbortSignal, abort: AbortSignal) {
    this.#stop = stop;
    this.#abort = abort;
  }

  /** Begins to listen. */
  watch(): void {
    if (this.#abort.aborted) this.#onAbort();
    else if (this.#stop.aborted) this.#onStop();
    else {
      this.#stop.addEventListener('abort', this.#onStop);
      this.#abort.addEventListener('abort', this.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cause(): Cause | undefined {
    return this.#cause;
  }

  lose(reason: LostReason): void {
    this.#interrupt({ by: 'lost', reason }, new HarnessError(reason.code, reason.message));
  }

  [Symbol.dispose](): void {
    this.#stop.removeEventListener('abort', this.#onStop);
    this.#abort.removeEventListener('abort', this.#onAbort);
  }

  readonly #onStop = (): void => this.#interrupt({ by: 'stop' }, this.#stop.reason);

  readonly #onAbort = (): void => {
    if (this.#cause?.by === 'stop') this.#cause = { by: 'abort' };
    this.#interrupt({ by: 'abort' }, this.#abort.reason);
  };

  #interrupt(cause: Cause, reason: unknown): void {
    if (this.#cause) return;
    this.#cause = cause;
    this.#controller.abort(reason);
  }
}
