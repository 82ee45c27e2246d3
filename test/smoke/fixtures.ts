import { test as base, type Browser } from '@playwright/test';
import { BbbApi } from '../../src/bbb/api.js';
import { browserHere } from '../../src/cli/browser-here.js';
import { browserFlags } from '../../src/browser/flags.js';
import { systemClock } from '../../src/core/clock.js';
import { ApiMeetingHost } from '../../src/fleet/meetings.js';
import { Checks } from './checks.js';
import { Lesson, Meetings } from './lesson.js';
import type { Person} from './person.js';
import { type PersonParts } from './person.js';
import { handedOver, secretsInUse, waitLimitMs, type SmokeTarget } from './settings.js';

interface TestFixtures {
  readonly checks: Checks;
}

interface WorkerFixtures {
  readonly target: SmokeTarget;
  readonly waitMs: number;
  readonly api: BbbApi;
  readonly host: ApiMeetingHost;
  readonly meetings: Meetings;
  readonly people: Set<Person>;
  readonly chromium: Browser;
  /** What it takes to let a person join. */
  readonly parts: PersonParts;
  readonly lesson: Lesson;
}

const CAMERA_FPS = 10;
/** Everybody may have left for so long while a test reloads pages; a killed suite leaves its meetings for no longer. */
const HOST_OPTIONS = { expireIfUnusedMinutes: 5, expireWhenEmptyMinutes: 2 };

/** Only what a test asks for is set up: tests of the API never look for a browser. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  target: [async ({}, use) => use(handedOver()), { scope: 'worker' }],
  waitMs: [async ({}, use) => use(waitLimitMs()), { scope: 'worker' }],
  api: [
    async ({ target }, use) => {
      await using api = new BbbApi(target, { clock: systemClock });
      await use(api);
    },
    { scope: 'worker' },
  ],
  host: [async ({ api }, use) => use(new ApiMeetingHost(api, HOST_OPTIONS)), { scope: 'worker' }],
  meetings: [
    async ({ host, target, waitMs }, use) => {
      const meetings = new Meetings(host, target.runId, waitMs);
      await use(meetings);
      await meetings.endAll();
    },
    { scope: 'worker' },
  ],
  people: [async ({}, use) => use(new Set<Person>()), { scope: 'worker' }],
  chromium: [
    async ({ playwright }, use) => {
      const { executablePath } = await browserHere(process);
      const browser = await playwright.chromium.launch({ executablePath, args: browserFlags({ root: process.getuid?.() === 0, cameraFps: CAMERA_FPS }) });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  parts: [async ({ chromium, api, waitMs, people }, use) => use({ browser: chromium, api, waitMs, people, secrets: secretsInUse() }), { scope: 'worker' }],
  lesson: [
    async ({ meetings, parts }, use) => {
      const lesson = new Lesson(meetings, parts);
      await use(lesson);
      await lesson.over();
    },
    { scope: 'worker' },
  ],
  checks: [
    async ({ people }, use, info) => {
      const checks = new Checks(info, secretsInUse());
      await use(checks);
      checks.finish();
      if (info.status !== info.expectedStatus) for (const person of people) await person.attachConsole(info);
    },
    { auto: true },
  ],
});
