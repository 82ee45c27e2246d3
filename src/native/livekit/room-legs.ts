import { TrackSource } from '@livekit/protocol';
import { HarnessError, type ErrorCode } from '../../core/errors.js';
import { every, sleep } from '../../core/clock.js';
import { receivedSamples, reception, sentSamples } from '../media-samples.js';
import type { LegsParts } from '../legs-parts.js';
import type { Measured } from '../media/media-pool.js';
import { MEASURE_EVERY_MS } from '../media/messages.js';
import { sendingOf } from '../sfu-link.js';
import { isUnserved, NOTHING_CAME } from '../unserved.js';
import { CAMERA_PROFILES } from '../video-legs.js';
import { Room, type PublicationKey } from './room.js';
import type { RemoteTrack } from './room-view.js';

/** What the page shows, of which LiveKit carries some. */
export interface Shown {
  /** Names of the tracks: ids of cameras. */
  readonly cameras: ReadonlySet<string>;
  readonly screen: boolean;
}

/** BBB's client: a muted microphone is taken from the room after this (bbb-protocol §5.3). */
const UNPUBLISH_MUTED_MS = 5_000;
/** settings.yml of BBB 4.0: the screen goes out in 720 lines here. */
const SCREEN_SIZE = { width: 1280, height: 720 } as const;
const CAMERA_SIZE = { low: { width: 320, height: 240 }, medium: { width: 640, height: 480 }, high: { width: 640, height: 480 } } as const;

/** There is one in a meeting at most. */
const SCREEN = 'screen';

type Kind = 'audio' | 'video' | 'screen';

/** Something that is to be heard or seen. */
interface Wanted {
  readonly kind: Kind;
  /** When something was last measured of it, or it began to be wanted. */
  servedMs: number;
  /** It has been counted. */
  missing: boolean;
}

interface Settled {
  readonly resolve: () => void;
  readonly reject: (error: HarnessError) => void;
}

/** Media of one page of the client over LiveKit: one room for sound, cameras and the screen, of which a meeting may use any. */
export class RoomLegs {
  readonly #parts: LegsParts;
  readonly #room: Room;
  readonly #settled = new Map<PublicationKey | 'listen', Settled>();
  /** Sound was connected: then others are heard. */
  #hears = false;
  #wantsMicrophone = false;
  /** As the meeting has said, and as it is done. */
  #muted = false;
  #cameraId = '';
  #shown: Shown = { cameras: new Set(), screen: false };
  /** Since when a screen is there to be seen. */
  #screenSinceMs: number | undefined;
  #talks = false;
  /** Sids of unmuted tracks from which nothing came in an interval, and in two. */
  #quiet: ReadonlySet<string> = new Set();
  #silent: ReadonlySet<string> = new Set();
  /** By name of a camera, and the screen by a name of ours: the room may never be told of them. By sid of voices. */
  readonly #wanted = new Map<string, Wanted>();
  readonly #life = new AbortController();
  #interruptedMs: number | undefined;
  #mutes = 0;

