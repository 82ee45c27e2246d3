import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastify, type FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import { GRAPHQL_SUBPROTOCOL, MAX_GRAPHQL_FRAME_BYTES, type MiddlewareLimits } from '../bbb/graphql.js';
import { LIVEKIT_BRIDGES, SFU_BRIDGES, type Bridges } from '../bbb/bridges.js';
import { MAX_SFU_FRAME_BYTES } from '../bbb/sfu.js';
import { every, type Clock } from '../core/clock.js';
import type { Logger } from '../core/log.js';
import { seededRandom, type Random } from '../core/random.js';
import { Admission } from './admission.js';
import { endBreakouts, endOverdueBreakouts, inviteTo, openBreakouts, type BreakoutHost } from './breakouts.js';
import type { LineTotals } from './api/exporter.js';
import { addApiRoutes } from './api/routes.js';
import type { IceService } from './api/stuns.js';
import type { Faults } from './faults.js';
import type { CapacityModel, StandingLoad } from './capacity.js';
import { GraphqlHub } from './graphql/hub.js';
import type { SimLine } from './graphql/schema.js';
import { LivekitMedia } from './livekit/media.js';
import type { Livekit } from './livekit/process.js';
import { LIVEKIT_PATH, proxyUpgrade } from './livekit/proxy.js';
import type { LivekitEvent } from './livekit/webhook.js';
import type { MediaHost, MediaPlane, SfuUser, SharedMediaPlane } from './media/plane.js';
import { cookieOf } from './cookie.js';
import { LineMeter } from './line-meter.js';
import { addPageRoutes } from './page-routes.js';
import { Store } from './state/store.js';
import { countsOf } from './state/poll.js';
import type { SimMeeting } from './state/meeting.js';
import type { SimUser } from './state/user.js';
import { VirtualCpu, type Work } from './virtual-cpu.js';

export interface ServerOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  readonly limits: MiddlewareLimits;
  readonly media: SharedMediaPlane;
  readonly ice: IceService;
  /** What the server can do; undefined: as much as it is asked for. */
  readonly capacity: CapacityModel | undefined;
  readonly line: SimLine;
  /** Undefined: there is none, and meetings cannot use it. */
  readonly livekit: Livekit | undefined;
}

const FLUSH_EVERY_MS = 30;
const SWEEP_EVERY_MS = 1_000;
const MAX_ADMISSION_WAIT_MS = 120_000;

/** One simulated BBB server: API, GraphQL, SFU, the way to LiveKit, and client page on one port. */
export class SimServer implements AsyncDisposable {
  readonly name: string;
  readonly secret: string;
  readonly store: Store;
  readonly #options: ServerOptions;
  readonly #http: FastifyInstance;
  readonly #random: Random;
  readonly #hub: GraphqlHub;
  readonly #plane: MediaPlane;
  readonly #admission: Admission;
  readonly #graphql = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has(GRAPHQL_SUBPROTOCOL) ? GRAPHQL_SUBPROTOCOL : false), maxPayload: MAX_GRAPHQL_FRAME_BYTES });
  readonly #sfu = new WebSocketServer({ noServer: true, maxPayload: MAX_SFU_FRAME_BYTES * 2 });
  readonly #line = new LineMeter();
  readonly #stopped = new AbortController();
  readonly #cpu: VirtualCpu | undefined;
  readonly #livekitMedia: LivekitMedia | undefined;
  #origin = '';
  #lineLoss = 0;

