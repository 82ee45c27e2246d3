import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

/** The browser that the set-up step found or installed; the lighter one first. */
export function browserForTests(): string {
  const found = [process.env['FIRSTBELL_BROWSER'] ?? '', '/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome', chromium.executablePath()].find((path) => path !== '' && existsSync(path));
  if (found === undefined) throw new Error('no Chromium for tests: run `node scripts/setup.mjs`');
  return found;
}
