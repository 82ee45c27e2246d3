import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { failuresIn } from './count-errors.js';
import { readEvidence } from './evidence.js';
import type { Lang } from './format.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { unwritable } from './line-file.js';
import { RUN_FILES, type RunData } from './run-data.js';
import type { Summary } from './summary.js';
import { renderText } from './text.js';

/** Columns of `report.txt`. */
const TEXT_COLUMNS = 90;

/**
 * Writes summary.json, report.html, junit.xml and report.txt into a run folder, over older ones. The same run gives the same bytes.
 * report.html is in the language asked for, the others in English. Each file appears whole or not at all. Throws FILE_UNWRITABLE.
 */
export async function writeReport(dir: string, summary: Summary, data: RunData, lang: Lang = 'en'): Promise<void> {
  const evidence = await readEvidence(dir, failuresIn(data.events));
  await writeWhole(join(dir, RUN_FILES.summary), renderJson(summary));
  await writeWhole(join(dir, RUN_FILES.junit), renderJunit(summary));
  await writeWhole(join(dir, RUN_FILES.text), `${renderText(summary, { width: TEXT_COLUMNS, colour: false, reportPath: RUN_FILES.html, details: true })}\n`);
  await writeWhole(join(dir, RUN_FILES.html), renderHtml(summary, data, evidence, lang, shownFolder(dir, data.meta.run)));
}

/** Where a run lies as commands name it from where reports are made by default; undefined: elsewhere, and paths of a machine are nobody's business. */
export function shownFolder(dir: string, run: string): string | undefined {
  const known = /\/(reports\/(?:[^/]+\/steps\/)?)([^/]+)$/.exec(resolve(dir).replaceAll(sep, '/'));
  // What is the latest run today is not tomorrow.
  return known ? `${known[1]}${known[2] === 'latest' ? run : known[2]}` : undefined;
}

/** Writes a file so that it appears whole or not at all. Throws FILE_UNWRITABLE. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw unwritable(path, error);
  }
}
