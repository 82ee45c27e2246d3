import type { SfuEvent } from '../bbb/sfu.js';
import { every, sleep } from '../core/clock.js';
import { Broker } from './broker.js';
import { MEASURE_EVERY_MS, type AssetName } from './media/messages.js';
import type { Measured, MediaSession, SessionListener } from './media/media-pool.js';
import { requestFor, type SfuLink } from './sfu-link.js';
import { isUnserved, NOTHING_CAME } from './unserved.js';
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
  /** Also of a stream that is wanted and long has not played: its viewer sees no picture. */
  measured(row: Measured, seconds: number): void;
}

/** There is one of each stream that is wanted. */
interface View {
  session: MediaSession | undefined;
  /** `waiting`: it broke, and is tried again in a while. */
  state: 'starting' | 'playing' | 'waiting';
  /** It played when it was last measured. */
  played: boolean;
  /** Since when there has been nothing to see; of who has a network. */
  emptySinceMs: number;
  /** Attempts so far: their time limits are told apart by it. */
  attempts: number;
  /** Of the next attempt. */
  limitMs: number;
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
/** An attempt to view that does not play in time is begun anew, with twice the time: video-provider 15 s to 60 s, screenshare 20 s to 25 s (bbb-protocol §4.4). */
const VIEW_LIMIT_MS = { video: { first: 15_000, max: 60_000 }, screenshare: { first: 20_000, max: 25_000 } } as const satisfies Record<VideoType, unknown>;
const WEBSOCKET_DISCONNECTED = 1301;
const NEGOTIATION_FAILED = 1305;
const ICE_STATE_FAILED = 1307;
const MEDIA_NOT_FLOWING = 2211;

/** All cameras of a user, sent and viewed, over one socket; or the shared screen over another. */
export class VideoLegs {
  readonly #link: SfuLink;
  readonly #type: VideoType;
  readonly #events: VideoEvents;
  readonly #broker: Broker;
  readonly #views = new Map<string, View>();
  readonly #life = new AbortController();
  #share: Share | undefined;
  #retryMs = RETRY_FIRST_MS;
  /** Views that broke are tried again soon. */
  #retrying = false;
  #looking = false;
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

