import { collector } from '../core/collect.js';

/** A full collection takes some ms, in which no packet leaves: fewer connections are not worth it. */
const ENOUGH = 50;

/** How often a media process should look. */
export const SWEEP_EVERY_MS = 30_000;

/**
 * Collects what closed connections have left behind. The binding holds memory for each of them until V8 has collected its wrapper; V8 knows nothing of
 * that memory, sees a small heap, and looks at the old part of it rarely: some MB an hour added up (`npm run soak`).
 */
export class Sweeper {
  readonly #collect: () => void;
  #closed = 0;

  constructor(collect: () => void = collector()) {
    this.#collect = collect;
  }

  closed(): void {
    this.#closed++;
  }

  look(): void {
    if (this.#closed < ENOUGH) return;
    this.#closed = 0;
    this.#collect();
  }
}
