import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { ObservedRun } from '../capacity/observed.js';
import { HarnessError } from '../core/errors.js';
import { METRICS, TAG_NAMES, type MetricName, type TagName } from '../metrics/catalogue.js';

const MAX_BYTES = 256 * 1024 * 1024;

const short = z.string().max(1_000);
const amount = z.number().finite().min(0).max(1e15);
const block = z
  .object({ values: z.array(z.number().finite()).max(10_000), counts: z.array(amount).max(10_000) })
  .refine(({ values, counts }) => values.length === counts.length, 'values and counts differ in length');
const blocks = z.array(block).max(1_000_000);

const OBSERVED_RUN = z.object({
  schema: z.literal(1),
  run: short,
  scenario: short,
  startedAt: short.refine((text) => !Number.isNaN(Date.parse(text)), 'not a date'),
  seed: z.number(),
  scenarioHash: short,
  planHash: short,
  verdict: short,
  users: z.object({ planned: amount, joined: amount, peakConcurrent: amount }),
  durationMs: amount,
  environment: z.record(short, short),
  series: z
    .array(
      z.object({
        metric: z.enum(Object.keys(METRICS) as [MetricName, ...MetricName[]]),
        tag: z.enum(TAG_NAMES as readonly [TagName, ...TagName[]]).optional(),
        tagValue: short.optional(),
        blocks: z.object({ intervals: blocks.optional(), meetings: blocks.optional() }),
      }),
    )
    .max(10_000),
});

/** A baseline file, as `firstbell baseline` wrote it. Throws FILE_UNREADABLE. */
export async function readBaseline(path: string): Promise<ObservedRun> {
  const parsed = OBSERVED_RUN.safeParse(await readJson(path));
  // Optional keys that are absent stay absent, whatever the parser's types say.
  if (parsed.success) return parsed.data as ObservedRun;
  const issue = parsed.error.issues[0];
  throw new HarnessError('FILE_UNREADABLE', `${path} is no baseline of this version${issue ? ` (${issue.path.join('.')}: ${issue.message})` : ''}`, { hint: 'make one with `firstbell baseline <run folder> --output baseline.json`' });
}

async function readJson(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new HarnessError('FILE_UNREADABLE', `${path} is larger than the ${MAX_BYTES / 1024 / 1024} MB that a baseline may have`);
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    if (error instanceof SyntaxError) return undefined;
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { cause: error });
  }
}

/** Text of a baseline file. */
export const renderBaseline = (observed: ObservedRun): string => `${JSON.stringify(observed)}\n`;
