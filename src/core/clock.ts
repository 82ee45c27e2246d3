import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Time, handed in. The real one is `systemClock`; tests use `VirtualClock` (test/fakes). */
export interface Clock {
  /** Monotonic milliseconds; only for differences. */
  nowMs(): number;
  /** Unix time in milliseconds; only for labels. */
  wallMs(): number;
  /** Resolves at or after `atMs` on the monotonic scale; rejects with `signal.reason` once aborted. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
}

/** Longest delay that `setTimeout` takes (2^31 − 1 ms); longer sleeps are taken in pieces. */
const MAX_TIMER_MS = 2_147_483_647;

class SystemClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      let timer: NodeJS.Timeout;
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      // A timer may fire up to 1 ms early, so the clock is asked again.
      const arm = (): void => {
        const leftMs = atMs - performance.now();
        if (leftMs <= 0) {
          signal.removeEventListener('abort', onAbort);
          resolve();
          return;
        }
        timer = setTimeout(arm, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      arm();
    });
  }
}

export const systemClock: Clock = new SystemClock();

/** Sleeps `durationMs` from now. */
export function sleep(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return clock.sleepUntil(clock.nowMs() + durationMs, signal);
}

/** Calls `tick` every `periodMs` at absolute due times (no drift) until `signal` aborts; never rejects because of the abort. */
export async function every(clock: Clock, periodMs: number, signal: AbortSignal, tick: () => void | Promise<void>): Promise<void> {
  const startMs = clock.nowMs();
  for (let n = 1; !signal.aborted; n++) {
    try {
      await clock.sleepUntil(startMs + n * periodMs, signal);
    } catch {
      return;
    }
    await tick();
    // Ticks that are already in the past are skipped, not made up for.
    n = Math.max(n, Math.floor((clock.nowMs() - startMs) / periodMs));
  }
}

/** Delay of the event loop beyond its 10 ms sampling period, as Node measures it. Call `stop` when done. */
export interface EventLoopMonitor {
  /** Percentile (0–100) in ms since the last `reset`. */
  percentileMs(percentile: number): number;
  maxMs(): number;
  reset(): void;
  stop(): void;
}

export function monitorEventLoop(): EventLoopMonitor {
  const resolutionMs = 10;
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const beyond = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
  return {
    percentileMs: (percentile) => (histogram.count === 0 ? 0 : beyond(histogram.percentile(percentile))),
    maxMs: () => (histogram.count === 0 ? 0 : beyond(histogram.max)),
    reset: () => histogram.reset(),
    stop: () => histogram.disable(),
  };
}
