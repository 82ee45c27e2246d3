import { AddTrackRequest, DisconnectReason, LeaveRequest, LeaveRequest_Action, MuteTrackRequest, SessionDescription, SignalTarget, TrackSource, TrackType, UpdateSubscription, type JoinResponse, type TrickleRequest } from '@livekit/protocol';
import { sleep } from '../../core/clock.js';
import type { Measured, RoomMedia, Sending } from '../media/media-pool.js';
import type { SfuLink } from '../sfu-link.js';
import { candidateOf } from './candidate.js';
import { RoomView, type RemoteTrack } from './room-view.js';
import { SignalLink, type Incoming } from './signal-link.js';

/** What a user may publish; the mid of its section is its key. */
export type PublicationKey = 'microphone' | 'camera' | 'screen';

export interface Publication {
  readonly name: string;
  readonly sending: Sending;
  /** Of video, pixels. */
  readonly width?: number;
  readonly height?: number;
}

export interface RoomEvents {
  /** In the room, and what others publish can be received; again after a reconnect. */
  connected(): void;
  /** Tracks of others have come, gone, or changed. */
  changed(): void;
  /** The server has our track and its media flows; again after a reconnect. */
  published(key: PublicationKey, sid: string): void;
  /** The connection is lost and will be tried again. */
  interrupted(): void;
  /** The server does not want us, or every attempt was in vain. */
  failed(why: string): void;
  first(track: RemoteTrack): void;
  measured(row: Measured, track: RemoteTrack | undefined, seconds: number): void;
}

export interface RoomOptions {
  readonly link: SfuLink;
  /** Of the server's LiveKit. */
  readonly url: string;
  /** Asked at every attempt: the meeting hands out new ones. */
  readonly token: () => string | undefined;
  readonly events: RoomEvents;
}

interface Published {
  readonly publication: Publication;
  /** The server's name for it; undefined: not answered yet. */
  sid: string | undefined;
  muted: boolean;
  /** The server has answered an offer with it. Packets that came sooner would be of no track, and would spoil it for good. */
  answered: boolean;
  announced: boolean;
}

const SECTIONS = { microphone: { kind: 'audio', type: TrackType.AUDIO, source: TrackSource.MICROPHONE }, camera: { kind: 'video', type: TrackType.VIDEO, source: TrackSource.CAMERA }, screen: { kind: 'video', type: TrackType.VIDEO, source: TrackSource.SCREEN_SHARE } } as const;
const KEYS = Object.keys(SECTIONS) as readonly PublicationKey[];
/** DefaultReconnectPolicy of livekit-client; then BBB's client begins anew, ten times (bbb-protocol §5.2). */
const RETRY_MS = [0, 300, 1_200, 2_700, 4_800, 7_000] as const;
const MAX_RETRIES = 20;
/** livekit-client spreads those behind the first two by up to a second. */
const SPREAD_MS = 1_000;
/** BBB's client waits so long for the room. */
const ATTEMPT_LIMIT_MS = 15_000;
const DEFAULT_PING_MS = 5_000;

/**
 * A participant of a LiveKit room without its SDK: signalling, a publisher opened when something is published, a subscriber that
 * receives what is asked for by hand. Every loss of the connection is answered by a full reconnect: the resume of livekit-client
 * needs an ICE restart, which libdatachannel does not have.
 */
