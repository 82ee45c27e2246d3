import { seededRandom, type Random } from '../../core/random.js';
import { readFeedback } from '../../rtc/rtcp.js';
import { isRtcp, isRtp, payloadLength, rewriteHeader, sequenceNumber, timestamp } from '../../rtc/rtp.js';
import { VP8_PAYLOAD_TYPE } from '../../rtc/sdp.js';
import { AudioOut } from './audio-out.js';
import { Floor } from './floor.js';

/** What a room sends through: a peer connection, or a list in tests. */
export interface Outlet {
  send(packet: Buffer): boolean;
  requestKeyFrame(): void;
  requestBitrate(bitsPerSec: number): void;
}

export interface Counters {
  packetsIn: number;
  packetsOut: number;
  bytesIn: number;
  bytesOut: number;
  keyFrameRequests: number;
}

interface AudioLeg {
  readonly userId: string;
  readonly speaks: boolean;
  readonly outlet: Outlet;
  readonly out: AudioOut;
  /** Tick of the last packet of a speaker. */
  fedTick: number;
}

interface Source {
  readonly outlet: Outlet;
  readonly views: Map<number, View>;
  readonly bitrateKbps: number;
  lastRequestTick: number;
}

interface View {
  readonly outlet: Outlet;
  readonly ssrc: number;
}

/** Key frame requests of many viewers become one to the source within this many ticks of 20 ms. */
const KEY_FRAME_EVERY_TICKS = 25;
/** A speaker's packets come every 20 ms, but not in step with our ticks; only a longer gap is filled with silence. */
const PATIENCE_TICKS = 3;
const DECIDE_EVERY_TICKS = 10;
const REMB_EVERY_TICKS = 100;

/** The media of one meeting: who is heard, who sees whom. Knows nothing of peers, sockets or time but ticks of 20 ms. */
export class Room {
  readonly #legs = new Map<number, AudioLeg>();
  readonly #muted = new Set<string>();
  readonly #sources = new Map<string, { readonly session: number; readonly source: Source }>();
  readonly #viewOf = new Map<number, string>();
  readonly #floor = new Floor();
  readonly #counters: Counters;
  readonly #talking: (userId: string, talking: boolean) => void;
  readonly #random: Random = seededRandom(1);
  #lossRatio = 0;
  #tick = 0;
  #announced: string | undefined;

  constructor(counters: Counters, talking: (userId: string, talking: boolean) => void) {
    this.#counters = counters;
    this.#talking = talking;
  }

  get empty(): boolean {
    return this.#legs.size === 0 && this.#sources.size === 0 && this.#viewOf.size === 0;
  }

  addAudio(session: number, userId: string, speaks: boolean, ssrc: number, outlet: Outlet): void {
    this.#legs.set(session, { userId, speaks, outlet, out: new AudioOut(ssrc, ssrc & 0x7fff, ssrc), fedTick: -PATIENCE_TICKS });
  }

  addSource(session: number, sourceId: string, bitrateKbps: number, outlet: Outlet): void {
    const views = this.#sources.get(sourceId)?.source.views ?? new Map<number, View>();
    this.#sources.set(sourceId, { session, source: { outlet, views, bitrateKbps, lastRequestTick: -KEY_FRAME_EVERY_TICKS } });
  }

  /** False: no such source. */
  addView(session: number, sourceId: string, ssrc: number, outlet: Outlet): boolean {
    const found = this.#sources.get(sourceId);
    if (!found) return false;
    found.source.views.set(session, { outlet, ssrc });
    this.#viewOf.set(session, sourceId);
    return true;
  }

