import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from '../../src/browser/find-browser.js';
import { packageRoot } from '../../src/core/paths.js';

const { noBrowser } = (await import(pathToFileURL(join(packageRoot(), 'scripts', 'setup.mjs')).href)) as { readonly noBrowser: (missing: unknown) => Error & { readonly exitCode: number } };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-setup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const missingIn = (path: string): Promise<unknown> => findBrowser({ wanted: undefined, path, platform: 'freebsd', own: '' }).catch((error: unknown) => error);

describe.skipIf(process.platform === 'win32')('the set-up, where no browser can be had', () => {
  it('says of one that is there why it does not start and what helps, and not to download it again', async () => {
    const path = join(dir, 'chromium');
    writeFileSync(path, '#!/bin/sh\necho "error while loading shared libraries: libnss3.so" >&2\nexit 127\n');
    chmodSync(path, 0o755);
    const { message, exitCode } = noBrowser(await missingIn(dir));
    expect(message).toContain(`${path} is there, but does not start: error while loading shared libraries: libnss3.so`);
    expect(message).toContain('sudo npx playwright install-deps chromium');
    expect(message).not.toContain('No Chromium was found');
    expect(exitCode).toBe(4);
  });

  it('says how to get one where there is none', async () => {
    const { message } = noBrowser(await missingIn(dir));
    expect(message).toMatch(/^No Chromium was found.*\n {2}npx playwright install --only-shell chromium /);
    expect(message).not.toContain('install-deps');
  });
});
