import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserHere } from '../../src/cli/browser-here.js';
import { browserFlags } from '../../src/browser/flags.js';
import { VIEWPORT } from '../../src/browser/pool.js';
import { shrinkWindow } from '../../src/browser/small-window.js';

const DENSITY = 0.5;
let browser: Browser;

beforeAll(async () => {
  const { executablePath } = await browserHere(process);
  browser = await chromium.launch({ executablePath, args: browserFlags({ root: process.getuid?.() === 0, cameraFps: 15, pixelDensity: DENSITY }) });
}, 60_000);

afterAll(() => browser.close());

it('makes the window tiny and leaves the page whole: size, frames, clicks, pictures', async () => {
  const context = await browser.newContext({ viewport: VIEWPORT, deviceScaleFactor: DENSITY });
  const page = await context.newPage();
  await shrinkWindow(page, { ...VIEWPORT, deviceScaleFactor: DENSITY });
  // Another process of the browser shows it from here on.
  await page.goto('data:text/html,<body style="margin:0;background:blue"><button style="position:absolute;left:1180px;top:680px" onclick="document.title=`pressed`">Press</button>');
  expect(await page.evaluate(() => [innerWidth, innerHeight, devicePixelRatio, screen.width])).toEqual([VIEWPORT.width, VIEWPORT.height, DENSITY, VIEWPORT.width]);
  await page.getByRole('button', { name: 'Press' }).click();
  expect(await page.title()).toBe('pressed');
  // Would never come if nothing was drawn any more.
  expect(await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve('drawn')))))).toBe('drawn');
  const picture = await page.screenshot({ scale: 'css' });
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([VIEWPORT.width, VIEWPORT.height]);
  const cdp = await context.newCDPSession(page);
  const { bounds } = await cdp.send('Browser.getWindowForTarget');
  expect(bounds.width! * bounds.height!).toBeLessThan(1_000);
  await context.close();
}, 60_000);