  remove(session: number): void {
    const leg = this.#legs.get(session);
    if (leg) {
      this.#legs.delete(session);
      this.#floor.remove(leg.userId);
      this.#announce();
    }
    const viewed = this.#viewOf.get(session);
    if (viewed !== undefined) {
      this.#viewOf.delete(session);
      this.#sources.get(viewed)?.source.views.delete(session);
    }
    for (const [sourceId, entry] of this.#sources) if (entry.session === session) this.#sources.delete(sourceId);
  }

  setMuted(userId: string, muted: boolean): void {
    if (muted) {
      this.#muted.add(userId);
      this.#floor.remove(userId);
      this.#announce();
    } else this.#muted.delete(userId);
  }

  /** Share (0–1) of the packets to users that are lost: the line of the server is full. */
  setLoss(lossRatio: number): void {
    this.#lossRatio = lossRatio;
  }

  /** A viewer is ready to see: it needs a key frame. */
  viewerReady(session: number): void {
    const entry = this.#sources.get(this.#viewOf.get(session) ?? '');
    if (entry) this.#askForKeyFrame(entry.source);
  }

  /** A packet from the peer of `session`. */
  receive(session: number, packet: Buffer): void {
    if (isRtcp(packet)) {
      const viewed = this.#viewOf.get(session);
      if (viewed !== undefined && readFeedback(packet).keyFrame) this.viewerReady(session);
      return;
    }
    if (!isRtp(packet)) return;
    this.#counters.packetsIn++;
    this.#counters.bytesIn += packet.length;
    const leg = this.#legs.get(session);
    if (leg) this.#receiveAudio(leg, packet);
    else this.#receiveVideo(session, packet);
  }

  /** Every 20 ms: silence for those who hear nobody, the floor, REMB. */
  tick(): void {
    this.#tick++;
    for (const leg of this.#legs.values()) {
      if (this.#tick - leg.fedTick > PATIENCE_TICKS) this.#send(leg.outlet, leg.out.silence());
    }
    if (this.#tick % DECIDE_EVERY_TICKS === 0) {
      this.#floor.decide();
      this.#announce();
    }
    if (this.#tick % REMB_EVERY_TICKS === 0) for (const { source } of this.#sources.values()) source.outlet.requestBitrate(source.bitrateKbps * 1000);
  }

  #receiveAudio(leg: AudioLeg, packet: Buffer): void {
    if (!leg.speaks || this.#muted.has(leg.userId)) return;
    this.#floor.heard(leg.userId, payloadLength(packet));
    const { holder, second } = this.#floor;
    const isHolder = leg.userId === holder;
    if (!isHolder && leg.userId !== second) return;
    const sourceTime = timestamp(packet);
    for (const listener of this.#legs.values()) {
      // Everyone hears the holder; the holder hears the second.
      if (listener === leg || (listener.userId === holder) === isHolder) continue;
      listener.fedTick = this.#tick;
      this.#send(listener.outlet, listener.out.forward(packet, leg.userId, sourceTime));
    }
  }

  #receiveVideo(session: number, packet: Buffer): void {
    for (const entry of this.#sources.values()) {
      if (entry.session !== session) continue;
      const sequence = sequenceNumber(packet);
      const time = timestamp(packet);
      for (const view of entry.source.views.values()) {
        rewriteHeader(packet, { payloadType: VP8_PAYLOAD_TYPE, sequenceNumber: sequence, timestamp: time, ssrc: view.ssrc });
        this.#send(view.outlet, packet);
      }
      return;
    }
  }

  #askForKeyFrame(source: Source): void {
    if (this.#tick - source.lastRequestTick < KEY_FRAME_EVERY_TICKS) return;
    source.lastRequestTick = this.#tick;
    this.#counters.keyFrameRequests++;
    source.outlet.requestKeyFrame();
  }

  #send(outlet: Outlet, packet: Buffer): void {
    if (this.#lossRatio > 0 && this.#random.next() < this.#lossRatio) return;
    if (!outlet.send(packet)) return;
    this.#counters.packetsOut++;
    this.#counters.bytesOut += packet.length;
  }

  #announce(): void {
    const { holder } = this.#floor;
    if (holder === this.#announced) return;
    if (this.#announced !== undefined) this.#talking(this.#announced, false);
    if (holder !== undefined) this.#talking(holder, true);
    this.#announced = holder;
  }
}
