import type { Clock } from './clock.js';
import type { HarnessError } from './errors.js';

/**
 * Runs `work` with a signal that aborts with `onTimeout()` after `limitMs`, or with the parent's reason.
 * Rejects as soon as the signal aborts, even if `work` ignores it; a late result is dropped (`work` cleans up after itself).
 */
export async function within<T>(clock: Clock, limitMs: number, parent: AbortSignal, onTimeout: () => HarnessError, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  parent.throwIfAborted();
  const deadline = new AbortController();
  const finished = new AbortController();
  const signal = AbortSignal.any([parent, deadline.signal]);
  clock.sleepUntil(clock.nowMs() + limitMs, finished.signal).then(
    () => deadline.abort(onTimeout()),
    () => undefined,
  );
  try {
    return await new Promise<T>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      work(signal).then(resolve, reject);
    });
  } finally {
    finished.abort();
  }
}
