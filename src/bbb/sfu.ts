/** Frames of `wss://HOST/bbb-webrtc-sfu` (bbb-protocol §4). No Node imports: page code uses it too. */

/** Frames from clients above this are refused by the SFU (lib/main/ws-connection-manager.js). */
export const MAX_SFU_FRAME_BYTES = 51_200;
/** Frames from the server above this are not read; an answer with SDP has about 2 kB. */
const MAX_SFU_EVENT_CHARS = 1024 * 1024;
/** Heartbeat of the client: `{"id":"ping"}`. */
export const SFU_PING_EVERY_MS = 15_000;

/** Error codes that reach a client (bbb-webrtc-sfu lib/base/errors.js, lib/mcs-core/lib/constants/constants.js; bbb-protocol §4.5). */
export const SFU_ERRORS = {
  2000: 'MEDIA_SERVER_CONNECTION_ERROR',
  2001: 'MEDIA_SERVER_OFFLINE',
  2002: 'MEDIA_SERVER_NO_RESOURCES',
  2003: 'MEDIA_SERVER_REQUEST_TIMEOUT',
  2019: 'MEDIA_SERVER_GENERIC_ERROR',
  2020: 'ICE_ADD_CANDIDATE_FAILED',
  2021: 'ICE_GATHERING_FAILED',
  2022: 'ICE_STATE_FAILED',
  2200: 'MEDIA_GENERIC_ERROR',
  2201: 'MEDIA_NOT_FOUND',
  2202: 'MEDIA_INVALID_SDP',
  2203: 'MEDIA_NO_AVAILABLE_CODEC',
  2208: 'MEDIA_GENERIC_PROCESS_ERROR',
  2209: 'MEDIA_ADAPTER_OBJECT_NOT_FOUND',
  2210: 'MEDIA_CONNECT_ERROR',
  2211: 'MEDIA_NOT_FLOWING',
  2300: 'SFU_INVALID_REQUEST',
  2301: 'SFU_UNAUTHORIZED',
  2302: 'SFU_GLOBAL_AUDIO_FAILED',
  2303: 'SFU_AUDIO_FAILED',
} as const;

/** Codes that the HTML5 client gives itself (bigbluebutton-html5 imports/ui/services/bbb-webrtc-sfu/broker-base-errors.js). */
export const SFU_CLIENT_ERRORS = {
  1301: 'WEBSOCKET_DISCONNECTED',
  1302: 'WEBSOCKET_CONNECTION_FAILED',
  1305: 'PEER_NEGOTIATION_FAILED',
  1307: 'ICE_STATE_FAILED',
} as const;

/** Name of a code as logs and reports give it; undefined: not a code that is known. */
export function sfuErrorName(code: number): string | undefined {
  return ({ ...SFU_ERRORS, ...SFU_CLIENT_ERRORS } as Readonly<Record<number, string>>)[code];
}

export type SfuErrorCode = keyof typeof SFU_ERRORS;

export type AudioRole = 'sendrecv' | 'recvonly' | 'passive-sendrecv';
export type VideoRole = 'share' | 'viewer';
export type ScreenRole = 'send' | 'recv';
export type SfuType = 'audio' | 'video' | 'screenshare';

/** What a client asks; both names of the same thing are folded (fullaudio = audio, recv = recvonly). */
export type SfuRequest =
  | { readonly id: 'ping' }
  | { readonly id: 'start'; readonly type: 'audio'; readonly role: AudioRole; readonly sdpOffer: string | undefined }
  | { readonly id: 'start'; readonly type: 'video'; readonly role: VideoRole; readonly cameraId: string; readonly sdpOffer: string | undefined; readonly bitrate: number }
  | { readonly id: 'start'; readonly type: 'screenshare'; readonly role: ScreenRole; readonly sdpOffer: string | undefined; readonly bitrate: number }
  | { readonly id: 'subscriberAnswer'; readonly type: SfuType; readonly role: string; readonly cameraId: string; readonly answer: string }
  | { readonly id: 'stop'; readonly type: SfuType; readonly role: string; readonly cameraId: string }
  | { readonly id: 'ignored' }
  | { readonly id: 'invalid'; readonly type: SfuType; readonly role: string; readonly cameraId: string; readonly why: string };

const AUDIO_ROLES: Readonly<Record<string, AudioRole>> = { sendrecv: 'sendrecv', recvonly: 'recvonly', recv: 'recvonly', 'passive-sendrecv': 'passive-sendrecv' };
/** Known frames that need no answer without trickle ICE. */
const IGNORED: ReadonlySet<string> = new Set(['iceCandidate', 'onIceCandidate', 'dtmf', 'pong']);
const DEFAULT_BITRATE_KBPS = 200;
const MAX_ID_CHARS = 256;

