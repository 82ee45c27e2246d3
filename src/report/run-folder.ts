import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.js';
import { every } from '../core/clock.js';
import { Closer } from '../core/closer.js';
import { syncFolder, writeDurable } from '../core/durable.js';
import { HarnessError, messageOf } from '../core/errors.js';
import { redact } from '../core/redact.js';
import type { RunEvent, RunMeta, RunOutput } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import { LineFile, unwritable } from './line-file.js';
import { RUN_FILES } from './run-data.js';
import { writeWhole } from './write.js';

/** A kill loses at most what came in during this time. */
const FLUSH_EVERY_MS = 1_000;
const MAX_MESSAGE_CHARS = 2_000;
/** Run ids become folder names; nothing that could leave the folder or hide in it. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export interface RunFolder extends RunOutput, AsyncDisposable {
  /** `reports/<run>`. */
  readonly dir: string;
  /** `reports/<run>/evidence`: screenshots go here; events name them relative to `dir`. */
  readonly evidenceDir: string;
  /** Writes a file that belongs to the run; FILE_UNWRITABLE. */
  keep(name: string, text: string): Promise<void>;
  /** Everything received so far is on its way to the disk; never rejects. */
  flush(): Promise<void>;
  /** Rejects with FILE_UNWRITABLE if lines were lost (disk full); its disposal does not. */
  close(): Promise<void>;
}

export interface NewRunFolder {
  /** Folder for all runs, e.g. `reports`; created if missing. */
  readonly baseDir: string;
  readonly meta: RunMeta;
  /** As read; written as is. */
  readonly scenarioText: string;
  readonly plan: Plan;
  readonly clock: Clock;
  /** Shared secrets in use: removed from messages before they are written. */
  readonly secrets?: readonly string[];
}

/**
 * Makes `baseDir/<meta.run>/` with run.json first (so that a run killed at once can still be cleaned up), scenario and plan,
 * and the append-only files. `baseDir/latest` then points to it. Throws FILE_UNWRITABLE, also when the folder exists already.
 */
export async function createRunFolder({ baseDir, meta, scenarioText, plan, clock, secrets = [] }: NewRunFolder): Promise<RunFolder> {
  if (!RUN_ID.test(meta.run)) throw new HarnessError('INTERNAL', `"${meta.run}" cannot name a run folder`);
  const dir = join(baseDir, meta.run);
  const evidenceDir = join(dir, RUN_FILES.evidence);
  try {
    await mkdir(baseDir, { recursive: true });
    await mkdir(dir);
    // Like the lines of the ledger, which say nothing without it: `cleanup` would not know on which target.
    await writeDurable(join(dir, RUN_FILES.meta), metaText(meta));
    await syncFolder(baseDir);
    await writeFile(join(dir, RUN_FILES.scenario), scenarioText);
    await writeFile(join(dir, RUN_FILES.plan), `${JSON.stringify(plan)}\n`);
    await mkdir(evidenceDir);
  } catch (error) {
    throw unwritable(dir, error);
  }
  await pointLatest(baseDir, meta.run);
  return openRunFolder(dir, clock, secrets);
}

/** Opens the folder of a run that goes on, to append to its files. Throws FILE_UNWRITABLE. */
export async function openRunFolder(dir: string, clock: Clock, secrets: readonly string[] = []): Promise<RunFolder> {
  const evidenceDir = join(dir, RUN_FILES.evidence);
  const closer = new Closer();
  const events = await LineFile.open(join(dir, RUN_FILES.events));
  closer.add(() => events.close());
  try {
    const snapshots = await LineFile.open(join(dir, RUN_FILES.snapshots));
    closer.add(() => snapshots.close());
    const done = new AbortController();
    const flush = async (): Promise<void> => void (await Promise.all([events.flush(), snapshots.flush()]));
    const flushing = every(clock, FLUSH_EVERY_MS, done.signal, flush);
    closer.add(() => {
      done.abort();
      return flushing;
    });
    return {
      dir,
      evidenceDir,
      event: (event: RunEvent) => events.write(redacted(event, secrets)),
      keep: async (name: string, text: string) => {
        try {
          await writeFile(join(dir, name), text);
        } catch (error) {
          throw unwritable(dir, error);
        }
      },
      snapshot: (snapshot: Snapshot) => snapshots.write(snapshot),
      flush,
      close: () => closer.close(),
      [Symbol.asyncDispose]: () => closer.close().catch(() => undefined),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

const MAX_INCOMPLETE_CHARS = 1_000;

/** Notes in run.json what a closed folder lacks, for every report that is made of it. Throws FILE_UNWRITABLE. */
export async function noteIncomplete(dir: string, meta: RunMeta, lost: unknown): Promise<void> {
  await writeWhole(join(dir, RUN_FILES.meta), metaText({ ...meta, incomplete: messageOf(lost).replaceAll(join(dir, '/'), '').slice(0, MAX_INCOMPLETE_CHARS) }));
}

const metaText = (meta: RunMeta): string => `${JSON.stringify(meta, undefined, 2)}\n`;

/** Messages come from the far side: they may repeat what was sent to it, and be of any length. */
function redacted(event: RunEvent, secrets: readonly string[]): RunEvent {
  return 'message' in event && event.message !== undefined ? { ...event, message: redact(event.message, secrets).slice(0, MAX_MESSAGE_CHARS) } : event;
}

/** A convenience for people; where links cannot be made (or `latest` is a folder of theirs) there is none. */
async function pointLatest(baseDir: string, run: string): Promise<void> {
  const link = join(baseDir, 'latest');
  const fresh = join(baseDir, `.latest-${run}`);
  try {
    await symlink(run, fresh, 'dir');
    await rename(fresh, link);
  } catch {
    await rm(fresh, { force: true });
  }
}
