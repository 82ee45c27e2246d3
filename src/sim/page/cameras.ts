import type { SfuEvent } from '../../bbb/sfu.js';
import { Broker, gathered } from './broker.js';

export interface CameraProfile {
  readonly id: string;
  readonly bitrateKbps: number;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** settings.yml of BBB 3.0: cameraProfiles. */
export const CAMERA_PROFILES: readonly CameraProfile[] = [
  { id: 'low', bitrateKbps: 100, width: 320, height: 240, frameRate: 15 },
  { id: 'medium', bitrateKbps: 200, width: 640, height: 480, frameRate: 15 },
  { id: 'high', bitrateKbps: 500, width: 640, height: 480, frameRate: 15 },
];

export interface CameraEvents {
  /** Our camera's media is up: the client broadcasts it (CameraBroadcastStart). */
  published(cameraId: string): void;
  shareFailed(code: number): void;
  viewing(cameraId: string, stream: MediaStream): void;
  viewEnded(cameraId: string): void;
}

interface Session {
  readonly role: 'share' | 'viewer';
  readonly cameraId: string;
  readonly connection: RTCPeerConnection;
}

const RETRY_FIRST_MS = 3_000;
const RETRY_MAX_MS = 15_000;
const FULL_RATE_CODEC = 'video/VP8';

/** All cameras of a user, published and viewed, over one socket (bbb-protocol §4.3). */
export class Cameras {
  readonly #broker: Broker;
  readonly #iceServers: readonly RTCIceServer[];
  readonly #events: CameraEvents;
  readonly #views = new Map<string, Session>();
  #share: Session | undefined;
  #wanted: ReadonlySet<string> = new Set();
  #retryMs = RETRY_FIRST_MS;

  constructor(url: string, iceServers: readonly RTCIceServer[], events: CameraEvents) {
    this.#iceServers = iceServers;
    this.#events = events;
    this.#broker = new Broker(url, (event) => void this.#receive(event), () => this.#socketLost());
  }

  async publish(cameraId: string, stream: MediaStream, profile: CameraProfile): Promise<void> {
    const connection = new RTCPeerConnection({ iceServers: [...this.#iceServers] });
    this.#share = { role: 'share', cameraId, connection };
    const transceiver = connection.addTransceiver(stream.getVideoTracks()[0]!, {
      direction: 'sendonly',
      streams: [stream],
      sendEncodings: [{ maxBitrate: profile.bitrateKbps * 1000, maxFramerate: profile.frameRate }],
    });
    const codecs = RTCRtpSender.getCapabilities('video')?.codecs.filter((one) => one.mimeType === FULL_RATE_CODEC) ?? [];
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    this.#broker.send({ id: 'start', type: 'video', cameraId, role: 'share', sdpOffer: connection.localDescription!.sdp, bitrate: profile.bitrateKbps, record: true });
  }

  unpublish(): void {
    if (!this.#share) return;
    this.#broker.send({ id: 'stop', type: 'video', cameraId: this.#share.cameraId, role: 'share' });
    this.#share.connection.close();
    this.#share = undefined;
  }

  /** Views exactly these cameras. */
  view(cameraIds: ReadonlySet<string>): void {
    this.#wanted = cameraIds;
    for (const cameraId of [...this.#views.keys()]) {
      if (cameraIds.has(cameraId)) continue;
      this.#broker.send({ id: 'stop', type: 'video', cameraId, role: 'viewer' });
      this.#endView(cameraId);
    }
    for (const cameraId of cameraIds) if (!this.#views.has(cameraId)) this.#startView(cameraId);
  }

  close(): void {
    this.#wanted = new Set();
    this.#share?.connection.close();
    for (const cameraId of [...this.#views.keys()]) this.#endView(cameraId);
    this.#broker.close();
  }

  #startView(cameraId: string): void {
    const connection = new RTCPeerConnection({ iceServers: [...this.#iceServers] });
    connection.ontrack = ({ track }) => this.#events.viewing(cameraId, new MediaStream([track]));
    this.#views.set(cameraId, { role: 'viewer', cameraId, connection });
    this.#broker.send({ id: 'start', type: 'video', cameraId, role: 'viewer', sdpOffer: null, bitrate: 200, record: true });
  }

  #endView(cameraId: string): void {
    const session = this.#views.get(cameraId);
    if (!session) return;
    this.#views.delete(cameraId);
    session.connection.close();
    this.#events.viewEnded(cameraId);
  }

  async #receive(event: SfuEvent): Promise<void> {
    switch (event.id) {
      case 'startResponse':
        if (event.role === 'share') await this.#share?.connection.setRemoteDescription({ type: 'answer', sdp: event.sdp });
        else await this.#answer(event.cameraId, event.sdp);
        return;
      case 'playStart':
        this.#retryMs = RETRY_FIRST_MS;
        if (event.role === 'share') this.#events.published(event.cameraId);
        return;
      case 'playStop':
        this.#endView(event.cameraId);
        return;
      case 'error':
        if (event.role === 'share') {
          this.#share?.connection.close();
          this.#share = undefined;
          this.#events.shareFailed(event.code);
        } else {
          this.#endView(event.cameraId);
          this.#again();
        }
    }
  }

  async #answer(cameraId: string, offer: string): Promise<void> {
    const connection = this.#views.get(cameraId)?.connection;
    if (!connection) return;
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    this.#broker.send({ id: 'subscriberAnswer', type: 'video', role: 'viewer', cameraId, answer: connection.localDescription!.sdp });
  }

  #socketLost(): void {
    if (this.#share) {
      this.#share.connection.close();
      this.#share = undefined;
      this.#events.shareFailed(1301);
    }
    for (const cameraId of [...this.#views.keys()]) this.#endView(cameraId);
    this.#again();
  }

  /** Views that are still wanted are tried again later. */
  #again(): void {
    setTimeout(() => this.view(this.#wanted), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }
}
