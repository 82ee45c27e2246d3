import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/core/paths.js';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const bin = join(packageRoot(), 'bin', 'firstbell.js');

export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const { BBB_SECRET: _secret, ...env } = process.env;
  return spawn(process.execPath, [bin, ...args], { cwd: options.cwd ?? packageRoot(), env: { ...env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs the built CLI as a child process, as a user does. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return finished(startCli(args, options));
}

export function finished(child: ChildProcess): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export interface SimProcess {
  readonly url: string;
  readonly secret: string;
  readonly servers: readonly { readonly name: string; readonly url: string; readonly secret: string }[];
  readonly pid: number;
  stop(): Promise<void>;
}

/** A simulated fleet started separately, as an operator would: `firstbell sim --json`. */
export async function startSimProcess(args: readonly string[] = [], options: CliOptions = {}): Promise<SimProcess> {
  const child = startCli(['sim', '--json', ...args], options);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('close', (code) => reject(new Error(`the simulator ended with ${code}: ${errors}`)));
  });
  const ready = JSON.parse(line) as Omit<SimProcess, 'stop' | 'pid'>;
  return {
    ...ready,
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
