import { z } from 'zod';
import { METRICS, type MetricName } from '../metrics/catalogue.js';
import type { RunEvent, RunMeta } from '../metrics/events.js';
import { isOurHistogram } from '../metrics/histogram-guard.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';

/** Shapes of the files in a run folder. They may come from anyone, so sizes are bounded; unknown fields of later versions are dropped. */

const short = z.string().max(1_000);
const long = z.string().max(20_000);
const ms = z.number().finite().min(-1e12).max(1e12);
const whole = z.number().int().min(0).max(1e9);
/** Of bytes and frames. */
const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);

export const RUN_META = z.object({
  schema: z.literal(1),
  run: short.min(1),
  scenario: short,
  scenarioFile: short,
  seed: z.number(),
  startedAt: short.refine((text) => !Number.isNaN(Date.parse(text)), 'not a date'),
  target: z.object({ kind: z.enum(['simulator', 'bbb']), url: short, secretEnv: maybe(short), bbbVersion: maybe(short), algorithm: short.optional() }),
  intervalMs: z.number().min(100).max(86_400_000),
  allowForeign: z.boolean().optional(),
  workers: z.object({ any: amount, browser: amount }).optional(),
  incomplete: short.optional(),
  machine: z.object({ cores: z.number(), memoryGb: z.number(), cpu: short, os: short }),
  firstbell: z.object({ version: short, commit: maybe(short), node: short, browser: maybe(short) }),
}) satisfies z.ZodType<RunMeta>;

const ATTENDANCE = z.object({
  seq: whole,
  part: whole,
  meeting: whole,
  role: z.enum(['teacher', 'pupil']),
  kind: z.enum(['browser', 'native']),
  name: short,
  dueMs: ms,
  leaveMs: ms,
  audio: z.enum(['microphone', 'listen-only', 'none']),
  webcam: z.boolean(),
  cameraViews: whole,
  chatAtMs: z.array(ms),
  raiseHandAtMs: ms.optional(),
  reloadAtMs: ms.optional(),
  networkLoss: z.object({ atMs: ms, forMs: ms }).optional(),
});

export const PLAN = z.object({
  schema: z.literal(1),
  scenario: short,
  seed: z.number(),
  durationMs: ms,
  startOfDayMs: maybe(ms),
  speed: z.number().positive().optional(),
  checkpointEveryMs: ms,
  fleet: z.object({
    servers: whole,
    lineMbps: z.number(),
    graphqlConnectionsPerServer: z.number(),
    socketsPerSecondPerServer: z.number(),
    usersPerMeeting: z.number(),
  }),
  limits: z.object({
    joinTimeoutMs: ms,
    gracefulStopMs: ms,
    maxLatenessMs: ms,
    maxEventLoopDelayMs: ms,
    maxSendLatenessMs: ms.optional(),
    maxSendLimited: z.number().min(0).max(1).optional(),
    browserLaunches: whole,
    usersPerBrowser: whole,
    maxScreenshots: whole,
  }),
  // The report does not look into the parts; the scenario text beside the plan says the same.
  parts: z.array(z.custom<Plan['parts'][number]>((value) => typeof value === 'object' && value !== null)),
  meetings: z.array(z.object({ index: whole, name: short, part: whole, template: short, users: whole, opensMs: ms, closesMs: ms })).max(1_000_000),
  attendances: z.array(ATTENDANCE).max(5_000_000),
}) satisfies z.ZodType<Plan>;

const REASON = z.enum(['completed', 'stopped', 'aborted', 'threshold', 'foreign', 'could-not-run']);

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) => z.object({ type: z.literal(type), atMs: ms, ...shape });

