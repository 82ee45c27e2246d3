import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';
import { HarnessError } from '../core/errors.js';
import { runProgram } from './run-program.js';

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
  /** Where Playwright's own full Chromium is, or would be; default: as Playwright says. */
  readonly own?: string;
}

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'] as const;
const USUAL_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/usr/bin', '/usr/lib/chromium', '/snap/bin', '/opt/google/chrome'],
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
};
const SHELL_NAMES = ['chrome-headless-shell', 'headless_shell', 'chrome-headless-shell.exe', 'headless_shell.exe'] as const;
const VERSION_LIMIT_MS = 15_000;

/**
 * The browser that browser users run in: the one that was named, Playwright's own, or one that is installed; the headless shell
 * before full Chromium, for it needs half the memory. One that does not start is passed over. Throws BROWSER_MISSING with what to do.
 */
export async function findBrowser(search: BrowserSearch): Promise<FoundBrowser> {
  const { wanted, platform } = search;
  if (wanted !== undefined && wanted !== '') {
    const tried = (await runnable(wanted)) ? await start(wanted, platform) : undefined;
    if (tried && 'version' in tried) return tried;
    throw new HarnessError('BROWSER_MISSING', `FIRSTBELL_BROWSER names ${wanted}, which cannot be run${tried === undefined ? '' : `: ${tried.problem}`}`, { hint: tried === undefined ? 'give the path of a Chromium or of a chromium-headless-shell' : LIBRARIES });
  }
  let broken: string | undefined;
  for (const candidate of await candidates(search)) {
    if (!(await runnable(candidate))) continue;
    const tried = await start(candidate, platform);
    if ('version' in tried) return tried;
    broken ??= `${candidate} is there, but does not start: ${tried.problem}`;
  }
  const install = 'run `npx playwright install --only-shell chromium`; without internet install the packages chromium and chromium-headless-shell (Debian: `sudo apt-get install chromium chromium-headless-shell`); or set FIRSTBELL_BROWSER to a path';
  throw new HarnessError('BROWSER_MISSING', broken ?? 'no Chromium was found on this machine', { hint: broken === undefined ? install : `${LIBRARIES}; or ${install}` });
}

export const LIBRARIES = '`sudo npx playwright install-deps chromium` installs the libraries that a Chromium needs';

async function candidates({ path, platform, own = chromium.executablePath() }: BrowserSearch): Promise<string[]> {
  const folders = [...(path ?? '').split(delimiter).filter((one) => one !== ''), ...(USUAL_PLACES[platform] ?? [])];
  return [...(await shellsBeside(own)), own, ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...(USUAL_PLACES[platform] ?? [])];
}

/** Playwright tells where its full Chromium is, or would be; its headless shell has a folder of its own beside that one's. */
async function shellsBeside(own: string): Promise<string[]> {
  const [, root, revision] = /^(.*[/\\])chromium-(\d+)[/\\]/.exec(own) ?? [];
  if (root === undefined || revision === undefined) return [];
  const folder = join(root, `chromium_headless_shell-${revision}`);
  const builds = await readdir(folder).catch(() => []);
  return builds.flatMap((build) => SHELL_NAMES.map((name) => join(folder, build, name)));
}

async function runnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return !path.endsWith('/bin');
  } catch {
    return false;
  }
}

/** What it says of itself; `problem`: it cannot be started, e.g. for want of a library. */
async function start(executablePath: string, platform: NodeJS.Platform): Promise<FoundBrowser | { readonly problem: string }> {
  const kind = /headless[-_]shell/.test(executablePath) ? 'headless-shell' : 'chromium';
  const { how, timedOut, stdout, stderr } = await runProgram({ path: executablePath, args: ['--version', '--no-sandbox'], limitMs: VERSION_LIMIT_MS });
  if (how === 0) return { executablePath, kind, version: stdout.trim().split('\n')[0]!.slice(0, 80) || 'unknown version' };
  // Chrome on Windows prints no version; whether it runs at all the launch will tell.
  if (platform === 'win32') return { executablePath, kind, version: 'unknown version' };
  return { problem: stderr.trim().split('\n')[0]?.slice(0, 200) || (timedOut ? `it did not say its version within ${VERSION_LIMIT_MS / 1_000} s` : `it ended with ${how}`) };
}
