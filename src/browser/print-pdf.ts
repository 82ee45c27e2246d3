import { pathToFileURL } from 'node:url';
import { HarnessError, messageOf } from '../core/errors.js';
import { launchChromium } from './launch.js';

export interface PdfJob {
  readonly executablePath: string;
  /** Chromium's sandbox cannot be used by root. */
  readonly root: boolean;
  readonly htmlPath: string;
  readonly pdfPath: string;
  /** For the browser to start, and for the page to be there; default two minutes. */
  readonly limitMs?: number;
}

const LIMIT_MS = 120_000;

/**
 * Prints a page of ours on A4, as its print style sheet says, with page numbers. Nothing in it runs and nothing is fetched, whatever
 * the page says. Throws BROWSER_FAILED.
 */
export async function printPdf({ executablePath, root, htmlPath, pdfPath, limitMs = LIMIT_MS }: PdfJob): Promise<void> {
  try {
    const browser = await launchChromium({ executablePath, args: root ? ['--no-sandbox'] : [], headless: true, timeout: limitMs });
    try {
      const context = await browser.newContext({ javaScriptEnabled: false, offline: true, colorScheme: 'light' });
      const page = await context.newPage();
      await page.goto(pathToFileURL(htmlPath).href, { timeout: limitMs });
      await page.emulateMedia({ media: 'print' });
      // Addresses of files beside the page would be written out in full, with the folders of this machine.
      await page.locator('a[href]:not([href^="#"])').evaluateAll((links) => links.forEach((link) => link.removeAttribute('href')));
      await page.pdf({ path: pdfPath, preferCSSPageSize: true, printBackground: true, displayHeaderFooter: true, headerTemplate: '<span></span>', footerTemplate: FOOTER, tagged: true, outline: true });
    } finally {
      await browser.close();
    }
  } catch (error) {
    throw new HarnessError('BROWSER_FAILED', `the browser ${executablePath} could not print ${htmlPath}: ${messageOf(error).split('\n')[0] ?? ''}`, { hint: 'run `firstbell doctor`', cause: error });
  }
}

const FOOTER = '<div style="width:100%;padding:0 16mm;font:8px sans-serif;color:#4c5663;display:flex;justify-content:space-between"><span class="title"></span><span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>';
