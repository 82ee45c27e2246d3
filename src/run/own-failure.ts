import type { UserOutcome } from '../metrics/events.js';

/** Whether a user failed because of this machine: it could not be prepared, or files, ports or memory had run out. Says nothing about the target. */
export function isOwnFailure({ outcome, phase, code }: { readonly outcome: UserOutcome; readonly phase?: string; readonly code?: string }): boolean {
  return outcome === 'failed' && (phase === 'open' || code === 'GENERATOR_LIMIT');
}

/** Whether a user was in and lost the meeting because its browser died: killed for want of memory, or crashed. The target has not put it out. */
export function isOwnLoss({ outcome, code }: { readonly outcome: UserOutcome; readonly code?: string }): boolean {
  return outcome === 'lost' && code === 'BROWSER_FAILED';
}

/** What that kept from the target, in a sentence; none for nobody. */
export function ownLosses(users: number): readonly string[] {
  return users === 0 ? [] : [`${users === 1 ? '1 user was lost with its browser' : `${users} users were lost with their browsers`} (a loss of the generator, not of the target)`];
}

/** Whether a user was taken out before it was time. In a run that went on to its end, somebody stopped what brought it; who went with a lost worker is counted with that. */
export function isCutShort({ outcome, code }: { readonly outcome: UserOutcome; readonly code?: string }): boolean {
  return outcome === 'aborted' && code !== 'WORKER_LOST';
}
