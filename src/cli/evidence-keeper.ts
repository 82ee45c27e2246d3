import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of all pictures together; the folder is not to fill the disk. */
const MAX_BYTES = 50_000_000;
const JPEG = [0xff, 0xd8, 0xff];

/** Puts pictures that come from workers into the run folder, where events look for them: so many, so large, and nothing but JPEGs. */
export class EvidenceKeeper {
  readonly #dir: string;
  readonly #most: number;
  readonly #kept = new Set<number>();
  readonly #writing = new Set<Promise<void>>();
  #bytes = 0;

  constructor(dir: string, most: number) {
    this.#dir = dir;
    this.#most = most;
  }

  /** A second picture of a user is dropped, as is what is beyond the limits. */
  keep(seq: number, jpeg: Buffer): void {
    if (this.#kept.has(seq) || this.#kept.size >= this.#most || this.#bytes + jpeg.length > MAX_BYTES || !JPEG.every((byte, at) => jpeg[at] === byte)) return;
    this.#kept.add(seq);
    this.#bytes += jpeg.length;
    // A picture that cannot be written is missing in the report, which says so.
    const writing = writeFile(join(this.#dir, `user-${seq}.jpg`), jpeg)
      .catch(() => undefined)
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Resolves when everything kept so far is on the disk. */
  async flush(): Promise<void> {
    await Promise.all(this.#writing);
  }
}
