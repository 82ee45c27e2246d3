import { buildSenderReport, readFeedback, roundTripMs } from '../../rtc/rtcp.js';
import { buildPacket, rewriteHeader, RTP_MIN_BYTES } from '../../rtc/rtp.js';
import { writePictureId } from '../../rtc/vp8.js';
import { modulo } from '../../vu/marks.js';
import type { Asset } from './assets.js';

export interface SenderOptions {
  readonly asset: Asset;
  /** Where in an asset without marks it begins, 0–1. */
  readonly from: number;
  /** What the time of the marks is behind `wallMs`; for an asset with marks only. */
  readonly behindMs?: number;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly startMs: number;
  /** Unix time, for sender reports. */
  readonly wallMs: () => number;
  readonly send: (packet: Buffer) => boolean;
}

/** Packets of a frame leave at most so many at a tick of 5 ms, as a pacer does: a key frame is not one burst. */
const PACKETS_PER_TICK = 6;
/** After a longer stall frames are left out; RTP timestamps show it. */
const MAX_BEHIND_MS = 500;
/** Packets that can be sent again: more than a second of video. */
const HISTORY = 256;
/** A silent frame of Opus: CELT, fullband, 20 ms, mono (RFC 6716 §3.1). */
const SILENT_OPUS = Buffer.from([0xf8, 0xff, 0xfe]);
const SILENCE: readonly Buffer[] = [buildPacket({ payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0, marker: false }, SILENT_OPUS)];
const REPORT_EVERY_MS = { audio: 5_000, video: 1_000 } as const;

/** One RTP stream from an asset, at its true pace; key frames on request, and lost packets again (RFC 4585). */
export class Sender {
  readonly #options: SenderOptions;
  /** Written anew for each packet: nothing is allocated on the way out. */
  readonly #header: { readonly payloadType: number; sequenceNumber: number; timestamp: number; readonly ssrc: number };
  readonly #history: Sent[] = Array.from({ length: HISTORY }, () => ({ sequence: -1, packet: undefined, time: 0, picture: 0 }));
  #dueMs: number;
  #sequence: number;
  #frame: number;
  /** Of an asset with marks: the frame whose turn it is. */
  #turn = 0;
  /** Packets of the frame under way that have gone out. */
  #within = 0;
  #time: number;
  #picture: number;
  #keyWanted = false;
  #reportMs: number;
  #packets = 0;
  #octets = 0;
  #keyFrameRequests = 0;
  #muted = false;
  #rttMs: number | undefined;

  constructor(options: SenderOptions) {
    const { asset, from, ssrc, payloadType, startMs } = options;
    this.#options = options;
    this.#header = { payloadType, sequenceNumber: 0, timestamp: 0, ssrc };
    this.#sequence = ssrc & 0x7fff;
    this.#time = ssrc >>> 1;
    this.#picture = ssrc & 0x7fff;
    this.#reportMs = startMs;
    if (asset.markedFrames === undefined) {
      this.#frame = Math.floor(from * asset.frames.length) % asset.frames.length;
      this.#toKeyFrame();
      // Senders that start together do not send in step.
      this.#dueMs = startMs + from * asset.frameMs;
      return;
    }
    const { wallMs, behindMs = 0 } = options;
    const marksMs = modulo(wallMs() - behindMs, asset.markedFrames * asset.frameMs);
    this.#turn = Math.ceil(marksMs / asset.frameMs) % asset.markedFrames;
    this.#frame = this.#turn;
    // A frame of sound is complete when its last sample is spoken; a picture is taken at once.
    this.#dueMs = startMs + Math.ceil(marksMs / asset.frameMs) * asset.frameMs - marksMs + (asset.kind === 'audio' ? asset.frameMs : 0);
    this.#toKeyFrame();
  }

  /** A muted microphone goes on sending, as Chromium does for a track that is switched off: silence, fifty packets a second. */
  set muted(muted: boolean) {
    this.#muted = muted && this.#options.asset.kind === 'audio';
  }

  get packets(): number {
    return this.#packets;
  }

