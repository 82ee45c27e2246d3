import { type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '../../src/report/summary.js';
import { finished, startCli, startSimProcess, type CliOptions, type CliResult, type SimProcess } from '../e2e/cli.js';
import { pause } from '../fakes/nats.js';

export interface Target {
  readonly url: string;
  readonly secret: string;
}

/** A run that a drill has started; it ends with the drill, however that ends. */
export interface DrillRun extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly done: Promise<CliResult>;
}

/** Limits of the generator that a slow machine keeps, too: drills are about what goes wrong, not about how fast they are played. */
export const LIMITS = 'joinTimeout: 20s, gracefulStop: 5s, usersPerBrowser: 1, maxLateness: 60s, maxEventLoopDelay: 10s, maxSendLateness: 10s, maxSendLimited: 100%';

/** Where drills play: scenarios, run folders, what is in them. One per test file; each drill has a name of its own. */
export class DrillStage {
  readonly scratch = mkdtempSync(join(tmpdir(), 'firstbell-drills-'));

  #tries = 0;

  /** A name for a drill: one that is tried again has a run folder and meetings of its own. */
  fresh(name: string): string {
    return `${name}-${++this.#tries}`;
  }

  /** Writes a scenario for users without media, unless `more` says otherwise. */
  scenario(name: string, load: string, more = 'users: { browser: 0 }'): string {
    const file = join(this.scratch, `${name}.yaml`);
    writeFileSync(
      file,
      `name: Drill ${name}
target: simulator
${more}
meetings:
  lesson: { size: 20, teacher: { audio: none, webcamShare: 0% }, pupil: { audio: none } }
  talk: { size: 4, teacher: { audio: microphone, webcamShare: 0%, chatEvery: 3s }, pupil: { audio: listen-only, chatEvery: 5s } }
load:
${load}
thresholds: [join_failed rate < 1%]
limits: { ${LIMITS} }
`,
    );
    return file;
  }

  run(name: string, file: string, { url, secret }: Target, env: Readonly<Record<string, string>> = {}, reports = join(this.scratch, name)): DrillRun {
    const child = startCli(['run', file, '--url', url, '--reports', reports, '--allow-foreign-meetings', '--json', '--quiet'], { env: { BBB_SECRET: secret, ...env } });
    const done = finished(child);
    return {
      child,
      done,
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL');
        await done;
      },
    };
  }

  latest(name: string): string {
    return join(this.scratch, name, 'latest');
  }

  summary(name: string): Summary {
    return JSON.parse(readFileSync(join(this.latest(name), 'summary.json'), 'utf8')) as Summary;
  }

  /** Resolves when there are so many events of a type. */
  async events(name: string, type: string, wanted: number): Promise<void> {
    for (let tries = 0; tries < 900; tries++) {
      if (this.#countEvents(name, type) >= wanted) return;
      await pause(100);
    }
    throw new Error(`there were not ${wanted} events ${type}`);
  }

  close(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  #countEvents(name: string, type: string): number {
    try {
      return readFileSync(join(this.latest(name), 'events.jsonl'), 'utf8').split(`"type":"${type}"`).length - 1;
    } catch {
      return 0;
    }
  }
}

/** How often a simulator names meetings of a drill. */
export async function openMeetings({ url }: Target, name: string): Promise<number> {
  const state = JSON.stringify(await (await fetch(new URL('/sim/state', url))).json());
  return state.split(`drill-${name}`).length - 1;
}

/** Processes below this one, by pid, with their command lines. Linux only: empty elsewhere. */
export function descendants(pid: number): ReadonlyMap<number, string> {
  if (process.platform !== 'linux') return new Map();
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry)) parents.set(Number(entry), Number(/^PPid:\s+(\d+)/m.exec(readProc(Number(entry), 'status'))?.[1]));
  }
  const found = new Map<number, string>();
  const open = [pid];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const [child, of] of parents) {
      if (of !== parent) continue;
      found.set(child, readProc(child, 'cmdline').replaceAll('\0', ' '));
      open.push(child);
    }
  }
  return found;
}

/**
 * Resolves when none of them is alive; one that has ended and was not waited for by its parent does not count. Take them by `descendants` while
 * their parent lives: whoever survives it has another one afterwards. Those that stay are named, and ended.
 */
export async function gone(processes: ReadonlyMap<number, string>): Promise<void> {
  let left = [...processes];
  for (let tries = 0; tries < 300 && left.length > 0; tries++) {
    left = left.filter(([pid]) => alive(pid));
    if (left.length > 0) await pause(100);
  }
  for (const [pid] of left) if (alive(pid)) process.kill(pid, 'SIGKILL');
  if (left.length > 0) throw new Error(`still there:\n${left.map(([pid, command]) => `${pid} ${command.slice(0, 200)}`).join('\n')}`);
}

/** Of the processes of a run: browsers as a whole, not their parts. */
export function browsersAmong(processes: ReadonlyMap<number, string>): readonly number[] {
  return [...processes].flatMap(([pid, command]) => (/chrom/i.test(command) && !/--type=/.test(command) ? [pid] : []));
}

export function hasMedia(processes: ReadonlyMap<number, string>): boolean {
  return [...processes.values()].some((command) => command.includes('media/worker.js'));
}

export interface DrillFleet extends SimProcess, AsyncDisposable {
  /** SIGKILL. */
  kill(): void;
}

/** A fleet of a drill's own, which ends with it, stopped or not. */
export async function startFleet(args: readonly string[], options: CliOptions = {}): Promise<DrillFleet> {
  const sim = await startSimProcess(args, options);
  let killed = false;
  const kill = (): void => {
    if (!killed) process.kill(sim.pid, 'SIGKILL');
    killed = true;
  };
  return {
    ...sim,
    kill,
    [Symbol.asyncDispose]: async () => {
      kill();
      await sim.stop();
    },
  };
}

function alive(pid: number): boolean {
  const status = readProc(pid, 'status');
  return status !== '' && !/^State:\s+Z/m.test(status);
}

/** Of a process that has ended meanwhile, or is somebody else's: empty. */
export function readProc(pid: number, file: 'status' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
