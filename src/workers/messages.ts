import { z } from 'zod';

/** What coordinator and workers say to one another. All of it is checked on arrival: the broker may be shared. */

const name = z.string().min(1).max(200);
const ms = z.number().finite().min(-1e13).max(1e13);
const whole = z.number().int().min(0).max(1e9);

/** A message of 1 MB, the broker's limit, holds as many. */
export const MEETINGS_PER_MESSAGE = 100;
export const MAX_NAMES = 60;
export const MAX_NAME_CHARS = 100;

/** A seat in the crew: one share of the users, waiting for a worker. */
export const SEAT = z.object({ run: name, seat: whole });
export type Seat = z.infer<typeof SEAT>;

/** What all workers of a run need to know; state key `job`. */
export const JOB = z.object({
  schema: z.literal(1),
  run: name,
  /** The file as it was read; each worker makes the plan from it. */
  scenarioText: z.string().max(2_000_000),
  /** SHA-256 of the plan: who gets another must not take part. */
  planHash: name,
  /** `algorithm`: what calls are signed with; absent: sha256. */
  target: z.object({ kind: z.enum(['simulator', 'bbb']), url: z.string().max(2_000), secretEnv: name, algorithm: name.optional() }),
  intervalMs: z.number().int().min(100).max(86_400_000),
  /** Metrics that may stop the run: of these workers say every second what they have. Absent: none. */
  interim: z.array(name).max(200).readonly().optional(),
  /** True: the wire profile is under the key `wire`. */
  ownWire: z.boolean(),
});
export type Job = z.infer<typeof JOB>;

/** State key `split`: who brings how much, by seat; made when every seat is taken. */
export const SPLIT = z.object({ seats: z.array(z.object({ weight: z.number().positive().max(1e6), kinds: z.array(z.enum(['browser', 'native'])) })).min(1).max(10_000) });
export type Split = z.infer<typeof SPLIT>;

/** State key `phase`. `startWallMs` is on the coordinator's clock. */
export const PHASE = z.object({ phase: z.enum(['gathering', 'started', 'stopping', 'aborting', 'over']), startWallMs: ms.optional() });
export type Phase = z.infer<typeof PHASE>;

/** State keys `seat.<n>`: who holds it now; nobody after a worker was lost. */
export const HOLDER = z.object({ worker: name.optional(), finished: z.boolean().optional() });
export type Holder = z.infer<typeof HOLDER>;

/** State keys `meeting.<n>`. */
export const MEETING_STATE = z.union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), code: name, message: z.string().max(2_000) })]);
export type MeetingState = z.infer<typeof MEETING_STATE>;

/** Asked under `claim`. */
export const CLAIM = z.object({ worker: name, seat: whole, weight: z.number().positive().max(1e6) });
export type Claim = z.infer<typeof CLAIM>;
export const CLAIM_ANSWER = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('yours') }),
  /** What a lost worker left: the users that have been started are not to be started again. Bit n of the base64 bytes: seq n. */
  z.object({ answer: z.literal('take-over'), started: z.string().max(2_000_000) }),
  /** Its holder is alive as far as is known. */
  z.object({ answer: z.literal('held') }),
  z.object({ answer: z.literal('over') }),
]);
export type ClaimAnswer = z.infer<typeof CLAIM_ANSWER>;

/** Asked under `ready`. `overdue`: of a share that was taken over, the users that were due before they could be started here. */
export const READY = z.object({ worker: name, seat: whole, users: whole, overdue: whole.optional(), planHash: name, clockOffsetMs: ms, roundTripMs: ms });
export type Ready = z.infer<typeof READY>;
export const READY_ANSWER = z.object({ ok: z.boolean(), message: z.string().max(1_000).optional() });

export const MAX_FAILURE_CHARS = 2_000;

/** Asked under `refuse`: the worker gives a seat back that it had claimed, as something is missing there. The answer says nothing. */
export const REFUSAL = z.object({ worker: name, seat: whole, code: name, message: z.string().max(MAX_FAILURE_CHARS), hint: z.string().max(MAX_FAILURE_CHARS).optional() });
export type Refusal = z.infer<typeof REFUSAL>;

/** Asked under `clock`; the answer is the coordinator's wall clock. */
export const CLOCK_ANSWER = z.object({ wallMs: ms });

/** Told under `alive` every ALIVE_EVERY_MS. */
export const ALIVE = z.object({ worker: name, seats: z.array(whole).max(10_000) });
export const ALIVE_EVERY_MS = 2_000;

/** Told under `coordinator` every ALIVE_EVERY_MS. */
export const COORDINATOR = z.object({ wallMs: ms });

/** Told under `interim` every second: what a share measured so far of an interval that is not over, of the job's `interim` metrics. */
export const INTERIM = z.object({ snapshot: z.unknown() });
/** Below the broker's limit of 1 MB for a message; what is larger waits for the interval's snapshot. */
export const MAX_INTERIM_CHARS = 900_000;

/** Told under `look`: which users do users see? Answers come under `peers`. */
export const LOOK = z.object({ look: whole });
/** What users of a seat are shown of their meetings, in parts; `done` with the last. */
export const PEERS = z.object({
  look: whole,
  seat: whole,
  done: z.boolean(),
  meetings: z.array(z.object({ meeting: whole, users: whole, names: z.array(z.string().max(MAX_NAME_CHARS)).max(MAX_NAMES).optional() })).max(MEETINGS_PER_MESSAGE),
});

/** Larger pictures stay with their worker. */
export const MAX_EVIDENCE_BYTES = 1_000_000;

/** Entries of the log. Events and snapshots are checked by whoever knows their shapes. */
export const ENTRY = z.discriminatedUnion('type', [
  z.object({ type: z.literal('events'), worker: name, seat: whole, events: z.array(z.unknown()).max(100_000) }),
  z.object({ type: z.literal('snapshot'), worker: name, seat: whole, snapshot: z.unknown() }),
  /** What a browser user's page looked like when it failed: a JPEG, base64. */
  z.object({ type: z.literal('evidence'), worker: name, seat: whole, seq: whole, jpeg: z.base64().max(Math.ceil(MAX_EVIDENCE_BYTES / 3) * 4) }),
  z.object({ type: z.literal('finished'), worker: name, seat: whole, unprepared: whole, samplesLost: whole, entriesLost: whole, failure: z.string().max(MAX_FAILURE_CHARS).optional() }),
]);
export type Entry = z.infer<typeof ENTRY>;

/** Undefined for what is not JSON of the shape. */
export function parse<T>(shape: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    const result = shape.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
