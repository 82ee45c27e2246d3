import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Capacity } from '../capacity/capacity.js';
import { every, type Clock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { stepReport, stepReports } from '../report/capacity/step-reports.js';
import { LANGUAGES, type Lang } from '../report/format.js';
import { remakeReport } from './remake-report.js';

export interface StepLanguages {
  /** Folder of the search. */
  readonly dir: string;
  readonly capacity: Pick<Capacity, 'steps' | 'oneServerDown'>;
  readonly lang: Lang;
  readonly clock: Clock;
  /** Hears how far it is, while it takes long, and which report had to stay as it was. */
  readonly say: (text: string) => void;
  /** Makes the report of one run again. */
  readonly remake?: (dir: string, lang: Lang) => Promise<unknown>;
}

const SAY_EVERY_MS = 2_000;

/**
 * Makes those reports of the steps again that are in another language than `lang`: a capacity report leads to them. One after the other, since each
 * step is read whole. Never rejects because of a step that cannot be read.
 */
export async function stepsInLanguage({ dir, capacity, lang, clock, say, remake = remakeReport }: StepLanguages): Promise<void> {
  const others = await inOtherLanguages(dir, capacity, lang);
  const over = new AbortController();
  let made = 0;
  const telling = every(clock, SAY_EVERY_MS, over.signal, () => say(`Making the reports of the steps in the language of this one: ${made} of ${others.length} …`));
  try {
    for (const step of others) {
      await remake(step, lang).catch((error: unknown) => say(`left as it was: ${messageOf(error)}`));
      made++;
    }
  } finally {
    over.abort();
    await telling;
  }
}

/** Folders of the steps whose report is there in another language. */
async function inOtherLanguages(dir: string, capacity: StepLanguages['capacity'], lang: Lang): Promise<readonly string[]> {
  const others: string[] = [];
  for (const run of await stepReports(dir, capacity)) {
    const path = stepReport(run);
    if (path !== undefined && (await languageOf(join(dir, path))) !== lang) others.push(dirname(join(dir, path)));
  }
  return others;
}

/** What a page says of itself in its first element; undefined: nothing that is known here. */
async function languageOf(path: string): Promise<Lang | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(200), 0, 200, 0);
    const named = /<html lang="(\w+)"/.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
    return LANGUAGES.find((one) => one === named);
  } finally {
    await file.close();
  }
}
