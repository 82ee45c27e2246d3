import type { Logger } from '../../core/log.js';
import { MediaChild } from '../../rtc/media-child.js';
import type { Measured, MediaCommand, MediaNews, RoomRequest, Sending, SessionRequest } from './messages.js';

export type { Measured, RoomRequest, Sending, SessionRequest } from './messages.js';

/** What a user hears of its media session. */
export interface SessionListener {
  described(sdp: string): void;
  failed(why: 'sdp' | 'transport' | 'process'): void;
  connected(): void;
  /** `track`: in a room, the server's name of it. */
  first(track?: string): void;
  measured(row: Measured, seconds: number): void;
}

export interface MediaSession {
  answer(sdp: string): void;
  /** To be called when our answer has been sent: nothing connects before. */
  answered(): void;
  /** Silence instead of the sound that is sent, or that sound again. */
  mute(muted: boolean): void;
  close(): void;
}

/** A publisher or a subscriber of a room. Offers and answers of ours come as `described`. */
export interface RoomMedia extends MediaSession {
  offer(mids: readonly string[]): void;
  answerTo(sdp: string): void;
  candidate(candidate: string, mid: string): void;
  /** Undefined: nothing from now on. */
  send(mid: string, sending: Sending | undefined): void;
}

/** Where users get their media sessions: a pool of processes, or a list in tests. */
export interface MediaSource {
  open(request: SessionRequest, listener: SessionListener): MediaSession;
  openRoom(request: RoomRequest, listener: SessionListener): RoomMedia;
}

export interface MediaPoolOptions {
  readonly logger: Logger;
  /** Delay of the event loop of a media process in an interval, 99th percentile, ms. */
  readonly onLoopDelay?: (delayMs: number) => void;
  /** How late packets left a media process, the latest of each stretch of 100 ms in which some were due, ms. */
  readonly onSendLateness?: (latenessMs: number) => void;
}

/** Packets that come together are handled together, so a fuller process is cheaper per user, as long as its sessions share a port (worker.ts). */
const SESSIONS_PER_PROCESS = 800;

interface Process {
  readonly child: MediaChild<MediaCommand, MediaNews>;
  readonly sessions: Map<number, SessionListener>;
}

/** Media processes, started as sessions need them. */
export class MediaPool implements MediaSource, AsyncDisposable {
  readonly #options: MediaPoolOptions;
  readonly #processes: Process[] = [];
  #nextSession = 1;

  constructor(options: MediaPoolOptions) {
    this.#options = options;
  }

  /** Starts the processes for so many sessions, so that the first users do not wait for them. */
  prepare(sessions: number): void {
    while (this.#processes.length < Math.ceil(sessions / SESSIONS_PER_PROCESS)) this.#start();
  }

  open(request: SessionRequest, listener: SessionListener): MediaSession {
    const { process, session } = this.#place(listener);
    process.child.tell({ do: 'open', session, request });
    return this.#handle(process, session);
  }

  openRoom(request: RoomRequest, listener: SessionListener): RoomMedia {
    const { process, session } = this.#place(listener);
    const { child } = process;
    child.tell({ do: 'open-room', session, request });
    return {
      ...this.#handle(process, session),
      offer: (mids) => child.tell({ do: 'offer', session, mids }),
      answerTo: (sdp) => child.tell({ do: 'answer-to', session, sdp }),
      candidate: (candidate, mid) => child.tell({ do: 'candidate', session, candidate, mid }),
      send: (mid, sending) => child.tell({ do: 'send', session, mid, sending }),
    };
  }

  #place(listener: SessionListener): { readonly process: Process; readonly session: number } {
    const session = this.#nextSession++;
    const process = this.#leastBusy();
    process.sessions.set(session, listener);
    return { process, session };
  }

  #handle(process: Process, session: number): MediaSession {
    return {
      answer: (sdp) => process.child.tell({ do: 'answer', session, sdp }),
      mute: (muted) => process.child.tell({ do: 'mute', session, muted }),
      answered: () => process.child.tell({ do: 'check', session }),
      close: () => {
        if (process.sessions.delete(session)) process.child.tell({ do: 'close', session });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map(({ child }) => child.close()));
  }

  #leastBusy(): Process {
    let best: Process | undefined;
    for (const process of this.#processes) if (process.sessions.size < (best?.sessions.size ?? SESSIONS_PER_PROCESS)) best = process;
    return best ?? this.#start();
  }

  #start(): Process {
    const sessions = new Map<number, SessionListener>();
    const child = new MediaChild<MediaCommand, MediaNews>({
      entry: 'native/media/worker.js',
      owner: 'the native users',
      logger: this.#options.logger,
      news: (news) => this.#hear(sessions, news),
      crashed: () => {
        const lost = [...sessions.values()];
        sessions.clear();
        for (const listener of lost) listener.failed('process');
      },
    });
    const process = { child, sessions };
    this.#processes.push(process);
    child.start();
    return process;
  }

  #hear(sessions: ReadonlyMap<number, SessionListener>, news: MediaNews): void {
    if (news.is === 'measured') {
      this.#options.onLoopDelay?.(news.loopDelayMs);
      for (const latenessMs of news.sendLatenessMs) this.#options.onSendLateness?.(latenessMs);
      for (const row of news.sessions) sessions.get(row.session)?.measured(row, news.seconds);
      return;
    }
    const listener = sessions.get(news.session);
    if (!listener) return;
    switch (news.is) {
      case 'described':
        listener.described(news.sdp);
        return;
      case 'failed':
        listener.failed(news.why);
        return;
      case 'connected':
        listener.connected();
        return;
      case 'first':
        listener.first(news.track);
    }
  }
}
