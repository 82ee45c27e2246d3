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

/** `work`, or a rejection with the reason of the first signal that aborts; what `work` then does is nobody's concern. Whichever comes first, no signal keeps a listener. */
export function unlessAborted<T>(work: Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = signals.find(({ aborted }) => aborted);
    if (over) {
      work.catch(() => undefined);
      reject(over.reason as Error);
      return;
    }
    const release = (): void => {
      for (const { signal, onAbort } of listeners) signal.removeEventListener('abort', onAbort);
    };
    const listeners = signals.map((signal) => ({
      signal,
      onAbort: (): void => {
        release();
        reject(signal.reason as Error);
      },
    }));
    for (const { signal, onAbort } of listeners) signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(release);
  });
}
