import { HarnessError } from '../core/errors.js';

/** One thing that `firstbell doctor` looked at. warn: a run works, but see `help`; skipped: not looked at, `detail` says why. */
export interface Check {
  readonly name: CheckName;
  readonly ok: boolean | 'warn' | 'skipped';
  readonly detail: string;
  readonly help?: string;
}

/** What is looked at on a target, in this order. */
export const CHECK_NAMES = ['name', 'connection', 'tls', 'api', 'secret', 'checksums', 'clock', 'other meetings', 'create', 'join', 'graphql', 'sfu', 'media', 'end'] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** A finding without its name. */
export type Finding = Omit<Check, 'name'>;

/** The finding for an expected failure; anything else is our bug and is thrown on. */
export function failed(error: unknown): Finding {
  if (!(error instanceof HarnessError)) throw error;
  return { ok: false, detail: error.message, ...(error.hint === undefined ? {} : { help: error.hint }) };
}
