import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { LIBRARIES } from './find-browser.js';
import { browserFlags } from './flags.js';
import { runProgram } from './run-program.js';

export interface BrowserTrial {
  readonly executablePath: string;
  /** For the page to be there; default 30 s. Then the browser is killed. */
  readonly limitMs?: number;
}

const LIMIT_MS = 30_000;
const MAX_REASON_CHARS = 200;

/**
 * Starts a browser with the flags of a browser user, has it open an empty page and end. Resolves if it did. Throws BROWSER_FAILED with the browser's
 * own reason and what to do. Not by Playwright, which says little of why one does not start.
 */
export async function tryBrowser({ executablePath, limitMs = LIMIT_MS }: BrowserTrial, signal: AbortSignal): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'firstbell-browser-'));
  try {
    // Playwright starts browsers without their sandbox, whoever it is.
    const args = [...browserFlags({ root: true, cameraFps: 1 }), '--headless', '--disable-dev-shm-usage', `--user-data-dir=${profile}`, '--dump-dom', 'about:blank'];
    const { how, timedOut, stdout, stderr } = await runProgram({ path: executablePath, args, limitMs, signal });
    signal.throwIfAborted();
    const byHand = `start \`${executablePath} --headless --no-sandbox --dump-dom about:blank\` by hand to see more`;
    if (timedOut) throw new HarnessError('BROWSER_FAILED', `${executablePath} did not open a page within ${limitMs / 1000} s`, { hint: `${byHand}; on a busy machine try again` });
    if (how === 0 && stdout.includes('<html')) return;
    const reason = reasonOf(stderr) ?? (how === 0 ? 'it ended without showing a page' : `it ended with ${how}`);
    throw new HarnessError('BROWSER_FAILED', `${executablePath} does not start: ${reason}`, {
      hint: /shared librar/i.test(reason) ? LIBRARIES : `${byHand}; ${LIBRARIES}; FIRSTBELL_BROWSER names another browser`,
    });
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The line that names the cause, else the first. Chromium complains of many things that do not stop it, of a missing message bus first of all. */
function reasonOf(said: string): string | undefined {
  const lines = said.split('\n').flatMap((line) => line.trim() || []);
  return (lines.find((line) => /error while loading shared libraries|FATAL|not found|no such file/i.test(line)) ?? lines[0])?.slice(0, MAX_REASON_CHARS);
}
