import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryBrowser } from '../../../src/browser/try-browser.js';
import type { HarnessError } from '../../../src/core/errors.js';

const never = new AbortController().signal;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-try-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** An executable that does, instead of being a browser, what a shell can. */
function fake(does: string): string {
  const path = join(dir, 'fake-browser');
  writeFileSync(path, `#!/bin/sh\n${does}\n`);
  chmodSync(path, 0o755);
  return path;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const trial = (executablePath: string, limitMs?: number): Promise<HarnessError> =>
  tryBrowser({ executablePath, ...(limitMs === undefined ? {} : { limitMs }) }, never).then(
    () => Promise.reject(new Error('it started')),
    (error: unknown) => error as HarnessError,
  );

describe.skipIf(process.platform === 'win32')('a browser that does not start', () => {
  it('says which library it misses, past what it always complains of, and how to get it', async () => {
    const path = fake(`echo "[1:2:ERROR:bus.cc(407)] Failed to connect to the bus" >&2
echo "$0: error while loading shared libraries: libnss3.so: cannot open shared object file: No such file or directory" >&2
exit 127`);
    const error = await trial(path);
    expect(error).toMatchObject({ code: 'BROWSER_FAILED', message: `${path} does not start: ${path}: error while loading shared libraries: libnss3.so: cannot open shared object file: No such file or directory`, hint: expect.stringContaining('install-deps') as string });
  });

  it('says what else it said, and how to see more', async () => {
    const path = fake('echo "segmentation fault" >&2; exit 139');
    const error = await trial(path);
    expect(error).toMatchObject({ code: 'BROWSER_FAILED', message: `${path} does not start: segmentation fault` });
    expect(error.hint).toContain(`${path} --headless --no-sandbox --dump-dom about:blank`);
  });

  it('says how it ended when it said nothing', async () => {
    expect(await trial(fake('exit 21'))).toMatchObject({ message: expect.stringContaining('does not start: it ended with 21') as string });
    expect(await trial(fake('exit 0'))).toMatchObject({ message: expect.stringContaining('it ended without showing a page') as string });
  });

  it('is not waited for without end, and is not left running', async () => {
    const path = fake(`echo $$ > ${join(dir, 'pid')}; exec sleep 600`);
    const error = await trial(path, 3_000);
    expect(error).toMatchObject({ code: 'BROWSER_FAILED', message: `${path} did not open a page within 3 s` });
    expect(() => process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
  });

  it('is not left running either when a script started it and waits for it', async () => {
    const path = fake(`sleep 600 & echo $! > ${join(dir, 'pid')}; wait`);
    expect(await trial(path, 1_000)).toMatchObject({ code: 'BROWSER_FAILED', message: `${path} did not open a page within 1 s` });
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('is not left running when nobody wants to know any more', async () => {
    const path = fake(`echo $$ > ${join(dir, 'pid')}; exec sleep 600`);
    const stop = new AbortController();
    const trying = tryBrowser({ executablePath: path }, stop.signal);
    while (!existsSync(join(dir, 'pid')) || readFileSync(join(dir, 'pid'), 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('stopped'));
    await expect(trying).rejects.toThrow('stopped');
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it.each(['a page', 'an error'])('leaves no profile behind, whether it showed %s', async (what) => {
    const path = fake(`for one in "$@"; do case "$one" in --user-data-dir=*) echo "\${one#*=}" > ${join(dir, 'profile')};; esac; done; ${what === 'a page' ? 'echo "<html><head></head><body></body></html>"' : 'exit 3'}`);
    await tryBrowser({ executablePath: path }, never).catch(() => undefined);
    expect(existsSync(readFileSync(join(dir, 'profile'), 'utf8').trim())).toBe(false);
  });
});
