import type { HttpClient } from '../bbb/http.js';
import type { JoinedSession } from '../bbb/join.js';
import { operation, type Operation } from '../bbb/operations.js';
import type { Clock } from '../core/clock.js';
import { unlessAborted } from '../core/deadline.js';
import { codeOf, HarnessError } from '../core/errors.js';
import { uniqueUuid } from '../core/random.js';
import type { LostReason, PhaseListener } from '../vu/attendee.js';
import { Chat } from './chat.js';
import { discover, type Discovery } from './discovery.js';
import { GraphqlSession } from './graphql-session.js';
import { KEEP_ALIVE_EVERY_MS, keepAlive, shows } from './keep-alive.js';
import type { MediaSample } from './media-samples.js';
import { MeetingView } from './meeting-view.js';
import { replayJoin } from './replay.js';
import { newPage, Waits } from './waits.js';
import { listeningRole, sfuFrame } from './sfu-frames.js';
import type { SfuLink } from './sfu-link.js';
import { at, operationsOf, type WireProfile } from './wire-profile.js';
import { profileFor } from './wire-profile-4.js';

export interface PageParts {
  readonly http: HttpClient;
  readonly profile: WireProfile;
  readonly clock: Clock;
  /** The user has no network now. */
  readonly offline: () => boolean;
  /** Who is going to write has the chat open from the beginning. */
  readonly chats: boolean;
  readonly events: PageEvents;
}

export interface PageEvents {
  sample(sample: MediaSample): void;
  error(code: string, phase: string): void;
  /** The server refused the subscription of this name. */
  refused(operationName: string, phase: string): void;
  /** The connection is away, or back. */
  connected(on: boolean): void;
  /** The view shows something new of this root field. */
  changed(rootField: string): void;
  /** The meeting has lost this client, or the other way round; called once at most, never before the client was ready. */
  lost(reason: LostReason): void;
}

/** The subscription by which the client sees its own state; the middleware knows it by this name, too, and adds its own time to the trace. */
const TRACES = 'ConnStatusWithTraceLog';
/** BBB takes a user that has been away for so long for gone. */
const INTERRUPTION_LIMIT_MS = 30_000;

/** One page of the client, from its address on until it is left or loaded anew: GraphQL, what the user is shown, and what keeps it alive. */
export class ClientPage {
  readonly view = new MeetingView();
  readonly waits = new Waits();
  readonly chat: Chat;
  readonly #parts: PageParts;
  /** Chosen once the server has said its version. */
  #profile: WireProfile;
  readonly #uuid = uniqueUuid();
  /** Aborts when the page is left. */
  readonly #life = newPage();
  #session: GraphqlSession | undefined;
  #sessionToken = '';
  /** The newest of each operation of the join. */
  readonly #answers = new Map<string, unknown>();
  #discovery: Discovery | undefined;
  #ended: HarnessError | undefined;
  #interruptedMs: number | undefined;
  #ready = false;
  /** What media has to tell the meeting when GraphQL is back: it may come back first. */
  readonly #onceConnected: (() => void)[] = [];

  constructor(parts: PageParts) {
    this.#parts = parts;
    this.#profile = parts.profile;
    this.chat = new Chat({
      mutate: (name, variables) => this.mutate(name, variables),
      operation: (name) => this.#operation(name),
      subscribe: (of, variables, onDocument) => this.#subscribe(of, variables, onDocument),
      view: () => this.view,
      wallMs: () => parts.clock.wallMs(),
    });
  }

  /** From the address of the client until it is ready. Rejects as `discover`, or with why the server refused the session. */
  async load(joined: JoinedSession, onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    const { http, chats } = this.#parts;
    this.#discovery = await discover(http, joined, signal);
    this.#profile = profileFor(this.#profile, this.#discovery.line);
    this.#sessionToken = joined.sessionToken;
    const session = this.#open(this.#discovery, joined.sessionToken);
    await this.waits.until(session.open(), signal);
    onPhase('socket');
    this.#replay(session, joined.sessionToken);
    await this.waits.seen(() => this.view.joined && this.view.hasMeeting, signal);
    this.#ready = true;
    this.#keepAlive(session);
    // Its own answer says if that fails.
    if (chats) void this.chat.open().catch(ignore);
  }

