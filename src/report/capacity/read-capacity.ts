import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Capacity } from '../../capacity/capacity.js';
import { STEADY_FIGURES } from '../../capacity/steady.js';
import { HarnessError } from '../../core/errors.js';

/** Names inside the folder of a capacity search (docs/files.md). */
export const CAPACITY_FILES = { json: 'capacity.json', text: 'capacity.txt', html: 'capacity.html', pdf: 'capacity.pdf', markdown: 'capacity.md', csv: 'steps.csv', junit: 'junit.xml', state: 'search.json' } as const;

const MAX_BYTES = 64 * 1024 * 1024;

const short = z.string().max(2_000);
const long = z.string().max(20_000);
const count = z.number().min(0).max(1e9);
const figure = z.number();
/** null where JSON has no place for the value. */
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const brokenServers = z.enum(['one', 'some', 'all']);
const verdict = z.enum(['holds', 'does-not-hold', 'not-known']);
const knee = z.object({ users: figure, low: figure, high: figure, level: z.number().min(0).max(1) });

const LIMITS = ['graphql-connections', 'sockets-per-second', 'users-per-meeting', 'line-out', 'line-in', 'users-per-server'] as const;

const ANSWER = z.union([
  z.object({ kind: z.enum(['knee', 'unsure']), knee }),
  z.object({ kind: z.enum(['at-least', 'generator']), users: count }),
  z.object({ kind: z.literal('none'), tried: count }),
]);

const STEP = z.object({
  users: count,
  outcome: z.enum(['held', 'broken', 'undelivered']),
  phase: z.enum(['ramp', 'bisect', 'repeat']),
  run: short,
  holdMs: count,
  steady: maybe(z.boolean()),
  steadyBy: maybe(z.partialRecord(z.enum(STEADY_FIGURES), z.boolean())),
  peakUsers: count,
  joinTimeP95Ms: maybe(figure),
  thresholds: z.array(z.object({ expression: short, held: z.boolean(), observed: maybe(figure) })).max(1_000),
  firstBroken: maybe(long),
  worstServer: maybe(short),
  brokeOn: maybe(z.object({ kind: brokenServers, servers: z.array(short).max(10_000), of: count })),
  slowestPhase: maybe(short),
  brokePhase: maybe(short),
  servers: z.array(z.object({ name: short, peakUsers: count, failed: count, lost: count, joinTimeP95Ms: maybe(figure) })).max(10_000),
  failedUnplaced: maybe(count),
  startedAt: maybe(short),
  delivered: maybe(z.object({ started: count, joined: count, failed: count, lost: count })),
  errors: maybe(z.array(z.object({ code: short, phase: short, count })).max(1_000)),
  phases: maybe(z.array(z.object({ phase: short, p50Ms: figure, p95Ms: figure })).max(100)),
  generator: maybe(z.object({ latenessP99Ms: maybe(figure), eventLoopDelayP99Ms: maybe(figure), cpuCores: maybe(figure), peakRssMb: maybe(figure), dropped: count })),
  measured: maybe(z.partialRecord(z.enum(LIMITS), figure)),
});

const steps = z.array(STEP).max(1_000);
const date = short.refine((text) => !Number.isNaN(Date.parse(text)), 'not a date');

const CAPACITY = z.object({
  schema: z.literal(1),
  scenario: short,
  required: count,
  method: long,
  answer: ANSWER,
  users: count,
  exact: z.boolean(),
  holdsRequired: z.boolean(),
  verdict,
  confidence: maybe(z.number().min(0).max(1)),
  headroom: figure,
  firstBroken: maybe(
    z.object({
      users: count,
      expression: long,
      server: maybe(short),
      servers: maybe(brokenServers),
      phase: maybe(short),
      steps: maybe(z.object({ broke: count, threshold: count, server: count, phase: count })),
    }),
  ),
  oneServerDown: maybe(z.object({ servers: count, users: count, headroom: figure, how: z.enum(['computed', 'measured']), verdict, out: maybe(z.array(short).max(1_000)), answer: maybe(ANSWER), steps: maybe(steps) })),
  fits: z
    .array(
      z.object({
        model: z.enum(['usl', 'linear']),
        parameters: z.record(z.string(), figure),
        points: z.array(z.object({ users: figure, waitMs: figure, fittedMs: figure, residualMs: figure, server: maybe(short), step: maybe(count) })).max(100_000),
        rmsMs: figure,
        measuredTo: figure,
        atRequired: z.object({ users: figure, waitMs: figure, extrapolated: z.boolean() }),
      }),
    )
    .max(2),
  limits: z
    .array(
      z.object({
        limit: z.enum(LIMITS),
        title: short,
        allowed: figure,
        needed: figure,
        unit: short,
        atMs: figure,
        level: z.enum(['fine', 'hint', 'warning', 'breaks']),
        breaks: z.boolean(),
        explanation: long,
        help: long,
      }),
    )
    .max(100),
  environment: z.object({
    target: z.object({ kind: z.enum(['simulator', 'bbb']), url: short, secretEnv: maybe(short), bbbVersion: maybe(short) }),
    machine: z.object({ cores: figure, memoryGb: figure, cpu: short, os: short }),
    firstbell: z.object({ version: short, commit: maybe(short), node: short, browser: maybe(short) }),
  }),
  steps,
  asked: z.object({
    startedAt: date,
    scenarioFile: short,
    seed: z.number(),
    servers: count,
    onlyServer: maybe(short),
    serversDown: count,
    workers: maybe(count),
    browserWorkers: maybe(count),
    limits: z.object({ start: count, max: count, repeats: count, tolerance: figure, maxSteps: count, required: count.optional() }),
    holdMs: count,
    maxHoldMs: maybe(count),
    restMs: maybe(count),
    faults: maybe(z.array(short).max(1_000)),
    ratePerSec: figure,
  }),
  before: maybe(z.object({ name: short, startedAt: date, required: count, users: count, low: maybe(figure), high: maybe(figure), exact: z.boolean(), firstBroken: maybe(long), target: short, bbbVersion: maybe(short), firstbell: short })),
});

/** Reads capacity.json of a folder; unknown fields of later versions are dropped. Throws FILE_UNREADABLE. */
export async function readCapacity(dir: string): Promise<Capacity> {
  const path = join(dir, CAPACITY_FILES.json);
  let value: unknown;
  try {
    if ((await stat(path)).size > MAX_BYTES) throw new HarnessError('FILE_UNREADABLE', `${path} is larger than ${MAX_BYTES / 1024 / 1024} MB`);
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('FILE_UNREADABLE', error instanceof SyntaxError ? `${path} is damaged` : `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint: 'it is written when the search has its answer; `firstbell capacity --resume` goes on with one', cause: error });
  }
  const parsed = CAPACITY.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HarnessError('FILE_UNREADABLE', `${path} is not what a search of this version writes${issue ? ` (${issue.path.join('.')}: ${issue.message})` : ''}`, { hint: 'search again with `firstbell capacity`' });
}
