import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { openDashboard, type Dashboard } from '../../src/report/dashboard/dashboard.js';
import { LiveBoard } from '../../src/report/live-board.js';
import { browserForTests } from '../fakes/test-browser.js';
import { buildRun } from '../fakes/run-folder.js';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A dot of one pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const MESSAGE = 'no answer <img src=x onerror="document.title=\'owned\'">';

let dir: string;
let browser: Browser;
let asked: string[] = [];
const run = buildRun({
  startOfDayMs: 28_500_000,
  fateOf: ({ seq }) => (seq % 6 === 5 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: MESSAGE, ...(seq === 5 ? { screenshot: 'evidence/5.png' } : { screenshot: '../../etc/passwd.png' }) } : { is: 'left' }),
});

function boardAt(atMs: number): LiveBoard {
  const board = new LiveBoard(run.plan);
  for (const event of run.events) if (event.atMs <= atMs) board.event(event);
  for (const snapshot of run.snapshots) if (snapshot.endMs <= atMs) board.snapshot(snapshot);
  for (const server of ['sim-01.localhost:8101', 'sim-02.localhost:8102']) board.fleet({ atMs, server, source: 'exporter', up: true, figures: { cpu: 0.31, receiveKbps: 2_400, sendKbps: 11_300, participants: 5 } });
  return board;
}

function open(port = 0, board = boardAt(70_000)): Promise<Dashboard> {
  return openDashboard({ board, run: 'test-run', dir, host: '127.0.0.1', port, clock: systemClock, nowMs: () => 70_000, ask: (how) => void asked.push(how) });
}

