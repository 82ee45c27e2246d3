import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { HarnessError } from '../core/errors.js';

/** Lines are handed to the system once this much waits, though the second is not over. */
const EAGER_BYTES = 256 * 1024;
/** What may wait for a disk that does not answer; lines beyond are dropped and counted. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Append-only file of JSON lines. `write` is synchronous and never waits for the disk; `flush` hands over what waits.
 * What was flushed survives a kill of the process. A failing disk never fails the run: lines are counted as lost and `close` tells.
 */
export class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #maxWaitingBytes: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #lost = 0;
  #error: NodeJS.ErrnoException | undefined;

  private constructor(path: string, handle: FileHandle, maxWaitingBytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** Opens for appending. Throws FILE_UNWRITABLE. */
  static async open(path: string, maxWaitingBytes = MAX_WAITING_BYTES): Promise<LineFile> {
    try {
      const file = await open(path, 'a+');
      // After a kill the last line may be torn: what is appended begins a line of its own.
      const { size } = await file.stat();
      if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a) await file.appendFile('\n');
      return new LineFile(path, file, maxWaitingBytes);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  write(value: object): void {
    const line = `${JSON.stringify(value)}\n`;
    if (this.#closing || this.#waitingBytes + line.length > this.#maxWaitingBytes) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= EAGER_BYTES) void this.flush();
  }

  /** Resolves once everything written so far is with the system (or counted as lost); never rejects. */
  async flush(): Promise<void> {
    // One write at a time keeps lines whole; the loop takes what came in meanwhile.
    while (this.#flushing || this.#waiting.length > 0) {
      this.#flushing ??= this.#writeWaiting().finally(() => {
        this.#flushing = undefined;
      });
      await this.#flushing;
    }
  }

  async #writeWaiting(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      await this.#handle.appendFile(lines.join(''));
    } catch (error) {
      this.#error = error as NodeJS.ErrnoException;
      this.#lost += lines.length;
    }
  }

  /** Flushes and closes. Rejects with FILE_UNWRITABLE if lines were lost. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.flush();
    await this.#handle.close();
    if (this.#lost > 0) throw unwritable(this.#path, this.#error, `${this.#lost} lines are missing from it`);
  }
}

export function unwritable(path: string, error: unknown, consequence?: string): HarnessError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'the disk is too slow';
  return new HarnessError('FILE_UNWRITABLE', `cannot write ${path}: ${code}${consequence === undefined ? '' : `; ${consequence}`}`, {
    hint: 'check permissions and free space of the folder for reports',
    cause: error,
  });
}
