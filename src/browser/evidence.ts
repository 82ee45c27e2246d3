import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { HarnessError } from '../core/errors.js';
import type { DroppingQueue } from '../core/queue.js';
import { redact } from '../core/redact.js';

/** What is kept of a page when something went wrong on it. */
export interface Evidence {
  /** Path relative to the run folder. */
  readonly screenshot?: string;
}

export interface EvidenceFolder {
  /** Existing folder for the files. */
  readonly dir: string;
  /** How the run folder calls it, e.g. `evidence`. */
  readonly name: string;
  readonly maxScreenshots: number;
  readonly secrets: readonly string[];
}

const SCREENSHOT_LIMIT_MS = 5_000;
const JPEG_QUALITY = 60;

/** Saves screenshots and console lines of failures, capped in number. */
export class EvidenceStore {
  readonly #folder: EvidenceFolder;
  #taken = 0;

  constructor(folder: EvidenceFolder) {
    this.#folder = folder;
  }

  /** Adds evidence to an error; never throws, a failed screenshot must not hide what it shows. */
  async attach(error: unknown, page: Page, seq: number, consoleLines: DroppingQueue<string>): Promise<unknown> {
    if (!(error instanceof HarnessError)) return error;
    const evidence = await this.#save(page, seq, consoleLines);
    return Object.assign(error, { evidence });
  }

  async #save(page: Page, seq: number, consoleLines: DroppingQueue<string>): Promise<Evidence> {
    const { dir, name, maxScreenshots, secrets } = this.#folder;
    if (this.#taken >= maxScreenshots) return {};
    this.#taken++;
    const file = `user-${seq}`;
    const lines = consoleLines.items().map((line) => redact(line, secrets));
    if (consoleLines.dropped > 0) lines.unshift(`(${consoleLines.dropped} earlier lines dropped)`);
    await writeFile(join(dir, `${file}.log`), `${lines.join('\n')}\n`).catch(() => undefined);
    try {
      // A pixel for each CSS pixel, whatever the density in which the page is painted.
      await page.screenshot({ path: join(dir, `${file}.jpg`), type: 'jpeg', scale: 'css', quality: JPEG_QUALITY, timeout: SCREENSHOT_LIMIT_MS });
      return { screenshot: `${name}/${file}.jpg` };
    } catch {
      return {};
    }
  }
}
