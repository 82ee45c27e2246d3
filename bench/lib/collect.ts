import { collector } from '../../src/core/collect.js';

let collect: (() => void) | undefined;

/** A full collection of this process's heap, twice, so that what the first has let go of (finalizers, weak references) is gone as well. It holds everything up meanwhile. */
export async function collectAll(): Promise<void> {
  collect ??= collector();
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}
