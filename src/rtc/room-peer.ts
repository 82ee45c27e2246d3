import ndc, { type DataChannel, type IceServer, type PeerConnection, type Track } from 'node-datachannel';
import { ConnectionWatch } from './connection-watch.js';
import { release } from './release.js';
import { directionOf, midOf, OPUS_PAYLOAD_TYPE, payloadTypeOf, sectionsOf, VP8_PAYLOAD_TYPE, type MediaKind } from './sdp.js';

export interface RoomPeerOptions {
  readonly name: string;
  /** Undefined: every interface. */
  readonly bindAddress?: string | undefined;
  readonly iceServers?: readonly IceServer[];
  readonly relayOnly?: boolean;
  /** Media of a section, by its mid. */
  onPacket(mid: string, packet: Buffer): void;
  /** Called from `check`. */
  onState(state: 'connected' | 'failed' | 'closed'): void;
}

/** What is sent from the beginning, or may be later. */
export interface RoomSection {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly ssrc: number;
  /** By which the server knows the track that it was told of. */
  readonly trackId: string;
}

/** Received with a section of the offer. */
export interface OfferedTrack {
  readonly mid: string;
  readonly kind: MediaKind;
}

/**
 * A peer connection with any number of tracks, as LiveKit has two for each participant: all that is sent, all that is received.
 * Like `Peer` it is only to be used in a process of its own, and its states are asked for in `check`.
 */
export class RoomPeer {
  readonly #connection: PeerConnection;
  readonly #options: RoomPeerOptions;
  /** Held on purpose: tracks and channels whose objects are collected silently end. */
  readonly #tracks = new Map<string, Track>();
  readonly #channels: DataChannel[] = [];
  readonly #watch: ConnectionWatch;

  constructor(options: RoomPeerOptions) {
    this.#options = options;
    this.#connection = new ndc.PeerConnection(options.name, {
      iceServers: [...(options.iceServers ?? [])],
      ...(options.relayOnly === true ? { iceTransportPolicy: 'relay' as const } : {}),
      ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      disableAutoNegotiation: true,
      // The subscriber begins without a track, and could have none later.
      forceMediaTransport: true,
    });
    this.#watch = new ConnectionWatch(this.#connection, (state) => options.onState(state));
  }

  get connected(): boolean {
    return this.#watch.connected;
  }

  /** Before the first offer of ours. */
  addSections(sections: readonly RoomSection[]): void {
    for (const { mid, kind, ssrc, trackId } of sections) {
      const media = kind === 'audio' ? new ndc.Audio(mid, 'SendOnly') : new ndc.Video(mid, 'SendOnly');
      if (kind === 'audio') (media as InstanceType<typeof ndc.Audio>).addOpusCodec(OPUS_PAYLOAD_TYPE);
      else (media as InstanceType<typeof ndc.Video>).addVP8Codec(VP8_PAYLOAD_TYPE);
      media.addSSRC(ssrc, 'firstbell', 'firstbell', trackId);
      this.#add(mid, media);
    }
  }

  /** The two that LiveKit's clients have. */
  addDataChannels(): void {
    this.#channels.push(this.#connection.createDataChannel('_lossy', { unordered: true, maxRetransmits: 0 }), this.#connection.createDataChannel('_reliable'));
  }

  /** Takes an offer, the first or a later one; the tracks in it that are new. */
  acceptOffer(sdp: string): readonly OfferedTrack[] {
    const added: OfferedTrack[] = [];
    for (const { kind, text } of sectionsOf(sdp)) {
      const mid = midOf(text);
      const type = payloadTypeOf(text, kind === 'audio' ? 'opus' : 'VP8');
      if (kind === 'application' || mid === undefined || type === undefined || this.#tracks.has(mid) || directionOf(text) === 'inactive') continue;
      const media = kind === 'audio' ? new ndc.Audio(mid, 'RecvOnly') : new ndc.Video(mid, 'RecvOnly');
      if (kind === 'audio') (media as InstanceType<typeof ndc.Audio>).addOpusCodec(type);
      else (media as InstanceType<typeof ndc.Video>).addVP8Codec(type);
      // Sends receiver reports, and makes requestKeyframe work.
      this.#add(mid, media).setMediaHandler(new ndc.RtcpReceivingSession());
      added.push({ mid, kind });
    }
    // Tracks come first: the library learns from the description whose an SSRC is, of the tracks that it has.
    this.#connection.setRemoteDescription(sdp, 'offer');
    return added;
  }

  acceptAnswer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, 'answer');
  }

  addCandidate(candidate: string, mid: string): void {
    this.#connection.addRemoteCandidate(candidate, mid);
  }

  /** Our description once every candidate is in it, or with those found until `enough`. */
  describe(type: 'offer' | 'answer', enough?: Promise<void>): Promise<string> {
    return this.#watch.describe(() => this.#connection.setLocalDescription(type), enough);
  }

  /** Looks for news of the connection; to be called often until it is connected, and now and then afterwards. */
  check(): void {
    this.#watch.check();
  }

  /** False when the track is not open yet or the buffer is full; the packet is then lost, as on a wire. */
  send(mid: string, packet: Buffer): boolean {
    const track = this.#tracks.get(mid);
    return !this.#watch.closed && track !== undefined && track.isOpen() && track.sendMessageBinary(packet);
  }

  requestKeyFrame(mid: string): void {
    const track = this.#tracks.get(mid);
    if (!this.#watch.closed && track?.isOpen() === true) track.requestKeyframe();
  }

  close(): void {
    if (this.#watch.closed) return;
    this.#watch.close();
    for (const channel of this.#channels) channel.close();
    release(this.#connection, [...this.#tracks.values()]);
  }

  #add(mid: string, media: InstanceType<typeof ndc.Audio> | InstanceType<typeof ndc.Video>): Track {
    const track = this.#connection.addTrack(media);
    track.onMessage((packet) => {
      if (!this.#watch.closed) this.#options.onPacket(mid, packet);
    });
    this.#tracks.set(mid, track);
    return track;
  }
}
