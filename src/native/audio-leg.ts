import type { SfuEvent } from '../bbb/sfu.js';
import { sleep } from '../core/clock.js';
import { Broker } from './broker.js';
import type { Measured, MediaSession } from './media/media-pool.js';
import { requestFor, type SfuLink } from './sfu-link.js';

export interface AudioEvents {
  /** MEDIA_FLOWING; again after a reconnect. */
  connected(): void;
  /** An attempt failed or the leg broke, with the SFU's code or the client's own; it is tried again. */
  interrupted(code: number): void;
  /** Every attempt was in vain. */
  failed(code: number): void;
  first(): void;
  measured(row: Measured, seconds: number): void;
}

/** The client's own figures (bbb-protocol §4.1): audio broker. */
const RETRY_FIRST_MS = 500;
const RETRY_GROWTH = 1.5;
const RETRY_MAX_MS = 5_000;
/** A person who does not get sound gives up; one who had it goes on through a lost connection as GraphQL does. */
const MAX_RETRIES = 5;
const MAX_RETRIES_LATER = 20;
const ATTEMPT_LIMIT_MS = 20_000;
const WEBSOCKET_DISCONNECTED = 1301;
const NEGOTIATION_FAILED = 1305;
const ICE_STATE_FAILED = 1307;

/** A user's audio through the SFU, on a socket of its own: microphone, or listen-only as recorded (bbb-protocol §4.2). */
export class AudioLeg {
  readonly #link: SfuLink;
  readonly #listenOnly: boolean;
  readonly #events: AudioEvents;
  #broker: Broker | undefined;
  #session: MediaSession | undefined;
  /** Grows when an attempt ends, too: nothing of it is heard any more. */
  #attempt = 0;
  /** As the server counts them. */
  #starts = 0;
  #retries = 0;
  #retryMs = RETRY_FIRST_MS;
  #connected = false;
  #hadSound = false;
  #over = false;
  #muted = false;

  constructor(link: SfuLink, listenOnly: boolean, events: AudioEvents) {
    this.#link = link;
    this.#listenOnly = listenOnly;
    this.#events = events;
  }

  start(): void {
    const { discovery, clock, frame, offline, signal } = this.#link;
    const attempt = ++this.#attempt;
    const broker = new Broker({ url: discovery.sfuUrl, origin: discovery.origin, cookie: discovery.cookie, clock, offline, onEvent: (event) => this.#receive(attempt, event), onClosed: () => this.#retry(attempt, WEBSOCKET_DISCONNECTED) });
    this.#broker = broker;
    broker.send(frame({ id: 'start', type: 'audio', role: this.#role }, { attempt: ++this.#starts }));
    void sleep(clock, ATTEMPT_LIMIT_MS, signal).then(
      () => {
        if (!this.#connected) this.#retry(attempt, NEGOTIATION_FAILED);
      },
      () => undefined,
    );
  }

  /** Also of connections to come. */
  mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#session?.mute(muted);
  }

  cut(): void {
    this.#broker?.cut();
  }

  close(): void {
    this.#over = true;
    this.#tearDown();
  }

  get #role(): string {
    return this.#listenOnly ? this.#link.listeningRole : 'sendrecv';
  }

  #receive(attempt: number, event: SfuEvent): void {
    if (attempt !== this.#attempt) return;
    switch (event.id) {
      case 'startResponse':
        this.#answer(attempt, event.sdp);
        return;
      case 'webRTCAudioSuccess':
        this.#connected = true;
        this.#hadSound = true;
        this.#retries = 0;
        this.#retryMs = RETRY_FIRST_MS;
        this.#events.connected();
        return;
      case 'error':
        this.#retry(attempt, event.code);
    }
  }

  #answer(attempt: number, remoteOffer: string): void {
    const broker = this.#broker;
    this.#session?.close();
    // The recorded listen-only client answers passive-sendrecv with sendrecv, and sends nothing.
    const direction = this.#role.endsWith('sendrecv') ? 'sendrecv' : 'recvonly';
    this.#session = this.#link.media.open(requestFor(this.#link, { kind: 'audio', direction, remoteOffer, asset: this.#listenOnly ? undefined : 'speech' }), {
      described: (sdp) => {
        if (attempt !== this.#attempt) return;
        broker?.send(this.#link.frame({ id: 'subscriberAnswer', type: 'audio', role: this.#role }, { sdp }));
        this.#session?.answered();
        if (this.#muted) this.#session?.mute(true);
      },
      failed: (why) => this.#retry(attempt, why === 'sdp' ? NEGOTIATION_FAILED : ICE_STATE_FAILED),
      connected: () => undefined,
      first: () => this.#events.first(),
      measured: (row, seconds) => {
        if (this.#connected) this.#events.measured(row, seconds);
      },
    });
  }

  #retry(attempt: number, code: number): void {
    if (attempt !== this.#attempt) return;
    this.#tearDown();
    if (this.#over || this.#link.signal.aborted) return;
    if (++this.#retries > (this.#hadSound ? MAX_RETRIES_LATER : MAX_RETRIES)) {
      this.#over = true;
      this.#events.failed(code);
      return;
    }
    this.#events.interrupted(code);
    void sleep(this.#link.clock, this.#retryMs, this.#link.signal).then(
      () => {
        if (!this.#over) this.start();
      },
      () => undefined,
    );
    this.#retryMs = Math.min(this.#retryMs * RETRY_GROWTH, RETRY_MAX_MS);
  }

  #tearDown(): void {
    this.#attempt++;
    this.#connected = false;
    this.#broker?.close();
    this.#session?.close();
    this.#broker = undefined;
    this.#session = undefined;
  }
}
