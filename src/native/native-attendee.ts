import { createHash } from 'node:crypto';
import type { BbbApi } from '../bbb/api.js';
import type { HttpClient } from '../bbb/http.js';
import type { JoinedSession } from '../bbb/join.js';
import { operation, type Operation } from '../bbb/operations.js';
import { sfuErrorName } from '../bbb/sfu.js';
import { every, type Clock } from '../core/clock.js';
import { unlessAborted } from '../core/deadline.js';
import { HarnessError, messageOf, type ErrorCode } from '../core/errors.js';
import { uniqueUuid } from '../core/random.js';
import type { Action, Attendee, AttendeeEvents, AttendeeSpec, Joined, LostReason, Peers, PhaseListener } from '../vu/attendee.js';
import { act } from './actions.js';
import { AudioLeg } from './audio-leg.js';
import { Chat } from './chat.js';
import { discover, type Discovery } from './discovery.js';
import { GraphqlSession } from './graphql-session.js';
import { keepAlive } from './keep-alive.js';
import { receivedSamples, sentSamples, type MediaSample } from './media-samples.js';
import type { Measured, MediaSource } from './media/media-pool.js';
import { MeetingView } from './meeting-view.js';
import { replayJoin } from './replay.js';
import { Screen } from './screen.js';
import { Sights } from './sights.js';
import { linkOf, nameOf, type SfuLink } from './sfu-link.js';
import { CAMERA_PROFILES, VideoLegs } from './video-legs.js';
import { newPage, Waits } from './waits.js';
import { operationsOf, type WireProfile } from './wire-profile.js';

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

/** `public.stats.interval` of the client. */
const KEEP_ALIVE_EVERY_MS = 10_000;
/** BBB takes a user that has been away for so long for gone. */
const INTERRUPTION_LIMIT_MS = 30_000;

/** One person without a browser: the API, GraphQL and SFU talk of the client, with real media. */
export class NativeAttendee implements Attendee {
  readonly lost: Promise<LostReason>;
  readonly #parts: NativeParts;
  readonly #lose: (reason: LostReason) => void;
  readonly #operations: ReadonlyMap<string, Operation>;
  readonly #waits = new Waits();
  /** Aborts when the page is left: leaving, reloading, being disposed of. */
  #page = newPage();
  #view = new MeetingView();
  #uuid = uniqueUuid();
  #joined: JoinedSession | undefined;
  #discovery: Discovery | undefined;
  #session: GraphqlSession | undefined;
  #ended: HarnessError | undefined;
  #interruptedMs: number | undefined;
  #phase: 'joining' | 'in' | 'leaving' = 'joining';
  #chat: Chat;
  readonly #sights: Sights;
  #audioChoice: 'microphone' | 'listen-only' | undefined;
  #onlineAtMs = 0;
  #audio: AudioLeg | undefined;
  #cameras: VideoLegs | undefined;
  readonly #screen: Screen;
  #silent = false;
  /** What media has to tell the meeting when GraphQL is back: it may come back first. */
  readonly #onceConnected: (() => void)[] = [];

