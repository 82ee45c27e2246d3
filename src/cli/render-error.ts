import { HarnessError, messageOf } from '../core/errors.js';
import { redact } from '../core/redact.js';

export interface RenderOptions {
  readonly debug: boolean;
  readonly secrets: readonly string[];
  readonly colour: boolean;
}

/** What went wrong first: a bare SuppressedError shows the closing error and hides it. */
export function firstError(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof Error && 'suppressed' in error && error.suppressed !== undefined) error = error.suppressed;
  return error;
}

const RED_BOLD = '\u001b[1;31m';
const RESET = '\u001b[0m';

/** `error CODE: what happened` and `help: what to do`; with `debug` the stack and the causes too. Redacted. */
export function renderError(thrown: unknown, options: RenderOptions): string {
  const error = firstError(thrown);
  const known = error instanceof HarnessError && error.code !== 'INTERNAL';
  const label = known ? `error ${error.code}` : 'error INTERNAL (a bug in Firstbell)';
  const lines = [`${options.colour ? RED_BOLD : ''}${label}${options.colour ? RESET : ''}: ${messageOf(error)}`];
  if (error instanceof HarnessError && error.hint !== undefined) lines.push(`  help: ${error.hint}`);
  if (!known) lines.push('  help: run again with --debug and report what it prints');
  if (options.debug) lines.push(...causes(thrown));
  return redact(`${lines.join('\n')}\n`, options.secrets);
}

/** For `--json`: the error as an object. */
export function errorAsJson(thrown: unknown, secrets: readonly string[]): string {
  const error = firstError(thrown);
  const code = error instanceof HarnessError ? error.code : 'INTERNAL';
  const hint = error instanceof HarnessError ? error.hint : undefined;
  return redact(JSON.stringify({ error: { code, message: messageOf(error), help: hint } }), secrets);
}

function causes(error: unknown): string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth++) {
    lines.push(depth === 0 ? (current.stack ?? current.message) : `caused by ${current.stack ?? current.message}`);
    // A bare SuppressedError shows the closing error and hides what went wrong first.
    current = 'suppressed' in current && current.suppressed !== undefined ? current.suppressed : current.cause;
  }
  return lines;
}
