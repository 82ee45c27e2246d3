import type { BbbApi } from '../bbb/api.js';
import type { HttpClient } from '../bbb/http.js';
import { followJoin, type JoinedSession } from '../bbb/join.js';
import { sleep, type Clock } from '../core/clock.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { Action, Attendee, AttendeeEvents, AttendeeSpec, Joined, LostReason, Peers, PhaseListener } from '../vu/attendee.js';
import { act } from './actions.js';
import { ClientPage } from './client-page.js';
import { PollWatch } from './polls.js';
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

const ROOM_END_MS = 3_000;

/** A page of the client with its media. */
interface Tab {
  readonly page: ClientPage;
  readonly legs: MediaLegs;
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
  /** The breakout room that the user is in: a second page, as the client opens one. */
  #room: Tab | undefined;
  #audioChoice: 'microphone' | 'listen-only' | undefined;
  #onlineAtMs = 0;
  /** Subscriptions that were refused: a client that is loaded again is refused them again. */
  readonly #refused = new Set<string>();

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
    const { api, spec, events } = this.#parts;
    this.#joined = await api.join(
      {
        meetingID: spec.meetingId,
        fullName: spec.name,
        role: spec.role === 'teacher' ? 'MODERATOR' : 'VIEWER',
        // BBB counts participants by external id, so each user has its own.
        userID: `firstbell-${spec.seq}`,
      },
      signal,
      (server) => events.sentTo?.(server),
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

  act(action: Action, signal: AbortSignal, mark?: string): Promise<void> {
    const { spec, clock } = this.#parts;
    const page = this.#page;
    const later = (work: Promise<void>): void =>
      void work.catch((error: unknown) => {
        if (!page.signal.aborted && this.#phase === 'in') this.#error(codeOf(error), action.do);
      });
    return act(action, { page, legs: this.#legs, clock, seq: spec.seq, mark, enterRoom: (joinUrl, within) => this.#enterRoom(joinUrl, within), later }, signal);
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
    for (const { page, legs } of this.#tabs) {
      page.cut();
      legs.cut();
    }
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
      // The tab of a room is closed first, as a person does; nobody asks how it went.
      await this.#room?.page.leave(signal).catch(ignore);
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

  #sample(one: MediaSample): void {
    if (this.#phase !== 'leaving') this.#parts.events.sample(one);
  }

  #error(code: string, phase: string): void {
    this.#sample({ metric: 'errors', value: 1, tags: { code, phase } });
  }

  async #load(joined: JoinedSession, onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    await this.#page.load(joined, onPhase, signal);
    this.#phase = 'in';
    this.#legs.follow();
    onPhase('ready');
  }

  /** `roomOver` undefined: the page of the meeting; else of a breakout room, whose end is told. */
  #newPage(roomOver?: () => void): [ClientPage, MediaLegs] {
    const { spec, http, profile, clock, events } = this.#parts;
    const offline = (): boolean => clock.nowMs() < this.#onlineAtMs;
    const sample = (one: MediaSample): void => this.#sample(one);
    // A room that ends takes its connections with it, some of them before it says so.
    const error = (code: string, phase: string): void => (roomOver ? void sleep(clock, ROOM_END_MS, page.signal).then(() => this.#error(code, phase), ignore) : this.#error(code, phase));
    const page: ClientPage = new ClientPage({
      http,
      profile,
      clock,
      offline,
      chats: spec.chats === true,
      events: {
        sample,
        error,
        refused: (operationName, phase) => {
          if (this.#refused.has(operationName)) return;
          this.#refused.add(operationName);
          error('SUBSCRIPTION_REFUSED', phase);
        },
        connected: (on) => {
          if (!roomOver) events.sees?.({ is: 'connected', on });
        },
        changed: (rootField) => {
          if (!roomOver) this.#sights.look(rootField, page.view);
          polls.follow();
          if (this.#phase === 'in') legs.follow();
        },
        lost: (reason) => (roomOver ? roomOver() : this.#lose(reason)),
      },
    });
    const polls = new PollWatch(page);
    const legs: MediaLegs = new MediaLegs({
      spec,
      page,
      link: () => linkOf(this.#parts, { ...page.sfu, discovery: page.discovery, offline, signal: page.signal }),
      nowMs: () => clock.nowMs(),
      // First sound and picture are those of the meeting.
      phase: roomOver ? ignore : events.phase,
      sample,
      received: (media) => events.received?.(media),
      error,
      inside: () => this.#phase === 'in',
    });
    return [page, legs];
  }

  /** The client hangs up in the meeting and opens the room in a tab of its own; when the room ends, sound comes back. Rejects as a join does. */
  async #enterRoom(joinUrl: string, signal: AbortSignal): Promise<void> {
    if (this.#room) throw new HarnessError('STEP_FAILED', 'the user is in a breakout room already');
    if (!URL.canParse(joinUrl)) throw new HarnessError('STEP_FAILED', 'the server gave no address for the breakout room');
    const joined = await followJoin(this.#parts.http, 'enter a breakout room', joinUrl, signal, ignore);
    this.#legs.leaveAudio();
    const [page, legs] = this.#newPage(() => void this.#comeBack());
    const room = { page, legs };
    this.#room = room;
    try {
      await page.load(joined, ignore, signal);
      legs.follow();
      if (this.#audioChoice !== undefined) await legs.connectAudio(this.#audioChoice, signal);
    } catch (error) {
      if (this.#room === room) await this.#comeBack();
      throw error;
    }
  }

  async #comeBack(): Promise<void> {
    const room = this.#room;
    this.#room = undefined;
    room?.page.close();
    room?.legs.close();
    if (this.#phase !== 'in' || this.#audioChoice === undefined) return;
    const { signal } = this.#page;
    await this.#legs.connectAudio(this.#audioChoice, signal).catch((error: unknown) => {
      if (!signal.aborted && this.#phase === 'in') this.#error(codeOf(error), 'enter-breakout');
    });
  }

  get #tabs(): readonly Tab[] {
    return [{ page: this.#page, legs: this.#legs }, ...(this.#room ? [this.#room] : [])];
  }

  #close(): void {
    for (const { page, legs } of this.#tabs) {
      page.close();
      legs.close();
    }
    this.#room = undefined;
  }
}

const ignore = (): void => undefined;
