import { z } from 'zod';
import type { Operation } from '../bbb/operations.js';
import { HarnessError } from '../core/errors.js';
import { uniqueUuid } from '../core/random.js';
import recorded from './wire-profile-3.0.19.json' with { type: 'json' };

/**
 * What a version of BBB's client sends over GraphQL while it joins, in order, and to the SFU, with the values that it had from the
 * server or made itself replaced by where they come from. Data, so that one can be learned from a server and two be compared.
 */
const MAX_STEPS = 1_000;
const MAX_QUERY_CHARS = 20_000;
const MAX_GAP_MS = 60_000;
const MAX_SFU_FRAMES = 200;

/** The newest answer to an operation, and a JSON pointer (RFC 6901) into its root field. */
const reference = z.strictObject({ $from: z.string(), path: z.string().startsWith('/') });
const step = z.strictObject({
  start: z.string(),
  /** Since the frame before; what the client itself took. */
  gapMs: z.number().min(0).max(MAX_GAP_MS),
  variables: z.record(z.string(), z.unknown()),
  /** Not sent before this is there and neither false nor null. */
  after: reference.optional(),
  presenterOnly: z.boolean().optional(),
});
/** Ends the subscriptions of this name. */
const end = z.strictObject({ end: z.string(), gapMs: z.number().min(0).max(MAX_GAP_MS) });

const shape = z.strictObject({
  /** 1 had no values in the SFU’s frames. */
  schema: z.literal(2, { error: 'it was written by another version of Firstbell: learn it again' }),
  bbb: z.string(),
  source: z.string(),
  operations: z.array(z.strictObject({ operationName: z.string(), kind: z.enum(['query', 'subscription', 'mutation']), rootField: z.string(), query: z.string().max(MAX_QUERY_CHARS) })),
  join: z.array(z.union([step, end])).max(MAX_STEPS),
  /** Frames of the SFU's sockets, each kind once (native/sfu-frames.ts). */
  sfu: z
    .array(z.strictObject({ dir: z.enum(['sent', 'received']), id: z.string(), type: z.string(), role: z.string(), fields: z.record(z.string(), z.unknown()) }))
    .max(MAX_SFU_FRAMES)
    .optional(),
});

export type WireProfile = z.infer<typeof shape>;
export type WireStep = WireProfile['join'][number];
export type Reference = z.infer<typeof reference>;

/** Checks a profile that was read from a file. Throws FILE_UNREADABLE naming the first thing that is wrong. */
export function parseProfile(value: unknown): WireProfile {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new HarnessError('FILE_UNREADABLE', `this is no wire profile: ${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  }
  const names = new Set(parsed.data.operations.map(({ operationName }) => operationName));
  for (const one of parsed.data.join) {
    const wanted = 'end' in one ? [one.end] : [one.start, ...referencesIn(one.variables).map(({ $from }) => $from), ...(one.after ? [one.after.$from] : [])];
    const missing = wanted.find((name) => !names.has(name));
    if (missing !== undefined) throw lacking(missing);
  }
  for (const frame of parsed.data.sfu ?? []) {
    if (frame.dir !== 'sent') continue;
    const missing = referencesIn(frame.fields).find(({ $from }) => !names.has($from));
    if (missing) throw lacking(missing.$from);
    if (asksFor(frame.fields, 'sdp') && isServerFirst(frame)) throw new HarnessError('FILE_UNREADABLE', `this wire profile is of no use: its client offers media itself in ${frame.type} ${frame.id} ${frame.role}, where native users answer the server (BBB 3.0 and newer)`);
  }
  return parsed.data;
}

function lacking(operationName: string): HarnessError {
  return new HarnessError('FILE_UNREADABLE', `this is no wire profile: it uses the operation ${operationName} but does not have it`);
}

/** Starts of what the server offers: audio, and pictures that are viewed (bbb-protocol §4). */
function isServerFirst({ id, type, role }: { readonly id: string; readonly type: string; readonly role: string }): boolean {
  return id === 'start' && (type === 'audio' || role === 'viewer' || role === 'recv');
}

function asksFor(template: unknown, variable: string): boolean {
  return typeof template === 'object' && template !== null && ((template as { $var?: unknown }).$var === variable || Object.values(template).some((one) => asksFor(one, variable)));
}

/** The session recorded from BBB 3.0.19. */
export const RECORDED_PROFILE: WireProfile = parseProfile(recorded);

export function operationsOf(profile: WireProfile): ReadonlyMap<string, Operation> {
  let found = BY_NAME.get(profile);
  if (!found) BY_NAME.set(profile, (found = new Map(profile.operations.map((one) => [one.operationName, one]))));
  return found;
}

/** Thousands of users share a profile. */
const BY_NAME = new WeakMap<WireProfile, ReadonlyMap<string, Operation>>();

/** Every reference anywhere in a value. */
export function referencesIn(value: unknown): readonly Reference[] {
  if (isReference(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(referencesIn) : [];
}

/** Asked for every value of every frame of every user, so it looks at two fields and no more. */
function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Reference>).$from === 'string' && typeof (value as Partial<Reference>).path === 'string';
}

/** What a user puts into a template. */
export interface Values {
  readonly clientSessionUuid: string;
  readonly sessionToken: string;
  readonly wallMs: number;
  /** Value of a reference, which must be there. */
  readonly resolve: (reference: Reference) => unknown;
  readonly sfu?: SfuValues;
}

/** What only the media leg that sends a frame knows. */
export interface SfuValues {
  readonly sdp?: string;
  readonly cameraId?: string;
  /** From 1, of one leg. */
  readonly attempt?: number;
  /** Of the picture that is sent, which need not be the recorded client's. */
  readonly bitrateKbps?: number;
}

/** A template with its values. Throws INTERNAL for a template of an unknown kind, or one whose value is not given. */
export function fill(template: unknown, values: Values): unknown {
  if (Array.isArray(template)) return template.map((one) => fill(one, values));
  if (typeof template !== 'object' || template === null) return template;
  if (isReference(template)) return values.resolve(template);
  const { $var, $now, $uuid } = template as { $var?: unknown; $now?: unknown; $uuid?: unknown };
  if ($var === 'clientSessionUuid') return values.clientSessionUuid;
  if ($var === 'sessionToken') return values.sessionToken;
  if (isOfSfu($var) && values.sfu?.[$var] !== undefined) return values.sfu[$var];
  if ($uuid === true) return uniqueUuid();
  if ($now === 'iso') return new Date(values.wallMs).toISOString();
  if ($now === 'utc') return new Date(values.wallMs).toUTCString();
  if ($var !== undefined || $now !== undefined || $uuid !== undefined) throw new HarnessError('INTERNAL', `the wire profile has a template that cannot be filled: ${JSON.stringify(template)}`);
  return Object.fromEntries(Object.entries(template).map(([key, one]) => [key, fill(one, values)]));
}

function isOfSfu(variable: unknown): variable is 'sdp' | 'cameraId' | 'attempt' {
  return variable === 'sdp' || variable === 'cameraId' || variable === 'attempt';
}

/** The value at a JSON pointer; undefined if it leads nowhere. */
export function at(document: unknown, pointer: string): unknown {
  let current = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return current;
}
