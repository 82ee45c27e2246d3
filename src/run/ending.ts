import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import type { EndReason } from '../metrics/events.js';
import type { RunResult } from './run-result.js';

type Failure = NonNullable<RunResult['failure']>;

/**
 * How a run comes to its end before the plan does: `stop` (no new users, everyone leaves within `gracefulStopMs`) or `abort` (now).
 * The first reason counts, except that the user's abort overrides it.
 */
export class Ending implements Disposable {
  readonly #clock: Clock;
  readonly #gracefulStopMs: number;
  readonly #onBegin: (reason: EndReason, error?: HarnessError) => void;
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  readonly #over = new AbortController();
  #reason: EndReason | undefined;
  failure: Failure | undefined;

  constructor(options: { readonly clock: Clock; readonly gracefulStopMs: number; readonly onBegin: (reason: EndReason, error?: HarnessError) => void }) {
    this.#clock = options.clock;
    this.#gracefulStopMs = options.gracefulStopMs;
    this.#onBegin = options.onBegin;
    // Every user listens to them; Node warns of more than ten.
    setMaxListeners(0, this.#stop.signal, this.#abort.signal);
  }

  /** Follows the signals of the user; returns what lets go of them. */
  follow(stop: AbortSignal, abort: AbortSignal): () => void {
    const onStop = (): void => this.stop('stopped');
    const onAbort = (): void => this.abort();
    stop.addEventListener('abort', onStop);
    abort.addEventListener('abort', onAbort);
    if (stop.aborted) onStop();
    if (abort.aborted) onAbort();
    return () => {
      stop.removeEventListener('abort', onStop);
      abort.removeEventListener('abort', onAbort);
    };
  }

  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  get abortSignal(): AbortSignal {
    return this.#abort.signal;
  }

  /** completed unless something ended the run. */
  get reason(): EndReason {
    return this.#reason ?? 'completed';
  }

  stop(reason: EndReason, error?: HarnessError): void {
    if (this.#reason !== undefined || this.#over.signal.aborted) return;
    this.#begin(reason, error);
    if (error) this.failure = { code: error.code, message: error.message, hint: error.hint };
    this.#abortWhoIsLate();
  }

  /** Takes up the end of a run whose coordinator died while the users left; its record has said why. */
  goOn(reason: EndReason, failure: Failure | undefined): void {
    this.#reason = reason;
    this.failure = failure;
    this.#stop.abort(new HarnessError('STOPPED', `the run ends: ${reason}`));
    if (reason === 'aborted') this.#abort.abort(new HarnessError('STOPPED', 'the run was aborted'));
    else this.#abortWhoIsLate();
  }

  #abortWhoIsLate(): void {
    const late = new HarnessError('STOPPED', `not everyone had left ${this.#gracefulStopMs / 1000} s after the stop`);
    this.#clock.sleepUntil(this.#clock.nowMs() + this.#gracefulStopMs, this.#over.signal).then(
      () => this.#abort.abort(late),
      () => undefined,
    );
  }

  abort(): void {
    if (this.#over.signal.aborted || this.#reason === 'aborted') return;
    this.#begin('aborted');
    this.#abort.abort(new HarnessError('STOPPED', 'the run was aborted'));
  }

  /** The run is over: nothing ends it any more. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #begin(reason: EndReason, error?: HarnessError): void {
    this.#reason = reason;
    this.#onBegin(reason, error);
    this.#stop.abort(new HarnessError('STOPPED', `the run ends: ${reason}`));
  }
}
