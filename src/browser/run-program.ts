import { spawn } from 'node:child_process';

export interface ProgramCall {
  readonly path: string;
  readonly args: readonly string[];
  /** Then it is killed. */
  readonly limitMs: number;
  /** Killed when it aborts; undefined: nobody ends it before `limitMs`. */
  readonly signal?: AbortSignal;
}

export interface ProgramEnd {
  /** Exit code, else the signal that ended it, else why it could not be started (`ENOENT`). */
  readonly how: number | string;
  readonly timedOut: boolean;
  /** The first million characters of each. */
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT_CHARS = 1_000_000;

/**
 * Runs a program to its end and takes what it prints. At its limit it is killed with everything that it started, as what started a browser may be a script
 * that waits for it. Never rejects.
 */
export function runProgram({ path, args, limitMs, signal }: ProgramCall): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(limitMs);
    const over = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const child = spawn(path, [...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (said[name] = (said[name] + text).slice(0, MAX_OUTPUT_CHARS)));
    const kill = (): void => {
      killGroup(child.pid);
      // Whoever left the group may hold them open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const end = (how: number | string): void => {
      over.removeEventListener('abort', kill);
      resolve({ how, timedOut: limit.aborted, ...said });
    };
    over.addEventListener('abort', kill);
    if (over.aborted) kill();
    child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    // Not `exit`: what it printed last is still on its way then.
    child.once('close', (code, by) => end(code ?? by ?? 'unknown'));
  });
}

/** Ends a process that leads a group of its own, and everything that it started in it; one that is gone already is none. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