export const RUN_EVENT = z.discriminatedUnion('type', [
  event('run-started', { wallMs: z.number() }),
  event('meeting-created', { meeting: whole, meetingId: short }),
  event('meeting-failed', { meeting: whole, code: short, message: long }),
  event('meeting-ended', { meeting: whole, meetingId: short }),
  event('meeting-left-open', { meeting: whole, meetingId: short, code: short, message: long }),
  event('user-started', { seq: whole, latenessMs: ms }),
  event('user-dropped', { seq: whole }),
  event('user-joined', { seq: whole, server: short }),
  event('user-ended', {
    seq: whole,
    outcome: z.enum(['left', 'failed', 'lost', 'aborted']),
    code: short.optional(),
    phase: short.optional(),
    message: long.optional(),
    screenshot: short.optional(),
    received: z.object({ firstAudioMs: ms.optional(), audioBytes: amount.optional(), firstVideoMs: ms.optional(), videoBytes: amount.optional(), videoFrames: amount.optional() }).optional(),
    server: short.optional(),
  }),
  event('step-failed', { seq: whole, step: short, code: short, message: long, screenshot: short.optional() }),
  event('worker-ready', { worker: short, share: whole, users: whole, clockOffsetMs: ms, roundTripMs: ms }),
  event('worker-lost', { worker: short, share: whole, running: whole, waiting: whole }),
  event('worker-refused', { worker: short, share: whole, code: short, message: long }),
  event('share-incomplete', { worker: short, share: whole, message: long.optional(), entriesLost: whole }),
  event('share-taken-over', { worker: short, share: whole, users: whole, overdue: whole.optional() }),
  event('foreign-meeting', { name: short, users: whole }),
  event('hook-started', { name: short }),
  event('hook-ended', { name: short, durationMs: ms, exitCode: z.number().int().optional(), problem: short.optional(), output: short.optional() }),
  event('faults-set', { faults: z.array(short).max(1_000), code: short.optional(), message: long.optional() }),
  event('presence', {
    harness: whole,
    server: whole.optional(),
    peers: whole.optional(),
    ghosts: whole,
    missing: whole,
    meetings: z
      .array(z.object({ meeting: whole, harness: whole, server: whole.optional(), peers: whole.optional(), ghosts: whole, missing: whole, names: z.array(short).max(100).optional() }))
      .max(1_000),
  }),
  event('checkpoint', {
    present: whole,
    meetings: whole,
    failed: whole,
    lost: whole,
    presentServer: whole.optional(),
    presentPeers: whole.optional(),
    joinTimeP95Ms: maybe(ms),
    servers: z.array(z.object({ server: short, users: whole, meetings: whole, joinTimeP95Ms: ms.optional() })).max(1_000).optional(),
    errorsSince: whole.optional(),
    held: whole.optional(),
    broken: z.array(short).max(1_000).optional(),
    pending: whole.optional(),
  }),
  event('stopping', { reason: REASON, code: short.optional(), message: long.optional() }),
  event('run-ended', { reason: REASON }),
]) satisfies z.ZodType<RunEvent>;

const TAGS = z.object({
  server: short.optional(),
  role: short.optional(),
  kind: short.optional(),
  phase: short.optional(),
  code: short.optional(),
  call: short.optional(),
  step: short.optional(),
  witnessed: short.optional(),
});

export const SNAPSHOT = z.object({
  schema: z.literal(1),
  run: short,
  worker: short,
  interval: whole,
  from: whole.optional(),
  startMs: ms,
  endMs: ms,
  series: z
    .array(
      z.object({
        metric: z.enum(Object.keys(METRICS) as [MetricName, ...MetricName[]]),
        kind: z.enum(['histogram', 'counter', 'rate', 'gauge']),
        tags: TAGS,
        count: z.number(),
        sum: z.number(),
        // JSON has no infinity: the bounds of an empty sink come as null.
        min: z.number().nullish().transform((value) => value ?? 0),
        max: z.number().nullish().transform((value) => value ?? 0),
        last: z.number().optional(),
        hist: z.string().max(1_000_000).refine(isOurHistogram, 'no histogram of ours').optional(),
      }),
    )
    .max(100_000),
}) satisfies z.ZodType<Snapshot>;
