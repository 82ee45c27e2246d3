import type { SfuEvent } from '../bbb/sfu.js';
import { sleep } from '../core/clock.js';
import { Broker } from './broker.js';
import type { AssetName } from './media/messages.js';
import type { Measured, MediaSession, SessionListener } from './media/media-pool.js';
import { requestFor, type SfuLink } from './sfu-link.js';
import type { SfuValues } from './wire-profile.js';

export interface CameraProfile {
  readonly id: 'low' | 'medium' | 'high';
  readonly bitrateKbps: number;
  readonly asset: AssetName;
}

/** settings.yml of BBB 3.0, cameraProfiles; `medium` is its default. */
export const CAMERA_PROFILES = {
  low: { id: 'low', bitrateKbps: 100, asset: 'camera-low' },
  medium: { id: 'medium', bitrateKbps: 200, asset: 'camera-medium' },
  high: { id: 'high', bitrateKbps: 500, asset: 'camera-high' },
} as const satisfies Record<string, CameraProfile>;

/** Frames of cameras and of the shared screen differ in little but names (bbb-protocol §4.3, §4.4). */
export type VideoType = 'video' | 'screenshare';

export interface VideoEvents {
  /** Our stream plays; again after a reconnect. */
  published(sourceId: string): void;
  /** The server refused our stream, or every attempt was in vain. */
  publishFailed(code: number): void;
  /** A stream broke, ours or one that we view; it is tried again. */
  interrupted(code: number): void;
  /** The first whole key frame of a viewed stream. */
  first(): void;
  measured(row: Measured, seconds: number): void;
}

interface View {
  readonly session: MediaSession | undefined;
  playing: boolean;
  /** It played when it was last measured. */
  played: boolean;
}

interface Share {
  readonly sourceId: string;
  readonly profile: Pick<CameraProfile, 'asset' | 'bitrateKbps'>;
  session: MediaSession | undefined;
  playing: boolean;
  /** It broke, and is offered again in a while. */
  waiting: boolean;
  retries: number;
}

/** The client's own figures (bbb-protocol §4.1). */
const RETRY_FIRST_MS = 3_000;
const RETRY_MAX_MS = 15_000;
const SHARE_RETRY_MS = 4_000;
const MAX_SHARE_RETRIES = 7;
const WEBSOCKET_DISCONNECTED = 1301;
const NEGOTIATION_FAILED = 1305;
const ICE_STATE_FAILED = 1307;

/** All cameras of a user, sent and viewed, over one socket; or the shared screen over another. */
export class VideoLegs {
  readonly #link: SfuLink;
  readonly #type: VideoType;
  readonly #events: VideoEvents;
  readonly #broker: Broker;
  readonly #views = new Map<string, View>();
  #wanted: ReadonlySet<string> = new Set();
  #share: Share | undefined;
  #retryMs = RETRY_FIRST_MS;
  #waiting = false;
  #over = false;

  constructor(link: SfuLink, type: VideoType, events: VideoEvents) {
    this.#link = link;
    this.#type = type;
    this.#events = events;
    const { discovery, clock, offline } = link;
    this.#broker = new Broker({ url: discovery.sfuUrl, origin: discovery.origin, cookie: discovery.cookie, clock, offline, onEvent: (event) => this.#receive(event), onClosed: () => this.#socketLost() });
  }

  publish(sourceId: string, profile: Pick<CameraProfile, 'asset' | 'bitrateKbps'>): void {
    const share: Share = { sourceId, profile, session: undefined, playing: false, waiting: false, retries: 0 };
    this.#share = share;
    this.#offer(share);
  }

  /** Ends our own stream; harmless without one. */
  unpublish(): void {
    const share = this.#share;
    if (!share) return;
    this.#share = undefined;
    this.#send('stop', share.sourceId, this.#sends);
    share.session?.close();
  }

