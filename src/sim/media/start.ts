import type { Clock } from '../../core/clock.js';
import { every } from '../../core/clock.js';
import type { Logger } from '../../core/log.js';
import { MediaProcess } from './media-process.js';
import { sameImpairment, UNIMPAIRED, type Impairment } from './impairment.js';
import type { MediaCommand, MediaNews } from './messages.js';
import type { MediaHost, MediaPlane, MediaStats, SfuUser, SharedMediaPlane } from './plane.js';
import { SfuSocket, type SfuContext } from './sfu-socket.js';
import type { WebSocket } from 'ws';

export interface MediaPlaneOptions {
  readonly processes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WATCH_EVERY_MS = 1_000;

/** Starts the media processes and hands out one SFU per simulated server. */
export async function startMediaPlane({ processes, clock, logger }: MediaPlaneOptions): Promise<SharedMediaPlane> {
  const plane = new Plane(clock, logger, processes);
  plane.start();
  return plane;
}

/** Finds the session and the process of things; the rules of the protocol are in sfu-socket.ts. */
class Plane implements SharedMediaPlane {
  readonly #clock: Clock;
  readonly #processes: MediaProcess[];
  readonly #servers: ServerPlane[] = [];
  readonly #listeners = new Map<number, (news: MediaNews) => void>();
  readonly #owners = new Map<string, ServerPlane>();
  /** Internal meeting id → number of its process; meetings are spread round-robin. */
  readonly #pinned = new Map<string, number>();
  readonly #stopped = new AbortController();
  #nextSession = 1;

  constructor(clock: Clock, logger: Logger, processes: number) {
    this.#clock = clock;
    this.#processes = Array.from({ length: processes }, (_, index) => new MediaProcess(logger, (news) => this.#hear(news), () => this.#crashed(index)));
  }

