import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepRecord } from '../capacity/capacity.js';
import type { SearchState } from '../capacity/search.js';
import { HarnessError } from '../core/errors.js';
import type { AskedOptions } from './capacity-asked.js';

/** In the folder of a search: the run folders of its steps. */
export const STEPS_DIR = 'steps';
const STATE_FILE = 'search.json';
const MAX_STATE_BYTES = 16 * 1024 * 1024;

/** A search as far as it went. */
export interface SearchPart {
  readonly state: SearchState;
  readonly steps: readonly StepRecord[];
}

/** What --resume goes on with: the search of the whole fleet, and that without some servers once it has begun. */
export interface KeptSearch extends SearchPart {
  readonly scenarioText: string;
  readonly startedAt: string;
  /** Undefined: kept by an earlier version. */
  readonly asked?: AskedOptions | undefined;
  readonly down?: SearchPart | undefined;
}

/** Steps at most of each search, unless told. */
export const DEFAULT_MAX_STEPS = 40;

/** The search with so many steps at most, if that is more than it was begun with: one that had used them up goes on. Undefined: as it was. */
export function withMaxSteps(kept: KeptSearch, maxSteps: number | undefined): KeptSearch {
  if (maxSteps === undefined) return kept;
  const part = <P extends SearchPart>(search: P): P => ({ ...search, state: { ...search.state, limits: { ...search.state.limits, maxSteps: Math.max(search.state.limits.maxSteps, maxSteps) } } });
  return { ...part(kept), ...(kept.down === undefined ? {} : { down: part(kept.down) }) };
}

export const keepState = (dir: string, kept: KeptSearch): Promise<void> => keepFile(dir, STATE_FILE, `${JSON.stringify(kept)}\n`);

/** Whole or not at all: a kill must not leave half a file. */
export async function keepFile(dir: string, name: string, text: string): Promise<void> {
  await writeFile(join(dir, `.${name}`), text);
  await rename(join(dir, `.${name}`), join(dir, name));
}

const whole = z.number().int().min(1).max(1_000_000);
const outcome = z.enum(['held', 'broken', 'undelivered']);
const PART = {
  state: z.object({
    schema: z.literal(1),
    limits: z.object({ start: whole, max: whole, repeats: whole, tolerance: z.number().min(0.01).max(0.5), maxSteps: whole, required: whole.optional() }),
    trials: z.array(z.object({ users: whole, outcome })).max(500),
  }),
  steps: z.array(z.looseObject({ users: whole, outcome, run: z.string().max(200) })).max(500),
};
const KEPT = z.object({ scenarioText: z.string().max(256 * 1024), startedAt: z.iso.datetime(), asked: z.record(z.string().max(100), z.union([z.string().max(4_000), z.number()])).optional(), ...PART, down: z.object(PART).optional() });

/** Throws FILE_UNREADABLE. */
export async function readState(dir: string): Promise<KeptSearch> {
  const path = join(dir, STATE_FILE);
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_STATE_BYTES) throw new Error('too large');
    return KEPT.parse(JSON.parse(text)) as unknown as KeptSearch;
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `${path} is not the state of a search`, { hint: 'name the folder that `firstbell capacity` has made, e.g. reports/capacity-…', cause: error });
  }
}
