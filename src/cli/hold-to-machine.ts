import { readFile } from 'node:fs/promises';
import { HarnessError } from '../core/errors.js';
import { raiseOpenFiles } from '../core/own-limits.js';
import { calibratedCosts, type Calibration } from '../schedule/calibration.js';
import { generatorsNeeded } from '../schedule/generators.js';
import { leastOpenFiles } from '../schedule/open-files.js';
import type { Plan } from '../schedule/plan.js';

/**
 * Refuses a plan that this process cannot carry out whatever happens, before anything is sent: GENERATOR_LIMIT. What only might be too much is found out
 * while running, and then there is no verdict.
 */
export async function holdToMachine(plan: Plan, { what = 'the plan', allowed = allowedFiles }: { readonly what?: string; readonly allowed?: () => Promise<number | undefined> } = {}): Promise<void> {
  const [needed, files] = [leastOpenFiles(plan), await allowed()];
  if (files === undefined || needed <= files) return;
  throw new HarnessError('GENERATOR_LIMIT', `${what} needs at least ${needed} connections at once, and this process may open ${files} files`, {
    hint: `raise the limit (${raiseOpenFiles(2 ** Math.ceil(Math.log2(needed * 1.25)))}), or bring the users from more machines (--workers)`,
  });
}

/** Files that this process may open (Node has raised the soft limit to the hard one); undefined: unlimited, or not known on this system. */
async function allowedFiles(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** Machines like this one that the plan takes, by its calibration, and what they run out of first; undefined: this one is enough. */
export function beyondCalibration(plan: Plan, calibration: Calibration): { readonly machines: number; readonly because: string } | undefined {
  const { machines, because } = generatorsNeeded(plan, calibratedCosts(calibration));
  return machines > 1 ? { machines, because } : undefined;
}