  /** Views exactly these. */
  view(sourceIds: ReadonlySet<string>): void {
    this.#wanted = sourceIds;
    for (const sourceId of [...this.#views.keys()]) {
      if (sourceIds.has(sourceId)) continue;
      this.#send('stop', sourceId, this.#receives);
      this.#endView(sourceId);
    }
    for (const sourceId of sourceIds) if (!this.#views.has(sourceId)) this.#startView(sourceId);
  }

  cut(): void {
    this.#broker.cut();
  }

  close(): void {
    this.#over = true;
    this.#wanted = new Set();
    this.#share?.session?.close();
    this.#share = undefined;
    for (const sourceId of [...this.#views.keys()]) this.#endView(sourceId);
    this.#broker.close();
  }

  get #sends(): string {
    return this.#type === 'video' ? 'share' : 'send';
  }

  get #receives(): string {
    return this.#type === 'video' ? 'viewer' : 'recv';
  }

  #send(id: string, cameraId: string, role: string, values: Pick<SfuValues, 'sdp' | 'bitrateKbps'> = {}): void {
    this.#broker.send(this.#link.frame({ id, type: this.#type, role }, { cameraId, ...values }));
  }

  #offer(share: Share): void {
    const { sourceId, profile } = share;
    share.session?.close();
    const session: MediaSession = this.#link.media.open(requestFor(this.#link, { kind: 'video', direction: 'sendonly', remoteOffer: undefined, asset: profile.asset }), {
      described: (sdp) => this.#send('start', sourceId, this.#sends, { sdp, bitrateKbps: profile.bitrateKbps }),
      failed: (why) => {
        if (share.session === session) this.#shareBroke(share, why === 'sdp' ? NEGOTIATION_FAILED : ICE_STATE_FAILED);
      },
      connected: () => undefined,
      first: () => undefined,
      measured: (row, seconds) => {
        if (share.playing) this.#events.measured(row, seconds);
      },
    });
    share.session = session;
  }

  #startView(sourceId: string): void {
    this.#views.set(sourceId, { session: undefined, playing: false, played: false });
    this.#send('start', sourceId, this.#receives);
  }

  #endView(sourceId: string): void {
    this.#views.get(sourceId)?.session?.close();
    this.#views.delete(sourceId);
  }

  #receive(event: SfuEvent): void {
    if (!('role' in event)) return;
    const sourceId = this.#sourceOf(event.cameraId);
    switch (event.id) {
      case 'startResponse':
        if (event.role === this.#sends) this.#share?.session?.answer(event.sdp);
        else this.#answer(sourceId, event.sdp);
        return;
      case 'playStart':
        if (event.role === this.#sends) this.#published();
        else this.#playing(sourceId);
        return;
      case 'playStop':
        this.#endView(sourceId);
        return;
      case 'error':
        if (event.role === this.#sends) this.#refused(event.code);
        else if (this.#views.has(sourceId)) this.#viewBroke(sourceId, event.code);
    }
  }

  /** A screen has no id on the wire; there is one. */
  #sourceOf(cameraId: string): string {
    return this.#type === 'video' ? cameraId : ([...this.#wanted][0] ?? this.#share?.sourceId ?? '');
  }

  #answer(sourceId: string, remoteOffer: string): void {
    if (!this.#views.has(sourceId)) return;
    const listener: SessionListener = {
      described: (sdp) => {
        this.#send('subscriberAnswer', sourceId, this.#receives, { sdp });
        session.answered();
      },
      failed: (why) => this.#viewBroke(sourceId, why === 'sdp' ? NEGOTIATION_FAILED : ICE_STATE_FAILED),
      connected: () => undefined,
      first: () => this.#events.first(),
      measured: (row, seconds) => {
        const view = this.#views.get(sourceId);
        if (view?.playing !== true) return;
        // What came before it played is none of it, and nothing is missing.
        this.#events.measured({ ...row, whole: row.whole && view.played }, seconds);
        view.played = true;
      },
    };
    const session = this.#link.media.open(requestFor(this.#link, { kind: 'video', direction: 'recvonly', remoteOffer, asset: undefined }), listener);
    this.#views.set(sourceId, { session, playing: false, played: false });
  }

  #playing(sourceId: string): void {
    this.#retryMs = RETRY_FIRST_MS;
    const view = this.#views.get(sourceId);
    if (view) view.playing = true;
  }

  #published(): void {
    const share = this.#share;
    if (!share) return;
    share.playing = true;
    share.retries = 0;
    this.#events.published(share.sourceId);
  }

  /** In the server's words; the client gives up, too. */
  #refused(code: number): void {
    const share = this.#share;
    if (!share) return;
    this.#share = undefined;
    share.session?.close();
    this.#events.publishFailed(code);
  }

  #shareBroke(share: Share, code: number): void {
    if (this.#share !== share || share.waiting || this.#over) return;
    share.session?.close();
    share.playing = false;
    if (++share.retries > MAX_SHARE_RETRIES) {
      this.#refused(code);
      return;
    }
    this.#events.interrupted(code);
    share.waiting = true;
    this.#later(SHARE_RETRY_MS, () => {
      share.waiting = false;
      if (this.#share === share) this.#offer(share);
    });
  }

  #viewBroke(sourceId: string, code: number): void {
    this.#endView(sourceId);
    this.#events.interrupted(code);
    this.#viewAgain();
  }

  #socketLost(): void {
    if (this.#over) return;
    const viewed = this.#views.size;
    for (const sourceId of [...this.#views.keys()]) this.#endView(sourceId);
    // A share that waits had nothing on this socket: only views had, and their tries are none of its own.
    if (this.#share?.waiting === false) this.#shareBroke(this.#share, WEBSOCKET_DISCONNECTED);
    else if (viewed > 0) this.#events.interrupted(WEBSOCKET_DISCONNECTED);
    if (viewed > 0) this.#viewAgain();
  }

  /** Views that are still wanted are tried again later, all at once. */
  #viewAgain(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#later(this.#retryMs, () => {
      this.#waiting = false;
      this.view(this.#wanted);
    });
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  #later(delayMs: number, action: () => void): void {
    void sleep(this.#link.clock, delayMs, this.#link.signal).then(
      () => {
        if (!this.#over) action();
      },
      () => undefined,
    );
  }
}
