import { setMaxListeners } from 'node:events';
import { unlessAborted } from '../core/deadline.js';
import { Looks } from '../core/looks.js';

/** What a user waits for. Everything ends with the user's session, too. */
export class Waits {
  /** Called after each document. */
  readonly #looks = new Looks();
  /** Aborts with why the session ended. */
  readonly #ender = new AbortController();

  /** Something may have come. */
  look(): void {
    this.#looks.look();
  }

  end(error: Error): void {
    this.look();
    this.#ender.abort(error);
  }

  /** Nobody waits any more for what the page would have shown. */
  forget(): void {
    this.#looks.forget();
  }

  /** Resolves when it is there; rejects with why the session ended, or the signal's reason. */
  seen(there: () => boolean, signal: AbortSignal): Promise<void> {
    return this.#looks.until(there, signal, this.#ender.signal);
  }

  until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return unlessAborted(work, signal, this.#ender.signal);
  }
}

/** The life of a page: all its legs and waits end with it, and Node warns of more than ten listeners. */
export function newPage(): AbortController {
  const page = new AbortController();
  setMaxListeners(0, page.signal);
  return page;
}
