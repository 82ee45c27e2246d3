import type { WireFrame } from '../bbb/wire-recording.js';
import { HarnessError } from '../core/errors.js';
import { fill, RECORDED_PROFILE, type SfuValues, type Values, type WireProfile } from './wire-profile.js';

/** A frame of the SFU's socket without what differs from session to session. */
export interface SfuFrame {
  readonly dir: WireFrame['dir'];
  readonly id: string;
  readonly type: string;
  readonly role: string;
  /** Of a sent frame templates, as the variables of an operation; of a received one what kind of value it is, or the value where that is short and plain. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What tells one kind of frame from another. */
export type SfuKind = Pick<SfuFrame, 'dir' | 'id' | 'type' | 'role'>;
export type SfuSending = Omit<SfuKind, 'dir'>;

const MAX_FRAMES = 200;
const MAX_FIELDS = 64;
const MAX_CHARS = 64;
const MAX_LIST = 32;
const MAX_DEPTH = 6;
/** Values of these are part of the protocol; of other received ones only the kind is. */
const TELLING = new Set(['response', 'success', 'bitrate', 'record', 'transparentListenOnly', 'extension', 'hasAudio', 'contentType', 'mediaServer', 'code', 'reason']);
/** Roles in which a client only listens, the one of BBB 3.0 first (bbb-protocol §4.2). */
const LISTENING = ['passive-sendrecv', 'recvonly', 'recv'] as const;

/** What one client said to the SFU and heard from it. */
export interface SfuRecording {
  readonly frames: readonly WireFrame[];
  /** What a text stands for that the client sent in a field of this name. */
  readonly template: Template;
}

type Template = (name: string, text: string) => unknown;

/**
 * Every kind of frame once, in the order of first appearance; left out are heartbeats, candidates, and stops, which depend on how a
 * recording ended.
 */
export function sfuFramesOf(recordings: readonly SfuRecording[]): readonly SfuFrame[] {
  const kinds = new Map<string, SfuFrame>();
  for (const { frames, template } of recordings) {
    for (const { dir, text } of frames) {
      const frame = frameOf(dir, text, template);
      if (frame && kinds.size < MAX_FRAMES && !kinds.has(keyOf(frame))) kinds.set(keyOf(frame), frame);
    }
  }
  return [...kinds.values()];
}

export function keyOf({ dir, id, type, role }: SfuKind): string {
  return `${dir} ${[type, id, role].filter((part) => part !== '').join(' ')}`;
}

/**
 * The frame that the profile's client sends: its own where it was recorded, else that of the recorded 3.0.19 client, else as
 * documented. Throws INTERNAL for a frame that nobody has seen, or if a value is missing.
 */
export function sfuFrame(profile: WireProfile, kind: SfuSending, values: SfuValues, session: Values): Readonly<Record<string, unknown>> {
  const key = keyOf({ dir: 'sent', ...kind });
  const frame = framesOf(profile).get(key) ?? framesOf(RECORDED_PROFILE).get(key) ?? DOCUMENTED.get(key);
  if (!frame) throw new HarnessError('INTERNAL', `no wire profile has the SFU frame "${key}"`);
  const fields = fill(frame.fields, { ...session, sfu: values }) as Readonly<Record<string, unknown>>;
  return { ...kind, ...fields, ...(values.bitrateKbps !== undefined && 'bitrate' in fields ? { bitrate: values.bitrateKbps } : {}) };
}

/** The role in which the profile's client listens. */
export function listeningRole(profile: WireProfile): (typeof LISTENING)[number] {
  const frames = framesOf(profile);
  return LISTENING.find((role) => frames.has(keyOf({ dir: 'sent', id: 'start', type: 'audio', role }))) ?? LISTENING[0];
}

/** Thousands of users share a profile. */
const BY_KIND = new WeakMap<WireProfile, ReadonlyMap<string, SfuFrame>>();

function framesOf(profile: WireProfile): ReadonlyMap<string, SfuFrame> {
  let found = BY_KIND.get(profile);
  if (!found) BY_KIND.set(profile, (found = byKind(profile.sfu ?? [])));
  return found;
}

function byKind(frames: readonly SfuFrame[]): ReadonlyMap<string, SfuFrame> {
  return new Map(frames.map((frame) => [keyOf(frame), frame]));
}

const [sdp, cameraId] = [{ $var: 'sdp' }, { $var: 'cameraId' }];
const sent = (id: string, type: string, role: string, fields: SfuFrame['fields'] = {}): SfuFrame => ({ dir: 'sent', id, type, role, fields });
/** Stops, which no profile has, and the screen, which no recording has (bbb-protocol §4.3, §4.4). */
const DOCUMENTED = byKind([
  sent('stop', 'video', 'share', { cameraId }),
  sent('stop', 'video', 'viewer', { cameraId }),
  sent('start', 'screenshare', 'send', { sdpOffer: sdp, hasAudio: false, bitrate: 1_500, contentType: 'screenshare', vh: 720, vw: 1_280 }),
  sent('start', 'screenshare', 'recv', { hasAudio: false, contentType: 'screenshare' }),
  sent('subscriberAnswer', 'screenshare', 'recv', { answer: sdp }),
  sent('stop', 'screenshare', 'send'),
  sent('stop', 'screenshare', 'recv'),
]);

function frameOf(dir: WireFrame['dir'], text: string, template: Template): SfuFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  const { id, type, role, ...rest } = frame as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || id === 'ping' || id === 'pong' || id === 'stop' || /iceCandidate/i.test(id)) return undefined;
  const value = dir === 'sent' ? (name: string, one: unknown): unknown => templateOf(name, one, template, 0) : kindOf;
  return {
    dir,
    id: id.slice(0, MAX_CHARS),
    type: typeof type === 'string' ? type.slice(0, MAX_CHARS) : '',
    role: typeof role === 'string' ? role.slice(0, MAX_CHARS) : '',
    fields: Object.fromEntries(
      Object.entries(rest)
        .slice(0, MAX_FIELDS)
        .map(([name, one]) => [name.slice(0, MAX_CHARS), value(name, one)]),
    ),
  };
}

function templateOf(name: string, value: unknown, template: Template, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.startsWith('v=0')) return sdp;
    return name === 'cameraId' ? cameraId : template(name, value);
  }
  if (name === 'clientSessionNumber') return { $var: 'attempt' };
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.slice(0, MAX_LIST).map((one) => templateOf(name, one, template, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_FIELDS)
      .map(([key, one]) => [key.slice(0, MAX_CHARS), templateOf(key, one, template, depth + 1)]),
  );
}

function kindOf(name: string, value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string' && value.startsWith('v=0')) return 'sdp';
  if (TELLING.has(name) && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) return JSON.stringify(value).slice(0, MAX_CHARS);
  return Array.isArray(value) ? 'list' : typeof value;
}