  constructor(parts: LegsParts) {
    this.#parts = parts;
    this.#room = new Room({
      link: parts.link(),
      url: parts.link().discovery.livekitUrl,
      token: () => parts.page.view.livekitToken,
      events: {
        connected: () => this.#connected(),
        changed: () => this.#subscribe(),
        published: (key, sid) => this.#published(key, sid),
        interrupted: () => this.#interrupted(),
        failed: (why) => this.#failed(why),
        first: (track) => this.#first(track),
        measured: (row, track, seconds) => this.#measured(row, track, seconds),
      },
    });
    void every(parts.link().clock, MEASURE_EVERY_MS, this.#life.signal, () => this.#miss());
  }

  /** Resolves when the room is joined and, with a microphone, the server has it. Rejects with AUDIO_FAILED. */
  connectAudio(choice: 'microphone' | 'listen-only', signal: AbortSignal): Promise<void> {
    const { page } = this.#parts;
    this.#hears = true;
    this.#wantsMicrophone = choice === 'microphone';
    this.#room.start();
    this.#subscribe();
    if (choice === 'microphone') {
      // What the client sends while a person listens to the local echo test.
      void page.mutate('UpdateUserClientEchoTestRunningAt', {}).catch(ignore);
      return this.#settle('microphone', signal, () => this.#openMicrophone());
    }
    return this.#settle('listen', signal, () => {
      if (this.#room.in) this.#heard();
    });
  }

  /** Resolves when the meeting knows of the camera. Rejects with WEBCAM_FAILED. */
  shareWebcam(cameraId: string, signal: AbortSignal): Promise<void> {
    const { id, asset } = CAMERA_PROFILES[this.#parts.spec.cameraProfile ?? 'medium'];
    this.#cameraId = cameraId;
    return this.#settle('camera', signal, () => this.#room.publish('camera', { name: cameraId, sending: sendingOf(this.#parts.link(), asset), ...CAMERA_SIZE[id] }));
  }

  /** Resolves when the server has the screen. Rejects with STEP_FAILED. There is no mutation: LiveKit tells the meeting. */
  shareScreen(signal: AbortSignal): Promise<void> {
    const { page, link } = this.#parts;
    return this.#settle('screen', signal, () => this.#room.publish('screen', { name: `${page.view.userId}-screenshare-video`, sending: sendingOf(link(), 'screen'), ...SCREEN_SIZE }));
  }

  stopScreen(): void {
    this.#room.unpublish('screen');
  }

  /** The page shows something else, or its own microphone is muted or no longer. */
  look(shown: Shown): void {
    const { nowMs, page } = this.#parts;
    this.#room.start();
    if (shown.screen) this.#screenSinceMs ??= nowMs();
    else this.#screenSinceMs = undefined;
    this.#shown = shown;
    this.#subscribe();
    if (this.#wantsMicrophone && !this.#settled.has('microphone') && page.view.muted !== this.#muted) this.#mute(page.view.muted);
  }

  /** Hangs up; the room goes on, for cameras and the screen. */
  leaveAudio(): void {
    const { page } = this.#parts;
    if (!this.#hears) return;
    this.#hears = this.#wantsMicrophone = this.#muted = false;
    this.#mutes++;
    this.#talk(false);
    this.#room.unpublish('microphone');
    this.#subscribe();
    void page.mutate('UserSetDeafened', { deafened: true }).catch(ignore);
  }

  cut(): void {
    this.#room.cut();
  }

  close(): void {
    this.#mutes++;
    this.#life.abort();
    this.#room.close();
  }

  #settle(key: PublicationKey | 'listen', signal: AbortSignal, work: () => void): Promise<void> {
    this.#room.start();
    const settled = new Promise<void>((resolve, reject) => this.#settled.set(key, { resolve, reject }));
    work();
    return this.#parts.page.waits.until(settled, signal).finally(() => this.#settled.delete(key));
  }

  #openMicrophone(): void {
    const { page, link } = this.#parts;
    this.#room.publish('microphone', { name: `${page.view.userId}|${page.uuid}|audio|default`, sending: sendingOf(link(), 'speech') });
  }

  #connected(): void {
    const { sample, nowMs } = this.#parts;
    if (this.#interruptedMs !== undefined) sample({ metric: 'media_reconnect_time', value: nowMs() - this.#interruptedMs });
    this.#interruptedMs = undefined;
    if (this.#hears && !this.#wantsMicrophone) this.#heard();
  }

  /** Listening is being in the room: there is no leg of its own. */
  #heard(): void {
    const { page } = this.#parts;
    if (!this.#settled.has('listen')) return;
    page.onceConnected(() => {
      void page.mutate('UserSetDeafened', { deafened: false }).catch(ignore);
      void page.mutate('UserSetMuted', { userId: page.view.userId, muted: true }).catch(ignore);
    });
    this.#settled.get('listen')?.resolve();
  }

  #published(key: PublicationKey, _sid: string): void {
    const { page } = this.#parts;
    const settled = this.#settled.get(key);
    if (key === 'microphone') {
      page.onceConnected(() => {
        if (settled) void page.mutate('UserSetDeafened', { deafened: false }).catch(ignore);
        this.#talk(true);
      });
      settled?.resolve();
    } else if (key === 'camera') {
      page.onceConnected(() => {
        void page.mutate('CameraBroadcastStart', { cameraId: this.#cameraId, contentType: 'camera' }).then(
          () => settled?.resolve(),
          (error: unknown) => settled?.reject(new HarnessError('WEBCAM_FAILED', error instanceof Error ? error.message : String(error))),
        );
      });
    } else settled?.resolve();
  }

  #mute(muted: boolean): void {
    const room = this.#room;
    this.#muted = muted;
    if (!muted) {
      this.#mutes++;
      if (room.isPublished('microphone')) {
        room.mute('microphone', false);
        this.#talk(true);
      } else this.#openMicrophone();
      return;
    }
    if (!room.isPublished('microphone')) return;
    this.#talk(false);
    room.mute('microphone', true);
    const mute = ++this.#mutes;
    const { clock, signal } = this.#parts.link();
    void sleep(clock, UNPUBLISH_MUTED_MS, signal).then(
      () => {
        if (this.#mutes === mute) room.unpublish('microphone');
      },
      () => undefined,
    );
  }

  /** The client says so when LiveKit hears its person speak; a native user's speech has no pauses to speak of. */
  #talk(talking: boolean): void {
    const { page } = this.#parts;
    if (this.#talks === talking) return;
    this.#talks = talking;
    void page.mutate('UserSetTalking', { talking }).catch(ignore);
  }

  #subscribe(): void {
    const { page } = this.#parts;
    const { cameras, screen } = this.#shown;
    const { screenStream } = page.view;
    const wanted = this.#room.tracks.filter(({ source, name, sid }) => {
      switch (source) {
        case TrackSource.MICROPHONE:
        case TrackSource.SCREEN_SHARE_AUDIO:
          return this.#hears;
        case TrackSource.CAMERA:
          return cameras.has(name);
        case TrackSource.SCREEN_SHARE:
          return screen && (screenStream === '' || screenStream === sid);
        default:
          return false;
      }
    });
    this.#room.subscribe(new Set(wanted.map(({ sid }) => sid)));
    this.#expect(wanted);
  }

  /** Keeps what goes on being wanted. */
  #expect(tracks: readonly RemoteTrack[]): void {
    const wanted = new Map<string, Kind>([...this.#shown.cameras].map((name) => [name, 'video']));
    if (this.#shown.screen) wanted.set(SCREEN, 'screen');
    for (const track of tracks) wanted.set(keyOf(track), kindOf(track));
    for (const key of [...this.#wanted.keys()]) if (!wanted.has(key)) this.#wanted.delete(key);
    for (const [key, kind] of wanted) if (!this.#wanted.has(key)) this.#wanted.set(key, { kind, servedMs: this.#parts.nowMs(), missing: false });
  }

  /** What the server does not even offer is in no row: after the client's patience each interval counts as one in which nothing came. */
  #miss(): void {
    const { error, inside, link, nowMs, sample } = this.#parts;
    const { offline, signal } = link();
    const muted = new Set(this.#room.tracks.filter((track) => track.muted).map(keyOf));
    for (const [key, one] of this.#wanted) {
      // Nobody asks a server for anything without a network, and who is muted sends nothing.
      if (offline() || muted.has(key)) one.servedMs = nowMs();
      if (signal.aborted || !inside() || !isUnserved(one.servedMs, nowMs())) continue;
      for (const sampled of receivedSamples(one.kind, NOTHING_CAME, MEASURE_EVERY_MS / 1000)) sample(sampled);
      if (!one.missing) error('MEDIA_NOT_FLOWING' satisfies ErrorCode, one.kind);
      one.missing = true;
    }
  }

  #first({ source }: RemoteTrack): void {
    const { phase, sample, nowMs } = this.#parts;
    if (source === TrackSource.MICROPHONE) phase('first_audio');
    else if (source === TrackSource.CAMERA) phase('first_video');
    else if (source === TrackSource.SCREEN_SHARE && this.#screenSinceMs !== undefined) sample({ metric: 'screen_start', value: nowMs() - this.#screenSinceMs });
  }

  #measured(row: Measured, track: RemoteTrack | undefined, seconds: number): void {
    const { inside, sample, received, nowMs } = this.#parts;
    const wanted = track && this.#wanted.get(keyOf(track));
    if (wanted) {
      wanted.servedMs = nowMs();
      wanted.missing = false;
    }
    if (!inside()) return;
    if (!track) {
      for (const one of sentSamples(row)) sample(one);
      return;
    }
    // Who is muted sends nothing, and nothing is missing.
    if (track.muted && row.packets === 0) return;
    const kind = kindOf(track);
    for (const one of receivedSamples(kind, row, seconds)) sample(one);
    received(reception(kind, row));
    if (kind === 'audio') this.#listenFor(track.sid, row.packets);
  }

  /** Counted when a voice falls silent, not for as long as it is; the interval in which it began may well be empty. */
  #listenFor(sid: string, packets: number): void {
    const wasQuiet = this.#quiet.has(sid);
    this.#quiet = toggled(this.#quiet, sid, packets === 0);
    const silent = packets === 0 && wasQuiet;
    if (silent && !this.#silent.has(sid)) this.#parts.error('MEDIA_NOT_FLOWING', 'audio');
    this.#silent = toggled(this.#silent, sid, silent);
  }

  #interrupted(): void {
    const { error, nowMs } = this.#parts;
    // The attempts after the first are no news.
    if (this.#interruptedMs !== undefined) return;
    this.#interruptedMs = nowMs();
    error('MEDIA_INTERRUPTED' satisfies ErrorCode, this.#hears ? 'audio' : 'video');
  }

  #failed(why: string): void {
    const { error } = this.#parts;
    const waiting = [...this.#settled];
    if (waiting.length === 0) error('AUDIO_FAILED' satisfies ErrorCode, 'stay');
    for (const [key, { reject }] of waiting) reject(new HarnessError(key === 'camera' ? 'WEBCAM_FAILED' : key === 'screen' ? 'STEP_FAILED' : 'AUDIO_FAILED', why));
  }
}

function keyOf({ source, name, sid }: RemoteTrack): string {
  if (source === TrackSource.CAMERA) return name;
  return source === TrackSource.SCREEN_SHARE ? SCREEN : sid;
}

function kindOf({ source }: RemoteTrack): Kind {
  if (source === TrackSource.CAMERA) return 'video';
  return source === TrackSource.SCREEN_SHARE ? 'screen' : 'audio';
}

function toggled(set: ReadonlySet<string>, one: string, on: boolean): ReadonlySet<string> {
  if (set.has(one) === on) return set;
  const next = new Set(set);
  if (on) next.add(one);
  else next.delete(one);
  return next;
}

const ignore = (): void => undefined;
