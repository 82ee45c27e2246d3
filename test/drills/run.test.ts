import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import { finished, startCli, startSimProcess, type CliResult, type SimProcess } from '../e2e/cli.js';
import { descendants, DrillStage, gone, openMeetings } from './stage.js';

/** What goes wrong on a bad day: each drill ends with the right exit code, a report that says what happened, nobody left in a meeting and no process left over. */

const root = process.getuid?.() === 0;
const stage = new DrillStage();
let sim: SimProcess;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2', '--graphql-connections', '1000', '--sockets-per-second', '400']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  stage.close();
});

const lessons = (users: number, seconds: number): string => `  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: ${Math.ceil(users / 20)}, users: ${users}, duration: ${seconds}s }`;

/** Ends what a drill that failed has left. */
function killed(child: ChildProcess): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      child.kill('SIGKILL');
      return Promise.resolve();
    },
  };
}

describe.concurrent('a drill', () => {
  it('out of open files: the generator’s fault, never the target’s (exit 5)', async () => {
    const name = stage.fresh('files');
    const file = stage.scenario(name, lessons(600, 5));
    const args = ['-c', 'ulimit -n 620; exec "$0" "$@"', process.execPath, join(packageRoot(), 'bin', 'firstbell.js'), 'run', file, '--url', sim.url, '--reports', join(stage.scratch, name), '--allow-foreign-meetings', '--quiet', '--json'];
    const { code, stderr } = await finished(spawn('sh', args, { env: { ...process.env, BBB_SECRET: sim.secret }, stdio: ['ignore', 'pipe', 'pipe'] }));
    expect({ code, stderr }).toMatchObject({ code: 5 });
    const { verdict, reasons, errors, users } = stage.summary(name);
    expect(verdict).toBe('not-delivered');
    expect(reasons.join()).toContain('not prepared by this machine');
    const codes = errors.map((error) => error.code);
    expect(codes).toContain('GENERATOR_LIMIT');
    // On a busy machine some come too late; nothing is said of the target.
    expect(codes.filter((code) => code !== 'GENERATOR_LIMIT' && code !== 'CLIENT_NOT_READY')).toEqual([]);
    expect(users.started).toBe(600);
    expect(await openMeetings(sim, name)).toBe(0);
  }, 120_000);

  it.skipIf(!root || process.platform !== 'linux')('with a full disk: the meetings are ended, and the command says so (exit 4)', async ({ skip }) => {
    const name = stage.fresh('disk');
    const disk = join(stage.scratch, name);
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk]).status !== 0) skip('no file system can be mounted here');
    try {
      const { code, stderr } = await stage.run(name, stage.scenario(name, lessons(200, 8)), sim, { reports: disk }).done;
      expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(/FILE_UNWRITABLE|cannot write/) as string });
      expect(await openMeetings(sim, name)).toBe(0);
    } finally {
      spawnSync('umount', [disk]);
    }
  }, 60_000);

  it('with a fleet that is killed in mid-lesson: everybody is lost, and nobody counts as fine (exit 3)', async () => {
    const name = stage.fresh('dead');
    const other = await startSimProcess(['--servers', '1', '--sockets-per-second', '400']);
    const { child, done } = stage.run(name, stage.scenario(name, lessons(40, 75)), other);
    await using _killed = killed(child);
    try {
      await stage.events(name, 'user-joined', 40);
    } finally {
      process.kill(other.pid, 'SIGKILL');
    }
    expect((await done).code).toBe(3);
    const { users, meetings } = stage.summary(name);
    expect(users).toMatchObject({ joined: 40, lost: 40, left: 0 });
    // Nobody can say whether they are gone.
    expect(meetings.leftOpen).toBe(2);
  }, 240_000);

  it('with a fleet that falls silent, every connection open: the silence is noticed, and nobody counts as fine (exit 3)', async () => {
    const name = stage.fresh('silent');
    const other = await startSimProcess(['--servers', '1', '--sockets-per-second', '400']);
    const { child, done } = stage.run(name, stage.scenario(name, lessons(20, 50)), other);
    await using _killed = killed(child);
    try {
      await stage.events(name, 'user-joined', 20);
      process.kill(other.pid, 'SIGSTOP');
      expect((await done).code).toBe(3);
      expect(stage.summary(name).users).toMatchObject({ joined: 20, lost: 20, left: 0 });
    } finally {
      process.kill(other.pid, 'SIGCONT');
      await other.stop();
    }
  }, 240_000);

  it('with a kill of the run itself: cleanup ends what it left, twice is harmless, and no process of it lives on', async () => {
    const name = stage.fresh('killed');
    const talk = `  - { name: talk, executor: constant-users, meetings: talk, meetingCount: 1, users: 4, duration: 75s }`;
    const { child, done } = stage.run(name, stage.scenario(name, `${lessons(20, 75)}\n${talk}`, 'users: { browser: 1, native: rest }'), sim);
    await using _killed = killed(child);
    await stage.events(name, 'user-joined', 24);
    const children = descendants(child.pid!);
    if (process.platform === 'linux') {
      expect([...children.values()].filter((command) => /chrom/i.test(command))).not.toEqual([]);
      expect([...children.values()].filter((command) => /media/.test(command))).not.toEqual([]);
    }
    child.kill('SIGKILL');
    await done;
    await gone(children.keys());
    expect(await openMeetings(sim, name)).toBeGreaterThan(0);
    const clean = (): Promise<CliResult> => finished(startCli(['cleanup', join(stage.scratch, name, 'latest'), '--json'], { env: { BBB_SECRET: sim.secret } }));
    expect((await clean()).code).toBe(0);
    expect(await openMeetings(sim, name)).toBe(0);
    const again = await clean();
    expect({ code: again.code, meetings: (JSON.parse(again.stdout) as { meetings: unknown[] }).meetings }).toEqual({ code: 0, meetings: [] });
  }, 150_000);
});