  constructor(options: ServerOptions, index: number) {
    this.#options = options;
    this.name = options.name;
    this.secret = options.secret;
    this.store = new Store(options.clock, index + 1);
    this.#random = seededRandom(index + 1);
    this.#cpu = options.capacity && new VirtualCpu({ model: options.capacity, clock: options.clock, random: this.#random.derive(1), standing: () => this.#standing() });
    this.#livekitMedia = options.livekit && new LivekitMedia({ livekit: options.livekit, store: this.store, wallMs: () => options.clock.wallMs() });
    // Everyone whose answer is under way waits for its end.
    setMaxListeners(0, this.#stopped.signal);
    this.#http = fastify({ forceCloseConnections: true });
    this.#plane = options.media.forHost(this.#mediaHost());
    this.#admission = new Admission(options.clock, options.limits.maxConnectionsPerSecond, MAX_ADMISSION_WAIT_MS);
    this.#hub = new GraphqlHub({
      server: options.name,
      line: options.line,
      store: this.store,
      clock: options.clock,
      limits: options.limits,
      faults: options.faults,
      mute: (meeting, userId, muted) => this.#mute(meeting, userId, muted),
      hears: (meeting, user, sound) => this.#livekitMedia?.hears(meeting, user, sound),
      end: (meeting, reason, by) => this.end(meeting, reason, by),
      work: (work, done) => this.work(work, done),
      told: (members) => this.#cpu?.tell(members),
      breakouts: {
        open: (meeting, rooms, minutes, inviteModerators) => openBreakouts(this.#breakoutHost, meeting, rooms, minutes, inviteModerators),
        invite: (room, user) => inviteTo(this.#breakoutHost, room, user),
        end: (meeting, reason) => endBreakouts(this.#breakoutHost, meeting, reason),
      },
      gone: (meeting, user) => this.#plane.dropUser(meeting.internalId, user.userId),
    });
  }

  get origin(): string {
    return this.#origin;
  }

  get line(): SimLine {
    return this.#options.line;
  }

  get livekit(): Livekit | undefined {
    return this.#options.livekit;
  }

  /** Of meetings whose create call says nothing of them. */
  get bridges(): Bridges {
    return this.line === '4.0' ? LIVEKIT_BRIDGES : SFU_BRIDGES;
  }

  /** A user has been let in. */
  admit(meeting: SimMeeting, user: SimUser): void {
    this.#livekitMedia?.admit(meeting, user);
  }

  /** Heard of one of the rooms of the fleet. */
  hear(event: LivekitEvent): void {
    this.#livekitMedia?.hear(event);
  }

  get apiUrl(): string {
    return `${this.#origin}/bigbluebutton/api`;
  }

  async listen(): Promise<void> {
    const { host, port, clock, faults, name } = this.#options;
    addApiRoutes(this.#http, { server: this, clock, faults, random: this.#random, ice: this.#options.ice, state: () => this.state(), line: () => this.#lineTotals() });
    addPageRoutes(this.#http);
    this.#line.watch(this.#http.server);
    this.#http.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head).catch(() => socket.destroy()));
    await this.#http.listen({ host, port });
    const { address, port: bound } = this.#http.server.address() as AddressInfo;
    this.#origin = `http://${address.includes(':') ? `[${address}]` : address}:${bound}`;
    void every(clock, FLUSH_EVERY_MS, this.#stopped.signal, () => this.#hub.flush());
    void every(clock, SWEEP_EVERY_MS, this.#stopped.signal, () => this.#sweep());
    this.#options.logger.log('debug', `${name} listens on ${this.#origin}`);
  }

  end(meeting: SimMeeting, reason: string, by: string | null = null): void {
    if (meeting.ended !== undefined) return;
    endBreakouts(this.#breakoutHost, meeting, 'BREAKOUT_ENDED_BY_MOD');
    meeting.end(reason, by);
    this.#plane.dropMeeting(meeting.internalId);
    this.#hub.meetingEnded(meeting);
  }

  /** Calls `done` when the server has done a piece of work, at once if its capacity has no end; false: it was turned away. */
  work(work: Work, done: (accepted: boolean) => void): void {
    if (this.#cpu) this.#cpu.run(work, this.#stopped.signal, done);
    else done(true);
  }

  /** What tests and people may ask for over HTTP. */
  state(): Record<string, unknown> {
    return { name: this.name, url: this.apiUrl, graphqlSockets: this.#hub.sockets, ...(this.#cpu ? { utilisation: this.#cpu.utilisation } : {}), media: this.#plane.stats(), meetings: [...this.store.meetings.values()].filter((one) => one.ended === undefined).map((one) => ({ ...describe(one, this.name), ...(this.#livekitMedia ? { livekitTracks: this.#livekitMedia.tracksOf(one) } : {}) })) };
  }

  #lineTotals(): LineTotals {
    const { receivedBytes, sentBytes } = this.#line.totals();
    const { bytesIn, bytesOut } = this.#plane.traffic();
    return { receivedBytes: receivedBytes + bytesIn, sentBytes: sentBytes + bytesOut };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#hub.terminateAll();
    for (const client of this.#sfu.clients) client.terminate();
    await this.#http.close();
  }

  #sweep(): void {
    if (this.#isDown) this.#loseEveryone();
    this.#fillLine();
    this.#hub.watch();
    endOverdueBreakouts(this.#breakoutHost);
    const { removed, forgotten } = this.store.sweep();
    for (const { meeting, user } of removed) this.#plane.dropUser(meeting.internalId, user.userId);
    for (const meeting of forgotten) {
      this.#plane.dropMeeting(meeting.internalId);
      this.#livekitMedia?.forget(meeting);
    }
  }

  get #breakoutHost(): BreakoutHost {
    return { store: this.store, clock: this.#options.clock, secret: this.secret, apiUrl: this.apiUrl, end: (meeting, reason) => this.end(meeting, reason) };
  }

  get #isDown(): boolean {
    return this.#options.faults.on(this.name, 'server-down') !== undefined;
  }

  /** A server that is gone says goodbye to nobody. */
  #loseEveryone(): void {
    this.#hub.terminateAll();
    for (const client of this.#sfu.clients) client.terminate();
    for (const meeting of this.store.meetings.values()) this.end(meeting, 'ENDED_DUE_TO_SERVICE_INTERRUPTION');
  }

  /** Says how much of the media is lost on the line; again and again, since meetings come. */
  #fillLine(): void {
    const before = this.#lineLoss;
    this.#lineLoss = this.#cpu?.lineLoss ?? 0;
    if (this.#lineLoss === 0 && before === 0) return;
    for (const { internalId } of this.store.meetings.values()) this.#plane.setLoss(internalId, this.#lineLoss);
  }

  #standing(): StandingLoad {
    const { cameraSessions, viewerSessions } = this.#plane.stats();
    const counts = { users: 0, microphones: 0, listeners: 0, cameras: cameraSessions, views: viewerSessions };
    for (const meeting of this.store.meetings.values()) {
      for (const user of meeting.users.values()) {
        if (!user.present) continue;
        counts.users++;
        if (user.voice) counts[user.voice.listenOnly ? 'listeners' : 'microphones']++;
      }
    }
    return counts;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (this.#isDown) {
      socket.destroy();
      return;
    }
    const address = request.url ?? '/';
    if (!URL.canParse(address, this.#origin)) {
      refuse(socket, 400, 'Bad Request');
      return;
    }
    const url = new URL(address, this.#origin);
    const httpSession = cookieOf(request.headers.cookie, 'JSESSIONID');
    if (url.pathname === '/graphql') {
      const atMs = this.#admission.turn();
      if (atMs === undefined) {
        refuse(socket, 429, 'Too Many Requests');
        return;
      }
      if (atMs > this.#options.clock.nowMs()) {
        try {
          await this.#options.clock.sleepUntil(atMs, this.#stopped.signal);
        } catch {
          socket.destroy();
          return;
        }
      }
      this.#graphql.handleUpgrade(request, socket, head, (opened) => this.#hub.accept(opened, socket, httpSession));
      return;
    }
    if (url.pathname === '/bbb-webrtc-sfu') {
      const member = this.store.bySession(url.searchParams.get('sessionToken') ?? '');
      if (!member || member.user.httpSession !== httpSession || member.user.ejected !== undefined || member.user.loggedOut) {
        refuse(socket, 401, 'Unauthorized');
        return;
      }
      const user: SfuUser = { meetingId: member.meeting.internalId, userId: member.user.userId, userName: member.user.name, voiceBridge: member.meeting.options.voiceBridge };
      this.#sfu.handleUpgrade(request, socket, head, (opened) => this.#plane.accept(opened, user));
      return;
    }
    const { livekit } = this.#options;
    if (url.pathname.startsWith(LIVEKIT_PATH) && livekit) {
      proxyUpgrade(request, socket, head, livekit.port);
      return;
    }
    refuse(socket, 404, 'Not Found');
  }

  #mute(meeting: SimMeeting, userId: string, muted: boolean): void {
    const user = meeting.users.get(userId);
    if (!user?.voice || user.voice.muted === muted) return;
    user.voice.muted = muted;
    if (muted) user.voice.talking = false;
    user.voice.changedMs = meeting.stamp(this.#options.clock.wallMs());
    this.#plane.setMuted(meeting.internalId, userId, muted);
    meeting.touch('voice', user);
  }

  #find(user: SfuUser): { readonly meeting: SimMeeting; readonly user: SimUser } | undefined {
    const meeting = this.store.byInternalId(user.meetingId);
    const found = meeting?.users.get(user.userId);
    return meeting && found && { meeting, user: found };
  }

  #mediaHost(): MediaHost {
    const { faults, name, clock } = this.#options;
    const unauthorized = { code: 2301, message: 'SFU_UNAUTHORIZED' };
    return {
      refusal: (user, type, role) => {
        if (type === 'audio' && faults.on(name, 'no-audio') !== undefined) return { code: 2001, message: 'MEDIA_SERVER_OFFLINE' };
        if (type === 'video' && role === 'share' && faults.on(name, 'no-webcam') !== undefined) return { code: 2002, message: 'MEDIA_SERVER_NO_RESOURCES' };
        const found = this.#find(user);
        if (found?.user.present !== true) return unauthorized;
        return type === 'screenshare' && role === 'send' && !found.user.presenter ? unauthorized : undefined;
      },
      impairment: () => ({ audioDelayMs: faults.on(name, 'audio-delay') ?? 0, videoDelayMs: faults.on(name, 'video-delay') ?? 0, lossShare: faults.on(name, 'packet-loss') ?? 0, silent: faults.on(name, 'no-media') !== undefined }),
      start: (done) => this.work('start', done),
      voiceJoined: (user, listenOnly) => {
        const found = this.#find(user);
        if (found?.user.present !== true) return;
        found.user.voice = { listenOnly, muted: listenOnly, talking: false, changedMs: found.meeting.stamp(clock.wallMs()) };
        // The room remembers who was muted before.
        this.#plane.setMuted(user.meetingId, user.userId, listenOnly);
        found.meeting.touch('voice', found.user);
      },
      voiceLeft: (user) => {
        const found = this.#find(user);
        if (!found?.user.voice) return;
        found.user.voice = undefined;
        found.meeting.touch('voice', found.user);
      },
      talking: (user, talking) => {
        const found = this.#find(user);
        if (!found?.user.voice) return;
        found.user.voice.talking = talking;
        found.user.voice.changedMs = found.meeting.stamp(clock.wallMs());
        found.meeting.touch('voice', found.user);
      },
      cameraUp: (user, cameraId) => {
        const found = this.#find(user);
        if (cameraId === 'screen' && found) {
          found.meeting.screenshareSince = new Date(clock.wallMs()).toISOString();
          found.meeting.touch('meeting');
        } else found?.user.mediaUp.add(cameraId);
      },
      cameraDown: (user, cameraId) => {
        const found = this.#find(user);
        if (!found) return;
        if (cameraId === 'screen') {
          found.meeting.screenshareSince = undefined;
          found.meeting.touch('meeting');
          return;
        }
        found.user.mediaUp.delete(cameraId);
        if (found.user.cameras.delete(cameraId)) found.meeting.touch('cameras', found.user);
      },
    };
  }
}

function describe(meeting: SimMeeting, server: string): Record<string, unknown> {
  return {
    meetingID: meeting.externalId,
    name: meeting.options.name,
    server,
    metadata: meeting.options.metadata,
    page: meeting.page,
    reactions: meeting.reactions.length,
    screenShared: meeting.screenshareSince !== undefined,
    shapes: meeting.whiteboard.size,
    writers: meeting.present().filter((user) => meeting.mayWrite(user)).length,
    polls: meeting.polls.map((poll) => ({ ended: poll.ended, published: poll.published, answers: countsOf(poll) })),
    breakouts: (meeting.breakouts?.rooms ?? []).map(({ shortName, meeting: room }) => ({ name: shortName, meetingID: room.externalId, users: room.present().map((user) => ({ name: user.name, voice: user.voice ?? null })) })),
    chatMessages: meeting.chat.map(({ senderName, text }) => ({ senderName, text })),
    users: meeting.present().map((user) => ({ name: user.name, role: user.role, presenter: user.presenter, raisedHand: user.raisedHandMs !== undefined, disconnected: user.disconnected, voice: user.voice ?? null, cameras: user.cameras.size, sockets: user.sockets })),
  };
}

function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
