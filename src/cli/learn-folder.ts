import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeDurable } from '../core/durable.js';
import type { RunMeta } from '../metrics/events.js';
import { unwritable } from '../report/line-file.js';
import { RUN_FILES } from '../report/run-data.js';
import { openLedger, type Ledger } from '../run/ledger.js';
import { ownFolder } from './folder-owner.js';
import { ourVersions, thisMachine } from './machine.js';
import type { ResolvedTarget } from './target.js';

export interface LearnFolder extends AsyncDisposable {
  readonly dir: string;
  readonly ledger: Ledger;
  /** The meeting is gone, and with it what the folder was for. */
  remove(): Promise<void>;
}

export interface NewLearnFolder {
  /** Folder of run folders; created if missing. */
  readonly reportsDir: string;
  /** Tag of the meeting, and name of the folder. */
  readonly run: string;
  /** Unix time, ms. */
  readonly wallMs: number;
  readonly target: Pick<ResolvedTarget, 'kind' | 'url' | 'secretEnv'>;
  readonly bbbVersion: string | undefined;
  readonly browserVersion: string;
}

/**
 * A run folder with nothing but run.json and a ledger, for the meeting in which a wire profile is learned: whatever becomes of this process, `firstbell cleanup`
 * finds the meeting there. Throws FILE_UNWRITABLE.
 */
export async function openLearnFolder({ reportsDir, run, wallMs, target, bbbVersion, browserVersion }: NewLearnFolder): Promise<LearnFolder> {
  const { kind, url, secretEnv } = target;
  const meta: RunMeta = {
    schema: 1,
    run,
    scenario: 'learn',
    scenarioFile: '',
    seed: 0,
    startedAt: new Date(wallMs).toISOString(),
    target: { kind, url, secretEnv, bbbVersion },
    intervalMs: 1_000,
    machine: thisMachine(),
    firstbell: ourVersions(browserVersion),
  };
  const dir = join(reportsDir, run);
  try {
    await mkdir(dir, { recursive: true });
    await writeDurable(join(dir, RUN_FILES.meta), `${JSON.stringify(meta, undefined, 2)}\n`);
    await syncFolder(reportsDir);
  } catch (error) {
    throw unwritable(dir, error);
  }
  const owner = await ownFolder(dir);
  const ledger = await openLedger(join(dir, RUN_FILES.ledger));
  const close = async (): Promise<void> => {
    await ledger[Symbol.asyncDispose]();
    await owner[Symbol.asyncDispose]();
  };
  return {
    dir,
    ledger,
    remove: async () => {
      await close();
      await rm(dir, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: close,
  };
}
