import { WebSocket } from 'ws';
import { parseSfuEvent, SFU_PING_EVERY_MS, type SfuEvent } from '../bbb/sfu.js';
import { every, type Clock } from '../core/clock.js';

export interface BrokerOptions {
  readonly url: string;
  readonly origin: string;
  readonly cookie: string;
  readonly clock: Clock;
  /** There is no network now. */
  readonly offline: () => boolean;
  readonly onEvent: (event: SfuEvent) => void;
  /** Not called after `close`. */
  readonly onClosed: () => void;
}

const MAX_FRAME_BYTES = 1024 * 1024;

/** One WebSocket of `/bbb-webrtc-sfu`, opened when first needed (bbb-protocol §4.1). */
export class Broker {
  readonly #options: BrokerOptions;
  #socket: WebSocket | undefined;
  #waiting: string[] = [];
  #pings: AbortController | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /** There is a socket, or one is on its way. */
  get open(): boolean {
    return this.#socket !== undefined;
  }

  send(frame: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(frame);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
    else {
      this.#waiting.push(text);
      if (!this.#socket) this.#open();
    }
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#waiting = [];
    this.#pings?.abort();
    if (socket?.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket?.close();
  }

  /** The network is gone. */
  cut(): void {
    this.#socket?.terminate();
  }

  #open(): void {
    const { url, origin, cookie, clock, offline, onEvent, onClosed } = this.#options;
    const socket = new WebSocket(url, { headers: { origin, ...(cookie === '' ? {} : { cookie }) }, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });
    const pings = new AbortController();
    this.#socket = socket;
    this.#pings = pings;
    if (offline()) socket.terminate();
    socket.on('open', () => {
      if (this.#socket !== socket) return;
      for (const text of this.#waiting) socket.send(text);
      this.#waiting = [];
      void every(clock, SFU_PING_EVERY_MS, pings.signal, () => {
        if (socket.readyState === WebSocket.OPEN) socket.send(PING);
      });
    });
    // ws hands out Buffers unless told otherwise.
    socket.on('message', (data: Buffer) => {
      const event = this.#socket === socket ? parseSfuEvent(data.toString('utf8')) : undefined;
      if (event) onEvent(event);
    });
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      pings.abort();
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#waiting = [];
      onClosed();
    });
  }
}

const PING = JSON.stringify({ id: 'ping' });
