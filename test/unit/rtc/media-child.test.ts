import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from '../../../src/core/paths.js';
import { MediaChild } from '../../../src/rtc/media-child.js';
import { gone } from '../../drills/stage.js';

let dir: string;
/** Entries are named from dist/. */
const entry = (name: string): string => relative(builtFile('.'), join(dir, name));

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-child-'));
  writeFileSync(join(dir, 'broken.mjs'), 'process.exit(7);');
  writeFileSync(join(dir, 'mortal.mjs'), "process.on('message', () => process.exit(7)); process.send('here'); process.on('disconnect', () => process.exit());");
  writeFileSync(join(dir, 'open.mjs'), "process.on('message', () => undefined); process.send(process.pid); process.on('disconnect', () => process.exit());");
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a media process', () => {
  it('that never comes to anything is not started for ever', async () => {
    const lines: string[] = [];
    let crashes = 0;
    const child = new MediaChild<string, string>({ entry: entry('broken.mjs'), owner: 'the test', logger: { log: (_level, line) => void lines.push(line) }, news: () => undefined, crashed: () => void crashes++ });
    child.start();
    await expect.poll(() => lines.at(-1), { timeout: 10_000 }).toContain('not started again');
    expect(lines).toHaveLength(3);
    expect(crashes).toBe(3);
    await child.close();
  });

  it('that worked is started again each time it ends', async () => {
    const lines: string[] = [];
    let starts = 0;
    const child = new MediaChild<string, string>({
      entry: entry('mortal.mjs'),
      owner: 'the test',
      logger: { log: (_level, line) => void lines.push(line) },
      news: () => {
        if (++starts < 6) child.tell('end');
      },
      crashed: () => undefined,
    });
    child.start();
    await expect.poll(() => starts, { timeout: 20_000 }).toBe(6);
    expect(lines.every((line) => line.endsWith('starting it again'))).toBe(true);
    await child.close();
  });

  it('that was killed a moment ago does not take along who tells it something', async () => {
    const lines: string[] = [];
    const pids: number[] = [];
    const child = new MediaChild<string, number>({
      entry: entry('open.mjs'),
      owner: 'the test',
      logger: { log: (_level, line) => void lines.push(line) },
      news: (pid) => {
        if (pids.push(pid) > 1) return;
        process.kill(pid, 'SIGKILL');
        // This process does not come to hear of the end before it writes.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        child.tell('are you there?');
      },
      crashed: () => undefined,
    });
    child.start();
    await expect.poll(() => pids.length, { timeout: 10_000 }).toBe(2);
    expect(lines).toEqual(['a media process of the test ended (SIGKILL); its sessions are lost, starting it again']);
    await child.close();
  });

  // Node takes longer to start than its parent to die: nobody listens yet when the channel is cut.
  it.skipIf(process.platform !== 'linux').each(['sim/media/worker.js', 'native/media/worker.js'])('ends with a parent that is killed while it starts: %s', async (name) => {
    expect(existsSync(builtFile(name))).toBe(true);
    const parent = "const child = require('node:child_process').fork(process.argv[1], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }); require('node:fs').writeSync(1, String(child.pid)); process.kill(process.pid, 'SIGKILL');";
    const { stdout, signal } = spawnSync(process.execPath, ['-e', parent, builtFile(name)], { encoding: 'utf8' });
    expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: expect.stringMatching(/^\d+$/) as string });
    await gone(new Map([[Number(stdout), name]]));
  }, 60_000);
});