async function visit(url: string, options: { readonly width?: number; readonly colorScheme?: 'light' | 'dark'; readonly bypassCSP?: boolean } = {}): Promise<Page> {
  const { width = 1280, colorScheme = 'light', bypassCSP = false } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('heading', { level: 1, name: 'first-bell-demo' }).waitFor();
  return page;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'firstbell-dashboard-'));
  await mkdir(join(dir, 'evidence'));
  await writeFile(join(dir, 'evidence', '5.png'), PNG);
  browser = await chromium.launch({ executablePath: browserForTests() });
});
afterAll(async () => {
  await browser?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => void (asked = []));

describe('the dashboard in a browser', () => {
  it('shows users, servers, errors with pictures and checkpoints, under a policy that lets nothing else in', async () => {
    await using dashboard = await open();
    const page = await visit(dashboard.url);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.reload();
    await page.getByRole('heading', { name: 'sim-01' }).waitFor();
    const text = await page.locator('body').innerText();
    for (const words of ['07:56:10', 'AUDIO_FAILED', 'no answer <img', 'CPU', '31', '07:56:00 checkpoint', '11.3']) expect(text).toContain(words);
    expect(await page.title()).not.toContain('owned');
    await page.getByRole('img', { name: /What the user saw/ }).first().scrollIntoViewIfNeeded();
    await expect.poll(() => page.evaluate('[...document.images].some((image) => image.naturalWidth === 1)')).toBe(true);
    // Of its own pictures only the one outside the folder is refused.
    expect(complaints.filter((line) => !line.includes('404'))).toEqual([]);
    expect([...hosts]).toEqual([new URL(dashboard.url).host]);
    await page.context().close();
  });

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
  ] as const)('is accessible and fits: %d px, %s', async (width, colorScheme) => {
    await using dashboard = await open();
    const page = await visit(dashboard.url, { width, colorScheme, bypassCSP: true });
    await page.getByRole('heading', { name: 'sim-01' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.addScriptTag({ path: axePath });
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.context().close();
  });

  it('has everything again after a reload, and after the connection was lost', async () => {
    const first = await open();
    const page = await visit(first.url);
    const course = (): Promise<number> => page.locator('svg.spark path').first().getAttribute('d').then((path) => path?.split('L').length ?? 0);
    await expect.poll(course).toBe(14);
    await page.reload();
    await expect.poll(course).toBe(14);
    const { port } = new URL(first.url);
    await first[Symbol.asyncDispose]();
    await page.getByText('The connection is lost').waitFor();
    expect(await page.getByRole('button', { name: 'Stop the run' }).isDisabled()).toBe(true);
    await using _second = await open(Number(port), boardAt(90_000));
    await page.getByText('The connection is lost').waitFor({ state: 'hidden' });
    await expect.poll(course).toBe(18);
    // The other process has another key.
    await page.getByRole('button', { name: 'Stop the run …' }).click();
    await page.getByRole('button', { name: 'Stop the run', exact: true }).click();
    await expect.poll(() => asked).toEqual(['stop']);
    await page.context().close();
  });

  it('shows step after step of a search on a page that stays, and is over only with the search', async () => {
    const ended = new LiveBoard(run.plan);
    for (const event of run.events) ended.event(event);
    const shown = { run: 'step-one', dir, nowMs: () => 70_000 };
    await using dashboard = await openDashboard({ ...shown, board: ended, step: 'Step 1 (ramp): 3 users', host: '127.0.0.1', port: 0, clock: systemClock, ask: (how) => void asked.push(how) });
    const page = await visit(dashboard.url);
    await page.getByText('step-one · Step 1 (ramp): 3 users').waitFor();
    // The step is over, the search is not.
    const button = page.getByRole('button', { name: 'Stop the search …' });
    await button.waitFor();
    dashboard.show({ ...shown, run: 'step-two', board: new LiveBoard(run.plan), step: 'Step 2 (ramp): 6 users' });
    await page.getByText('step-two · Step 2 (ramp): 6 users').waitFor();
    expect(await page.locator('svg.spark path').count()).toBe(0);
    await button.click();
    await page.getByRole('button', { name: 'Stop the search', exact: true }).click();
    await expect.poll(() => asked).toEqual(['stop']);
    await dashboard[Symbol.asyncDispose]();
    await page.getByText('The search is over').waitFor();
    expect(await button.count()).toBe(0);
    await page.context().close();
  });

  it('stops the run by keyboard, after a confirmation, and not without', async () => {
    await using dashboard = await open();
    const page = await visit(dashboard.url);
    const button = page.getByRole('button', { name: 'Stop the run …' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    expect(asked).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => asked).toEqual(['stop']);
    await page.context().close();
  });

  it('comes back after a proxy between has answered for it, which ends what the browser tries by itself', async () => {
    await using dashboard = await open();
    const page = await visit(dashboard.url);
    await page.route('**/live*', (route) => route.fulfill({ status: 502, body: 'bad gateway' }));
    await page.reload();
    await page.getByText('Firstbell does not answer; trying again').waitFor();
    await page.unroute('**/live*');
    await page.getByRole('heading', { level: 1, name: 'first-bell-demo' }).waitFor();
    await page.context().close();
  });

  it('ends at once only for who has confirmed that', async () => {
    const board = boardAt(70_000);
    await using dashboard = await open(0, board);
    const page = await visit(dashboard.url);
    await page.getByRole('button', { name: 'Stop the run …' }).click();
    // Somebody else was quicker: the question that is open stays the one that was asked.
    board.event({ type: 'stopping', atMs: 70_000, reason: 'stopped' });
    await page.getByText('Stopped: no new users').waitFor();
    await page.getByRole('button', { name: 'Stop the run', exact: true }).click();
    await expect.poll(() => asked).toEqual(['stop']);
    await page.getByRole('button', { name: 'End at once …' }).click();
    await page.getByRole('button', { name: 'End at once', exact: true }).click();
    await expect.poll(() => asked).toEqual(['stop', 'end']);
    board.event({ type: 'stopping', atMs: 71_000, reason: 'aborted' });
    await expect.poll(() => page.getByRole('button', { name: 'End at once …' }).isDisabled()).toBe(true);
    await page.context().close();
  });

  it('does not stop for a page of somebody else', async () => {
    await using dashboard = await open();
    await using other = await open();
    const page = await visit(other.url);
    const answer = page.evaluate(`fetch('${dashboard.url}stop', { method: 'POST', mode: 'no-cors', headers: { 'x-firstbell-key': 'x' } }).then(() => 'sent', () => 'refused')`);
    await answer;
    const { status } = await fetch(`${dashboard.url}stop`, { method: 'POST' });
    expect(status).toBe(403);
    expect(asked).toEqual([]);
    await page.context().close();
  });

  it('gives no file but pictures of failures that it shows', async () => {
    await using dashboard = await open();
    const get = (path: string): Promise<number> => fetch(new URL(path, dashboard.url)).then(({ status }) => status);
    expect(await get('evidence/0')).toBe(200);
    for (const path of ['evidence/1', 'evidence/999', 'evidence/..%2frun.json', '/run.json', '/main.js', '/../package.json']) expect(await get(path)).toBe(404);
  });
});
