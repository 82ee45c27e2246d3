import { RoomPeer, type OfferedTrack } from '../../rtc/room-peer.js';
import { NOTHING_RECEIVED, ReceiveStats } from '../../rtc/receive-stats.js';
import { isRtcp, isRtp } from '../../rtc/rtp.js';
import { OPUS_PAYLOAD_TYPE, directionOf, midOf, sectionsOf, trackIdOf, VP8_PAYLOAD_TYPE, withActive } from '../../rtc/sdp.js';
import { asset } from './assets.js';
import type { Measured, RoomRequest, Sending } from './messages.js';
import { Sender } from './sender.js';

/** What a room session needs of its process. */
export interface RoomHost {
  nowMs(): number;
  wallMs(): number;
  newSsrc(): number;
  /** Resolves when no more candidates are waited for. */
  enough(): Promise<void>;
  described(sdp: string): void;
  failed(why: 'sdp' | 'transport'): void;
  connected(): void;
  first(track: string): void;
  /** Begins or ends to be ticked. */
  sending(sender: Sender, on: boolean): void;
}

interface Outgoing {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  sender: Sender | undefined;
  /** The server was offered it. */
  offered: boolean;
  /** Packets leave. */
  on: boolean;
  sentBefore: number;
}

interface Incoming {
  readonly kind: 'audio' | 'video';
  /** The server's name of what is in the section now; undefined: nothing. */
  track: string | undefined;
  received: ReceiveStats;
  first: boolean;
}

/**
 * One of the two peer connections that a participant of LiveKit has, in a media process. The publisher has its sections from the
 * beginning, of which those in use are active in what the server is offered; the subscriber takes those that the server offers.
 */
export class RoomSession {
  readonly #request: RoomRequest;
  readonly #host: RoomHost;
  readonly #peer: RoomPeer;
  readonly #out = new Map<string, Outgoing>();
  readonly #in = new Map<string, Incoming>();
  /** Candidates that came before the description that they belong to. */
  readonly #early: { readonly candidate: string; readonly mid: string }[] = [];
  /** One description after the other: what comes while one is being made waits. */
  #turn: Promise<void> = Promise.resolve();
  #remote = false;
  #version = 0;

  constructor(name: string, request: RoomRequest, host: RoomHost) {
    const { publish, iceServers, relayOnly, bindAddress } = request;
    this.#request = request;
    this.#host = host;
    this.#peer = new RoomPeer({ name, iceServers, relayOnly, bindAddress, onPacket: (mid, packet) => this.#receive(mid, packet), onState: (state) => this.#changed(state) });
    for (const { mid, kind } of publish) this.#out.set(mid, { mid, kind, ssrc: host.newSsrc(), sender: undefined, offered: false, on: false, sentBefore: 0 });
    if (publish.length === 0) return;
    this.#peer.addSections(publish.map(({ mid, kind, trackId }) => ({ mid, kind, trackId, ssrc: this.#out.get(mid)!.ssrc })));
    this.#peer.addDataChannels();
  }

  get young(): boolean {
    return !this.#peer.connected;
  }

  check(): void {
    this.#peer.check();
  }

