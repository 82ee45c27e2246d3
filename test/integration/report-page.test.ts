import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCapacity } from '../../src/report/capacity/page.js';
import type { Lang } from '../../src/report/format.js';
import { renderHistory, type HistoryEntry } from '../../src/report/html/history.js';
import { readSummary } from '../../src/report/read-summary.js';
import { summarise, type Verdict } from '../../src/report/summarise.js';
import { writeReport } from '../../src/report/write.js';
import { thresholds } from '../unit/report/thresholds.js';
import { browserForTests } from '../fakes/test-browser.js';
import { buildCapacity } from '../fakes/capacity.js';
import { buildRun, writeRun, type RunSpec } from '../fakes/run-folder.js';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const HELD: Verdict = { word: 'held', exitCode: 0, reasons: [] };
const RUNS: Readonly<Record<string, readonly [Partial<RunSpec>, Verdict]>> = {
  held: [{}, HELD],
  broken: [
    {
      target: { kind: 'bbb', url: 'https://lb.a-rather-long-name.schools.example/bigbluebutton/api', secretEnv: 'BBB_SECRET', bbbVersion: '3.0.19' },
      servers: ['bbb01.a-rather-long-name.schools.example', 'bbb02.a-rather-long-name.schools.example'],
      meetings: 4,
      size: 10,
      fateOf: ({ seq }) => (seq % 3 === 1 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: `cannot connect: ${'verylongword'.repeat(20)}` } : { is: 'left' }),
    },
    { word: 'broken', exitCode: 3, reasons: ['join_failed rate < 1%: observed 32.5%'] },
  ],
  died: [{ endedBy: 'kill', endsAtMs: 62_000 }, HELD],
  nobody: [{ meetings: 0, withMedia: false }, { word: 'could-not-run', exitCode: 4, reasons: ['cannot reach the target'] }],
};

let base: string;
let browser: Browser;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'firstbell-page-'));
  browser = await chromium.launch({ executablePath: browserForTests() });
});
afterAll(async () => {
  await browser?.close();
  await rm(base, { recursive: true, force: true });
});

async function openReport(name: string, view: { readonly width: number; readonly colorScheme: 'light' | 'dark'; readonly lang?: Lang; readonly height?: number }): Promise<{ page: Page; requests: string[] }> {
  const [spec, verdict] = RUNS[name] ?? [{}, HELD];
  const data = buildRun({ ...spec, run: `${name}-${view.width}-${view.colorScheme}-${view.lang ?? 'en'}` });
  const dir = await writeRun(base, data);
  await writeReport(dir, summarise(data, { thresholds: CONDITIONS, verdict }), data, view.lang);
  // The page's policy would keep the checker out; what the page itself asks for is watched all the same.
  const context = await browser.newContext({ viewport: { width: view.width, height: view.height ?? 900 }, colorScheme: view.colorScheme, bypassCSP: true });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(join(dir, 'report.html')).href);
  return { page, requests: requests.filter((url) => !url.startsWith('data:')) };
}

const CONDITIONS = thresholds('join_time p(95) < 10 s', 'join_failed rate < 1%');

/** A page with a run of each kind and searches of each kind of answer. */
async function historyPage(lang: Lang): Promise<string> {
  const runs: HistoryEntry[] = [];
  for (const [name, [spec, verdict]] of Object.entries(RUNS)) {
    const data = buildRun({ ...spec, run: `history-${lang}-${name}` });
    const dir = await writeRun(base, data);
    await writeReport(dir, summarise(data, { thresholds: CONDITIONS, verdict }), data, lang);
    runs.push({ run: await readSummary(dir), href: `./${data.meta.run}/report.html` });
  }
  const answers = { knee: buildCapacity({ knee: 3_900, model: 'connections' }), least: buildCapacity({ knee: 50_000, required: 2_000 }), none: buildCapacity({ knee: 20, limits: { start: 100 } }) };
  const searches = Object.entries(answers).map(([name, capacity]) => ({ name: `capacity-${name}`, capacity, href: undefined }));
  return renderHistory({ runs, searches }, lang);
}

