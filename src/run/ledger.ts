import { open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../core/durable.js';
import { HarnessError, messageOf } from '../core/errors.js';

/** One line of `ledger.jsonl`. intent: about to be created · created: the target said so · ended: gone, or known never to have been. */
export interface LedgerEntry {
  readonly type: 'intent' | 'created' | 'ended';
  readonly run: string;
  readonly meetingId: string;
  /** Unix time, ms. */
  readonly wallMs: number;
}

/** Append-only account of what must be cleaned up. */
export interface Ledger extends AsyncDisposable {
  /** Resolves when the line is in the file; an intent when it is on the disk, so that not even a power cut loses it. Rejects with FILE_UNWRITABLE. */
  write(entry: LedgerEntry): Promise<void>;
}

/** All ids that Firstbell gives begin like this; nothing else is ever ended. */
export const MEETING_ID_PREFIX = 'firstbell-';

/** BBB's external id of a meeting of the plan. */
export function meetingIdOf(runId: string, index: number): string {
  return `${MEETING_ID_PREFIX}${runId}-${index}`;
}

const MAX_LEDGER_BYTES = 64 * 1024 * 1024;
const MAX_ID_LENGTH = 200;

/** Opens a ledger for appending; creates it. Rejects with FILE_UNWRITABLE. */
export async function openLedger(path: string): Promise<Ledger> {
  try {
    const file = await open(path, 'a+');
    // After a kill the last line may be torn: what is appended begins a line of its own.
    const { size } = await file.stat();
    if (size === 0) await syncFolder(dirname(path));
    else {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      if (buffer[0] !== 0x0a) await file.appendFile('\n');
    }
    return new FileLedger(path, file);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

class FileLedger implements Ledger {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Writes follow each other, or two lines could mix. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  write(entry: LedgerEntry): Promise<void> {
    const done = this.#last.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(entry)}\n`);
      if (entry.type === 'intent') await this.#file.datasync();
    });
    this.#last = done.catch(() => undefined);
    return done.catch((cause: unknown) => {
      throw unwritable(this.#path, cause);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

function unwritable(path: string, cause: unknown): HarnessError {
  return new HarnessError('FILE_UNWRITABLE', `cannot write the ledger ${path}: ${messageOf(cause)}`, { cause, hint: 'without it meetings could be left behind, so none is created' });
}

/** Entries of a ledger, torn and foreign lines left out. Rejects with FILE_UNREADABLE. */
export async function readLedger(path: string): Promise<readonly LedgerEntry[]> {
  let text: string;
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_LEDGER_BYTES) throw new RangeError(`${bytes.length} bytes are more than a ledger has`);
    text = bytes.toString('utf8');
  } catch (cause) {
    throw new HarnessError('FILE_UNREADABLE', `cannot read the ledger ${path}: ${messageOf(cause)}`, { cause });
  }
  return text.split('\n').flatMap((line) => {
    const entry = parseEntry(line);
    return entry ? [entry] : [];
  });
}

function parseEntry(line: string): LedgerEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, run, meetingId, wallMs } = value as Partial<Record<keyof LedgerEntry, unknown>>;
  if (type !== 'intent' && type !== 'created' && type !== 'ended') return undefined;
  if (typeof run !== 'string' || typeof meetingId !== 'string' || typeof wallMs !== 'number') return undefined;
  if (run.length > MAX_ID_LENGTH || meetingId.length > MAX_ID_LENGTH || !meetingId.startsWith(MEETING_ID_PREFIX)) return undefined;
  return { type, run, meetingId, wallMs };
}

export interface OpenMeeting {
  readonly run: string;
  readonly meetingId: string;
}

/** Meetings that were intended and not ended. The order of an entry's lines does not matter, nor do doubles. */
export function openMeetings(entries: readonly LedgerEntry[]): readonly OpenMeeting[] {
  const left = new Map<string, OpenMeeting>();
  for (const { run, meetingId } of entries) left.set(meetingId, { run, meetingId });
  for (const { type, meetingId } of entries) if (type === 'ended') left.delete(meetingId);
  return [...left.values()];
}
