import { sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { RunEvent } from '../metrics/events.js';
import type { RunClock } from '../vu/run-clock.js';
import type { ForeignMeeting } from './ports.js';
import type { RunOptions } from './run-context.js';

export interface ForeignGuardOptions {
  readonly run: Pick<RunOptions, 'host' | 'recorder' | 'logger' | 'allowForeign'>;
  readonly clock: RunClock;
  readonly emit: (event: RunEvent) => void;
}

/** From one look to the next: with a fleet that answers within a second, a run stops within 5 s of somebody else's coming. */
const CHECK_EVERY_MS = 4_000;
const CHECK_LIMIT_MS = 15_000;

/** Looks once, before anything is created. Rejects with FOREIGN_MEETINGS unless they are allowed, or with the host's error. */
export async function refuseForeign(options: ForeignGuardOptions, signal: AbortSignal): Promise<void> {
  const { run } = options;
  const found = await look(options, signal);
  if (found.length > 0 && !run.allowForeign) throw foreignError(found, 'so nothing was started');
}

/**
 * Looks every 4 s until `signal` aborts and tells `onForeign`; a fleet that is slow to answer, or does not, has as long a rest as it took. A look
 * that fails is counted; the target may be busy with our own load.
 */
export async function watchForForeign(options: ForeignGuardOptions, signal: AbortSignal, onForeign: (error: HarnessError) => void): Promise<void> {
  const { run, clock } = options;
  if (run.allowForeign) return;
  let pauseMs = CHECK_EVERY_MS;
  while (!signal.aborted) {
    let startedMs = clock.atMs;
    try {
      await sleep(clock.clock, pauseMs, signal);
      startedMs = clock.atMs;
      const found = await look(options, signal);
      if (found.length > 0) onForeign(foreignError(found, 'so the run was stopped'));
    } catch (error) {
      if (signal.aborted) return;
      run.recorder.record({ metric: 'errors', value: 1, atMs: clock.atMs, tags: { code: codeOf(error), phase: 'guard' } });
      run.logger.log('warn', `cannot look for meetings of others: ${messageOf(error)}`);
    }
    const tookMs = clock.atMs - startedMs;
    pauseMs = Math.max(CHECK_EVERY_MS - tookMs, tookMs);
  }
}

async function look({ run, clock, emit }: ForeignGuardOptions, signal: AbortSignal): Promise<readonly ForeignMeeting[]> {
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not list its meetings within ${CHECK_LIMIT_MS / 1000} s`);
  const found = await within(clock.clock, CHECK_LIMIT_MS, signal, tooSlow, (inner) => run.host.foreign(inner));
  for (const { name, users } of found) emit({ type: 'foreign-meeting', atMs: clock.atMs, name, users });
  return found;
}

function foreignError(found: readonly ForeignMeeting[], consequence: string): HarnessError {
  const users = found.reduce((sum, meeting) => sum + meeting.users, 0);
  const what = found.length === 1 ? 'a meeting' : `${found.length} meetings`;
  return new HarnessError('FOREIGN_MEETINGS', `the target has ${what} that Firstbell did not create (${users === 1 ? '1 user' : `${users} users`}), ${consequence}`, {
    hint: 'wait until the meeting has ended, or allow foreign meetings if the load may disturb it',
  });
}
