import type { UserOutcome } from '../metrics/events.js';

/** Whether a user failed because of this machine: it could not be prepared, or files, ports or memory had run out. Says nothing about the target. */
export function isOwnFailure({ outcome, phase, code }: { readonly outcome: UserOutcome; readonly phase?: string; readonly code?: string }): boolean {
  return outcome === 'failed' && (phase === 'open' || code === 'GENERATOR_LIMIT');
}
