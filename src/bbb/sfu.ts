/** Frames of `wss://HOST/bbb-webrtc-sfu` (bbb-protocol §4). No Node imports: page code uses it too. */

/** Frames above this are refused by the SFU (lib/main/ws-connection-manager.js). */
export const MAX_SFU_FRAME_BYTES = 51_200;
export const SFU_PING_EVERY_MS = 15_000;

/** Error codes of bbb-webrtc-sfu (lib/base/errors.js). */
export const SFU_ERRORS = {
  2000: 'MEDIA_SERVER_CONNECTION_ERROR',
  2001: 'MEDIA_SERVER_OFFLINE',
  2002: 'MEDIA_SERVER_NO_RESOURCES',
  2003: 'MEDIA_SERVER_REQUEST_TIMEOUT',
  2201: 'MEDIA_NOT_FOUND',
  2202: 'MEDIA_INVALID_SDP',
  2203: 'MEDIA_NO_AVAILABLE_CODEC',
  2211: 'MEDIA_NOT_FLOWING',
  2300: 'SFU_INVALID_REQUEST',
  2301: 'SFU_UNAUTHORIZED',
} as const;

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

/** Parses a client's frame; undefined if it is not even an object with an id. */
export function parseSfuRequest(text: string): SfuRequest | undefined {
  if (text.length > MAX_SFU_FRAME_BYTES) return undefined;
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null) return undefined;
  const field = (name: string): string => {
    const value = (frame as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : '';
  };
  const id = field('id');
  if (id === '') return undefined;
  if (id === 'ping') return { id };
  if (IGNORED.has(id)) return { id: 'ignored' };
  const type = typeOf(field('type'));
  const role = field('role');
  const cameraId = field('cameraId').slice(0, 256);
  const invalid = (why: string): SfuRequest => ({ id: 'invalid', type: type ?? 'audio', role, cameraId, why });
  if (!type) return invalid('unknown type');
  switch (id) {
    case 'start':
      return startOf(frame as Record<string, unknown>, type, role, cameraId, field('sdpOffer') || undefined) ?? invalid('bad start');
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
  | { readonly id: 'startResponse'; readonly type: SfuType; readonly role: string; readonly cameraId: string; readonly sdp: string }
  | { readonly id: 'playStart' | 'playStop'; readonly type: SfuType; readonly role: string; readonly cameraId: string }
  | { readonly id: 'webRTCAudioSuccess' }
  | { readonly id: 'error'; readonly type: SfuType; readonly role: string; readonly cameraId: string; readonly code: number; readonly reason: string }
  | { readonly id: 'other' };

export function parseSfuEvent(text: string): SfuEvent | undefined {
  let frame: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    frame = value as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const field = (name: string): string => (typeof frame[name] === 'string' ? (frame[name] as string) : '');
  const type = typeOf(field('type')) ?? 'audio';
  const role = field('role');
  const cameraId = field('cameraId') || field('streamId');
  switch (field('id')) {
    case 'pong':
      return { id: 'pong' };
    case 'startResponse':
      return { id: 'startResponse', type, role, cameraId, sdp: field('sdpAnswer') };
    case 'playStart':
      return { id: 'playStart', type, role, cameraId };
    case 'playStop':
      return { id: 'playStop', type, role, cameraId };
    case 'webRTCAudioSuccess':
      return { id: 'webRTCAudioSuccess' };
    case 'error':
    case 'webRTCAudioError':
    case 'stopSharing': {
      const inner = typeof frame['error'] === 'object' && frame['error'] !== null ? (frame['error'] as Record<string, unknown>) : frame;
      return { id: 'error', type, role, cameraId, code: Number(inner['code']) || 0, reason: String(inner['reason'] ?? inner['message'] ?? '').slice(0, 200) };
    }
    default:
      return { id: 'other' };
  }
}
