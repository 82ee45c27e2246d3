import type { RunClock } from '../vu/run-clock.js';

/** Something to begin at an instant. */
export interface Task {
  /** On the run's clock; 0 and before: before the run begins. */
  readonly atMs: number;
  readonly begin: () => Promise<void> | void;
}

/** Asked before a task that is so much late is begun; what it returns is waited for. */
export type Gate = (lateMs: number) => Promise<void> | undefined;

/** Begins everything that has to be done before the first instant; resolves with how each ended. */
export function beginEarly(tasks: readonly Task[]): Promise<PromiseSettledResult<void>[]> {
  return Promise.allSettled(tasks.filter(({ atMs }) => atMs <= 0).map((task) => task.begin()));
}

/** Begins each later task at its time, if `gate` is open, in the order given; waits for none of them. Resolves after the last, or at `stop`. */
export async function follow(tasks: readonly Task[], clock: RunClock, stop: AbortSignal, gate?: Gate): Promise<void> {
  for (const { atMs, begin } of tasks) {
    if (stop.aborted) return;
    if (clock.atMs < atMs) {
      try {
        await clock.sleepUntil(atMs, stop);
      } catch (error) {
        if (stop.aborted) return;
        throw error;
      }
    }
    const closed = gate?.(clock.atMs - atMs);
    if (closed) {
      await closed;
      if (stop.aborted) return;
    }
    // What fails says so for itself: a meeting in the events, a user in its end.
    begin()?.catch(() => undefined);
  }
}

export const isLater = ({ atMs }: Task): boolean => atMs > 0;
