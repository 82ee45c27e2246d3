import type { WebSocket } from 'ws';
import { MAX_SFU_FRAME_BYTES, SFU_ERRORS, parseSfuRequest, type SfuErrorCode, type SfuRequest, type SfuType } from '../../bbb/sfu.js';
import { isUsable, payloadTypeOf, type MediaKind } from '../../rtc/sdp.js';
import type { MediaCommand, MediaNews } from './messages.js';
import type { MediaHost, SfuUser } from './plane.js';
import { SfuSession, type Start } from './sfu-session.js';

/** What a socket needs of the rest of the plane. */
export interface SfuContext {
  readonly host: MediaHost;
  nowMs(): number;
  newSession(listener: (news: MediaNews) => void): number;
  forget(session: number): void;
  tell(meeting: string, command: MediaCommand): void;
  hasSource(meeting: string, sourceId: string): boolean;
  /** A camera or screen is gone: its viewers are told. */
  sourceEnded(meeting: string, sourceId: string): void;
}

/** SFU_WS: a WebSocket ping after this much silence; none answered by the next look ends the socket. */
const SILENCE_MS = 20_000;

/**
 * One WebSocket of `/bbb-webrtc-sfu`: reads requests, keeps the media sessions that they start and ends them with the socket.
 * A session is named by type, role and camera; a start for one that exists replaces it. Source: bbb-webrtc-sfu lib/main, lib/base.
 */
export class SfuSocket {
  readonly #socket: WebSocket;
  readonly #user: SfuUser;
  readonly #context: SfuContext;
  readonly #closed: () => void;
  readonly #sessions = new Map<string, SfuSession>();
  #heardMs: number;
  #pinged = false;

