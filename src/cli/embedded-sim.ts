import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sleep } from '../core/clock.js';
import { HarnessError, type ErrorCode } from '../core/errors.js';
import { DroppingQueue } from '../core/queue.js';
import { packageRoot } from '../core/paths.js';
import type { PlaceBy } from '../sim/balancer.js';
import { secretVariables, type Io } from './io.js';

/** A fleet as `firstbell sim --json` announces it. */
export interface RunningSim extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  readonly servers: readonly { readonly name: string; readonly url: string; readonly secret: string }[];
  readonly pid: number;
}

export interface EmbeddedSimOptions {
  readonly servers: number;
  readonly graphqlConnections: number;
  readonly socketsPerSecond: number;
  readonly mediaProcesses: number;
  /** Between two looks of the load balancer at its servers; undefined: as Scalelite. */
  readonly pollEverySeconds?: number;
  /** By what it places meetings; undefined: as Scalelite. */
  readonly placeBy?: PlaceBy | undefined;
  readonly faults: readonly string[];
}

const READY_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 5_000;

/**
 * Starts `firstbell sim` as a process of its own, so that its cost is not counted as the generator's and a run against it
 * goes the very way of a run against a real fleet. Rejects with TARGET_UNREACHABLE if it does not become ready.
 */
export async function startEmbeddedSim(io: Io, options: EmbeddedSimOptions): Promise<RunningSim> {
  const { servers, graphqlConnections, socketsPerSecond, mediaProcesses, pollEverySeconds, placeBy } = options;
  const args = [join(packageRoot(), 'bin', 'firstbell.js'), 'sim', '--json', '--until-input-ends'];
  const numbers = { servers, 'graphql-connections': graphqlConnections, 'sockets-per-second': socketsPerSecond, 'media-processes': mediaProcesses, ...(pollEverySeconds === undefined ? {} : { 'poll-every': pollEverySeconds }) };
  for (const [name, value] of Object.entries(numbers)) args.push(`--${name}`, String(value));
  if (placeBy !== undefined) args.push('--place-by', placeBy);
  for (const fault of options.faults) args.push('--fault', fault);
  // Its own process group: Ctrl-C on the terminal must reach the run only, which still has to end its meetings. Should the
  // run be killed, the end of its input tells the simulator.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: environment(io.env) });
  const lastWords = new DroppingQueue<string>(20);
  createInterface({ input: child.stderr }).on('line', (line) => lastWords.push(line));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const done = new AbortController();
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const waited = new AbortController();
    await Promise.race([exited, sleep(io.clock, CLOSE_LIMIT_MS, waited.signal).catch(() => undefined)]);
    waited.abort();
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  try {
    const ready = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      const fail = (why: string): void =>
        reject(new HarnessError('TARGET_UNREACHABLE', `the simulator did not start: ${why}${lastWords.items().length > 0 ? `\n${lastWords.items().join('\n')}` : ''}`, { hint: 'try `firstbell sim` on its own' }));
      child.once('error', (error) => fail(error.message));
      child.once('exit', (code) => fail(`it ended with exit code ${code}`));
      sleep(io.clock, READY_LIMIT_MS, done.signal).then(
        () => fail(`not ready after ${READY_LIMIT_MS / 1000} s`),
        () => undefined,
      );
    });
    const { url, secret, servers, error } = JSON.parse(ready) as Omit<RunningSim, 'pid'> & { readonly error?: { readonly code: ErrorCode; readonly message: string; readonly help?: string } };
    if (error) throw new HarnessError(error.code, `the simulator did not start: ${error.message}`, error.help === undefined ? {} : { hint: error.help });
    return { url, secret, servers, pid: child.pid!, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    done.abort();
  }
}

/** It has a secret of its own; those of real targets are not its business. */
function environment(env: Io['env']): Record<string, string | undefined> {
  const hidden = secretVariables(env).filter((name) => !name.startsWith('FIRSTBELL_SIM_'));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.includes(name)));
}

/** Whether a URL names this machine itself; loads on others are confirmed first. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
