import { SFU_PING_EVERY_MS, parseSfuEvent, type SfuEvent } from '../../bbb/sfu.js';

/** One WebSocket of `/bbb-webrtc-sfu`; opened when first needed, closed with its last session. */
export class Broker {
  readonly #url: string;
  readonly #onEvent: (event: SfuEvent) => void;
  readonly #onClosed: () => void;
  #socket: WebSocket | undefined;
  #waiting: string[] = [];
  #pings: number | undefined;

  constructor(url: string, onEvent: (event: SfuEvent) => void, onClosed: () => void) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.#onClosed = onClosed;
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
    clearInterval(this.#pings);
    socket?.close();
  }

  #open(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      for (const text of this.#waiting) socket.send(text);
      this.#waiting = [];
      this.#pings = setInterval(() => socket.send(JSON.stringify({ id: 'ping' })), SFU_PING_EVERY_MS) as unknown as number;
    };
    socket.onmessage = (message) => {
      const event = parseSfuEvent(String(message.data));
      if (event) this.#onEvent(event);
    };
    socket.onclose = () => {
      clearInterval(this.#pings);
      // Closed by ourselves: nobody waits for news.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#onClosed();
    };
  }
}

/** There is no trickle: the description is sent once every candidate is in it. */
export function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve();
    });
  });
}
