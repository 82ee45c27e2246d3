import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { outputFolder, waitLimitMs } from './test/smoke/settings.js';

const output = outputFolder();

/** The smoke suite after an upgrade: `BBB_URL=… BBB_SECRET=… npx playwright test`, or without them on the simulator. See docs/smoke.md. */
export default defineConfig({
  testDir: 'test/smoke',
  testMatch: '*.smoke.ts',
  globalSetup: './test/smoke/set-up.ts',
  outputDir: join(output, 'artifacts'),
  // A check has a limit of its own; this one is for what hangs all the same.
  timeout: 60_000 + 4 * waitLimitMs(),
  // Two browsers at once is what a small machine carries without measuring itself. A retry would hide what is flaky after an upgrade.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  reporter: [
    ['./test/smoke/part-reporter.ts'],
    ['list'],
    ['html', { outputFolder: join(output, 'html'), open: 'never' }],
    ['junit', { outputFile: join(output, 'junit.xml') }],
  ],
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: [{ name: 'smoke' }],
});