/** Opens a page and holds it to what each must be: without network, no wider than the screen, accessible. */
async function inspect(path: string, { width, colorScheme }: { readonly width: number; readonly colorScheme: 'light' | 'dark' }): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  expect(requests).toHaveLength(1);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  await page.addScriptTag({ path: axePath });
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  expect(violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`)).toEqual([]);
  await context.close();
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe('report.html in a browser', () => {
  it.each([
    ['held', 1280, 'light', 'en'],
    ['held', 360, 'dark', 'en'],
    ['broken', 1280, 'dark', 'en'],
    ['broken', 360, 'light', 'en'],
    ['died', 768, 'light', 'en'],
    ['nobody', 400, 'light', 'en'],
    ['held', 360, 'dark', 'de'],
    ['broken', 1280, 'light', 'de'],
    ['nobody', 400, 'dark', 'de'],
  ] as const)('is accessible, fits and fetches nothing: %s, %d px, %s, %s', async (name, width, colorScheme, lang) => {
    const { page, requests } = await openReport(name, { width, colorScheme, lang });
    expect(await page.locator('html').getAttribute('lang')).toBe(lang);
    expect(requests).toHaveLength(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.addScriptTag({ path: axePath });
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    expect(violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['en', 1280, 'light'],
    ['de', 1280, 'dark'],
    ['de', 360, 'light'],
  ] as const)('the capacity report is accessible, fits and fetches nothing: %s, %d px, %s', async (lang, width, colorScheme) => {
    const path = join(base, `capacity-${lang}-${width}-${colorScheme}.html`);
    await writeFile(path, renderCapacity(buildCapacity({ model: 'connections', knee: 3_900, serversDown: 1, kneeDown: 3_500 }), lang));
    await inspect(path, { width, colorScheme });
  });

  it.each([
    ['en', 1280, 'light'],
    ['en', 360, 'dark'],
    ['de', 360, 'light'],
    ['de', 1280, 'dark'],
  ] as const)('the history of a fleet is accessible, fits and fetches nothing: %s, %d px, %s', async (lang, width, colorScheme) => {
    const path = join(base, `history-${lang}-${width}-${colorScheme}.html`);
    await writeFile(path, await historyPage(lang));
    await inspect(path, { width, colorScheme });
  });

  it('shows one drawing of each chart: the wide one on wide screens and paper, the narrow one on narrow screens', async () => {
    const { page } = await openReport('held', { width: 400, colorScheme: 'light' });
    const shown = async (): Promise<boolean[]> => [await page.locator('#users .wide, [aria-labelledby=users-title] .wide').first().isVisible(), await page.locator('[aria-labelledby=users-title] .narrow').first().isVisible()];
    expect(await shown()).toEqual([false, true]);
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await shown()).toEqual([true, false]);
    await page.setViewportSize({ width: 400, height: 900 });
    await page.emulateMedia({ media: 'print' });
    expect(await shown()).toEqual([true, false]);
    await page.context().close();
  });

  it.each(['en', 'de'] as const)('cuts no chart on A4: each fits between the margins and moves to the next page as a whole (%s)', async (lang) => {
    // 210 × 297 mm less the margins that the page asks for, at 96 px an inch.
    const paper = { width: Math.floor(((210 - 32) / 25.4) * 96), height: Math.floor(((297 - 38) / 25.4) * 96) };
    for (const open of [
      () => openReport('broken', { ...paper, colorScheme: 'light', lang }).then(({ page }) => page),
      async () => {
        const path = join(base, `paper-${lang}.html`);
        await writeFile(path, renderCapacity(buildCapacity({ model: 'connections', knee: 3_900, serversDown: 1, kneeDown: 3_500 }), lang));
        const page = await (await browser.newContext({ viewport: paper })).newPage();
        await page.goto(pathToFileURL(path).href);
        return page;
      },
      async () => {
        const path = join(base, `paper-history-${lang}.html`);
        await writeFile(path, await historyPage(lang));
        const page = await (await browser.newContext({ viewport: paper })).newPage();
        await page.goto(pathToFileURL(path).href);
        return page;
      },
    ]) {
      const page = await open();
      await page.emulateMedia({ media: 'print' });
      const boxes = (await page.evaluate("[...document.querySelectorAll('.chart, .chart svg, table')].map((one) => { const { width, height, right } = one.getBoundingClientRect(); return { what: one.closest('section')?.id ?? '', tag: one.tagName, width, height, right, inside: getComputedStyle(one).breakInside }; })")) as readonly { readonly tag: string; readonly width: number; readonly height: number; readonly right: number; readonly inside: string }[];
      const charts = boxes.filter(({ tag }) => tag === 'FIGURE');
      expect(charts.length).toBeGreaterThan(4);
      for (const { height, inside } of charts) expect([height < paper.height, inside]).toEqual([true, 'avoid']);
      for (const box of boxes) expect(box.right, JSON.stringify(box)).toBeLessThanOrEqual(paper.width + 1);
      await page.context().close();
    }
  });

  it('prints dark text on white paper although the screen is dark', async () => {
    const { page } = await openReport('held', { width: 800, colorScheme: 'dark' });
    const colours = (): Promise<unknown> => page.evaluate('(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))');
    expect(await colours()).toEqual(['rgb(230, 234, 239)', 'rgb(17, 22, 29)']);
    await page.emulateMedia({ media: 'print' });
    expect(await colours()).toEqual(['rgb(22, 32, 43)', 'rgb(255, 255, 255)']);
    await page.context().close();
  });
});
