import type { SfuEvent } from '../../bbb/sfu.js';
import { Broker, gathered } from './broker.js';

export type AudioState = 'out' | 'connecting' | 'microphone' | 'listen-only';

export interface AudioEvents {
  state(state: AudioState): void;
  /** Connected with this role: the client tells the meeting (UserSetListenOnlyInput, UserSetMuted). */
  connected(listenOnly: boolean): void;
  failed(code: number): void;
}

const RETRY_FIRST_MS = 500;
const RETRY_GROWTH = 1.5;
const RETRY_MAX_MS = 5_000;
const MAX_RETRIES = 5;

/** The audio leg: microphone or listen-only through the SFU (bbb-protocol §4.2). */
export class Audio {
  readonly #url: string;
  readonly #events: AudioEvents;
  readonly #iceServers: readonly RTCIceServer[];
  #broker: Broker | undefined;
  #connection: RTCPeerConnection | undefined;
  #microphone: MediaStream | undefined;
  #output: HTMLAudioElement | undefined;
  #listenOnly = false;
  #attempt = 0;
  #retryMs = RETRY_FIRST_MS;
  #wanted = false;

  constructor(url: string, iceServers: readonly RTCIceServer[], events: AudioEvents) {
    this.#url = url;
    this.#iceServers = iceServers;
    this.#events = events;
  }

  /** `microphone`: the stream of the echo test; undefined: listen only. */
  join(microphone: MediaStream | undefined): void {
    this.#microphone = microphone;
    this.#listenOnly = microphone === undefined;
    this.#wanted = true;
    this.#attempt = 0;
    this.#retryMs = RETRY_FIRST_MS;
    this.#events.state('connecting');
    this.#start();
  }

  leave(): void {
    this.#wanted = false;
    this.#tearDown();
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = undefined;
    this.#events.state('out');
  }

  get #role(): string {
    return this.#listenOnly ? 'passive-sendrecv' : 'sendrecv';
  }

  #start(): void {
    this.#attempt++;
    this.#broker = new Broker(this.#url, (event) => void this.#receive(event), () => this.#retry(1301));
    this.#broker.send({ id: 'start', type: 'audio', role: this.#role, clientSessionNumber: this.#attempt, extension: null, transparentListenOnly: true });
  }

  async #receive(event: SfuEvent): Promise<void> {
    switch (event.id) {
      case 'startResponse':
        await this.#answer(event.sdp);
        return;
      case 'webRTCAudioSuccess':
        this.#retryMs = RETRY_FIRST_MS;
        this.#events.connected(this.#listenOnly);
        this.#events.state(this.#listenOnly ? 'listen-only' : 'microphone');
        return;
      case 'error':
        this.#retry(event.code);
    }
  }

  async #answer(offer: string): Promise<void> {
    const connection = new RTCPeerConnection({ iceServers: [...this.#iceServers] });
    this.#connection = connection;
    for (const track of this.#microphone?.getAudioTracks() ?? []) connection.addTrack(track, this.#microphone!);
    connection.ontrack = ({ track }) => {
      this.#output ??= document.body.appendChild(Object.assign(document.createElement('audio'), { autoplay: true, id: 'remote-media' }));
      this.#output.srcObject = new MediaStream([track]);
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed') this.#retry(1307);
    };
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    // The recorded listen-only client answers sendrecv without a track.
    if (this.#listenOnly) for (const transceiver of connection.getTransceivers()) transceiver.direction = 'sendrecv';
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    this.#broker?.send({ id: 'subscriberAnswer', type: 'audio', role: this.#role, sdpOffer: connection.localDescription!.sdp });
  }

  #retry(code: number): void {
    this.#tearDown();
    if (!this.#wanted) return;
    if (this.#attempt > MAX_RETRIES) {
      this.#wanted = false;
      this.#events.failed(code);
      this.leave();
      return;
    }
    this.#events.state('connecting');
    setTimeout(() => {
      if (this.#wanted) this.#start();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * RETRY_GROWTH, RETRY_MAX_MS);
  }

  #tearDown(): void {
    this.#broker?.close();
    this.#connection?.close();
    this.#broker = undefined;
    this.#connection = undefined;
    if (this.#output) this.#output.srcObject = null;
  }
}