  /** Sends what is due; how late the first packet of the frame that was due longest leaves, ms. Undefined: no frame began. */
  tick(nowMs: number): number | undefined {
    const { asset } = this.#options;
    const lateMs = this.#within === 0 && nowMs >= this.#dueMs ? nowMs - this.#dueMs : undefined;
    if (nowMs - this.#dueMs > MAX_BEHIND_MS) this.#skip(Math.floor((nowMs - this.#dueMs) / asset.frameMs));
    let room = asset.kind === 'video' ? PACKETS_PER_TICK : Number.POSITIVE_INFINITY;
    while (nowMs >= this.#dueMs && room > 0) {
      if (this.#keyWanted && this.#within === 0) this.#toKeyFrame();
      const packets = this.#muted ? SILENCE : asset.frames[this.#frame]!.packets;
      while (this.#within < packets.length && room > 0) {
        this.#send(packets[this.#within]!);
        this.#within++;
        room--;
      }
      if (this.#within === packets.length) this.#nextFrame();
    }
    if (this.#packets > 0 && nowMs >= this.#reportMs) this.#report(nowMs);
    return lateMs;
  }

  /** RTCP from the server. */
  feedback(compound: Buffer): void {
    const { ssrc, wallMs } = this.#options;
    if (readFeedback(compound, (sequence) => this.#again(sequence)).keyFrame) {
      this.#keyFrameRequests++;
      this.#keyWanted = true;
    }
    this.#rttMs = roundTripMs(compound, ssrc, wallMs()) ?? this.#rttMs;
  }

  /** Since the call before. */
  take(): { readonly keyFrameRequests: number; readonly rttMs: number | undefined } {
    const taken = { keyFrameRequests: this.#keyFrameRequests, rttMs: this.#rttMs };
    this.#keyFrameRequests = 0;
    this.#rttMs = undefined;
    return taken;
  }

  #send(packet: Buffer): void {
    const sequence = this.#sequence;
    const sent = this.#history[sequence % HISTORY]!;
    sent.sequence = sequence;
    sent.packet = packet;
    sent.time = this.#time;
    sent.picture = this.#picture;
    this.#sequence = (sequence + 1) & 0xffff;
    if (!this.#write(sent)) return;
    this.#packets++;
    this.#octets += packet.length - RTP_MIN_BYTES;
  }

  #again(sequence: number): void {
    const sent = this.#history[sequence % HISTORY]!;
    if (sent.sequence === sequence) this.#write(sent);
  }

  #write({ sequence, packet, time, picture }: Sent): boolean {
    const { asset, send } = this.#options;
    this.#header.sequenceNumber = sequence;
    this.#header.timestamp = time;
    rewriteHeader(packet!, this.#header);
    if (asset.kind === 'video') writePictureId(packet!, picture);
    return send(packet!);
  }

  #nextFrame(): void {
    const { asset } = this.#options;
    this.#within = 0;
    this.#move(asset, 1);
    this.#advance(1);
  }

  /** Only audio and whole video frames can be left out; video goes on with a key frame, since its reference is missing. */
  #skip(frames: number): void {
    const { asset } = this.#options;
    this.#within = 0;
    this.#move(asset, frames);
    this.#advance(frames);
    this.#keyWanted ||= asset.kind === 'video';
  }

  /** With marks, what has none is left for the next key frame whose turn it is. */
  #move({ frames, markedFrames }: Asset, by: number): void {
    if (markedFrames === undefined) {
      this.#frame = (this.#frame + by) % frames.length;
      return;
    }
    this.#turn = (this.#turn + by) % markedFrames;
    const inTurn = this.#frame < markedFrames || frames[this.#turn]!.key;
    this.#frame = inTurn ? this.#turn : Math.min(this.#frame + by, frames.length - 1);
  }

  #advance(frames: number): void {
    const { asset } = this.#options;
    this.#dueMs += frames * asset.frameMs;
    this.#time = (this.#time + frames * asset.frameTicks) >>> 0;
    this.#picture = (this.#picture + 1) & 0x7fff;
  }

  #toKeyFrame(): void {
    const { frames, markedFrames } = this.#options.asset;
    if (markedFrames !== undefined && !frames[this.#frame]!.key) this.#frame = markedFrames;
    for (let steps = 0; steps < frames.length && !frames[this.#frame]!.key; steps++) this.#frame = (this.#frame + 1) % frames.length;
    this.#keyWanted = false;
  }

  #report(nowMs: number): void {
    const { asset, ssrc, wallMs, send } = this.#options;
    this.#reportMs = nowMs + REPORT_EVERY_MS[asset.kind];
    send(buildSenderReport(ssrc, wallMs(), this.#time, this.#packets, this.#octets));
  }
}

interface Sent {
  sequence: number;
  packet: Buffer | undefined;
  time: number;
  picture: number;
}
