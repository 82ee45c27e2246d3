import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors.js';
import { METRICS, type MetricName } from '../metrics/catalogue.js';
import { RUN_FILES } from './run-data.js';

const MAX_BYTES = 64 * 1024 * 1024;

const short = z.string().max(1_000);
const count = z.number().min(0).max(1e12);
const figure = z.number().finite().optional();

const SUMMARY = z.object({
  schema: z.literal(1),
  run: short.min(1),
  scenario: short,
  startedAt: short.refine((text) => !Number.isNaN(Date.parse(text)), 'not a date'),
  durationMs: count,
  target: z.object({ kind: z.enum(['simulator', 'bbb']), url: short, bbbVersion: short.optional() }),
  verdict: z.enum(['held', 'broken', 'not-delivered', 'could-not-run', 'interrupted']),
  reasons: z.array(z.string().max(20_000)).max(1_000),
  users: z.object({ planned: count, joined: count, failed: count, lost: count, peakConcurrent: count }),
  metrics: z.record(z.string(), z.object({ count, p50: figure, p95: figure, rate: figure, sum: figure })),
  errors: z.array(z.object({ code: short, count })).max(10_000),
  firstbell: z.object({ version: short }),
});

export interface PastFigures {
  readonly count: number;
  readonly p50?: number | undefined;
  readonly p95?: number | undefined;
  readonly rate?: number | undefined;
  readonly sum?: number | undefined;
}

/** What the history of a fleet needs of a run: a part of summary.json. */
export interface PastRun extends Omit<z.infer<typeof SUMMARY>, 'metrics' | 'schema'> {
  readonly metrics: Readonly<Partial<Record<MetricName, PastFigures>>>;
}

/** Reads summary.json of a run folder; metrics of other versions are left out. Throws FILE_UNREADABLE. */
export async function readSummary(dir: string): Promise<PastRun> {
  const path = join(dir, RUN_FILES.summary);
  const hint = 'make it again with `firstbell report`, or leave this run out';
  let value: unknown;
  try {
    if ((await stat(path)).size > MAX_BYTES) throw new HarnessError('FILE_UNREADABLE', `${path} is larger than ${MAX_BYTES / 1024 / 1024} MB`);
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('FILE_UNREADABLE', error instanceof SyntaxError ? `${path} is damaged` : `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint, cause: error });
  }
  const parsed = SUMMARY.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HarnessError('FILE_UNREADABLE', `${path} is not what a run of this version writes${issue ? ` (${issue.path.join('.')}: ${issue.message})` : ''}`, { hint });
  }
  const { metrics, schema: _schema, ...rest } = parsed.data;
  return { ...rest, metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => Object.hasOwn(METRICS, name))) };
}
