import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import type { Summary } from '../../src/report/summary.js';
import { finished, startCli, startSimProcess, type CliResult, type SimProcess } from '../e2e/cli.js';
import { pause } from '../fakes/nats.js';

/** What goes wrong on a bad day: each drill ends with the right exit code, a report that says what happened, nobody left in a meeting and no process left over. */

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-drills-'));
const root = process.getuid?.() === 0;
let sim: SimProcess;
let tries = 0;
/** A drill that is tried again has a run folder and meetings of its own. */
const fresh = (name: string): string => `${name}-${++tries}`;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2', '--graphql-connections', '1000', '--sockets-per-second', '400']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function scenario(name: string, users: number, seconds: number): string {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(
    file,
    `name: Drill ${name}
target: simulator
users: { browser: 0 }
meetings:
  lesson: { size: 20, teacher: { audio: none, webcamShare: 0% }, pupil: { audio: none } }
load:
  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: ${Math.ceil(users / 20)}, users: ${users}, duration: ${seconds}s }
thresholds: [join_failed rate < 1%]
limits: { joinTimeout: 20s, gracefulStop: 5s, maxLateness: 60s, maxEventLoopDelay: 10s }
`,
  );
  return file;
}

const run = (name: string, file: string, of: Pick<SimProcess, 'url' | 'secret'> = sim, reports = join(scratch, name)): { child: ChildProcess; done: Promise<CliResult> } => {
  const child = startCli(['run', file, '--url', of.url, '--reports', reports, '--allow-foreign-meetings', '--json', '--quiet'], { env: { BBB_SECRET: of.secret } });
  return { child, done: finished(child) };
};

function summaryIn(name: string): Summary {
  return JSON.parse(readFileSync(join(scratch, name, 'latest', 'summary.json'), 'utf8')) as Summary;
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (what()) return;
    await pause(100);
  }
  throw new Error('it did not come to that');
}

function countIn(name: string, type: string): number {
  try {
    return readFileSync(join(scratch, name, 'latest', 'events.jsonl'), 'utf8').split(`"type":"${type}"`).length - 1;
  } catch {
    return 0;
  }
}

/** How often the simulator names meetings of a drill. */
async function openMeetings(name: string): Promise<number> {
  const state = JSON.stringify(await (await fetch(new URL('/sim/state', sim.url))).json());
  return state.split(`drill-${name}`).length - 1;
}

/** Processes whose parent has this id. */
function childrenOf(pid: number): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((entry) => {
    try {
      return /^\d+$/.test(entry) && Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]) === pid;
    } catch {
      return false;
    }
  });
}

describe.concurrent('a drill', () => {
  it('out of open files: the generator’s fault, never the target’s (exit 5)', async () => {
    const name = fresh('files');
    const file = scenario(name, 600, 5);
    const args = ['-c', 'ulimit -n 620; exec "$0" "$@"', process.execPath, join(packageRoot(), 'bin', 'firstbell.js'), 'run', file, '--url', sim.url, '--reports', join(scratch, name), '--allow-foreign-meetings', '--quiet', '--json'];
    const { code, stderr } = await finished(spawn('sh', args, { env: { ...process.env, BBB_SECRET: sim.secret }, stdio: ['ignore', 'pipe', 'pipe'] }));
    expect({ code, stderr }).toMatchObject({ code: 5 });
    const { verdict, reasons, errors, users } = summaryIn(name);
    expect(verdict).toBe('not-delivered');
    expect(reasons.join()).toContain('not prepared by this machine');
    const codes = errors.map((error) => error.code);
    expect(codes).toContain('GENERATOR_LIMIT');
    // On a busy machine some come too late; nothing is said of the target.
    expect(codes.filter((code) => code !== 'GENERATOR_LIMIT' && code !== 'CLIENT_NOT_READY')).toEqual([]);
    expect(users.started).toBe(600);
    expect(await openMeetings(name)).toBe(0);
  }, 120_000);

  it.skipIf(!root || process.platform !== 'linux')('with a full disk: the meetings are ended, and the command says so (exit 4)', async ({ skip }) => {
    const name = fresh('disk');
    const disk = join(scratch, name);
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk]).status !== 0) skip('no file system can be mounted here');
    try {
      const { code, stderr } = await run(name, scenario(name, 200, 8), sim, disk).done;
      expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(/FILE_UNWRITABLE|cannot write/) as string });
      expect(await openMeetings(name)).toBe(0);
    } finally {
      spawnSync('umount', [disk]);
    }
  }, 60_000);

  it('with a fleet that dies in mid-lesson: everybody is lost, and nobody counts as fine (exit 3)', async () => {
    const name = fresh('dead');
    const other = await startSimProcess(['--servers', '1', '--sockets-per-second', '400']);
    const { done } = run(name, scenario(name, 40, 60), other);
    await until(() => countIn(name, 'user-joined') === 40);
    await other.stop();
    expect((await done).code).toBe(3);
    const { users, meetings } = summaryIn(name);
    expect(users).toMatchObject({ joined: 40, lost: 40, left: 0 });
    // Nobody can say whether they are gone.
    expect(meetings.leftOpen).toBe(2);
  }, 240_000);

  it('with a fleet that falls silent, every connection open: the silence is noticed, and nobody counts as fine (exit 3)', async () => {
    const name = fresh('silent');
    const other = await startSimProcess(['--servers', '1', '--sockets-per-second', '400']);
    try {
      const { done } = run(name, scenario(name, 20, 32), other);
      await until(() => countIn(name, 'user-joined') === 20);
      process.kill(other.pid, 'SIGSTOP');
      expect((await done).code).toBe(3);
      expect(summaryIn(name).users).toMatchObject({ joined: 20, lost: 20, left: 0 });
    } finally {
      process.kill(other.pid, 'SIGCONT');
      await other.stop();
    }
  }, 240_000);

  it('with a kill of the run itself: cleanup ends what it left, twice is harmless, and no process of it lives on', async () => {
    const name = fresh('killed');
    const { child, done } = run(name, scenario(name, 40, 60));
    await until(() => countIn(name, 'user-joined') === 40);
    const pid = child.pid!;
    child.kill('SIGKILL');
    await done;
    expect(await openMeetings(name)).toBeGreaterThan(0);
    const clean = (): Promise<CliResult> => finished(startCli(['cleanup', join(scratch, name, 'latest'), '--json'], { env: { BBB_SECRET: sim.secret } }));
    expect((await clean()).code).toBe(0);
    expect(await openMeetings(name)).toBe(0);
    const again = await clean();
    expect({ code: again.code, meetings: (JSON.parse(again.stdout) as { meetings: unknown[] }).meetings }).toEqual({ code: 0, meetings: [] });
    expect(childrenOf(pid)).toEqual([]);
  }, 90_000);
});
