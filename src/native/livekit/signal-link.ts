import { Ping, SignalRequest, SignalResponse } from '@livekit/protocol';
import { WebSocket } from 'ws';
import { every, type Clock } from '../../core/clock.js';

export interface SignalLinkOptions {
  /** `ws(s)://host/livekit`; the token is added, and never shown to anybody else. */
  readonly url: string;
  readonly token: string;
  readonly origin: string;
  readonly clock: Clock;
  /** There is no network now. */
  readonly offline: () => boolean;
  readonly onMessage: (message: Incoming) => void;
  /** Not called after `close`. `status`: of a refused upgrade. */
  readonly onClosed: (status: number | undefined) => void;
}

/** What a server says, as @livekit/protocol has it: `{ case, value }`. */
export type Incoming = SignalResponse['message'];
export type Outgoing = SignalRequest['message'];

const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Of livekit-client: manual subscription, as BBB 4.0 has it (bbb-protocol §5.2). */
const QUERY = { auto_subscribe: '0', adaptive_stream: '1', sdk: 'js', protocol: '15', version: '2.15.6' } as const;

/** LiveKit's signalling: protobuf over one WebSocket (livekit_rtc.proto). Messages that cannot be read are left out. */
export class SignalLink {
  readonly #options: SignalLinkOptions;
  readonly #socket: WebSocket;
  readonly #life = new AbortController();
  #heardMs: number;
  #status: number | undefined;

  constructor(options: SignalLinkOptions) {
    this.#options = options;
    this.#heardMs = options.clock.nowMs();
    const url = new URL(`${options.url.replace(/\/$/, '')}/rtc`);
    for (const [name, value] of Object.entries({ access_token: options.token, ...QUERY })) url.searchParams.set(name, value);
    const socket = new WebSocket(url, { headers: { origin: options.origin }, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });
    this.#socket = socket;
    if (options.offline()) socket.terminate();
    socket.on('unexpected-response', (request, response) => {
      this.#status = response.statusCode;
      request.destroy();
      socket.terminate();
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && !this.#life.signal.aborted) this.#read(data);
    });
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#life.signal.aborted) return;
      this.#life.abort();
      options.onClosed(this.#status);
    });
  }

  send(message: Outgoing): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(new SignalRequest({ message }).toBinary());
  }

  /** Both pings of livekit-client; a server that answers neither in `timeoutMs` is gone. */
  keepAlive(everyMs: number, timeoutMs: number): void {
    const { clock } = this.#options;
    this.#heardMs = clock.nowMs();
    void every(clock, everyMs, this.#life.signal, () => {
      if (clock.nowMs() - this.#heardMs > timeoutMs) {
        this.cut();
        return;
      }
      const timestamp = BigInt(Math.round(clock.wallMs()));
      this.send({ case: 'ping', value: timestamp });
      this.send({ case: 'pingReq', value: new Ping({ timestamp }) });
    });
  }

  /** The network is gone. */
  cut(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#life.abort();
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close();
  }

  #read(data: Buffer): void {
    let response: SignalResponse;
    try {
      response = SignalResponse.fromBinary(data);
    } catch {
      return;
    }
    this.#heardMs = this.#options.clock.nowMs();
    this.#options.onMessage(response.message);
  }
}
