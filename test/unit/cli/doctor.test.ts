import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.js';
import { memoryIo } from '../../fakes/memory-io.js';

const dir = mkdtempSync(join(tmpdir(), 'firstbell-doctor-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Says its version as a browser does, and then does not start. */
const broken = join(dir, 'chromium-headless-shell');
writeFileSync(broken, '#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 150.0.1.2" && exit 0\necho "$0: error while loading shared libraries: libgbm.so.1: cannot open shared object file" >&2\nexit 127\n');
chmodSync(broken, 0o755);

describe.skipIf(process.platform === 'win32')('firstbell doctor', () => {
  it('starts the browser: one that only says its version stands in the way of a run', async () => {
    const io = memoryIo({ env: { FIRSTBELL_BROWSER: broken } });
    expect(await runCli(['doctor'], io)).toBe(4);
    expect(io.stdout()).toContain(`FAIL  browser         ${broken} does not start: ${broken}: error while loading shared libraries: libgbm.so.1`);
    expect(io.stdout()).toMatch(/help: `sudo npx playwright install-deps chromium`/);
    expect(io.stdout()).toContain('1 thing stands in the way of a run.');
  });

  it('goes on to the end after what it cannot find, and says it as JSON', async () => {
    const io = memoryIo({ env: { FIRSTBELL_BROWSER: join(dir, 'nowhere') } });
    expect(await runCli(['doctor', '--json'], io)).toBe(4);
    const { checks } = JSON.parse(io.stdout()) as { checks: { name: string; ok: unknown; help?: string }[] };
    expect(checks.map(({ name }) => name)).toEqual(['node', 'machine', 'open files', 'browser', 'reports', 'target']);
    expect(checks.find(({ name }) => name === 'browser')).toMatchObject({ ok: false, help: expect.stringContaining('path of a Chromium') as string });
  });

  it('minds a browser that does not start only where the scenario needs one', async () => {
    const check = async (users: string, more = ''): Promise<unknown> => {
      const file = join(dir, 'two.yaml');
      // Nobody listens there.
      writeFileSync(file, `name: two\ntarget: { url: "http://127.0.0.1:9/bigbluebutton/api" }\nusers: ${users}\n${more}meetings: { lesson: { size: 2 } }\nload: [{ name: lessons, executor: constant-users, meetings: lesson, meetingCount: 1, users: 2, duration: 5s }]\n`);
      const io = memoryIo({ cwd: dir, env: { FIRSTBELL_BROWSER: broken, BBB_SECRET: 'correcthorsebattery' } });
      await runCli(['doctor', 'two.yaml', '--json'], io);
      return (JSON.parse(io.stdout()) as { checks: { name: string }[] }).checks.find(({ name }) => name === 'browser');
    };
    expect(await check('{ browser: 1, native: rest }')).toMatchObject({ ok: false });
    expect(await check('{ browser: 0 }')).toMatchObject({ ok: 'warn', detail: expect.stringContaining('libgbm.so.1') as string, help: expect.stringMatching(/^only browser users need one; .*install-deps/) as string });
    expect(await check('{ browser: 0 }', 'wire: learn\n')).toMatchObject({ ok: false });
  });
});
