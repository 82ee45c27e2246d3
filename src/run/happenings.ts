import { setMaxListeners } from 'node:events';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { RunEvent } from '../metrics/events.js';
import type { RunClock } from '../vu/run-clock.js';
import type { Hook } from './ports.js';
import type { RunOptions } from './run-context.js';

export interface HappeningsOptions {
  readonly run: Pick<RunOptions, 'plan' | 'hooks' | 'faults' | 'resumed'>;
  readonly clock: RunClock;
  readonly emit: (event: RunEvent) => void;
}

/** Throws USAGE if the plan has something to be done for which this run has no hands. */
export function requireHands({ plan, hooks, faults }: HappeningsOptions['run']): void {
  for (const one of plan.happenings ?? []) {
    if (one.do === 'exec' && !hooks) throw new HarnessError('USAGE', `the plan runs the command "${one.name}", and this run may not`);
    if (one.do === 'faults' && !faults) throw new HarnessError('USAGE', 'the plan sets faults of the simulator, and this run has no simulator of its own');
  }
}

/**
 * Does what the plan has beside its users, each at its instant. A command that runs does not hold up the next; all that still run are
 * killed at `stop` and when the run is `over`. A run that was taken up leaves out what was due before. Resolves when none runs any more and it is over. Never rejects.
 */
export async function followHappenings({ run, clock, emit }: HappeningsOptions, stop: AbortSignal, over: AbortSignal): Promise<void> {
  const end = new AbortController();
  // Every command that is under way listens to it; Node warns of more than ten.
  setMaxListeners(0, end.signal);
  const onEnd = (): void => end.abort(stop.aborted ? stop.reason : over.reason);
  for (const signal of [stop, over]) {
    if (signal.aborted) onEnd();
    else signal.addEventListener('abort', onEnd, { once: true });
  }
  const running: Promise<void>[] = [];
  try {
    for (const one of run.plan.happenings ?? []) {
      if (one.atMs < (run.resumed?.agoMs ?? 0)) continue;
      await clock.sleepUntil(one.atMs, end.signal);
      if (one.do === 'exec') running.push(runHook(one, { run, clock, emit }, end.signal));
      else running.push(setFaults(one.faults, { run, clock, emit }, end.signal));
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    await Promise.all(running);
    for (const signal of [stop, over]) signal.removeEventListener('abort', onEnd);
  }
}

async function runHook({ name, command, timeoutMs }: Hook, { run, clock, emit }: HappeningsOptions, signal: AbortSignal): Promise<void> {
  const startedMs = clock.atMs;
  emit({ type: 'hook-started', atMs: startedMs, name });
  const { exitCode, problem, output } = await run.hooks!.run({ name, command, timeoutMs }, signal);
  emit({ type: 'hook-ended', atMs: clock.atMs, name, durationMs: clock.atMs - startedMs, ...(exitCode === undefined ? {} : { exitCode }), ...(problem === undefined ? {} : { problem }), ...(output === undefined ? {} : { output }) });
}

async function setFaults(faults: readonly string[], { run, clock, emit }: HappeningsOptions, signal: AbortSignal): Promise<void> {
  try {
    await run.faults!.set(faults, signal);
    emit({ type: 'faults-set', atMs: clock.atMs, faults });
  } catch (error) {
    if (!signal.aborted) emit({ type: 'faults-set', atMs: clock.atMs, faults, code: codeOf(error), message: messageOf(error) });
  }
}