/** Parses a client's frame; undefined if it is not even an object with an id. */
export function parseSfuRequest(text: string): SfuRequest | undefined {
  const frame = objectOf(text, MAX_SFU_FRAME_BYTES);
  if (!frame) return undefined;
  const field = (name: string): string => textOf(frame, name);
  const id = field('id');
  if (id === '') return undefined;
  if (id === 'ping') return { id };
  if (IGNORED.has(id)) return { id: 'ignored' };
  const type = typeOf(field('type'));
  const role = field('role').slice(0, MAX_ID_CHARS);
  const cameraId = field('cameraId').slice(0, MAX_ID_CHARS);
  const invalid = (why: string): SfuRequest => ({ id: 'invalid', type: type ?? 'audio', role, cameraId, why });
  if (!type) return invalid('unknown type');
  switch (id) {
    case 'start':
      return startOf(frame, type, role, cameraId, field('sdpOffer') || undefined) ?? invalid('bad start');
    case 'subscriberAnswer':
      // The audio module calls its field sdpOffer although it holds an answer.
      return { id, type, role, cameraId, answer: field('answer') || field('sdpOffer') };
    case 'stop':
      return { id, type, role, cameraId };
    default:
      return invalid('unknown id');
  }
}

function startOf(frame: Record<string, unknown>, type: SfuType, role: string, cameraId: string, sdpOffer: string | undefined): SfuRequest | undefined {
  const rate = frame['bitrate'];
  const bitrate = typeof rate === 'number' && rate > 0 && rate <= 100_000 ? rate : DEFAULT_BITRATE_KBPS;
  switch (type) {
    case 'audio': {
      const audioRole = AUDIO_ROLES[role];
      const session = frame['clientSessionNumber'];
      return audioRole && typeof session === 'number' && session >= 0 ? { id: 'start', type, role: audioRole, sdpOffer } : undefined;
    }
    case 'video':
      return (role === 'share' || role === 'viewer') && cameraId !== '' ? { id: 'start', type, role, cameraId, sdpOffer, bitrate } : undefined;
    case 'screenshare':
      return role === 'send' || role === 'recv' ? { id: 'start', type, role, sdpOffer, bitrate } : undefined;
  }
}

function typeOf(text: string): SfuType | undefined {
  if (text === 'fullaudio') return 'audio';
  return text === 'audio' || text === 'video' || text === 'screenshare' ? text : undefined;
}

/** What the server says to a client. Errors come at two depths and codes as numbers or text: `parseSfuEvent` folds them. */
export type SfuEvent =
  | { readonly id: 'pong' }
  | { readonly id: 'startResponse'; readonly type: SfuType; readonly role: string; readonly cameraId: string; /** An offer for audio and for viewing, an answer for sharing. */ readonly sdp: string }
  | { readonly id: 'playStart' | 'playStop'; readonly type: SfuType; readonly role: string; readonly cameraId: string }
  | { readonly id: 'webRTCAudioSuccess' }
  | { readonly id: 'error'; readonly type: SfuType; readonly role: string; readonly cameraId: string; /** 0: none that can be read. */ readonly code: number; readonly reason: string }
  | { readonly id: 'other' };

/** Parses a frame of the server; undefined if it is not even an object, or too long. */
export function parseSfuEvent(text: string): SfuEvent | undefined {
  const frame = objectOf(text, MAX_SFU_EVENT_CHARS);
  if (!frame) return undefined;
  const type = typeOf(textOf(frame, 'type')) ?? 'audio';
  const role = textOf(frame, 'role').slice(0, MAX_ID_CHARS);
  const cameraId = (textOf(frame, 'cameraId') || textOf(frame, 'streamId')).slice(0, MAX_ID_CHARS);
  const id = textOf(frame, 'id');
  switch (id) {
    case 'pong':
    case 'webRTCAudioSuccess':
      return { id };
    case 'startResponse':
      return { id, type, role, cameraId, sdp: textOf(frame, 'sdpAnswer') };
    case 'playStart':
    case 'playStop':
      return { id, type, role, cameraId };
    case 'error':
    case 'webRTCAudioError':
    case 'stopSharing': {
      const inner = isObject(frame['error']) ? frame['error'] : frame;
      return { id: 'error', type, role, cameraId, code: codeOf(inner['code']), reason: (textOf(inner, 'reason') || textOf(inner, 'message')).slice(0, 200) };
    }
    default:
      return { id: 'other' };
  }
}

function codeOf(value: unknown): number {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : 0;
}

function textOf(frame: Readonly<Record<string, unknown>>, name: string): string {
  const value = frame[name];
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(text: string, maxChars: number): Record<string, unknown> | undefined {
  if (text.length > maxChars) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
