import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import type { DroppingQueue } from '../core/queue.js';
import { redact } from '../core/redact.js';

export interface EvidenceFolder {
  /** Existing folder for the files. */
  readonly dir: string;
  /** How the run folder calls it, e.g. `evidence`. */
  readonly name: string;
  readonly maxScreenshots: number;
  readonly secrets: readonly string[];
}

const SCREENSHOT_LIMIT_MS = 5_000;
const PAINT_LIMIT_MS = 1_000;
const JPEG_QUALITY = 60;

/** Saves a screenshot and the console lines of each user that something went wrong for, of so many users. */
export class EvidenceStore {
  readonly #folder: EvidenceFolder;
  readonly #users = new Set<number>();

  constructor(folder: EvidenceFolder) {
    this.#folder = folder;
  }

  /**
   * Path of the screenshot, relative to the run folder. The first failure of a user is shown: one that goes on failing takes nobody
   * else's place. Never throws, a failed screenshot must not hide what it shows.
   */
  async keep(page: Page, seq: number, consoleLines: DroppingQueue<string>): Promise<string | undefined> {
    const { dir, name, maxScreenshots, secrets } = this.#folder;
    if (this.#users.has(seq) || this.#users.size >= maxScreenshots) return undefined;
    this.#users.add(seq);
    const file = `user-${seq}`;
    const lines = consoleLines.items().map((line) => redact(line, secrets));
    if (consoleLines.dropped > 0) lines.unshift(`(${consoleLines.dropped} earlier lines dropped)`);
    await writeFile(join(dir, `${file}.log`), `${lines.join('\n')}\n`).catch(() => undefined);
    // Videos are not painted else (page/unpainted.ts); a page that hangs shows what it has.
    await page.waitForFunction(() => (window as { firstbellPaint?: () => Promise<true> }).firstbellPaint?.() ?? true, undefined, { timeout: PAINT_LIMIT_MS }).catch(() => undefined);
    try {
      // A pixel for each CSS pixel, whatever the density in which the page is painted.
      await page.screenshot({ path: join(dir, `${file}.jpg`), type: 'jpeg', scale: 'css', quality: JPEG_QUALITY, timeout: SCREENSHOT_LIMIT_MS });
      return `${name}/${file}.jpg`;
    } catch {
      return undefined;
    }
  }
}
