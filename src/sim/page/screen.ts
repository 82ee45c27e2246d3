import type { SfuEvent } from '../../bbb/sfu.js';
import { Broker, gathered } from './broker.js';

export interface ScreenEvents {
  /** Our screen's media is up; the SFU tells the meeting. */
  published(): void;
  /** Ours has ended: refused, or its socket is gone. */
  ended(code: number): void;
  viewing(stream: MediaStream): void;
  viewEnded(): void;
}

const RETRY_MS = 3_000;
/** settings.yml of BBB 3.0: kurento.screenshare. */
const BITRATE_KBPS = 1_500;
const SIZE = { vh: 720, vw: 1280 };

/** The shared screen, ours or another's, over a socket of its own (bbb-protocol §4.4). */
export class Screen {
  readonly #url: string;
  readonly #iceServers: readonly RTCIceServer[];
  readonly #events: ScreenEvents;
  #broker: Broker | undefined;
  #connection: RTCPeerConnection | undefined;
  #role: 'send' | 'recv' | undefined;

  constructor(url: string, iceServers: readonly RTCIceServer[], events: ScreenEvents) {
    this.#url = url;
    this.#iceServers = iceServers;
    this.#events = events;
  }

  get sharing(): boolean {
    return this.#role === 'send';
  }

  async publish(stream: MediaStream): Promise<void> {
    const connection = this.#begin('send');
    const track = stream.getVideoTracks()[0]!;
    track.addEventListener('ended', () => this.stop());
    const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: [{ maxBitrate: BITRATE_KBPS * 1000 }] });
    const codecs = RTCRtpSender.getCapabilities('video')?.codecs.filter((one) => one.mimeType === 'video/VP8') ?? [];
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    this.#send({ id: 'start', role: 'send', sdpOffer: connection.localDescription!.sdp, hasAudio: false, bitrate: BITRATE_KBPS, contentType: 'screenshare', ...SIZE });
  }

  /** Whether another's screen is there to be seen. */
  view(shared: boolean): void {
    if (this.#role === 'send' || shared === (this.#role === 'recv')) return;
    if (!shared) {
      this.#end('recv');
      return;
    }
    const connection = this.#begin('recv');
    connection.ontrack = ({ track }) => this.#events.viewing(new MediaStream([track]));
    this.#send({ id: 'start', role: 'recv', hasAudio: false, contentType: 'screenshare' });
  }

  stop(): void {
    if (this.#role !== 'send') return;
    this.#end('send');
    this.#events.ended(0);
  }

  close(): void {
    if (this.#role) this.#end(this.#role);
  }

  #begin(role: 'send' | 'recv'): RTCPeerConnection {
    this.#role = role;
    this.#broker = new Broker(this.#url, (event) => void this.#receive(event), () => this.#lost(1301));
    this.#connection = new RTCPeerConnection({ iceServers: [...this.#iceServers] });
    return this.#connection;
  }

  #end(role: 'send' | 'recv'): void {
    this.#send({ id: 'stop', role });
    this.#role = undefined;
    this.#connection?.close();
    this.#broker?.close();
    if (role === 'recv') this.#events.viewEnded();
  }

  #lost(code: number): void {
    const role = this.#role;
    if (!role) return;
    this.#end(role);
    if (role === 'send') this.#events.ended(code);
    else setTimeout(() => this.view(true), RETRY_MS);
  }

  async #receive(event: SfuEvent): Promise<void> {
    const connection = this.#connection;
    if (!connection || !this.#role) return;
    if (event.id === 'startResponse' && event.role === 'send') await connection.setRemoteDescription({ type: 'answer', sdp: event.sdp });
    else if (event.id === 'startResponse') {
      await connection.setRemoteDescription({ type: 'offer', sdp: event.sdp });
      await connection.setLocalDescription(await connection.createAnswer());
      await gathered(connection);
      this.#send({ id: 'subscriberAnswer', role: 'recv', answer: connection.localDescription!.sdp });
    } else if (event.id === 'playStart' && event.role === 'send') this.#events.published();
    else if (event.id === 'error') this.#lost(event.code);
  }

  #send(frame: Readonly<Record<string, unknown>>): void {
    this.#broker?.send({ type: 'screenshare', ...frame });
  }
}
