import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrowserPool } from '../../../src/browser/pool.js';
import { printPdf } from '../../../src/browser/print-pdf.js';
import { systemClock } from '../../../src/core/clock.js';
import { silentLogger } from '../../../src/core/log.js';

const LIMIT_MS = 3_000;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-launch-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Starts as a browser does, with a process of its own, says nothing, and does not end when it is asked to. */
function hangingBrowser(): string {
  const path = join(dir, 'hanging-browser');
  writeFileSync(path, `#!/bin/sh\ntrap '' TERM INT HUP\nsleep 600 &\necho $$ $! > ${join(dir, 'pids')}\nwhile :; do sleep 600; done\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Resolves when it and what it started are gone; the test's own time limit is below the half minute that Playwright gives it. */
async function gone(): Promise<void> {
  const pids = readFileSync(join(dir, 'pids'), 'utf8').trim().split(' ').map(Number);
  expect(pids).toHaveLength(2);
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform === 'win32')('a browser that hangs when it is started', () => {
  it('is not left running by the pool', async () => {
    const executablePath = hangingBrowser();
    await using pool = new BrowserPool({ executablePath, args: [], pixelDensity: 1, launches: 1, usersPerBrowser: 4, launchTimeoutMs: LIMIT_MS, clock: systemClock, logger: silentLogger });
    await expect(pool.seat(new AbortController().signal)).rejects.toMatchObject({ code: 'BROWSER_FAILED', message: expect.stringContaining(`Timeout ${LIMIT_MS}ms exceeded`) as string });
    await gone();
  });

  it('is not left running when a page is printed', async () => {
    const pdfPath = join(dir, 'report.pdf');
    await expect(printPdf({ executablePath: hangingBrowser(), root: true, htmlPath: join(dir, 'report.html'), pdfPath, limitMs: LIMIT_MS })).rejects.toMatchObject({ code: 'BROWSER_FAILED' });
    await gone();
    expect(existsSync(pdfPath)).toBe(false);
  });
});
