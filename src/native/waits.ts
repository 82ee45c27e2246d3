import { setMaxListeners } from 'node:events';
import { unlessAborted } from '../core/deadline.js';

/** What a user waits for. Everything ends with the user's session, too. */
export class Waits {
  /** Called after each document. */
  readonly #looks = new Set<() => void>();
  /** Aborts with why the session ended. */
  readonly #ender = new AbortController();

  /** Something may have come. */
  look(): void {
    for (const look of [...this.#looks]) look();
  }

  end(error: Error): void {
    this.look();
    this.#ender.abort(error);
  }

  /** Nobody waits any more for what the page would have shown. */
  forget(): void {
    this.#looks.clear();
  }

  /** Resolves when it is there; rejects with why the session ended, or the signal's reason. */
  seen(there: () => boolean, signal: AbortSignal): Promise<void> {
    let show: () => void = () => undefined;
    const shown = new Promise<void>((resolve) => {
      show = resolve;
    });
    const look = (): void => {
      if (there()) show();
    };
    this.#looks.add(look);
    look();
    // What was waited for in vain, step after step, must not pile up.
    return this.until(shown, signal).finally(() => this.#looks.delete(look));
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