  constructor(parts: NativeParts) {
    this.#parts = parts;
    this.#screen = new Screen({
      link: () => this.#link,
      sample: (sample) => this.#sample(sample),
      broke: (code) => this.#countSfu(code, 'screen'),
      measured: (row, seconds) => this.#measured('screen', row, seconds),
      nowMs: () => parts.clock.nowMs(),
    });
    this.#operations = operationsOf(parts.profile);
    this.#sights = new Sights((sight) => parts.events.sees?.(sight));
    this.#chat = this.#newChat();
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

  /** From the address of the client until it is ready. */
  async #load(joined: JoinedSession, onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    this.#discovery = await discover(this.#parts.http, joined, signal);
    const session = this.#openSession(this.#discovery, joined.sessionToken);
    await this.#waits.until(session.open(), signal);
    onPhase('socket');
    this.#replay(session, joined.sessionToken);
    await this.#waits.seen(() => this.#view.joined && this.#view.hasMeeting, signal);
    this.#phase = 'in';
    void every(this.#parts.clock, KEEP_ALIVE_EVERY_MS, this.#page.signal, () => this.#keepAlive(session));
    this.#viewOthers();
    // Who is going to write has the chat open; its own answer says if that fails.
    if (this.#parts.spec.chats === true) void this.#chat.open().catch(ignore);
    onPhase('ready');
  }

  async connectAudio(choice: 'microphone' | 'listen-only', onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    const listenOnly = choice === 'listen-only';
    // What the client sends while a person listens to the local echo test.
    if (!listenOnly) void this.#mutate('UpdateUserClientEchoTestRunningAt', {}).catch(ignore);
    let wasConnected = false;
    await this.#settled<void>(signal, 'audio', (resolve, reject) => {
      this.#audio = new AudioLeg(this.#link, listenOnly, {
        connected: () => {
          wasConnected = true;
          this.#connected(() => this.#announceAudio(listenOnly));
          resolve();
        },
        interrupted: (code) => this.#countSfu(code, 'audio'),
        failed: (code) => {
          if (wasConnected) this.#count('AUDIO_FAILED', 'stay');
          else reject(new HarnessError('AUDIO_FAILED', `audio did not connect: ${nameOf(code)} (${code})`));
        },
        first: () => this.#parts.events.phase('first_audio'),
        measured: (row, seconds) => this.#measured('audio', row, seconds),
      });
      this.#audio.start();
    });
    this.#audioChoice = choice;
    onPhase('audio');
  }

  async shareWebcam(signal: AbortSignal): Promise<void> {
    const cameraId = `${this.#view.userId}_${this.#uuid}_${CAMERA_HASH}`;
    await this.#settled<void>(signal, 'webcam', (resolve, reject) => {
      this.#cameraSettled = { resolve, reject };
      this.#cameraLegs.publish(cameraId, CAMERA_PROFILES[this.#parts.spec.cameraProfile ?? 'medium']);
    });
  }

  async sendChat(text: string, signal: AbortSignal): Promise<void> {
    const chat = this.#chat;
    await this.#waits.until(chat.open(), signal);
    const before = chat.copiesOf(text);
    await this.#waits.until(chat.send(text), signal);
    await this.#waits.seen(() => chat.copiesOf(text) > before, signal);
  }

  raiseHand(signal: AbortSignal): Promise<void> {
    return this.#waits.until(this.#mutate('SetRaiseHand', { userId: this.#view.userId, raiseHand: true }), signal);
  }

  act(action: Action, signal: AbortSignal): Promise<void> {
    return act(action, { view: () => this.#view, mutate: (name, variables) => this.#mutate(name, variables), waits: this.#waits, shareScreen: (on, until) => this.#shareScreen(on, until), seq: this.#parts.spec.seq }, signal);
  }

  async #shareScreen(on: boolean, signal: AbortSignal): Promise<void> {
    if (on) await this.#waits.until(this.#screen.share(), signal);
    else this.#screen.stop();
    await this.#waits.seen(() => this.#view.screenShared === on, signal);
  }

  async reload(signal: AbortSignal): Promise<void> {
    const joined = this.#joined;
    if (!joined || this.#phase !== 'in') throw new HarnessError('STEP_FAILED', 'there is no client to reload');
    this.#phase = 'joining';
    this.#close();
    this.#page = newPage();
    this.#view = new MeetingView();
    this.#uuid = uniqueUuid();
    this.#chat = this.#newChat();
    this.#sights.away();
    this.#interruptedMs = undefined;
    this.#onceConnected.length = 0;
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
    this.#session?.cut();
    this.#audio?.cut();
    this.#cameras?.cut();
    this.#screen.cut();
    return Promise.resolve();
  }

  peers(): Peers | undefined {
    const count = this.#view.members;
    // What a client shows while its connection is away is old.
    if (this.#phase !== 'in' || this.#interruptedMs !== undefined || count === undefined) return undefined;
    const { names } = this.#view;
    return { count, names: names.length === count ? names : undefined };
  }

  async leave(signal: AbortSignal): Promise<void> {
    this.#phase = 'leaving';
    try {
      const silentMs = this.#session?.silentMs ?? 0;
      // The server answers something every ten seconds at least: who has heard nothing for twice as long was not in the meeting any more.
      if (silentMs > 2 * KEEP_ALIVE_EVERY_MS) throw new HarnessError('CONNECTION_LOST', `the server had not said anything for ${Math.round(silentMs / 1000)} s`);
      await unlessAborted(this.#mutate('UserLeaveMeeting', {}), signal);
    } finally {
      this.#close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#phase = 'leaving';
    this.#close();
    return Promise.resolve();
  }

  #openSession({ graphqlUrl, origin, cookie }: Discovery, sessionToken: string): GraphqlSession {
    const { clock } = this.#parts;
    this.#session = new GraphqlSession({
      url: graphqlUrl,
      origin,
      cookie,
      sessionToken,
      clientSessionUuid: this.#uuid,
      clock,
      offline: () => this.#offline,
      events: {
        interrupted: () => {
          this.#count('CONNECTION_INTERRUPTED', this.#phase === 'joining' ? 'socket' : 'stay');
          this.#interruptedMs ??= clock.nowMs();
          void this.#watchInterruption(this.#interruptedMs);
        },
        limited: () => this.#count('GRAPHQL_LIMIT', this.#phase === 'joining' ? 'ready' : 'stay'),
        resumed: () => {
          if (this.#interruptedMs !== undefined) this.#sample({ metric: 'reconnect_time', value: clock.nowMs() - this.#interruptedMs });
          this.#interruptedMs = undefined;
          for (const action of this.#onceConnected.splice(0)) action();
        },
        ended: (error) => this.#sessionEnded(error),
      },
    });
    return this.#session;
  }

  /** The batch goes on while the user is already in, as in the client. */
  #replay(session: GraphqlSession, sessionToken: string): void {
    const { profile, clock } = this.#parts;
    void replayJoin({
      profile,
      session,
      clientSessionUuid: this.#uuid,
      sessionToken,
      clock,
      signal: this.#page.signal,
      onDocument: (operationName, document) => {
        if (session !== this.#session) return;
        this.#take(this.#operations.get(operationName)!, document);
      },
      isPresenter: () => this.#view.presenter,
    }).catch(ignore);
  }

  #newChat(): Chat {
    return new Chat({
      mutate: (name, variables) => this.#mutate(name, variables),
      operation: (name) => this.#operation(name),
      subscribe: (of, variables, onDocument) =>
        this.#session?.subscribe(of, variables, (document) => {
          this.#take(of, document);
          onDocument(document);
        }),
      view: () => this.#view,
      wallMs: () => this.#parts.clock.wallMs(),
    });
  }

  #take(of: Operation, document: unknown): void {
    this.#view.take(of, document);
    this.#sights.look(of.rootField, this.#view);
    this.#changed();
  }

  #changed(): void {
    const why = this.#view.outBecause;
    if (why !== undefined) this.#sessionEnded(new HarnessError('KICKED', why));
    else if (this.#phase === 'in') this.#viewOthers();
    this.#waits.look();
  }

  #sessionEnded(error: HarnessError): void {
    if (this.#ended) return;
    this.#ended = error;
    // GRAPHQL_REFUSED in mid-lesson is a loss like any other; the error says which limit it was.
    if (error.code === 'GRAPHQL_REFUSED' && this.#phase === 'in') this.#count('GRAPHQL_REFUSED', 'stay');
    this.#lose({ code: error.code === 'KICKED' ? 'KICKED' : 'CONNECTION_LOST', message: error.message });
    this.#waits.end(error);
  }

  async #watchInterruption(sinceMs: number): Promise<void> {
    try {
      await this.#parts.clock.sleepUntil(sinceMs + INTERRUPTION_LIMIT_MS, this.#page.signal);
    } catch {
      return;
    }
    if (this.#interruptedMs === sinceMs) this.#lose({ code: 'CONNECTION_LOST', message: `the GraphQL connection has been away for ${INTERRUPTION_LIMIT_MS / 1000} s` });
  }

  /** Cameras as the client's paging shows them, and the screen. */
  #viewOthers(): void {
    const [{ cameraViews }, { userId }] = [this.#parts.spec, this.#view];
    const wanted = new Set(this.#view.cameras.filter((camera) => camera.userId !== userId).slice(0, cameraViews).map(({ streamId }) => streamId));
    if (this.#cameras !== undefined || wanted.size > 0) this.#cameraLegs.view(wanted);
    this.#screen.view(this.#view.screenShared && !this.#view.presenter);
  }

  get #link(): SfuLink {
    return linkOf(this.#parts, { discovery: this.#discovery!, offline: () => this.#offline, signal: this.#page.signal });
  }

  get #offline(): boolean {
    return this.#parts.clock.nowMs() < this.#onlineAtMs;
  }

  #cameraSettled: { readonly resolve: () => void; readonly reject: (error: HarnessError) => void } | undefined;

  get #cameraLegs(): VideoLegs {
    this.#cameras ??= new VideoLegs(this.#link, 'video', {
      published: (cameraId) => {
        this.#connected(() => {
          void this.#mutate('CameraBroadcastStart', { cameraId, contentType: 'camera' }).then(
            () => this.#cameraSettled?.resolve(),
            (error: unknown) => this.#cameraSettled?.reject(new HarnessError('WEBCAM_FAILED', messageOf(error))),
          );
        });
      },
      publishFailed: (code) => {
        this.#countSfu(code, 'webcam');
        this.#cameraSettled?.reject(new HarnessError('WEBCAM_FAILED', `the webcam was not shared: ${nameOf(code)} (${code})`));
      },
      interrupted: (code) => this.#countSfu(code, 'video'),
      first: () => this.#parts.events.phase('first_video'),
      measured: (row, seconds) => this.#measured('video', row, seconds),
    });
    return this.#cameras;
  }

  #connected(action: () => void): void {
    if (this.#interruptedMs === undefined) action();
    else this.#onceConnected.push(action);
  }

  #announceAudio(listenOnly: boolean): void {
    void this.#mutate('UserSetListenOnlyInput', { listenOnlyInputDevice: listenOnly }).catch(ignore);
    if (listenOnly) void this.#mutate('UserSetMuted', { userId: this.#view.userId, muted: true }).catch(ignore);
  }

  /** Rejects with STEP_FAILED in the server's words. */
  async #mutate(name: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    const session = this.#session;
    if (!session || this.#ended) throw this.#ended ?? new HarnessError('STEP_FAILED', `${name}: there is no connection`);
    await session.request(this.#operation(name), variables);
  }

  /** As the server's own client says it, where a profile was learned from it. */
  #operation(name: string): Operation {
    return this.#operations.get(name) ?? operation(name);
  }

  async #keepAlive(session: GraphqlSession): Promise<void> {
    if (this.#offline) return;
    const { http, clock } = this.#parts;
    try {
      await keepAlive({
        http,
        clock,
        discovery: this.#discovery!,
        clientSessionUuid: this.#uuid,
        tell: (variables) => session.request(this.#operation('UpdateConnectionAliveAt'), variables),
        sample: (sample) => this.#sample(sample),
        signal: this.#page.signal,
      });
    } catch (error) {
      if (!this.#page.signal.aborted && this.#interruptedMs === undefined) this.#count(error instanceof HarnessError ? error.code : 'INTERNAL', 'keep-alive');
    }
  }

  #measured(kind: 'audio' | 'video' | 'screen', row: Measured, seconds: number): void {
    if (this.#phase !== 'in') return;
    for (const sample of sentSamples(row)) this.#sample(sample);
    // A camera that is only sent has no reception.
    if (kind !== 'audio' && row.packets === 0 && row.sentPackets > 0) return;
    for (const sample of receivedSamples(kind, row, seconds)) this.#sample(sample);
    if (kind !== 'audio') return;
    // Counted when it falls silent, not for as long as it is.
    const silent = row.packets === 0;
    if (silent && !this.#silent) this.#count('MEDIA_NOT_FLOWING', 'audio');
    this.#silent = silent;
  }

  #sample(sample: MediaSample): void {
    if (this.#phase !== 'leaving') this.#parts.events.sample(sample);
  }

  #count(code: string, phase: string): void {
    this.#sample({ metric: 'errors', value: 1, tags: { code, phase } });
  }

  #countSfu(code: number, phase: string): void {
    this.#count(sfuErrorName(code) ?? ('MEDIA_INTERRUPTED' satisfies ErrorCode), phase);
  }

  #settled<T>(signal: AbortSignal, what: string, work: (resolve: (value: T) => void, reject: (error: HarnessError) => void) => void): Promise<T> {
    if (!this.#discovery) return Promise.reject(new HarnessError('INTERNAL', `${what} before the join`));
    return this.#waits.until(new Promise<T>((resolve, reject) => work(resolve, reject)), signal);
  }

  #close(): void {
    if (this.#page.signal.aborted) return;
    this.#page.abort();
    this.#waits.forget();
    this.#audio?.close();
    this.#cameras?.close();
    this.#screen.close();
    this.#session?.close();
    this.#audio = this.#cameras = this.#session = undefined;
  }
}

/** BBB names a camera by the SHA-256 of its device id. */
const CAMERA_HASH = createHash('sha256').update('firstbell camera').digest('hex');

const ignore = (): void => undefined;