  constructor(socket: WebSocket, user: SfuUser, context: SfuContext, closed: () => void) {
    this.#socket = socket;
    this.#user = user;
    this.#context = context;
    this.#closed = closed;
    this.#heardMs = context.nowMs();
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('error', () => socket.terminate());
    socket.once('close', () => this.#end());
  }

  get meetingId(): string {
    return this.#user.meetingId;
  }

  get userId(): string {
    return this.#user.userId;
  }

  publishes(sourceId: string): boolean {
    return [...this.#sessions.values()].some((session) => session.source === sourceId && session.playing);
  }

  sourceEnded(sourceId: string): void {
    for (const [key, session] of this.#sessions) {
      if (session.views !== sourceId) continue;
      session.close();
      this.#sessions.delete(key);
      this.#send({ type: session.type, role: session.role, id: 'playStop', cameraId: sourceId });
    }
  }

  counts(): { readonly audio: number; readonly sources: number; readonly views: number } {
    const all = [...this.#sessions.values()];
    return { audio: all.filter((one) => one.type === 'audio').length, sources: all.filter((one) => one.source !== undefined).length, views: all.filter((one) => one.views !== undefined).length };
  }

  /** Once per second. */
  watch(): void {
    for (const [key, session] of [...this.#sessions]) {
      if (!session.starved(this.#context.nowMs())) continue;
      this.#drop(key, session);
      const error = { code: 2211, reason: SFU_ERRORS[2211] };
      this.#send(session.type === 'audio' ? { type: 'audio', id: 'webRTCAudioError', error } : this.#errorFrame(session.type, session.role, session.cameraId, 2211));
    }
    if (this.#context.nowMs() - this.#heardMs < SILENCE_MS) return;
    if (this.#pinged) this.#socket.terminate();
    else {
      this.#pinged = true;
      this.#heardMs = this.#context.nowMs();
      this.#socket.ping();
    }
  }

  /** The media process died: 2001 to every session. */
  mediaLost(): void {
    for (const session of this.#sessions.values()) this.#send(this.#errorFrame(session.type, session.role, session.cameraId, 2001));
    this.close();
  }

  /** The SFU closes without a frame of its own. */
  close(): void {
    this.#socket.close();
    this.#end();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#heard();
    if (isBinary || data.length > MAX_SFU_FRAME_BYTES) {
      this.#socket.close(1009);
      return;
    }
    const request = parseSfuRequest(data.toString('utf8'));
    if (request) this.#obey(request);
  }

  #obey(request: SfuRequest): void {
    switch (request.id) {
      case 'ping':
        this.#send({ id: 'pong' });
        return;
      case 'ignored':
        return;
      case 'invalid':
        this.#send(this.#errorFrame(request.type, request.role, request.cameraId, 2300));
        return;
      case 'start':
        this.#start(request);
        return;
      case 'subscriberAnswer':
        this.#find(request.type, request.role, request.cameraId)?.answered(request.answer);
        return;
      case 'stop': {
        const key = keyOf(request.type, request.role, request.type === 'screenshare' ? SCREEN : request.cameraId);
        const session = this.#sessions.get(key);
        if (session) this.#drop(key, session);
      }
    }
  }

  #start(request: Start): void {
    const { type, role } = request;
    const cameraId = request.type === 'video' ? request.cameraId : request.type === 'screenshare' ? SCREEN : '';
    const key = keyOf(type, role, cameraId);
    const stale = this.#sessions.get(key);
    if (stale) this.#drop(key, stale);
    const refusal = this.#context.host.refusal(this.#user, type, role);
    if (refusal) {
      this.#send({ ...this.#errorFrame(type, role, cameraId, 2301), code: refusal.code, message: refusal.message, reason: refusal.message });
      return;
    }
    const wrong = this.#wrongSdp(request);
    if (wrong !== undefined) {
      this.#send(this.#errorFrame(type, role, cameraId, wrong));
      return;
    }
    const views = role === 'viewer' || (type === 'screenshare' && role === 'recv') ? cameraId : undefined;
    if (views !== undefined && !this.#context.hasSource(this.meetingId, views)) {
      this.#send(this.#errorFrame(type, role, cameraId, type === 'video' ? 2201 : 2300));
      return;
    }
    const session = new SfuSession(request, cameraId, this.#user, this.#context, {
      send: (frame) => this.#send(frame),
      failed: (code) => {
        this.#drop(key, session);
        this.#send(this.#errorFrame(type, role, cameraId, code));
      },
    });
    this.#sessions.set(key, session);
    this.#context.host.start((accepted) => {
      if (this.#sessions.get(key) !== session) return;
      if (accepted) session.open();
      else {
        this.#drop(key, session);
        this.#send(this.#errorFrame(type, role, cameraId, 2002));
      }
    });
  }

  /** 2202 or 2203 for an offer that cannot be answered. */
  #wrongSdp({ type, sdpOffer }: Start): SfuErrorCode | undefined {
    if (sdpOffer === undefined) return undefined;
    const kind: MediaKind = type === 'audio' ? 'audio' : 'video';
    if (!isUsable(sdpOffer, kind)) return 2202;
    return payloadTypeOf(sdpOffer, kind === 'audio' ? 'opus' : 'VP8') === undefined ? 2203 : undefined;
  }

  #find(type: SfuType, role: string, cameraId: string): SfuSession | undefined {
    // Audio clients say the role in other words than in their start at times; there is one audio session per socket.
    if (type === 'audio') return [...this.#sessions.values()].find((session) => session.type === 'audio');
    return this.#sessions.get(keyOf(type, role, type === 'screenshare' ? SCREEN : cameraId));
  }

  #drop(key: string, session: SfuSession): void {
    this.#sessions.delete(key);
    session.close();
    if (session.source !== undefined) this.#context.sourceEnded(this.meetingId, session.source);
  }

  #end(): void {
    for (const [key, session] of [...this.#sessions]) this.#drop(key, session);
    this.#closed();
  }

  #heard(): void {
    this.#heardMs = this.#context.nowMs();
    this.#pinged = false;
  }

  #errorFrame(type: SfuType, role: string, cameraId: string, code: SfuErrorCode): Record<string, unknown> {
    const name = SFU_ERRORS[code];
    return { type, id: 'error', role, ...(type === 'video' ? { streamId: cameraId } : {}), code, message: name, reason: name };
  }

  #send(frame: Record<string, unknown>): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

/** A meeting has one shared screen. */
const SCREEN = 'screen';

function keyOf(type: SfuType, role: string, cameraId: string): string {
  return type === 'audio' ? 'audio' : `${type} ${role} ${cameraId}`;
}