  /** Throws INTERNAL before `load`. */
  get discovery(): Discovery {
    if (!this.#discovery) throw new HarnessError('INTERNAL', 'media before the join');
    return this.#discovery;
  }

  /** How this client speaks to the SFU. */
  get sfu(): Pick<SfuLink, 'frame' | 'listeningRole'> {
    const profile = this.#profile;
    return {
      frame: (kind, values = {}) =>
        sfuFrame(profile, kind, values, {
          clientSessionUuid: this.#uuid,
          sessionToken: this.#sessionToken,
          wallMs: this.#parts.clock.wallMs(),
          resolve: ({ $from, path }) => at(this.#answers.get($from), path),
        }),
      listeningRole: listeningRole(profile),
    };
  }

  /** Of the client's tab. */
  get uuid(): string {
    return this.#uuid;
  }

  /** Aborts when the page is left. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** What the page shows is of now: it was loaded, and its connection is there. */
  get current(): boolean {
    return this.#ready && this.#interruptedMs === undefined;
  }

  /** The server answers something every ten seconds at least: who has heard nothing for twice as long is not in the meeting any more. Rejects with CONNECTION_LOST then. */
  async leave(signal: AbortSignal): Promise<void> {
    const silentMs = this.#session?.silentMs ?? 0;
    if (silentMs > 2 * KEEP_ALIVE_EVERY_MS) throw new HarnessError('CONNECTION_LOST', `the server had not said anything for ${Math.round(silentMs / 1000)} s`);
    // The server may show the user out before it answers.
    await unlessAborted(this.mutate('UserLeaveMeeting', {}), signal);
  }

  /** Rejects with STEP_FAILED in the server's words. */
  async mutate(name: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    await this.ask(name, variables);
  }

  /** A query or mutation; resolves with its root field. Rejects with STEP_FAILED in the server's words. */
  async ask(name: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
    const session = this.#session;
    if (!session || this.#ended) throw this.#ended ?? new HarnessError('STEP_FAILED', `${name}: there is no connection`);
    return session.request(this.#operation(name), variables);
  }

  /** Starts a subscription whose documents go into the view. */
  subscribe(name: string, variables: Readonly<Record<string, unknown>>): void {
    this.#subscribe(this.#operation(name), variables, ignore);
  }

  isSubscribed(name: string): boolean {
    return this.#session?.isSubscribed(name) ?? false;
  }

  /** Ends the subscriptions of a name. */
  unsubscribe(name: string): void {
    this.#session?.complete(name);
  }

  /** Now, or once the connection is back. */
  onceConnected(action: () => void): void {
    if (this.#interruptedMs === undefined) action();
    else this.#onceConnected.push(action);
  }

  /** The network is gone. */
  cut(): void {
    this.#session?.cut();
  }

  close(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    this.waits.forget();
    this.#session?.close();
    this.#session = undefined;
  }

  #open({ graphqlUrl, origin, cookie }: Discovery, sessionToken: string): GraphqlSession {
    const { clock, offline, events } = this.#parts;
    this.#session = new GraphqlSession({
      url: graphqlUrl,
      origin,
      cookie,
      sessionToken,
      clientSessionUuid: this.#uuid,
      clock,
      offline,
      events: {
        interrupted: () => {
          events.error('CONNECTION_INTERRUPTED', this.#ready ? 'stay' : 'socket');
          events.connected(false);
          this.#interruptedMs ??= clock.nowMs();
          void this.#watchInterruption(this.#interruptedMs);
        },
        limited: () => events.error('GRAPHQL_LIMIT', this.#ready ? 'stay' : 'ready'),
        refused: (operationName) => events.refused(operationName, this.#ready ? 'stay' : 'ready'),
        resumed: () => {
          if (this.#interruptedMs !== undefined) events.sample({ metric: 'reconnect_time', value: clock.nowMs() - this.#interruptedMs });
          this.#interruptedMs = undefined;
          events.connected(true);
          for (const action of this.#onceConnected.splice(0)) action();
        },
        ended: (error) => this.#end(error),
      },
    });
    return this.#session;
  }

  /** The batch goes on while the user is already in, as in the client. */
  #replay(session: GraphqlSession, sessionToken: string): void {
    const { clock } = this.#parts;
    const profile = this.#profile;
    void replayJoin({
      profile,
      session,
      clientSessionUuid: this.#uuid,
      sessionToken,
      answers: this.#answers,
      clock,
      signal: this.#life.signal,
      onDocument: (operationName, document) => this.#take(operationsOf(profile).get(operationName)!, document),
      isPresenter: () => this.view.presenter,
    }).catch(ignore);
  }

  #subscribe(of: Operation, variables: Readonly<Record<string, unknown>>, onDocument: (document: unknown) => void): void {
    this.#session?.subscribe(of, variables, (document) => {
      this.#take(of, document);
      onDocument(document);
    });
  }

  #take(of: Operation, document: unknown): void {
    if (this.#life.signal.aborted) return;
    this.view.take(of, document);
    const why = this.view.outBecause;
    if (why !== undefined) this.#end(new HarnessError('KICKED', why));
    else this.#parts.events.changed(of.rootField);
    this.waits.look();
  }

  #end(error: HarnessError): void {
    if (this.#ended) return;
    this.#ended = error;
    // GRAPHQL_REFUSED in mid-lesson is a loss like any other; the error says which limit it was.
    if (error.code === 'GRAPHQL_REFUSED' && this.#ready) this.#parts.events.error('GRAPHQL_REFUSED', 'stay');
    this.#lose({ code: error.code === 'KICKED' ? 'KICKED' : 'CONNECTION_LOST', message: error.message });
    this.waits.end(error);
  }

  async #watchInterruption(sinceMs: number): Promise<void> {
    try {
      await this.#parts.clock.sleepUntil(sinceMs + INTERRUPTION_LIMIT_MS, this.#life.signal);
    } catch {
      return;
    }
    if (this.#interruptedMs === sinceMs) this.#lose({ code: 'CONNECTION_LOST', message: `the GraphQL connection has been away for ${INTERRUPTION_LIMIT_MS / 1000} s` });
  }

  #lose(reason: LostReason): void {
    if (this.#ready) this.#parts.events.lost(reason);
  }

  #keepAlive(session: GraphqlSession): void {
    const { http, clock, offline, events } = this.#parts;
    keepAlive({
      http,
      clock,
      discovery: this.discovery,
      clientSessionUuid: this.#uuid,
      offline,
      traces: () => session.isSubscribed(TRACES),
      traced: (traceLog, signal) => {
        const before = this.view.ownStatus;
        return this.waits.seen(() => shows(this.view.ownStatus, before, traceLog), signal);
      },
      tell: (variables, signal) => session.request(this.#operation('UpdateConnectionAliveAt'), variables, signal),
      sample: (sample) => events.sample(sample),
      failed: (error) => {
        if (!this.#life.signal.aborted && this.#interruptedMs === undefined) events.error(codeOf(error), 'keep-alive');
      },
      signal: this.#life.signal,
    });
  }

  /** As the server's own client says it, where a profile was learned from it. */
  #operation(name: string): Operation {
    return operationsOf(this.#profile).get(name) ?? operation(name);
  }
}

const ignore = (): void => undefined;
