import type { Page, WebSocket } from 'playwright';
import type { WireFrame, WireRecording } from '../bbb/wire-recording.js';
import type { Clock } from '../core/clock.js';

/** A join of a large meeting has some hundred frames; more than this is no join. */
const MAX_FRAMES = 20_000;
const MAX_CHARS = 64 * 1024 * 1024;

/** Listens in on the GraphQL and SFU sockets of a page; attach it before the page loads. */
export class WireRecorder {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #graphql: WireFrame[] = [];
  readonly #sfu: WireFrame[] = [];
  #chars = 0;
  #lastSentMs = 0;

  constructor(page: Page, clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs();
    page.on('websocket', (socket) => this.#attach(socket));
  }

  /** Since the page sent its last GraphQL frame. */
  get quietMs(): number {
    return this.#clock.nowMs() - this.#startMs - this.#lastSentMs;
  }

  /** Since the beginning. */
  get nowMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }

  recording(joinedMs: number): WireRecording {
    return { graphql: [...this.#graphql], sfu: [...this.#sfu], joinedMs };
  }

  #attach(socket: WebSocket): void {
    const { pathname } = new URL(socket.url());
    const frames = pathname.endsWith('/bbb-webrtc-sfu') ? this.#sfu : /\/(graphql|v1\/graphql)$/.test(pathname) ? this.#graphql : undefined;
    if (!frames) return;
    const keep = (dir: WireFrame['dir'], payload: string | Buffer): void => {
      const text = String(payload);
      if (frames.length >= MAX_FRAMES || this.#chars + text.length > MAX_CHARS) return;
      this.#chars += text.length;
      const atMs = this.nowMs;
      frames.push({ dir, atMs, text });
      if (dir === 'sent' && frames === this.#graphql) this.#lastSentMs = atMs;
    };
    socket.on('framesent', ({ payload }) => keep('sent', payload));
    socket.on('framereceived', ({ payload }) => keep('received', payload));
  }
}
