import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.js';
import { requireKnownSecret } from '../../../src/cli/open-crew.js';
import { resolveTarget } from '../../../src/cli/target.js';
import { memoryIo } from '../../fakes/memory-io.js';

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-target-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const env = { BBB_SECRET: 'correcthorsebattery', FIRSTBELL_BROWSER: '/usr/bin/true' };
const scenario = join(scratch, 'two.yaml');
writeFileSync(
  scenario,
  `name: two
target: simulator
users: { browser: 0 }
meetings: { lesson: { size: 2 } }
load: [{ name: lessons, executor: constant-users, meetings: lesson, meetingCount: 1, users: 2, duration: 5s }]
thresholds: [join_failed rate < 1%]
`,
);

describe('a target by its URL', () => {
  it.each(['', '  ', 'bbb.example.org', 'bbb.example.org/bigbluebutton/api', 'ftp://bbb.example.org/'])('that is none is wrong use, before anybody is asked about it: "%s"', async (url) => {
    for (const line of [['run', scenario], ['capacity', scenario, '--require', '2', '--reports', join(scratch, 'reports')], ['learn']]) {
      const io = memoryIo({ cwd: scratch, env });
      expect({ line, code: await runCli([...line, '--url', url], io), said: /error USAGE: the target URL/.test(io.stderr()) }).toEqual({ line, code: 2, said: true });
    }
  });

  it('is kept as it was written', async () => {
    await using target = await resolveTarget(memoryIo({ env }), undefined, { url: 'https://bbb.example.org/', secretEnv: undefined, fault: [] });
    expect(target.url).toBe('https://bbb.example.org/');
  });
});

describe('the simulator of a run', () => {
  it('is no target for workers on other machines, which is said to whom it is refused', () => {
    let refused: unknown;
    try {
      requireKnownSecret({ env: {} }, { kind: 'simulator' });
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('only for workers on the same machine') as string });
  });
});

describe('a target by its name in the site’s file', () => {
  // Nobody listens there.
  writeFileSync(join(scratch, 'firstbell.config.yaml'), 'targets:\n  staging: { url: "http://127.0.0.1:9/bigbluebutton/api", secretEnv: STAGING_SECRET }\n');
  const lines = [['run', scenario], ['capacity', scenario, '--require', '2', '--reports', join(scratch, 'reports')], ['doctor'], ['learn'], ['cleanup']];

  it('is known to every command that talks to one', async () => {
    for (const line of lines) {
      const io = memoryIo({ cwd: scratch, env });
      await runCli([...line, '--target', 'staging'], io);
      expect({ line, said: io.stderr() }).toMatchObject({ said: expect.stringContaining('SECRET_MISSING: the environment variable STAGING_SECRET is not set') as string });
    }
  });

  it('is refused with the names that there are', async () => {
    for (const line of lines) {
      const io = memoryIo({ cwd: scratch, env });
      expect({ line, code: await runCli([...line, '--target', 'stageing'], io), said: io.stderr() }).toEqual({ line, code: 2, said: expect.stringMatching(/has no target "stageing"[^]*it has staging/) as string });
    }
  });
});
