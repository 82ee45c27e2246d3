import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { unlessAborted } from '../core/deadline.js';
import { HarnessError } from '../core/errors.js';

/** What interrupts: a person or a program that wants an end (SIGINT, SIGTERM), or a terminal that has gone (SIGHUP). */
export type InterruptedBy = 'signal' | 'hang-up';

/** Everything the command line touches of the process, handed in so that the whole CLI can run in memory in tests. */
export interface Io {
  readonly clock: Clock;
  /** As the process was started with. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Keeps a variable from children that are given no environment of their own: browsers, media processes. */
  hide(variable: string): void;
  readonly cwd: string;
  /** Results. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Columns of the terminal; 100 without one. */
  readonly columns: number;
  /** Calls `handler` at Ctrl-C (SIGINT), SIGTERM and SIGHUP, each time that one arrives; returns a function that stops listening. */
  onInterrupt(handler: (by: InterruptedBy) => void): () => void;
  /** Calls `handler` once standard input ends; for children that must not outlive their parent. */
  onInputEnd(handler: () => void): void;
  /** Asks a question on the terminal and resolves with the line; undefined when there is no terminal to ask. Rejects with STOPPED at Ctrl-C and Ctrl-D, and with the reason of `signal`. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** Ends the process at once; only for the second Ctrl-C after everything that must be written is written. */
  exitNow(code: number): void;
}

export function processIo(): Io {
  return {
    clock: systemClock,
    env: { ...process.env },
    hide: (variable) => void delete process.env[variable],
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(inert(text)),
    err: (text) => void process.stderr.write(inert(text)),
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? process.stdout.columns ?? 100,
    onInterrupt: (handler) => {
      // The terminal was closed, or the line to it broke: the same as Ctrl-C, but nobody can be told anything any more.
      const hungUp = (): void => {
        for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
        handler('hang-up');
      };
      const signalled = (): void => handler('signal');
      process.on('SIGINT', signalled);
      process.on('SIGTERM', signalled);
      process.on('SIGHUP', hungUp);
      return () => {
        process.off('SIGINT', signalled);
        process.off('SIGTERM', signalled);
        process.off('SIGHUP', hungUp);
      };
    },
    onInputEnd: (handler) => {
      process.stdin.once('end', handler).once('error', handler).resume();
      // Waiting for its end must not keep a process alive that has nothing else to do. A file has no unref(), and ends at once.
      (process.stdin as { unref?: () => void }).unref?.();
    },
    ask: async (question, signal) => (process.stdin.isTTY === true && process.stderr.isTTY === true ? askLine({ input: process.stdin, output: process.stderr }, question, signal) : undefined),
    exitNow: (code) => process.exit(code),
  };
}

/** A line from a terminal, on which Ctrl-C is a key as long as it is asked. */
export async function askLine(terminal: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }, question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  signal.throwIfAborted();
  const lines = createInterface({ ...terminal, terminal: true });
  // Ctrl-C, Ctrl-D, or a terminal that has gone.
  const closed = new AbortController();
  lines.once('close', () => closed.abort(new HarnessError('STOPPED', 'stopped by the user')));
  try {
    return await unlessAborted(lines.question(question), signal, closed.signal);
  } catch (error) {
    terminal.output.write('\n');
    throw error;
  } finally {
    lines.close();
  }
}

/** Colours (SGR) and line ends are ours; any other control character came from a server, a file or the broker and would steer the terminal. */
export function inert(text: string): string {
  return text.replace(CONTROLS, (found) => (found.length > 1 ? found : ''));
}

const CONTROLS = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const SECRET_NAME = /SECRET|TOKEN|PASSWORD|CREDENTIAL|API_?KEY/i;

/** Variables that are secrets by their names. */
export function secretVariables(env: Io['env']): readonly string[] {
  return Object.keys(env).filter((name) => SECRET_NAME.test(name));
}
