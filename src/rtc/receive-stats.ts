import type { ReportBlock } from './rtcp.js';
import { marker, payloadLength, payloadOffset, sequenceDistance, sequenceNumber, ssrc, timestamp } from './rtp.js';
import type { MediaKind } from './sdp.js';
import { beginsFrame, beginsKeyFrame } from './vp8.js';

/** Hertz of the RTP timestamps. */
export const CLOCK_RATE = { audio: 48_000, video: 90_000 } as const;
/** A longer pause between two packets is heard, or seen. */
const GAP_MS = 200;
/** A larger jump of the sequence numbers is a restart of the sender (RFC 3550 appendix A.1: MAX_DROPOUT). */
const MAX_DROPOUT = 3_000;

/** What was received since the look before. */
export interface ReceivedInterval {
  /**
   * The stream was there all the time, so that amounts are rates: something had come before (of video a whole key frame: before it there is nothing to
   * see), or nothing did in all of it. False of the interval in which it began.
   */
  readonly whole: boolean;
  readonly packets: number;
  /** Payload only. */
  readonly bytes: number;
  /** Expected but not received; late packets of earlier intervals are taken off, down to 0. */
  readonly lost: number;
  readonly reordered: number;
  /** Pauses of more than 200 ms. */
  readonly gaps: number;
  /** Video frames of which every packet came, from the first key frame on: a decoder can show none before. */
  readonly frames: number;
  readonly keyFrames: number;
  /** Inter-arrival jitter at the end (RFC 3550 §6.4.1). */
  readonly jitterMs: number;
}

/** Of a stream that is not received. */
export const NOTHING_RECEIVED: ReceivedInterval = { whole: false, packets: 0, bytes: 0, lost: 0, reordered: 0, gaps: 0, frames: 0, keyFrames: 0, jitterMs: 0 };

/** Statistics of one received RTP stream. A packet costs header arithmetic; nothing is allocated. */
export class ReceiveStats {
  readonly #rate: number;
  readonly #video: boolean;
  #ssrc = -1;
  #highest = 0;
  #wraps = 0;
  #expected = 0;
  #received = 0;
  #transit = 0;
  #jitter = 0;
  #lastMs = -1;
  /** Every packet of the frame under way has come so far. */
  #whole = false;
  #keyUnderWay = false;
  #hasKeyFrame = false;
  /** As the interval began; undefined: the stream was not looked at before. */
  #flowedBefore: boolean | undefined;
  // Of the interval.
  #bytes = 0;
  #reordered = 0;
  #gaps = 0;
  #frames = 0;
  #keyFrames = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  // As the last report block said.
  #expectedReported = 0;
  #receivedReported = 0;

  constructor(kind: MediaKind) {
    this.#rate = CLOCK_RATE[kind];
    this.#video = kind === 'video';
  }

  /** A decoder could show something: a whole key frame has come. */
  get hasKeyFrame(): boolean {
    return this.#hasKeyFrame;
  }

  /** Packets since the beginning. */
  get total(): number {
    return this.#received;
  }

  /** When the last packet came; −1: none has. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Takes an RTP packet (`isRtp`). */
  packet(packet: Buffer, nowMs: number): void {
    const sequence = sequenceNumber(packet);
    const source = ssrc(packet);
    const distance = sequenceDistance(sequence, this.#highest);
    const inOrder = this.#place(source, sequence, distance);
    this.#received++;
    this.#bytes += payloadLength(packet);
    if (this.#lastMs >= 0 && nowMs - this.#lastMs > GAP_MS) this.#gaps++;
    const transit = (nowMs * this.#rate) / 1000 - timestamp(packet);
    // Timestamps wrap at 2^32; such a step is none of the network.
    const difference = Math.abs(transit - this.#transit);
    if (this.#lastMs >= 0 && difference < this.#rate * 10) this.#jitter += (difference - this.#jitter) / 16;
    this.#transit = transit;
    this.#lastMs = nowMs;
    if (this.#video) this.#frame(packet, inOrder);
  }

  /** What came since the last call. */
  take(): ReceivedInterval {
    const expected = this.#expected - this.#expectedBefore;
    const packets = this.#received - this.#receivedBefore;
    const flows = this.#video ? this.#hasKeyFrame : this.#received > 0;
    const interval = {
      whole: this.#flowedBefore === flows,
      packets,
      bytes: this.#bytes,
      lost: Math.max(0, expected - packets),
      reordered: this.#reordered,
      gaps: this.#gaps,
      frames: this.#frames,
      keyFrames: this.#keyFrames,
      jitterMs: (this.#jitter * 1000) / this.#rate,
    };
    this.#flowedBefore = flows;
    this.#expectedBefore = this.#expected;
    this.#receivedBefore = this.#received;
    this.#bytes = 0;
    this.#reordered = 0;
    this.#gaps = 0;
    this.#frames = 0;
    this.#keyFrames = 0;
    return interval;
  }

  /** For a receiver report (RFC 3550 appendix A.3), of which each tells of what came since the one before. */
  reportBlock(): ReportBlock {
    const expected = this.#expected - this.#expectedReported;
    const lost = expected - (this.#received - this.#receivedReported);
    this.#expectedReported = this.#expected;
    this.#receivedReported = this.#received;
    return { fractionLost: lost > 0 ? Math.min(255, Math.floor((lost * 256) / expected)) : 0, lost: Math.max(0, this.#expected - this.#received), highestSequence: this.#wraps * 0x1_0000 + this.#highest, jitter: this.#jitter };
  }

  /** Counts what was expected up to this packet. True if it follows the one before without a gap. */
  #place(source: number, sequence: number, distance: number): boolean {
    if (source !== this.#ssrc || Math.abs(distance) > MAX_DROPOUT) {
      this.#ssrc = source;
      this.#highest = sequence;
      this.#wraps = 0;
      this.#expected++;
      return true;
    }
    if (distance <= 0) {
      this.#reordered++;
      return false;
    }
    this.#expected += distance;
    if (sequence < this.#highest) this.#wraps++;
    this.#highest = sequence;
    return distance === 1;
  }

  #frame(packet: Buffer, inOrder: boolean): void {
    const offset = payloadOffset(packet);
    if (offset < 0) return;
    if (beginsFrame(packet, offset)) {
      this.#whole = true;
      this.#keyUnderWay = beginsKeyFrame(packet, offset);
    } else if (!inOrder) this.#whole = false;
    if (!marker(packet) || !this.#whole) return;
    if (this.#keyUnderWay) {
      this.#keyFrames++;
      this.#hasKeyFrame = true;
    }
    if (this.#hasKeyFrame) this.#frames++;
    this.#whole = false;
  }
}
