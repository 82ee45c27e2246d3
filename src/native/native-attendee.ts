import type { BbbApi } from '../bbb/api.js';
import type { HttpClient } from '../bbb/http.js';
import type { JoinedSession } from '../bbb/join.js';
import type { Clock } from '../core/clock.js';
import { HarnessError, messageOf } from '../core/errors.js';
import type { Action, Attendee, AttendeeEvents, AttendeeSpec, Joined, LostReason, Peers, PhaseListener } from '../vu/attendee.js';
import { act } from './actions.js';
import { ClientPage } from './client-page.js';
import { MediaLegs } from './media-legs.js';
import type { MediaSample } from './media-samples.js';
import type { MediaSource } from './media/media-pool.js';
import { linkOf } from './sfu-link.js';
import { Sights } from './sights.js';
import type { WireProfile } from './wire-profile.js';

export interface NativeParts {
  readonly spec: AttendeeSpec;
  readonly api: Pick<BbbApi, 'join'>;
  readonly http: HttpClient;
  readonly profile: WireProfile;
  readonly media: MediaSource;
  readonly events: AttendeeEvents;
  readonly clock: Clock;
  /** What the wall clock of this machine is ahead of the run's, ms. */
  readonly clockOffsetMs: number;
}

/** One person without a browser: the API, GraphQL and SFU talk of the client, with real media. */
export class NativeAttendee implements Attendee {
  readonly lost: Promise<LostReason>;
  readonly #parts: NativeParts;
  readonly #lose: (reason: LostReason) => void;
  readonly #sights: Sights;
  #page: ClientPage;
  #legs: MediaLegs;
  #joined: JoinedSession | undefined;
  #phase: 'joining' | 'in' | 'leaving' = 'joining';
  #audioChoice: 'microphone' | 'listen-only' | undefined;
  #onlineAtMs = 0;

  constructor(parts: NativeParts) {
    this.#parts = parts;
    this.#sights = new Sights((sight) => parts.events.sees?.(sight));
    [this.#page, this.#legs] = this.#newPage();
    let lose: (reason: LostReason) => void = () => undefined;
    this.lost = new Promise((resolve) => {
      lose = resolve;
    });
    this.#lose = (reason) => {
      if (this.#phase === 'in') lose(reason);
    };
  }

  async join(onPhase: PhaseListener, signal: AbortSignal): Promise<Joined> {
    const { api, spec } = this.#parts;
    this.#joined = await api.join(
      {
        meetingID: spec.meetingId,
        fullName: spec.name,
        role: spec.role === 'teacher' ? 'MODERATOR' : 'VIEWER',
        // BBB counts participants by external id, so each user has its own.
        userID: `firstbell-${spec.seq}`,
      },
      signal,
    );
    onPhase('api');
    await this.#load(this.#joined, onPhase, signal);
    return { server: this.#joined.server };
  }

  async connectAudio(choice: 'microphone' | 'listen-only', onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    await this.#legs.connectAudio(choice, signal);
    this.#audioChoice = choice;
    onPhase('audio');
  }

  shareWebcam(signal: AbortSignal): Promise<void> {
    return this.#legs.shareWebcam(signal);
  }

  async sendChat(text: string, signal: AbortSignal): Promise<void> {
    const { chat, waits } = this.#page;
    await waits.until(chat.open(), signal);
    const before = chat.copiesOf(text);
    await waits.until(chat.send(text), signal);
    await waits.seen(() => chat.copiesOf(text) > before, signal);
  }

  raiseHand(signal: AbortSignal): Promise<void> {
    const { waits, view } = this.#page;
    return waits.until(this.#page.mutate('SetRaiseHand', { userId: view.userId, raiseHand: true }), signal);
  }

  act(action: Action, signal: AbortSignal): Promise<void> {
    return act(action, { page: this.#page, legs: this.#legs, seq: this.#parts.spec.seq }, signal);
  }

  async reload(signal: AbortSignal): Promise<void> {
    const joined = this.#joined;
    if (!joined || this.#phase !== 'in') throw new HarnessError('STEP_FAILED', 'there is no client to reload');
    this.#phase = 'joining';
    this.#close();
    this.#sights.away();
    [this.#page, this.#legs] = this.#newPage();
    try {
      await this.#load(joined, ignore, signal);
      if (this.#audioChoice !== undefined) await this.connectAudio(this.#audioChoice, ignore, signal);
    } catch (error) {
      this.#phase = 'in';
      this.#lose({ code: 'CONNECTION_LOST', message: `the client did not come back after a reload: ${messageOf(error)}` });
      throw error;
    }
  }

  loseNetwork(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#onlineAtMs = this.#parts.clock.nowMs() + durationMs;
    this.#page.cut();
    this.#legs.cut();
    return Promise.resolve();
  }

  peers(): Peers | undefined {
    const { members: count, names } = this.#page.view;
    // What a client shows while its connection is away is old.
    if (this.#phase !== 'in' || !this.#page.current || count === undefined) return undefined;
    return { count, names: names.length === count ? names : undefined };
  }

  async leave(signal: AbortSignal): Promise<void> {
    this.#phase = 'leaving';
    try {
      await this.#page.leave(signal);
    } finally {
      this.#close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#phase = 'leaving';
    this.#close();
    return Promise.resolve();
  }

  async #load(joined: JoinedSession, onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    await this.#page.load(joined, onPhase, signal);
    this.#phase = 'in';
    this.#legs.follow();
    onPhase('ready');
  }

  #newPage(): [ClientPage, MediaLegs] {
    const { spec, http, profile, clock, events } = this.#parts;
    const offline = (): boolean => clock.nowMs() < this.#onlineAtMs;
    const sample = (one: MediaSample): void => {
      if (this.#phase !== 'leaving') events.sample(one);
    };
    const error = (code: string, phase: string): void => sample({ metric: 'errors', value: 1, tags: { code, phase } });
    const page = new ClientPage({
      http,
      profile,
      clock,
      offline,
      chats: spec.chats === true,
      events: {
        sample,
        error,
        changed: (rootField) => {
          this.#sights.look(rootField, page.view);
          if (this.#phase === 'in') legs.follow();
        },
        lost: (reason) => this.#lose(reason),
      },
    });
    const legs: MediaLegs = new MediaLegs({
      spec,
      page,
      link: () => linkOf(this.#parts, { discovery: page.discovery, offline, signal: page.signal }),
      nowMs: () => clock.nowMs(),
      phase: events.phase,
      sample,
      error,
      inside: () => this.#phase === 'in',
    });
    return [page, legs];
  }

  #close(): void {
    this.#page.close();
    this.#legs.close();
  }
}

const ignore = (): void => undefined;