  start(): void {
    for (const process of this.#processes) process.start();
    void every(this.#clock, WATCH_EVERY_MS, this.#stopped.signal, () => {
      for (const server of this.#servers) server.watch();
    });
  }

  forHost(host: MediaHost): MediaPlane {
    const server = new ServerPlane(this, host, this.#clock);
    this.#servers.push(server);
    return server;
  }

  newSession(listener: (news: MediaNews) => void): number {
    const session = this.#nextSession++;
    this.#listeners.set(session, listener);
    return session;
  }

  forget(session: number): void {
    this.#listeners.delete(session);
  }

  tell(meeting: string, command: MediaCommand, owner: ServerPlane): void {
    this.#owners.set(meeting, owner);
    let index = this.#pinned.get(meeting);
    if (index === undefined) {
      index = this.#pinned.size % this.#processes.length;
      this.#pinned.set(meeting, index);
    }
    this.#processes[index]!.tell(command);
  }

  unpin(meeting: string): void {
    this.#pinned.delete(meeting);
    this.#owners.delete(meeting);
  }

  counters(): Pick<MediaStats, 'packetsIn' | 'packetsOut' | 'bytesIn' | 'bytesOut' | 'keyFrameRequests'> {
    const total = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };
    for (const { counters } of this.#processes) for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += counters[key];
    return total;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#processes.map((process) => process.close()));
  }

  #hear(news: MediaNews): void {
    if ('session' in news) this.#listeners.get(news.session)?.(news);
    else if (news.is === 'counters') for (const { meeting, bytesIn, bytesOut } of news.traffic) this.#owners.get(meeting)?.carried(bytesIn, bytesOut);
    else if (news.is === 'talking') for (const server of this.#servers) server.talking(news.meeting, news.userId, news.talking);
  }

  #crashed(index: number): void {
    for (const server of this.#servers) server.mediaLost((meeting) => this.#pinned.get(meeting) === index);
  }
}

/** The SFU of one simulated server. */
class ServerPlane implements MediaPlane {
  readonly #plane: Plane;
  readonly #host: MediaHost;
  readonly #context: SfuContext;
  readonly #sockets = new Set<SfuSocket>();
  readonly #users = new Map<string, SfuUser>();
  readonly #traffic = { bytesIn: 0, bytesOut: 0 };
  /** What the media process was told of each meeting last. */
  readonly #impaired = new Map<string, Impairment>();

  constructor(plane: Plane, host: MediaHost, clock: Clock) {
    this.#plane = plane;
    this.#host = host;
    this.#context = {
      host,
      nowMs: () => clock.nowMs(),
      newSession: (listener) => plane.newSession(listener),
      forget: (session) => plane.forget(session),
      tell: (meeting, command) => plane.tell(meeting, command, this),
      hasSource: (meeting, sourceId) => [...this.#sockets].some((socket) => socket.meetingId === meeting && socket.publishes(sourceId)),
      sourceEnded: (meeting, sourceId) => {
        for (const socket of this.#sockets) if (socket.meetingId === meeting) socket.sourceEnded(sourceId);
      },
    };
  }

  accept(socket: WebSocket, user: SfuUser): void {
    this.#impair(user.meetingId);
    const opened = new SfuSocket(socket, user, this.#context, () => this.#sockets.delete(opened));
    this.#sockets.add(opened);
    this.#users.set(`${user.meetingId} ${user.userId}`, user);
  }

  setMuted(meetingId: string, userId: string, muted: boolean): void {
    this.#plane.tell(meetingId, { do: 'mute', meeting: meetingId, userId, muted }, this);
  }

  setLoss(meetingId: string, lossRatio: number): void {
    this.#plane.tell(meetingId, { do: 'loss', meeting: meetingId, lossRatio }, this);
  }

  dropUser(meetingId: string, userId: string): void {
    for (const socket of [...this.#sockets]) if (socket.meetingId === meetingId && socket.userId === userId) socket.close();
    this.#users.delete(`${meetingId} ${userId}`);
  }

  dropMeeting(meetingId: string): void {
    for (const socket of [...this.#sockets]) if (socket.meetingId === meetingId) socket.close();
    for (const key of this.#users.keys()) if (key.startsWith(`${meetingId} `)) this.#users.delete(key);
    if (this.#impaired.delete(meetingId)) this.#plane.tell(meetingId, { do: 'impair', meeting: meetingId, impairment: UNIMPAIRED }, this);
    this.#plane.unpin(meetingId);
  }

  stats(): MediaStats {
    let audioSessions = 0;
    let cameraSessions = 0;
    let viewerSessions = 0;
    for (const socket of this.#sockets) {
      const counts = socket.counts();
      audioSessions += counts.audio;
      cameraSessions += counts.sources;
      viewerSessions += counts.views;
    }
    return { sockets: this.#sockets.size, audioSessions, cameraSessions, viewerSessions, ...this.#plane.counters() };
  }

  carried(bytesIn: number, bytesOut: number): void {
    this.#traffic.bytesIn += bytesIn;
    this.#traffic.bytesOut += bytesOut;
  }

  traffic(): { readonly bytesIn: number; readonly bytesOut: number } {
    return { ...this.#traffic };
  }

  watch(): void {
    for (const socket of [...this.#sockets]) socket.watch();
    for (const meetingId of new Set([...this.#sockets].map((socket) => socket.meetingId))) this.#impair(meetingId);
  }

  /** Faults may be replaced at any time; the media process of a meeting hears of a change only. */
  #impair(meeting: string): void {
    const impairment = this.#host.impairment();
    if (sameImpairment(impairment, this.#impaired.get(meeting) ?? UNIMPAIRED)) return;
    this.#impaired.set(meeting, impairment);
    this.#plane.tell(meeting, { do: 'impair', meeting, impairment }, this);
  }

  talking(meetingId: string, userId: string, talking: boolean): void {
    const user = this.#users.get(`${meetingId} ${userId}`);
    if (user) this.#host.talking(user, talking);
  }

  mediaLost(concerns: (meeting: string) => boolean): void {
    for (const socket of [...this.#sockets]) if (concerns(socket.meetingId)) socket.mediaLost();
  }
}
