import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { every, sleep } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { isThere } from '../core/is-there.js';
import { redact } from '../core/redact.js';
import { RUN_FILES } from '../report/run-data.js';
import type { Hook, HookEnd, HookRunner } from '../run/ports.js';
import type { Io } from './io.js';

export interface HookOptions {
  readonly io: Pick<Io, 'clock' | 'env'>;
  /** The run folder; what a command prints goes into its folder `hooks`. */
  readonly dir: string;
  readonly runId: string;
  readonly targetUrl: string;
  /** Values that no command gets to see in its environment, and that are removed from what it prints. */
  readonly secrets: readonly string[];
}

/** What one command may print; the rest is dropped, and the file says so. */
const MAX_OUTPUT_BYTES = 1_000_000;
/** From being asked to end to being made to. */
const KILL_AFTER_MS = 2_000;
/** What a command printed last has long come by then, when nobody of its group is left to print more. */
const LET_GO_AFTER_MS = 2_000;

/**
 * Runs commands of the operator: no shell, a process group of its own, nothing on standard input. The environment is that of the run
 * without the variables that hold a shared secret, and with FIRSTBELL_RUN, FIRSTBELL_RUN_FOLDER and FIRSTBELL_TARGET.
 */
export function hookRunner(options: HookOptions): HookRunner {
  let number = 0;
  return { run: (hook, signal) => runOne(hook, ++number, options, signal) };
}

async function runOne({ name, command, timeoutMs }: Hook, number: number, options: HookOptions, signal: AbortSignal): Promise<HookEnd> {
  const { io } = options;
  const output = new Output();
  const over = new AbortController();
  let problem: string | undefined;
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true, shell: false, env: environment(options) });
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
  let exited = false;
  // A daemon that it started, or `ssh -f`, has left the group and may hold on to its pipes for days.
  const letGo = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const kill = (why: string): void => {
    if (exited && !groupLives(child)) return letGo();
    problem ??= why;
    signalGroup(child, 'SIGTERM');
    sleep(io.clock, KILL_AFTER_MS, over.signal)
      .then(() => {
        signalGroup(child, 'SIGKILL');
        return sleep(io.clock, LET_GO_AFTER_MS, over.signal);
      })
      .then(letGo, () => undefined);
  };
  const onStop = (): void => kill('killed when the run ended');
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop, { once: true });
  sleep(io.clock, timeoutMs, over.signal).then(
    () => kill(`killed after ${timeoutMs / 1_000} s`),
    () => undefined,
  );
  const exitCode = await new Promise<number | undefined>((resolve) => {
    child.once('error', (error) => {
      problem ??= `could not be started: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`;
      resolve(undefined);
    });
    child.once('exit', () => {
      exited = true;
      every(io.clock, LET_GO_AFTER_MS, over.signal, () => (groupLives(child) ? undefined : letGo())).catch(() => undefined);
    });
    // Not `exit`: what it printed last is still on its way then. A grandchild that keeps the pipes open is in the group, and killed with it.
    child.once('close', (code, by) => {
      if (code === null) problem ??= `killed by ${by ?? 'a signal'}`;
      resolve(problem === undefined ? (code ?? undefined) : undefined);
    });
  });
  signal.removeEventListener('abort', onStop);
  over.abort();
  const kept = await keep(output, `${String(number).padStart(2, '0')}-${name.replaceAll(' ', '-')}.log`, options);
  return { exitCode, problem: problem ?? kept.problem, output: kept.path };
}

function environment({ io, dir, runId, targetUrl, secrets }: HookOptions): Record<string, string> {
  const own = { FIRSTBELL_RUN: runId, FIRSTBELL_RUN_FOLDER: dir, FIRSTBELL_TARGET: targetUrl };
  const inherited = Object.entries(io.env).flatMap(([name, value]) => (value === undefined || secrets.some((secret) => value.includes(secret)) ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(inherited), ...own };
}

function signalGroup(child: ChildProcess, by: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, by);
  } catch {
    // The group is gone already.
  }
}

const groupLives = ({ pid }: ChildProcess): boolean => pid !== undefined && isThere(-pid);

class Output {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  dropped = 0;

  add(chunk: Buffer): void {
    const taken = chunk.subarray(0, Math.max(0, MAX_OUTPUT_BYTES - this.#bytes));
    this.#bytes += taken.length;
    this.dropped += chunk.length - taken.length;
    if (taken.length > 0) this.#chunks.push(taken);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

async function keep(output: Output, file: string, { dir, secrets }: HookOptions): Promise<{ readonly path: string | undefined; readonly problem: string | undefined }> {
  const { text, dropped } = output;
  if (text === '') return { path: undefined, problem: undefined };
  const path = `${RUN_FILES.hooks}/${file}`;
  try {
    await mkdir(join(dir, RUN_FILES.hooks), { recursive: true });
    await writeFile(join(dir, path), `${redact(text, secrets)}${dropped > 0 ? `\n[${dropped} more bytes were printed]\n` : ''}`);
    return { path, problem: undefined };
  } catch (error) {
    return { path: undefined, problem: `what it printed could not be written: ${messageOf(error)}` };
  }
}
