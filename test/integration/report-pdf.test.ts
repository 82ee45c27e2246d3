import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printPdf } from '../../src/browser/print-pdf.js';
import { renderCapacity } from '../../src/report/capacity/page.js';
import { summarise } from '../../src/report/summarise.js';
import { writeReport } from '../../src/report/write.js';
import { buildCapacity } from '../fakes/capacity.js';
import { browserForTests } from '../fakes/test-browser.js';
import { buildRun, writeRun } from '../fakes/run-folder.js';
import { thresholds } from '../unit/report/thresholds.js';

const executablePath = browserForTests();

let base: string;
beforeAll(async () => void (base = await mkdtemp(join(tmpdir(), 'firstbell-pdf-'))));
afterAll(() => rm(base, { recursive: true, force: true }));

describe('a report on paper', () => {
  it('is A4, has several pages, an outline, and tags for screen readers', async () => {
    const data = buildRun();
    const dir = await writeRun(base, data);
    await writeReport(dir, summarise(data, { thresholds: thresholds('join_time{server=*} p(95) < 10 s'), verdict: { word: 'held', exitCode: 0, reasons: [] } }), data);
    await printPdf({ executablePath, root: process.getuid?.() === 0, htmlPath: join(dir, 'report.html'), pdfPath: join(dir, 'report.pdf') });
    const pdf = (await readFile(join(dir, 'report.pdf'))).toString('latin1');
    expect(pdf.slice(0, 5)).toBe('%PDF-');
    // 210 × 297 mm in points.
    const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => [Math.round(Number(width)), Math.round(Number(height))]);
    expect(boxes.length).toBeGreaterThan(2);
    for (const box of boxes) expect(box).toEqual([595, 842]);
    expect(pdf).toContain('/StructTreeRoot');
    expect(pdf).toContain('/Outlines');
  });

  it('leads to places in itself, and names no folder of the machine it was made on', async () => {
    const htmlPath = join(base, 'capacity.html');
    await writeFile(htmlPath, renderCapacity(buildCapacity(), 'de', new Set(['run-1'])));
    expect(await readFile(htmlPath, 'utf8')).toContain('href="steps/run-1/report.html"');
    await printPdf({ executablePath, root: process.getuid?.() === 0, htmlPath, pdfPath: join(base, 'capacity.pdf') });
    const pdf = (await readFile(join(base, 'capacity.pdf'))).toString('latin1');
    expect(pdf).toMatch(/\/Subtype\s*\/Link/);
    expect(pdf).not.toContain('file:');
  });

  it('says what to do when the browser cannot print', async () => {
    await expect(printPdf({ executablePath: join(base, 'none'), root: false, htmlPath: join(base, 'none.html'), pdfPath: join(base, 'none.pdf') })).rejects.toMatchObject({ code: 'BROWSER_FAILED' });
  });
});
