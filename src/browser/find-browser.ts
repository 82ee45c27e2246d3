import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { HarnessError } from '../core/errors.js';

export interface FoundBrowser {
  readonly executablePath: string;
  readonly kind: 'headless-shell' | 'chromium';
  /** E.g. "Chromium 156.0.8078.79"; as the browser tells. */
  readonly version: string;
}

export interface BrowserSearch {
  /** FIRSTBELL_BROWSER: a path that wins over everything. */
  readonly wanted: string | undefined;
  /** PATH. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
}

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'] as const;
const USUAL_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/usr/bin', '/usr/lib/chromium', '/snap/bin', '/opt/google/chrome'],
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
};
const VERSION_LIMIT_MS = 15_000;

/**
 * The browser that browser users run in: the one that was named, Playwright's own, or one that is installed; the headless shell
 * before full Chromium, for it needs half the memory. Throws BROWSER_MISSING with what to do.
 */
export async function findBrowser(search: BrowserSearch): Promise<FoundBrowser> {
  if (search.wanted !== undefined && search.wanted !== '') {
    if (await runnable(search.wanted)) return described(search.wanted);
    throw new HarnessError('BROWSER_MISSING', `FIRSTBELL_BROWSER names ${search.wanted}, which cannot be run`, { hint: 'give the path of a Chromium or of a chromium-headless-shell' });
  }
  for (const candidate of candidates(search)) if (await runnable(candidate)) return described(candidate);
  throw new HarnessError('BROWSER_MISSING', 'no Chromium was found on this machine', {
    hint: 'run `npx playwright install chromium-headless-shell`; without internet install the packages chromium and chromium-headless-shell (Debian: `sudo apt-get install chromium chromium-headless-shell`); or set FIRSTBELL_BROWSER to a path',
  });
}

function candidates({ path, platform }: BrowserSearch): string[] {
  const folders = [...(path ?? '').split(delimiter).filter((one) => one !== ''), ...(USUAL_PLACES[platform] ?? [])];
  return [chromium.executablePath(), ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...(USUAL_PLACES[platform] ?? [])];
}

async function runnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return !path.endsWith('/bin');
  } catch {
    return false;
  }
}

async function described(executablePath: string): Promise<FoundBrowser> {
  const kind = /headless[-_]shell/.test(executablePath) ? 'headless-shell' : 'chromium';
  try {
    const { stdout } = await promisify(execFile)(executablePath, ['--version', '--no-sandbox'], { timeout: VERSION_LIMIT_MS });
    return { executablePath, kind, version: stdout.trim().split('\n')[0]!.slice(0, 80) || 'unknown version' };
  } catch {
    // Chrome on Windows prints no version; whether it runs at all the launch will tell.
    return { executablePath, kind, version: 'unknown version' };
  }
}
