import ndc, { type IceServer, type PeerConnection, type RtcConfig, type Track } from 'node-datachannel';
import { ConnectionWatch } from './connection-watch.js';
import { release } from './release.js';
import { attribute, OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE, type MediaDirection, type MediaKind } from './sdp.js';

export type { IceServer } from 'node-datachannel';

const DIRECTION = { sendrecv: 'SendRecv', sendonly: 'SendOnly', recvonly: 'RecvOnly' } as const;
const CONTEXT = { cname: 'firstbell' } as const;

export interface PeerOptions {
  readonly name: string;
  readonly kind: MediaKind;
  readonly direction: MediaDirection;
  /** SSRC to send with; required unless recvonly. */
  readonly ssrc: number;
  /** Undefined: every interface. */
  readonly bindAddress?: string | undefined;
  readonly iceServers?: readonly IceServer[];
  /** Only relayed candidates: everything goes through a TURN server. */
  readonly relayOnly?: boolean;
  /** Our UDP port, shared with other peers of this process: cheaper than a socket each. No two of them may have the same remote address. */
  readonly sharedPort?: number | undefined;
  /** The other's offer, when it offers; otherwise we do. Without candidates our checks wait for `addCandidates`, or for the other's. */
  readonly remoteOffer: string | undefined;
  /** What was promised before the peer was made; undefined: the library chooses. */
  readonly promised?: Promised | undefined;
  /** Payload type of an offered codec; ours when we offer. */
  readonly payloadType: number;
  /**
   * `onPacket` gets RTCP, too, of a track that receives, and the caller answers sender reports. Otherwise the library does, which keeps all RTCP
   * to itself: who sends on the same track never hears what became of it. (It also asks for key frames and bit rates.)
   */
  readonly ownReports?: boolean;
  onPacket(packet: Buffer): void;
  /** Called from `check`. */
  onState(state: 'connected' | 'failed' | 'closed'): void;
}

/** An address, ICE credentials and certificate that the other side knows already. */
export interface Promised {
  readonly port: number;
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly identity: Identity;
}

/** A self-signed certificate, PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
}

/**
 * A peer connection with one track over libdatachannel. Only to be used in a process of its own, never in a worker thread.
 * Packets come by callback; states are asked for in `check` (connection-watch.ts).
 */
export class Peer {
  readonly #connection: PeerConnection;
  /** Held on purpose: a track whose object is collected silently stops delivering. */
  readonly #track: Track;
  readonly #receives: boolean;
  readonly #watch: ConnectionWatch;
  readonly #promised: Promised | undefined;
  readonly #mid: string;

  constructor(options: PeerOptions) {
    this.#connection = new ndc.PeerConnection(options.name, {
      iceServers: [...(options.iceServers ?? [])],
      ...(options.relayOnly === true ? { iceTransportPolicy: 'relay' as const } : {}),
      ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      ...(options.sharedPort === undefined ? {} : { enableIceUdpMux: true, portRangeBegin: options.sharedPort, portRangeEnd: options.sharedPort }),
      ...(options.promised === undefined ? {} : promises(options.promised)),
      disableAutoNegotiation: true,
    });
    this.#watch = new ConnectionWatch(this.#connection, (state) => options.onState(state));
    this.#promised = options.promised;
    this.#mid = midOf(options);
    if (options.remoteOffer !== undefined) this.#connection.setRemoteDescription(options.remoteOffer, 'offer');
    this.#track = this.#connection.addTrack(mediaOf(options));
    this.#receives = options.direction !== 'sendonly';
    // Sends receiver reports, and makes requestKeyframe and requestBitrate work.
    if (this.#receives && options.ownReports !== true) this.#track.setMediaHandler(new ndc.RtcpReceivingSession());
    this.#track.onMessage((packet) => {
      if (!this.#watch.closed) options.onPacket(packet);
    });
  }

  /** Our description once every candidate is in it (there is no trickle), or with those found until `enough`. */
  describe(type: 'offer' | 'answer', enough?: Promise<void>): Promise<string> {
    const credentials = this.#promised && { iceUfrag: this.#promised.iceUfrag, icePwd: this.#promised.icePwd };
    return this.#watch.describe(() => (credentials ? this.#connection.setLocalDescription(type, credentials) : this.#connection.setLocalDescription(type)), enough);
  }

  get connected(): boolean {
    return this.#watch.connected;
  }

  /** Looks for news of the connection; to be called often until it is connected, and now and then afterwards. */
  check(): void {
    this.#watch.check();
  }

  /** `candidate:…` attributes of the other; checks of them begin at once. */
  addCandidates(candidates: readonly string[]): void {
    if (!this.#watch.closed) for (const candidate of candidates) this.#connection.addRemoteCandidate(candidate, this.#mid);
  }

  acceptAnswer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, 'answer');
  }

  /** False when the track is not open yet or the buffer is full; the packet is then lost, as on a wire. */
  send(packet: Buffer): boolean {
    return !this.#watch.closed && this.#track.isOpen() && this.#track.sendMessageBinary(packet);
  }

  requestKeyFrame(): void {
    if (!this.#watch.closed && this.#receives && this.#track.isOpen()) this.#track.requestKeyframe();
  }

  /** REMB to the sender, bit/s. */
  requestBitrate(bitsPerSec: number): void {
    if (!this.#watch.closed && this.#receives && this.#track.isOpen()) this.#track.requestBitrate(bitsPerSec);
  }

  close(): void {
    if (this.#watch.closed) return;
    this.#watch.close();
    release(this.#connection, [this.#track]);
  }
}

function promises({ port, identity }: Promised): Partial<RtcConfig> {
  // The library takes PEM itself where it takes names of files.
  return { portRangeBegin: port, portRangeEnd: port, certificatePemFile: identity.certificate, keyPemFile: identity.key };
}

function midOf({ remoteOffer }: PeerOptions): string {
  return (remoteOffer === undefined ? undefined : attribute(remoteOffer, 'mid')) ?? '0';
}

function mediaOf(options: PeerOptions): InstanceType<typeof ndc.Audio> | InstanceType<typeof ndc.Video> {
  const { kind, direction, ssrc, payloadType } = options;
  const mid = midOf(options);
  const media = kind === 'audio' ? new ndc.Audio(mid, DIRECTION[direction]) : new ndc.Video(mid, DIRECTION[direction]);
  if (kind === 'audio') (media as InstanceType<typeof ndc.Audio>).addOpusCodec(payloadType || OPUS_PAYLOAD_TYPE);
  else (media as InstanceType<typeof ndc.Video>).addVP8Codec(payloadType || VP8_PAYLOAD_TYPE);
  if (direction !== 'recvonly') media.addSSRC(ssrc, CONTEXT.cname, 'firstbell', 'track');
  return media;
}
