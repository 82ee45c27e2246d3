import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ObservedRun } from '../capacity/observed.js';
import { readBaseline } from '../report/baseline.js';
import { observeRun } from '../report/observe-run.js';
import type { Io } from './io.js';
import { summariseFolder } from './remake-report.js';

/** What a comparison needs of a run folder, or of a baseline file. */
export async function loadObserved(io: Io, path: string): Promise<ObservedRun> {
  const full = resolve(io.cwd, path);
  const isFile = await stat(full).then((found) => found.isFile(), () => false);
  if (isFile) return readBaseline(full);
  const { data, summary } = await summariseFolder(full);
  return observeRun(data, summary);
}
