import { unlessAborted } from './deadline.js';

/** Conditions that are waited for: each is looked at when it begins, and whenever something has changed. */
export class Looks {
  readonly #looks = new Set<() => void>();

  /** Something has changed. */
  look(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Nothing will change any more: those who wait do so until their signals abort. */
  forget(): void {
    this.#looks.clear();
  }

  /** Resolves once `done` holds; rejects with the reason of the first signal that aborts. What was waited for in vain does not pile up. */
  until(done: () => boolean, ...signals: readonly AbortSignal[]): Promise<void> {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const look = (): void => {
      if (done()) finish();
    };
    this.#looks.add(look);
    look();
    return unlessAborted(finished, ...signals).finally(() => this.#looks.delete(look));
  }
}
