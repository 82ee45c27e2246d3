import type { WireFrame } from '../bbb/wire-recording.js';

/** A frame of the SFU's socket without what differs from session to session. */
export interface SfuFrameShape {
  readonly dir: WireFrame['dir'];
  readonly id: string;
  readonly type: string;
  readonly role: string;
  /** Field → its kind, or its value where that is short and plain. */
  readonly fields: Readonly<Record<string, string>>;
}

const MAX_SHAPES = 200;
/** Values of these are part of the protocol; of others only the kind is. */
const TELLING = new Set(['response', 'success', 'bitrate', 'record', 'transparentListenOnly', 'extension', 'hasAudio', 'contentType', 'mediaServer', 'code', 'reason']);

/** Every kind of frame once, in the order of first appearance; left out are heartbeats, candidates, and stops, which depend on how a recording ended. */
export function sfuFramesOf(frames: readonly WireFrame[]): readonly SfuFrameShape[] {
  const shapes = new Map<string, SfuFrameShape>();
  for (const { dir, text } of frames) {
    const shape = shapeOf(dir, text);
    if (shape && shapes.size < MAX_SHAPES) {
      const key = keyOf(shape);
      if (!shapes.has(key)) shapes.set(key, shape);
    }
  }
  return [...shapes.values()];
}

/** What tells one kind of frame from another. */
export function keyOf({ dir, id, type, role }: Pick<SfuFrameShape, 'dir' | 'id' | 'type' | 'role'>): string {
  return `${dir} ${[type, id, role].filter((part) => part !== '').join(' ')}`;
}

function shapeOf(dir: WireFrame['dir'], text: string): SfuFrameShape | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  const { id, type, role, ...rest } = frame as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || id === 'ping' || id === 'pong' || id === 'stop' || /iceCandidate/i.test(id)) return undefined;
  return {
    dir,
    id: id.slice(0, 64),
    type: typeof type === 'string' ? type.slice(0, 64) : '',
    role: typeof role === 'string' ? role.slice(0, 64) : '',
    fields: Object.fromEntries(
      Object.entries(rest)
        .slice(0, 64)
        .map(([name, value]) => [name.slice(0, 64), kindOf(name, value)])
        .sort(([a], [b]) => (a! < b! ? -1 : 1)),
    ),
  };
}

function kindOf(name: string, value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string' && value.startsWith('v=0')) return 'sdp';
  if (TELLING.has(name) && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) return JSON.stringify(value).slice(0, 64);
  return Array.isArray(value) ? 'list' : typeof value;
}
