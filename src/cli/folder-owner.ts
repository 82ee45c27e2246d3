import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startTicksOf } from '../browser/process-tree.js';
import { HarnessError } from '../core/errors.js';
import { isThere } from '../core/is-there.js';
import { unwritable } from '../report/line-file.js';
import { RUN_FILES } from '../report/run-data.js';
import { parse } from '../workers/messages.js';

/** `owner.json`: the process that works in a run folder, while it does. A pid is given again after a while; with the start of its process it is not. */
const OWNER = z.object({ pid: z.number().int().positive(), host: z.string().max(255), startTicks: z.number().optional() });
type Owner = z.infer<typeof OWNER>;

/** Makes this process the one that works in `dir`, until disposed. Throws RUN_ACTIVE, FILE_UNWRITABLE. */
export async function ownFolder(dir: string): Promise<AsyncDisposable> {
  await requireNoOwner(dir);
  const path = join(dir, RUN_FILES.owner);
  const owner: Owner = { pid: process.pid, host: hostname(), startTicks: await startTicksOf(process.pid) };
  try {
    await writeFile(path, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    throw unwritable(path, error);
  }
  // What stays behind says nothing, once this process has ended.
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }).catch(() => undefined) };
}

/** The process of this machine that works in `dir`; of other machines nothing is known. */
export async function ownerOf(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, RUN_FILES.owner), 'utf8').catch(() => '');
  const owner = parse(OWNER, text);
  return owner && (await isAlive(owner)) ? owner.pid : undefined;
}

/** Throws RUN_ACTIVE if a process of this machine works in `dir`. */
export async function requireNoOwner(dir: string): Promise<void> {
  const pid = await ownerOf(dir);
  if (pid !== undefined) throw new HarnessError('RUN_ACTIVE', `${dir} is not over: process ${pid} works on it`, { hint: `wait for it, or stop it: Ctrl-C in its terminal, or \`kill -INT ${pid}\`` });
}

async function isAlive({ pid, host, startTicks }: Owner): Promise<boolean> {
  if (host !== hostname()) return false;
  return startTicks === undefined ? isThere(pid) : (await startTicksOf(pid)) === startTicks;
}