export class Room {
  readonly #options: RoomOptions;
  readonly #view = new RoomView();
  readonly #published = new Map<PublicationKey, Published>();
  /** Sids. */
  #wanted: ReadonlySet<string> = new Set();
  #subscribed = new Set<string>();
  #signal: SignalLink | undefined;
  #subscriber: RoomMedia | undefined;
  #publisher: RoomMedia | undefined;
  #publisherUp = false;
  /** An offer of ours is not answered yet; another is due after it. */
  #offering: 'no' | 'yes' | 'again' = 'no';
  #attempt = 0;
  #retries = 0;
  #state: 'new' | 'joining' | 'in' | 'over' = 'new';

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Joins; harmless when it has. */
  start(): void {
    if (this.#state === 'new') this.#join();
  }

  get in(): boolean {
    return this.#state === 'in';
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#view.tracks;
  }

  /** From now on and after every reconnect, until it is unpublished. */
  publish(key: PublicationKey, publication: Publication): void {
    this.#published.set(key, { publication, sid: undefined, muted: false, answered: false, announced: false });
    if (this.#state === 'in') this.#addTrack(key);
  }

  unpublish(key: PublicationKey): void {
    const one = this.#published.get(key);
    if (!one) return;
    this.#published.delete(key);
    this.#publisher?.send(key, undefined);
    if (one.sid !== undefined) this.#offer();
  }

  isPublished(key: PublicationKey): boolean {
    return this.#published.has(key);
  }

  mute(key: PublicationKey, muted: boolean): void {
    const one = this.#published.get(key);
    if (!one || one.muted === muted) return;
    one.muted = muted;
    if (one.sid !== undefined) this.#signal?.send({ case: 'mute', value: new MuteTrackRequest({ sid: one.sid, muted }) });
    this.#sendOrNot(key);
  }

  /** Receives exactly these, by sid. */
  subscribe(sids: ReadonlySet<string>): void {
    this.#wanted = sids;
    if (this.#state !== 'in') return;
    const there = new Set(this.tracks.map(({ sid }) => sid));
    const more = [...sids].filter((sid) => there.has(sid) && !this.#subscribed.has(sid));
    const less = [...this.#subscribed].filter((sid) => !sids.has(sid) && there.has(sid));
    for (const [trackSids, subscribe] of [[more, true], [less, false]] as const) if (trackSids.length > 0) this.#signal?.send({ case: 'subscription', value: new UpdateSubscription({ trackSids, subscribe }) });
    this.#subscribed = new Set([...sids].filter((sid) => there.has(sid)));
  }

  /** The network is gone. */
  cut(): void {
    this.#signal?.cut();
  }

  close(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#signal?.send({ case: 'leave', value: new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED, action: LeaveRequest_Action.DISCONNECT }) });
    this.#tearDown();
  }

  #join(): void {
    const { link, url, token } = this.#options;
    const attempt = ++this.#attempt;
    this.#state = 'joining';
    const ours = token();
    if (ours === undefined) {
      this.#lose(attempt);
      return;
    }
    this.#signal = new SignalLink({ url, token: ours, origin: link.discovery.origin, clock: link.clock, offline: link.offline, onMessage: (message) => this.#hear(attempt, message), onClosed: () => this.#lose(attempt) });
    this.#unlessDone(attempt, () => this.#state === 'in');
  }

  /** A step that is not done in time ends the attempt, as the client's does. */
  #unlessDone(attempt: number, done: () => boolean): void {
    const { clock, signal } = this.#options.link;
    void sleep(clock, ATTEMPT_LIMIT_MS, signal).then(
      () => {
        if (!done()) this.#lose(attempt);
      },
      () => undefined,
    );
  }

  #hear(attempt: number, { case: kind, value }: Incoming): void {
    if (attempt !== this.#attempt) return;
    switch (kind) {
      case 'join':
        this.#joined(attempt, value);
        return;
      case 'offer':
        this.#subscriber?.answerTo(value.sdp);
        return;
      case 'answer':
        this.#publisher?.answer(value.sdp);
        this.#answered();
        return;
      case 'trickle':
        this.#candidate(value);
        return;
      case 'update':
        this.#view.update(value.participants);
        this.#changed();
        return;
      case 'roomMoved':
        this.#view.begin(value.participant?.sid ?? '', value.otherParticipants);
        this.#changed();
        return;
      case 'trackPublished':
        this.#accepted(value.cid, value.track?.sid ?? '');
        return;
      case 'leave':
        this.#told(attempt, value);
    }
  }

  #joined(attempt: number, { participant, otherParticipants, pingInterval, pingTimeout }: JoinResponse): void {
    this.#view.begin(participant?.sid ?? '', otherParticipants);
    const everyMs = pingInterval > 0 ? pingInterval * 1_000 : DEFAULT_PING_MS;
    this.#signal?.keepAlive(everyMs, pingTimeout > 0 ? pingTimeout * 1_000 : 3 * everyMs);
    this.#subscriber = this.#openMedia(attempt, [], SignalTarget.SUBSCRIBER, () => this.#enter());
  }

  #enter(): void {
    if (this.#state !== 'joining') return;
    this.#state = 'in';
    this.#retries = 0;
    this.#options.events.connected();
    for (const key of this.#published.keys()) this.#addTrack(key);
    this.#changed();
  }

  #changed(): void {
    if (this.#state !== 'in') return;
    // What has gone can come again under the same name.
    const there = new Set(this.tracks.map(({ sid }) => sid));
    for (const sid of this.#subscribed) if (!there.has(sid)) this.#subscribed.delete(sid);
    this.#options.events.changed();
  }

  #addTrack(key: PublicationKey): void {
    const { publication } = this.#published.get(key)!;
    const { type, source } = SECTIONS[key];
    const { name, width = 0, height = 0 } = publication;
    const attempt = this.#attempt;
    this.#signal?.send({ case: 'addTrack', value: new AddTrackRequest({ cid: cidOf(key), name, type, source, width, height, disableRed: true }) });
    const one = this.#published.get(key);
    this.#unlessDone(attempt, () => attempt !== this.#attempt || this.#published.get(key) !== one || one?.announced === true);
  }

  #accepted(cid: string, sid: string): void {
    const key = KEYS.find((one) => cidOf(one) === cid);
    const one = key && this.#published.get(key);
    if (!one || sid === '') return;
    one.sid = sid;
    this.#publisher ??= this.#openMedia(this.#attempt, KEYS.map((mid) => ({ mid, kind: SECTIONS[mid].kind, trackId: cidOf(mid) })), SignalTarget.PUBLISHER, () => {
      this.#publisherUp = true;
      this.#announce();
    });
    this.#offer();
  }

