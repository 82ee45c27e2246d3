import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { HarnessError } from '../core/errors.js';
import type { RunEvent, RunMeta } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { readLines } from './read-lines.js';
import { RUN_FILES, type RunData } from './run-data.js';
import { PLAN, RUN_EVENT, RUN_META, SNAPSHOT } from './run-schemas.js';

const MB = 1024 * 1024;
const MAX_META_BYTES = MB;
const MAX_SCENARIO_BYTES = 4 * MB;
const MAX_PLAN_BYTES = 512 * MB;
const MAX_EVENTS = { lineChars: 64 * 1024, bytes: 1024 * MB };
const MAX_SNAPSHOTS = { lineChars: 64 * MB, bytes: 2048 * MB };

/**
 * Reads a run folder, also of a run that died: torn and foreign lines are counted, not fatal. Throws FILE_UNREADABLE when the folder
 * is none, lacks what a report needs, or is beyond the limits.
 */
export async function readRunFolder(dir: string): Promise<RunData> {
  const meta = await readRunMeta(dir);
  const plan = await readJson(dir, RUN_FILES.plan, PLAN, MAX_PLAN_BYTES);
  const scenarioText = await readText(dir, RUN_FILES.scenario, MAX_SCENARIO_BYTES).catch(() => '');
  const events: RunEvent[] = [];
  const byKey = new Map<string, Snapshot>();
  let unreadableLines = 0;
  for await (const parsed of readJsonLines(dir, RUN_FILES.events, RUN_EVENT, MAX_EVENTS)) {
    if (parsed) events.push(parsed);
    else unreadableLines++;
  }
  for await (const parsed of readJsonLines(dir, RUN_FILES.snapshots, SNAPSHOT, MAX_SNAPSHOTS)) {
    // A snapshot that came twice counts once; one of another run is not ours.
    if (parsed && parsed.run === meta.run) byKey.set(`${parsed.interval} ${parsed.worker}`, parsed);
    else unreadableLines++;
  }
  const snapshots = [...byKey.values()].sort((a, b) => a.interval - b.interval || (a.worker < b.worker ? -1 : a.worker > b.worker ? 1 : 0));
  return { meta, scenarioText, plan, events, snapshots, unreadableLines };
}

/** What a run folder says of its run: there from the first moment, whatever became of the rest. Throws FILE_UNREADABLE. */
export function readRunMeta(dir: string): Promise<RunMeta> {
  return readJson(dir, RUN_FILES.meta, RUN_META, MAX_META_BYTES);
}

async function readText(dir: string, name: string, maxBytes: number): Promise<string> {
  const path = join(dir, name);
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new HarnessError('FILE_UNREADABLE', missing ? `${dir} is not a run folder: it has no ${name}` : `cannot read ${path}: ${code}`, {
      hint: 'name a folder that a run has made, e.g. reports/latest',
      cause: error,
    });
  }
}

async function readJson<T>(dir: string, name: string, shape: z.ZodType<T>, maxBytes: number): Promise<T> {
  const text = await readText(dir, name, maxBytes);
  const parsed = shape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : '';
  throw new HarnessError('FILE_UNREADABLE', `${join(dir, name)} is not what a run of this version writes${where}`, {
    hint: 'it may be damaged, or of another version of Firstbell',
  });
}

/** Undefined for each line that is not of the shape. A file that does not exist has no lines. */
async function* readJsonLines<T>(dir: string, name: string, shape: z.ZodType<T>, max: { readonly lineChars: number; readonly bytes: number }): AsyncGenerator<T | undefined> {
  const path = join(dir, name);
  try {
    for await (const line of readLines(path, { maxLineChars: max.lineChars, maxBytes: max.bytes, onTooLong: () => tooLarge(path, max.bytes) })) {
      const parsed = line === undefined ? undefined : shape.safeParse(parseJson(line));
      yield parsed?.success ? parsed.data : undefined;
    }
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tooLarge(path: string, maxBytes: number): HarnessError {
  return new HarnessError('FILE_UNREADABLE', `${path} is larger than the ${Math.round(maxBytes / MB)} MB that a report is made from`);
}