  /** Offers the sections that are in use; the answer is waited for before the next offer. */
  offer(mids: readonly string[]): void {
    const active = new Set(mids);
    for (const one of this.#out.values()) one.offered = active.has(one.mid);
    this.#next(async () => {
      const sdp = await this.#peer.describe('offer', this.#host.enough());
      this.#host.described(versioned(withActive(sdp, active), ++this.#version));
    });
  }

  /** The server's offer. */
  answerTo(sdp: string): void {
    this.#next(async () => {
      const added = this.#peer.acceptOffer(sdp);
      this.#name(sdp, added);
      this.#flush();
      this.#host.described(await this.#peer.describe('answer', this.#host.enough()));
    });
  }

  accept(answer: string): void {
    this.#next(() => {
      this.#peer.acceptAnswer(answer);
      this.#flush();
      return Promise.resolve();
    });
  }

  addCandidate(candidate: string, mid: string): void {
    if (this.#remote) this.#add(candidate, mid);
    else this.#early.push({ candidate, mid });
  }

  /** What a section sends from now on; undefined: nothing. A later sending goes on where the first would be by now. */
  send(mid: string, sending: Sending | undefined): void {
    const one = this.#out.get(mid);
    if (!one) return;
    one.on = sending !== undefined;
    if (sending !== undefined) one.sender ??= this.#newSender(one, sending);
    this.#tickOrNot(one);
  }

  /** Viewers without a key frame ask for one. */
  askKeyFrames(): void {
    for (const [mid, { kind, track, received }] of this.#in) if (kind === 'video' && track !== undefined && received.total > 0 && !received.hasKeyFrame) this.#peer.requestKeyFrame(mid);
  }

  measure(session: number): readonly Measured[] {
    const rows: Measured[] = [];
    for (const one of this.#out.values()) {
      if (!one.sender || !one.offered) continue;
      const { keyFrameRequests, rttMs } = one.sender.take();
      const sent = one.sender.packets;
      rows.push({ session, track: one.mid, ...NOTHING_RECEIVED, sentPackets: sent - one.sentBefore, keyFrameRequests, ...(rttMs === undefined ? {} : { rttMs }) });
      one.sentBefore = sent;
    }
    for (const { track, received } of this.#in.values()) if (track !== undefined) rows.push({ session, track, ...received.take(), sentPackets: 0, keyFrameRequests: 0 });
    return rows;
  }

  close(): void {
    for (const { sender } of this.#out.values()) if (sender) this.#host.sending(sender, false);
    this.#peer.close();
  }

  #next(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch(() => {
      this.close();
      this.#host.failed('sdp');
    });
  }

  #flush(): void {
    this.#remote = true;
    for (const { candidate, mid } of this.#early.splice(0)) this.#add(candidate, mid);
  }

  /** One that cannot be used is no reason to end: there are others. */
  #add(candidate: string, mid: string): void {
    try {
      this.#peer.addCandidate(candidate, mid);
    } catch {
      // TCP candidates, which libdatachannel does not have.
    }
  }

  /** Sections are used again for other tracks. */
  #name(sdp: string, added: readonly OfferedTrack[]): void {
    for (const { mid, kind } of added) this.#in.set(mid, { kind, track: undefined, received: new ReceiveStats(kind), first: false });
    for (const { text } of sectionsOf(sdp)) {
      const incoming = this.#in.get(midOf(text) ?? '');
      if (!incoming) continue;
      const track = directionOf(text) === 'inactive' ? undefined : trackIdOf(text);
      if (track === incoming.track) continue;
      incoming.track = track;
      incoming.received = new ReceiveStats(incoming.kind);
      incoming.first = false;
    }
  }

  #newSender({ mid, kind, ssrc }: Outgoing, sending: Sending): Sender {
    const { nowMs, wallMs } = this.#host;
    const payloadType = kind === 'audio' ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE;
    return new Sender({ asset: asset(sending.asset), from: sending.from ?? 0, behindMs: sending.behindMs ?? 0, ssrc, payloadType, startMs: nowMs(), wallMs, send: (packet) => this.#peer.send(mid, packet) });
  }

  #tickOrNot({ sender, on }: Outgoing): void {
    if (sender) this.#host.sending(sender, on && this.#peer.connected);
  }

  #changed(state: 'connected' | 'failed' | 'closed'): void {
    if (state !== 'connected') {
      this.close();
      this.#host.failed('transport');
      return;
    }
    for (const one of this.#out.values()) this.#tickOrNot(one);
    this.#host.connected();
  }

  #receive(mid: string, packet: Buffer): void {
    if (isRtcp(packet)) {
      this.#out.get(mid)?.sender?.feedback(packet);
      return;
    }
    const incoming = this.#in.get(mid);
    if (incoming?.track === undefined || !isRtp(packet)) return;
    incoming.received.packet(packet, this.#host.nowMs());
    if (incoming.first || (incoming.kind === 'video' && !incoming.received.hasKeyFrame)) return;
    incoming.first = true;
    this.#host.first(incoming.track);
  }
}

/** Two offers that differ have two versions (RFC 8866 §5.2). */
function versioned(sdp: string, version: number): string {
  return sdp.replace(/^o=(\S+) (\S+) \d+ /m, (_line, user: string, id: string) => `o=${user} ${id} ${version} `);
}
