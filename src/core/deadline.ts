import type { Clock } from './clock.js';
import type { HarnessError } from './errors.js';

/** A reason that nobody sees; the default one would build an exception with its stack each time. */
const FINISHED = 'finished';

/**
 * Runs `work` with a signal that aborts with `onTimeout()` after `limitMs`, or with the parent's reason.
 * Rejects as soon as the signal aborts, even if `work` ignores it; a late result is dropped (`work` cleans up after itself).
 */
export async function within<T>(clock: Clock, limitMs: number, parent: AbortSignal, onTimeout: () => HarnessError, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  parent.throwIfAborted();
  const finished = new AbortController();
  // Linked by hand: AbortSignal.any would leave an entry in the parent, which lives as long as the run.
  const own = new AbortController();
  const onParent = (): void => own.abort(parent.reason);
  parent.addEventListener('abort', onParent, { once: true });
  clock.sleepUntil(clock.nowMs() + limitMs, finished.signal).then(
    () => own.abort(onTimeout()),
    () => undefined,
  );
  try {
    return await new Promise<T>((resolve, reject) => {
      own.signal.addEventListener('abort', () => reject(own.signal.reason as Error), { once: true });
      work(own.signal).then(resolve, reject);
    });
  } finally {
    parent.removeEventListener('abort', onParent);
    finished.abort(FINISHED);
  }
}

/** `work`, or a rejection with the signal's reason as soon as it aborts; what `work` then does is nobody's concern. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      work.catch(() => undefined);
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