  /** Views exactly these. What broke is left to its time: the meeting changes more often than a client tries again. */
  view(sourceIds: ReadonlySet<string>): void {
    for (const [sourceId, view] of [...this.#views]) {
      if (sourceIds.has(sourceId)) continue;
      // What broke has nothing to be stopped.
      if (view.state !== 'waiting') this.#send('stop', sourceId, this.#receives);
      this.#endView(sourceId, view);
    }
    for (const sourceId of sourceIds) if (!this.#views.has(sourceId)) this.#addView(sourceId);
    if (this.#views.size > 0) this.#look();
  }

  cut(): void {
    this.#broker.cut();
  }

  close(): void {
    this.#over = true;
    this.#life.abort();
    this.#share?.session?.close();
    this.#share = undefined;
    for (const [sourceId, view] of [...this.#views]) this.#endView(sourceId, view);
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

  #addView(sourceId: string): void {
    const view: View = { session: undefined, state: 'waiting', played: false, emptySinceMs: this.#link.clock.nowMs(), attempts: 0, limitMs: VIEW_LIMIT_MS[this.#type].first };
    this.#views.set(sourceId, view);
    // A socket that was lost is opened again with those that broke, not sooner.
    if (!this.#retrying || this.#broker.open) this.#startView(sourceId, view);
  }

  #startView(sourceId: string, view: View): void {
    const attempt = ++view.attempts;
    view.state = 'starting';
    this.#send('start', sourceId, this.#receives);
    this.#later(view.limitMs, () => {
      if (this.#views.get(sourceId) === view && view.attempts === attempt && view.state === 'starting') this.#tooLong(sourceId, view);
    });
  }

  /** Not answered, or nothing flows: the client ends it and begins anew at once. */
  #tooLong(sourceId: string, view: View): void {
    const code = view.session ? MEDIA_NOT_FLOWING : NEGOTIATION_FAILED;
    this.#stopPlaying(view);
    view.limitMs = Math.min(view.limitMs * 2, VIEW_LIMIT_MS[this.#type].max);
    this.#events.interrupted(code);
    this.#send('stop', sourceId, this.#receives);
    this.#startView(sourceId, view);
  }

  #endView(sourceId: string, view: View): void {
    view.session?.close();
    this.#views.delete(sourceId);
  }

  /** Every interval measures what there is to see, as media processes do; of them only those hear that have a session. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    const { clock, offline, signal } = this.#link;
    void every(clock, MEASURE_EVERY_MS, this.#life.signal, () => {
      const nowMs = clock.nowMs();
      for (const view of this.#views.values()) {
        // Nobody asks a server for pictures without a network.
        if (offline()) view.emptySinceMs = nowMs;
        else if (view.state !== 'playing' && !signal.aborted && isUnserved(view.emptySinceMs, nowMs)) this.#events.measured(NOTHING_CAME, MEASURE_EVERY_MS / 1000);
      }
    });
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
        this.#ended(sourceId);
        return;
      case 'error':
        if (event.role === this.#sends) this.#refused(event.code);
        else this.#viewBroke(this.#views.get(sourceId), event.code);
    }
  }

  /** A screen has no id on the wire; there is one. */
  #sourceOf(cameraId: string): string {
    return this.#type === 'video' ? cameraId : ([...this.#views.keys()][0] ?? this.#share?.sourceId ?? '');
  }

  #answer(sourceId: string, remoteOffer: string): void {
    const view = this.#views.get(sourceId);
    if (view?.state !== 'starting') return;
    // The answer to an attempt that took too long may come beside that to the next.
    view.session?.close();
    const current = (): boolean => view.session === session;
    const listener: SessionListener = {
      described: (sdp) => {
        if (!current()) return;
        this.#send('subscriberAnswer', sourceId, this.#receives, { sdp });
        session.answered();
      },
      failed: (why) => {
        if (current()) this.#viewBroke(view, why === 'sdp' ? NEGOTIATION_FAILED : ICE_STATE_FAILED);
      },
      connected: () => undefined,
      first: () => this.#events.first(),
      measured: (row, seconds) => {
        if (!current() || view.state !== 'playing') return;
        // What came before it played is none of it, and nothing is missing.
        this.#events.measured({ ...row, whole: row.whole && view.played }, seconds);
        view.played = true;
      },
    };
    const session = this.#link.media.open(requestFor(this.#link, { kind: 'video', direction: 'recvonly', remoteOffer, asset: undefined }), listener);
    view.session = session;
  }

  #playing(sourceId: string): void {
    const view = this.#views.get(sourceId);
    if (!view?.session) return;
    this.#retryMs = RETRY_FIRST_MS;
    view.state = 'playing';
    view.limitMs = VIEW_LIMIT_MS[this.#type].first;
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

  #viewBroke(view: View | undefined, code: number): void {
    if (!view || view.state === 'waiting') return;
    this.#stopPlaying(view);
    view.state = 'waiting';
    this.#events.interrupted(code);
    this.#viewAgain();
  }

  /** Who sent it has ended it. The meeting will say so, too, unless it comes again; nothing broke, so nothing waits longer for it. */
  #ended(sourceId: string): void {
    const view = this.#views.get(sourceId);
    if (!view) return;
    this.#stopPlaying(view);
    view.state = 'waiting';
    view.emptySinceMs = this.#link.clock.nowMs();
    this.#later(RETRY_FIRST_MS, () => {
      if (this.#views.get(sourceId) === view && view.state === 'waiting') this.#startView(sourceId, view);
    });
  }

  #stopPlaying(view: View): void {
    view.session?.close();
    view.session = undefined;
    view.played = false;
    if (view.state === 'playing') view.emptySinceMs = this.#link.clock.nowMs();
  }

  #socketLost(): void {
    if (this.#over) return;
    const viewed = [...this.#views.values()].filter(({ state }) => state !== 'waiting');
    for (const view of viewed) {
      this.#stopPlaying(view);
      view.state = 'waiting';
    }
    // A share that waits had nothing on this socket: only views had, and their tries are none of its own.
    if (this.#share?.waiting === false) this.#shareBroke(this.#share, WEBSOCKET_DISCONNECTED);
    else if (viewed.length > 0) this.#events.interrupted(WEBSOCKET_DISCONNECTED);
    if (viewed.length > 0) this.#viewAgain();
  }

  /** Views that are still wanted are tried again later, all at once. */
  #viewAgain(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#later(this.#retryMs, () => {
      this.#retrying = false;
      for (const [sourceId, view] of this.#views) if (view.state === 'waiting') this.#startView(sourceId, view);
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
