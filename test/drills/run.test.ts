import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import { finished, startSimProcess, type SimProcess } from '../e2e/cli.js';
import { pause } from '../fakes/nats.js';
import { descendants, DrillStage, gone, hasMedia, openMeetings } from './stage.js';

/** What the machine of the run lacks on a bad day: each drill ends with the right exit code, a report that says what happened, and nobody left in a meeting. */

const stage = new DrillStage();
const root = process.getuid?.() === 0;
let sim: SimProcess;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2', '--graphql-connections', '1000', '--sockets-per-second', '400']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  stage.close();
});

const lessons = (users: number, seconds: number): string =>
  `  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: ${Math.ceil(users / 20)}, users: ${users}, duration: ${seconds}s }`;

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
      // With sound, so that it has processes to leave behind.
      const talks = '  - { name: talks, executor: constant-users, meetings: talk, meetingCount: 1, users: 4, duration: 8s }';
      await using run = stage.run(name, stage.scenario(name, `${lessons(200, 8)}\n${talks}`), sim, {}, disk);
      let processes = descendants(run.child.pid!);
      while (!hasMedia(processes) && run.child.exitCode === null) {
        await pause(100);
        processes = descendants(run.child.pid!);
      }
      const { code, stderr } = await run.done;
      expect({ code, stderr, media: hasMedia(processes) }).toMatchObject({ code: 4, stderr: expect.stringMatching(/FILE_UNWRITABLE|cannot write/) as string, media: true });
      expect(await openMeetings(sim, name)).toBe(0);
      await gone(processes);
    } finally {
      spawnSync('umount', [disk]);
    }
  }, 60_000);
});
