import { sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { RunEvent } from '../metrics/events.js';
import type { RunClock } from '../vu/run-clock.js';
import type { ForeignMeeting } from './ports.js';
import type { RunOptions } from './run-context.js';

export interface ForeignGuardOptions {
  readonly run: Pick<RunOptions, 'runId' | 'host' | 'recorder' | 'logger' | 'allowForeign'>;
  readonly clock: RunClock;
  readonly emit: (event: RunEvent) => void;
}

/** From one look to the next: with a fleet that answers within a second, a run stops within 5 s of somebody else's coming. */
const CHECK_EVERY_MS = 4_000;
const CHECK_LIMIT_MS = 15_000;

/**
 * Looks, before anything is created, for meetings of others and of other runs of Firstbell. Rejects with FOREIGN_MEETINGS unless they are
 * allowed, or with the host's error. Of two runs the later one is refused, so the earlier one need not look again once it has created its meetings.
 */
export async function refuseForeign(options: ForeignGuardOptions, signal: AbortSignal): Promise<void> {
  const { run } = options;
  const found = await look(options, signal);
  if (run.allowForeign) return;
  if (found.length > 0) throw foreignError(found, 'so nothing was started');
  const others = await inTime(options, signal, (inner) => run.host.otherRuns(run.runId, inner));
  if (others.length > 0) throw otherRunError(others);
}

/**
 * Looks at once and every 4 s until `signal` aborts and tells `onForeign`; a fleet that is slow to answer, or does not, has as long a rest as it took. A look
 * that fails is counted; the target may be busy with our own load.
 */
export async function watchForForeign(options: ForeignGuardOptions, signal: AbortSignal, onForeign: (error: HarnessError) => void): Promise<void> {
  const { run, clock } = options;
  if (run.allowForeign) return;
  // Since the last look before the run meetings were opened, and a clock agreed on.
  let pauseMs = 0;
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

async function look(options: ForeignGuardOptions, signal: AbortSignal): Promise<readonly ForeignMeeting[]> {
  const { run, clock, emit } = options;
  const found = await inTime(options, signal, (inner) => run.host.foreign(inner));
  for (const { name, users } of found) emit({ type: 'foreign-meeting', atMs: clock.atMs, name, users });
  return found;
}

function inTime({ clock }: ForeignGuardOptions, signal: AbortSignal, list: (signal: AbortSignal) => Promise<readonly ForeignMeeting[]>): Promise<readonly ForeignMeeting[]> {
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not list its meetings within ${CHECK_LIMIT_MS / 1000} s`);
  return within(clock.clock, CHECK_LIMIT_MS, signal, tooSlow, list);
}

function foreignError(found: readonly ForeignMeeting[], consequence: string): HarnessError {
  const what = found.length === 1 ? 'a meeting' : `${found.length} meetings`;
  return new HarnessError('FOREIGN_MEETINGS', `the target has ${what} that Firstbell did not create (${usersIn(found)}), ${consequence}`, {
    hint: 'wait until the meeting has ended, or allow it with --allow-foreign-meetings if the load may disturb it',
  });
}

function otherRunError(found: readonly ForeignMeeting[]): HarnessError {
  const where = found.length === 1 ? 'a meeting' : `${found.length} meetings`;
  return new HarnessError('FOREIGN_MEETINGS', `another run of Firstbell is on the target (${usersIn(found)} in ${where}), so nothing was started`, {
    hint: 'each would measure the load of the other: wait until it is over; users of a run that was killed go after a minute or two, at once with `firstbell cleanup`; --allow-foreign-meetings starts all the same',
  });
}

function usersIn(meetings: readonly ForeignMeeting[]): string {
  const users = meetings.reduce((sum, meeting) => sum + meeting.users, 0);
  return users === 1 ? '1 user' : `${users} users`;
}
