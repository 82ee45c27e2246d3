import type { SfuErrorCode, SfuRequest, SfuType } from '../../bbb/sfu.js';
import { OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE, buildServerSdp, isUsable, payloadTypeOf, type MediaDirection, type MediaKind } from '../../rtc/sdp.js';
import type { MediaNews, SessionUse } from './messages.js';
import type { SfuUser } from './plane.js';
import type { SfuContext } from './sfu-socket.js';

export type Start = Extract<SfuRequest, { id: 'start' }>;

interface Outlet {
  send(frame: Record<string, unknown>): void;
  failed(code: SfuErrorCode): void;
}

/** `mediaFlowTimeoutDuration` of bbb-webrtc-sfu. */
const FLOW_LIMIT_MS = 30_000;

/**
 * One media session: start → our description → (their answer) → connected → playing.
 *
 * | state \ news | described | connected | flowing | failed |
 * |---|---|---|---|---|
 * | describing | → negotiating, startResponse | – | – | → error 2202 |
 * | negotiating | – | listens: → playing | sends or views: → playing | → error 2211 |
 * | playing | – | – | – | → error 2211 |
 */
export class SfuSession {
  readonly type: SfuType;
  readonly role: string;
  readonly cameraId: string;
  /** What it publishes; undefined: nothing. */
  readonly source: string | undefined;
  /** What it views; undefined: nothing. */
  readonly views: string | undefined;
  readonly #start: Start;
  readonly #user: SfuUser;
  readonly #context: SfuContext;
  readonly #outlet: Outlet;
  #session = 0;
  #state: 'describing' | 'negotiating' | 'playing' | 'closed' = 'describing';
  #openedMs = 0;

  constructor(start: Start, cameraId: string, user: SfuUser, context: SfuContext, outlet: Outlet) {
    this.#start = start;
    this.type = start.type;
    this.role = start.role;
    this.cameraId = cameraId;
    this.#user = user;
    this.#context = context;
    this.#outlet = outlet;
    this.source = start.role === 'share' || start.role === 'send' ? cameraId : undefined;
    this.views = start.role === 'viewer' || start.role === 'recv' ? cameraId : undefined;
  }

  get playing(): boolean {
    return this.#state === 'playing';
  }

  open(): void {
    const { sdpOffer } = this.#start;
    this.#openedMs = this.#context.nowMs();
    this.#session = this.#context.newSession((news) => this.#hear(news));
    this.#context.tell(this.#user.meetingId, {
      do: 'open',
      session: this.#session,
      meeting: this.#user.meetingId,
      kind: this.#kind,
      direction: this.#direction,
      about: this.#about(),
      remoteOffer: sdpOffer,
      payloadType: this.#payloadType,
      bitrateKbps: this.#bitrateKbps,
    });
  }

  answered(sdp: string): void {
    if (this.#state !== 'negotiating') return;
    if (!isUsable(sdp, this.#kind)) this.#outlet.failed(2202);
    else this.#context.tell(this.#user.meetingId, { do: 'answer', session: this.#session, sdp });
  }

  /** No media within the limit. */
  starved(nowMs: number): boolean {
    return this.#state === 'negotiating' && nowMs - this.#openedMs > FLOW_LIMIT_MS;
  }

  close(): void {
    if (this.#state === 'closed') return;
    const wasPlaying = this.#state === 'playing';
    this.#state = 'closed';
    this.#context.forget(this.#session);
    this.#context.tell(this.#user.meetingId, { do: 'close', session: this.#session });
    if (!wasPlaying) return;
    if (this.type === 'audio') this.#context.host.voiceLeft(this.#user);
    else if (this.source !== undefined) this.#context.host.cameraDown(this.#user, this.source);
  }

  get #kind(): MediaKind {
    return this.type === 'audio' ? 'audio' : 'video';
  }

  get #direction(): MediaDirection {
    if (this.type === 'audio') return this.role === 'recvonly' ? 'sendonly' : 'sendrecv';
    return this.source === undefined ? 'sendonly' : 'recvonly';
  }

  get #payloadType(): number {
    const { sdpOffer } = this.#start;
    const ours = this.#kind === 'audio' ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE;
    return sdpOffer === undefined ? ours : (payloadTypeOf(sdpOffer, this.#kind === 'audio' ? 'opus' : 'VP8') ?? ours);
  }

  get #bitrateKbps(): number {
    return this.#start.type === 'audio' ? 0 : this.#start.bitrate;
  }

  #about(): SessionUse {
    if (this.type === 'audio') return { use: 'audio', userId: this.#user.userId, speaks: this.role === 'sendrecv' };
    return this.source === undefined ? { use: 'view', sourceId: this.cameraId } : { use: 'source', sourceId: this.cameraId };
  }

  #hear(news: MediaNews): void {
    switch (news.is) {
      case 'described':
        if (this.#state === 'describing') this.#describe(news);
        return;
      case 'connected':
        // A microphone and a camera count once packets come, a viewer once they go (lib/video/video.js: playStart at FLOWING); who listens once the transport is up.
        if (this.type === 'audio' && this.role !== 'sendrecv') this.#play();
        return;
      case 'flowing':
        this.#play();
        return;
      case 'failed':
        this.#outlet.failed(news.why === 'sdp' ? 2202 : 2211);
    }
  }

  #describe({ transport, setup, ssrc }: Extract<MediaNews, { is: 'described' }>): void {
    this.#state = 'negotiating';
    const sends = this.#direction !== 'recvonly';
    const sdpAnswer = buildServerSdp({
      kind: this.#kind,
      direction: this.#direction,
      setup,
      transport,
      payloadType: this.#payloadType,
      ssrc: sends ? ssrc : undefined,
      cname: 'firstbell',
      streamId: this.#user.userId,
      trackId: `${this.type}${this.#session}`,
      bitrateKbps: this.#bitrateKbps,
    });
    const head = this.type === 'audio' ? { type: this.type, id: 'startResponse', response: 'accepted' } : { type: this.type, role: this.role, id: 'startResponse', ...this.#names, ...(this.type === 'screenshare' ? { response: 'accepted' } : {}) };
    this.#outlet.send({ ...head, sdpAnswer });
  }

  #play(): void {
    if (this.#state !== 'negotiating') return;
    this.#state = 'playing';
    if (this.type === 'audio') {
      this.#context.host.voiceJoined(this.#user, this.role !== 'sendrecv');
      this.#outlet.send({ type: 'audio', id: 'webRTCAudioSuccess', success: 'MEDIA_FLOWING' });
      return;
    }
    if (this.source !== undefined) this.#context.host.cameraUp(this.#user, this.source);
    this.#outlet.send({ type: this.type, role: this.role, id: 'playStart', ...this.#names });
  }

  get #names(): Record<string, string> {
    return this.type === 'video' ? { cameraId: this.cameraId } : {};
  }
}