  #offer(): void {
    if (this.#offering !== 'no') {
      this.#offering = 'again';
      return;
    }
    this.#offering = 'yes';
    this.#publisher?.offer([...this.#published].flatMap(([key, { sid }]) => (sid === undefined ? [] : [key])));
  }

  #answered(): void {
    const again = this.#offering === 'again';
    this.#offering = 'no';
    if (again) {
      this.#offer();
      return;
    }
    for (const [key, one] of this.#published) {
      if (one.sid === undefined || one.answered) continue;
      one.answered = true;
      this.#sendOrNot(key);
    }
    this.#announce();
  }

  /** Media flows: the publisher is connected and its last offer answered. */
  #announce(): void {
    if (!this.#publisherUp || this.#offering !== 'no') return;
    for (const [key, one] of this.#published) {
      if (one.announced || !one.answered || one.sid === undefined) continue;
      one.announced = true;
      this.#options.events.published(key, one.sid);
    }
  }

  #sendOrNot(key: PublicationKey): void {
    const one = this.#published.get(key);
    this.#publisher?.send(key, one?.answered !== true || one.muted ? undefined : one.publication.sending);
  }

  #candidate({ candidateInit, target }: TrickleRequest): void {
    const parsed = candidateOf(candidateInit);
    if (!parsed) return;
    (target === SignalTarget.PUBLISHER ? this.#publisher : this.#subscriber)?.candidate(parsed.candidate, parsed.mid);
  }

  #openMedia(attempt: number, publish: readonly { readonly mid: PublicationKey; readonly kind: 'audio' | 'video'; readonly trackId: string }[], target: SignalTarget, connected: () => void): RoomMedia {
    const { link, events } = this.#options;
    const { iceServers, bindAddress } = link.discovery;
    const publisher = target === SignalTarget.PUBLISHER;
    return link.media.openRoom(
      { publish, iceServers, bindAddress, relayOnly: link.relayOnly },
      {
        described: (sdp) => {
          if (attempt !== this.#attempt) return;
          const value = new SessionDescription({ type: publisher ? 'offer' : 'answer', sdp });
          this.#signal?.send({ case: publisher ? 'offer' : 'answer', value });
        },
        failed: () => this.#lose(attempt),
        connected: () => {
          if (attempt === this.#attempt) connected();
        },
        first: (sid) => {
          const track = this.#find(sid);
          if (track) events.first(track);
        },
        measured: (row, seconds) => {
          if (this.#state === 'in') events.measured(row, publisher ? undefined : this.#find(row.track), seconds);
        },
      },
    );
  }

  #find(sid: string | undefined): RemoteTrack | undefined {
    return sid === undefined ? undefined : this.tracks.find((track) => track.sid === sid);
  }

  /** The server sends us away, to come back or not (livekit_rtc.proto, LeaveRequest). */
  #told(attempt: number, { action, reason }: LeaveRequest): void {
    if (action !== LeaveRequest_Action.DISCONNECT || reason === DisconnectReason.SERVER_SHUTDOWN) {
      this.#lose(attempt);
      return;
    }
    this.#give(`the LiveKit server ended the connection (${DisconnectReason[reason] ?? 'no reason given'})`);
  }

  #lose(attempt: number): void {
    if (attempt !== this.#attempt || this.#state === 'over') return;
    const { events, link } = this.#options;
    this.#tearDown();
    if (link.signal.aborted) return;
    if (this.#retries >= MAX_RETRIES) {
      this.#give('the LiveKit server could not be reached');
      return;
    }
    events.interrupted();
    const waitMs = RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)]! + (this.#retries > 1 ? link.from * SPREAD_MS : 0);
    this.#retries++;
    const lost = this.#attempt;
    this.#state = 'joining';
    void sleep(link.clock, waitMs, link.signal).then(
      () => {
        if (this.#state === 'joining' && this.#attempt === lost) this.#join();
      },
      () => undefined,
    );
  }

  #give(why: string): void {
    this.#state = 'over';
    this.#tearDown();
    this.#options.events.failed(why);
  }

  #tearDown(): void {
    // Nothing of this attempt is heard any more.
    this.#attempt++;
    this.#signal?.close();
    this.#subscriber?.close();
    this.#publisher?.close();
    this.#signal = this.#subscriber = this.#publisher = undefined;
    this.#publisherUp = false;
    this.#offering = 'no';
    this.#subscribed = new Set();
    for (const one of this.#published.values()) {
      one.sid = undefined;
      one.answered = one.announced = false;
    }
  }
}

/** By which a client knows its track before the server has named it; also the track's id in its offer. */
function cidOf(key: PublicationKey): string {
  return `firstbell-${key}`;
}
