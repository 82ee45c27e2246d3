import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from '../../../src/browser/find-browser.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-find-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** An executable that says what a browser says. */
function browser(folder: string, name: string, version: string): string {
  mkdirSync(join(dir, folder), { recursive: true });
  const path = join(dir, folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform === 'win32')('findBrowser', () => {
  it('takes what FIRSTBELL_BROWSER names before everything else', async () => {
    const wanted = browser('mine', 'my-browser', 'Chromium 1.2.3');
    browser('bin', 'chromium-headless-shell', 'Chromium 9');
    expect(await findBrowser({ wanted, path: join(dir, 'bin'), platform: 'linux' })).toEqual({ executablePath: wanted, kind: 'chromium', version: 'Chromium 1.2.3' });
  });

  it('says so when that path cannot be run', async () => {
    const path = join(dir, 'plain-file');
    writeFileSync(path, '');
    await expect(findBrowser({ wanted: path, path: '', platform: 'linux' })).rejects.toMatchObject({ code: 'BROWSER_MISSING', message: expect.stringContaining(path) as string });
  });

  it('prefers the headless shell to full Chromium, in whichever folder of PATH it is', async () => {
    browser('first', 'chromium', 'Chromium 5');
    const shell = browser('second', 'chromium-headless-shell', 'Chromium 5');
    const found = await findBrowser({ wanted: undefined, path: [join(dir, 'first'), join(dir, 'second')].join(delimiter), platform: 'freebsd' });
    expect(found).toMatchObject({ executablePath: shell, kind: 'headless-shell' });
  });

  it('takes an installed Chromium where there is no headless shell', async () => {
    const path = browser('bin', 'google-chrome', 'Google Chrome 150');
    expect(await findBrowser({ wanted: '', path: join(dir, 'bin'), platform: 'freebsd' })).toEqual({ executablePath: path, kind: 'chromium', version: 'Google Chrome 150' });
  });

  it('tells what to do when there is none', async () => {
    await expect(findBrowser({ wanted: undefined, path: dir, platform: 'freebsd' })).rejects.toMatchObject({ code: 'BROWSER_MISSING', hint: expect.stringMatching(/playwright install.*apt-get install chromium.*FIRSTBELL_BROWSER/s) as string });
  });

  it('finds the headless shell that Playwright has downloaded beside where its full Chromium would be', async () => {
    const shell = browser('ms-playwright/chromium_headless_shell-1255/chrome-headless-shell-linux64', 'chrome-headless-shell', 'Chromium 159');
    browser('bin', 'chromium', 'Chromium 9');
    const own = join(dir, 'ms-playwright', 'chromium-1255', 'chrome-linux64', 'chrome');
    expect(await findBrowser({ wanted: undefined, path: join(dir, 'bin'), platform: 'freebsd', own })).toEqual({ executablePath: shell, kind: 'headless-shell', version: 'Chromium 159' });
    // Where both were downloaded, too.
    browser('ms-playwright/chromium-1255/chrome-linux64', 'chrome', 'Chromium 159');
    expect(await findBrowser({ wanted: undefined, path: '', platform: 'freebsd', own })).toMatchObject({ executablePath: shell });
  });

  it('passes over a browser that does not start, and says why where there is no other', async () => {
    const path = browser('bin', 'chromium', '');
    writeFileSync(path, '#!/bin/sh\necho "error while loading shared libraries: libnss3.so" >&2\nexit 127\n');
    const other = browser('other', 'google-chrome', 'Google Chrome 150');
    expect(await findBrowser({ wanted: undefined, path: [join(dir, 'bin'), join(dir, 'other')].join(delimiter), platform: 'freebsd', own: '' })).toMatchObject({ executablePath: other });
    const why = { code: 'BROWSER_MISSING', message: expect.stringContaining('libnss3.so') as string, hint: expect.stringContaining('install-deps') as string };
    await expect(findBrowser({ wanted: undefined, path: join(dir, 'bin'), platform: 'freebsd', own: '' })).rejects.toMatchObject(why);
    await expect(findBrowser({ wanted: path, path: '', platform: 'linux' })).rejects.toMatchObject(why);
  });
});
