import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HarnessError } from '../core/errors.js';
import { packageRoot } from '../core/paths.js';
import { DroppingQueue } from '../core/queue.js';
import { readRunFolder } from '../report/read-run-folder.js';
import type { RunData } from '../report/run-data.js';
import type { Io } from './io.js';

/** Exit codes of a run that took place, whatever came of it: held, broken, load not delivered. */
const TOOK_PLACE: readonly number[] = [0, 3, 5];

/**
 * Carries a scenario out in a `firstbell run` of its own, so that nothing of the caller counts as cost of the users, and resolves with what
 * it measured; nothing stays behind. Once `stop` aborts the run is stopped as by Ctrl-C, and this rejects with its reason.
 */
export async function runInChild(io: Pick<Io, 'env'>, scenarioText: string, stop: AbortSignal): Promise<RunData> {
  const dir = await mkdtemp(join(tmpdir(), 'firstbell-calibrate-'));
  try {
    const file = join(dir, 'scenario.yaml');
    await writeFile(file, scenarioText);
    const reports = join(dir, 'reports');
    const { code, lastWords } = await finished(io, [join(packageRoot(), 'bin', 'firstbell.js'), 'run', file, '--reports', reports, '--quiet'], stop);
    stop.throwIfAborted();
    if (code === undefined || !TOOK_PLACE.includes(code)) throw new HarnessError('TARGET_UNREACHABLE', `a run on the simulator ended with exit code ${code ?? 'unknown'}`, { hint: `it said: ${lastWords.slice(-600) || 'nothing'}` });
    const folders = (await readdir(reports, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    return await readRunFolder(join(reports, folders[0]?.name ?? ''));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function finished(io: Pick<Io, 'env'>, args: readonly string[], stop: AbortSignal): Promise<{ readonly code: number | undefined; readonly lastWords: string }> {
  stop.throwIfAborted();
  // What a simulator is told to hold back would be found instead of what this machine carries.
  const { FIRSTBELL_SIM_CAPACITY: _capacity, ...env } = io.env;
  // A process group of its own: Ctrl-C reaches this process, which passes it on.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env });
  const onStop = (): void => void child.kill('SIGINT');
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const lines = new DroppingQueue<string>(20);
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const code = await new Promise<number | undefined>((resolve, reject) => child.once('error', reject).once('close', (exitCode) => resolve(exitCode ?? undefined)));
    return { code, lastWords: lines.items().join('\n') };
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
