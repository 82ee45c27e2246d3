import { describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/native/media/assets.js';
import { Sender } from '../../../src/native/media/sender.js';
import { ReceiveStats } from '../../../src/rtc/receive-stats.js';
import { buildPli } from '../../../src/rtc/rtcp.js';
import { buildPacket, isRtcp, isRtp, marker, payloadOffset, sequenceNumber, ssrc, timestamp } from '../../../src/rtc/rtp.js';
import { beginsFrame, beginsKeyFrame, packetise } from '../../../src/rtc/vp8.js';

const TICK_MS = 5;

/** 15 frames a second, a key frame of five packets each four seconds, other frames of two. */
const CAMERA: Asset = {
  kind: 'video',
  frameMs: 1_000 / 15,
  frameTicks: 6_000,
  frames: Array.from({ length: 120 }, (_, index) => {
    const key = index % 60 === 0;
    const picture = Buffer.alloc(key ? 4_800 : 1_900);
    picture[0] = key ? 0 : 1;
    return { packets: packetise(picture, 1_000), bytes: picture.length, key };
  }),
};

const SPEECH: Asset = {
  kind: 'audio',
  frameMs: 20,
  frameTicks: 960,
  frames: Array.from({ length: 100 }, () => ({ packets: [buildPacket({ payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0, marker: false }, Buffer.alloc(70))], bytes: 70, key: true })),
};

/** A sender in virtual time. Packets are copied: the sender writes them anew for the next user. */
function sending(asset: Asset, from = 0) {
  const packets: Buffer[] = [];
  const reports: Buffer[] = [];
  let nowMs = 0;
  const sender = new Sender({ asset, from, ssrc: 4_242, payloadType: 96, startMs: 0, wallMs: () => 1_000_000 + nowMs, send: (packet) => (isRtcp(packet) ? reports : packets).push(Buffer.from(packet)) > 0 });
  return {
    sender,
    packets,
    reports,
    run: (ms: number): void => {
      const untilMs = nowMs + ms;
      while (nowMs < untilMs) sender.tick((nowMs += TICK_MS));
    },
    stall: (ms: number): void => {
      nowMs += ms;
    },
  };
}

const framesIn = (packets: readonly Buffer[]): Buffer[] => packets.filter((packet) => beginsFrame(packet, payloadOffset(packet)));
const isKey = (packet: Buffer): boolean => beginsKeyFrame(packet, payloadOffset(packet));

describe('a sender', () => {
  it('sends at its true pace, in order, with the time of the media', () => {
    const { run, packets } = sending(SPEECH);
    run(2_000);
    expect(packets.length).toBeGreaterThanOrEqual(99);
    expect(packets.length).toBeLessThanOrEqual(101);
    expect(packets.every((packet) => isRtp(packet) && ssrc(packet) === 4_242)).toBe(true);
    for (let n = 1; n < packets.length; n++) {
      expect(sequenceNumber(packets[n]!)).toBe((sequenceNumber(packets[n - 1]!) + 1) & 0xffff);
      expect((timestamp(packets[n]!) - timestamp(packets[n - 1]!)) >>> 0).toBe(960);
    }
  });

  it('sends frames that arrive whole, a key frame first, wherever in the asset it begins', () => {
    for (const from of [0, 0.3, 0.99]) {
      const { run, packets } = sending(CAMERA, from);
      run(3_000);
      const stats = new ReceiveStats('video');
      for (const packet of packets) stats.packet(packet, 0);
      expect(isKey(packets[0]!)).toBe(true);
      const { frames, keyFrames, lost } = stats.take();
      expect(lost).toBe(0);
      expect(keyFrames).toBe(1);
      expect(Math.abs(frames - 45)).toBeLessThanOrEqual(1);
    }
  });

  it('gives each frame its own PictureID, with the X bit that mediasoup needs', () => {
    const { run, packets } = sending(CAMERA);
    run(1_000);
    const pictures = framesIn(packets).map((packet) => packet.readUInt16BE(payloadOffset(packet) + 2) & 0x7fff);
    expect(packets.every((packet) => (packet[payloadOffset(packet)]! & 0x80) !== 0)).toBe(true);
    for (let n = 1; n < pictures.length; n++) expect(pictures[n]).toBe((pictures[n - 1]! + 1) & 0x7fff);
  });

  it('answers a PLI with a key frame: the very next frame is one', () => {
    const { sender, run, packets } = sending(CAMERA);
    run(1_000);
    const before = packets.length;
    sender.feedback(buildPli(1, 4_242));
    run(1_000);
    // What is left of the frame under way does not count; at 15 frames a second the next is far within a second of the request.
    const frames = framesIn(packets.slice(before));
    expect(isKey(frames[0]!)).toBe(true);
    expect(frames.filter(isKey)).toHaveLength(1);
    expect(sender.take().keyFrameRequests).toBe(1);
    expect(sender.take().keyFrameRequests).toBe(0);
  });

  it('sends a packet again that is asked for, byte for byte', () => {
    const { sender, run, packets } = sending(CAMERA);
    run(500);
    const lost = packets.at(-4)!;
    const before = packets.length;
    const nack = Buffer.alloc(16);
    nack[0] = 0x81;
    nack[1] = 205;
    nack.writeUInt16BE(3, 2);
    nack.writeUInt16BE(sequenceNumber(lost), 12);
    sender.feedback(nack);
    expect(packets.slice(before)).toEqual([lost]);
    // One that it never sent, or long ago, is no harm.
    nack.writeUInt16BE((sequenceNumber(lost) + 20_000) & 0xffff, 12);
    sender.feedback(nack);
    expect(packets).toHaveLength(before + 1);
  });

  it('spreads a key frame over several ticks', () => {
    const big: Asset = { ...CAMERA, frames: [{ packets: packetise(Buffer.alloc(30_000), 1_000), bytes: 30_000, key: true }] };
    const { run, packets } = sending(big);
    run(TICK_MS);
    expect(packets.length).toBeLessThanOrEqual(6);
    run(60);
    expect(packets.filter(marker)).toHaveLength(1);
  });

  it('makes up for a short stall, and leaves out frames after a long one, going on with a key frame', () => {
    const short = sending(SPEECH);
    short.run(1_000);
    short.stall(300);
    short.run(1_000);
    expect(short.packets.length).toBeGreaterThanOrEqual(114);
    const long = sending(CAMERA);
    long.run(1_000);
    const before = long.packets.length;
    long.stall(3_000);
    long.run(200);
    const after = long.packets.slice(before);
    expect(isKey(framesIn(after)[0]!)).toBe(true);
    expect(framesIn(after).length).toBeLessThanOrEqual(5);
    // Media time went on meanwhile.
    expect((timestamp(after.at(-1)!) - timestamp(long.packets[0]!)) >>> 0).toBeGreaterThan(3.9 * 90_000);
    expect(sequenceNumber(after[0]!)).toBe((sequenceNumber(long.packets[before - 1]!) + 1) & 0xffff);
  });

  it('sends silence while it is muted, at the same pace and in one sequence', () => {
    const { sender, packets, run } = sending(SPEECH);
    run(200);
    sender.muted = true;
    run(200);
    sender.muted = false;
    run(200);
    const sizes = packets.map((packet) => packet.length - payloadOffset(packet));
    expect(sizes.filter((size) => size === 3)).toHaveLength(10);
    expect(sizes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 70));
    expect(sizes.slice(-10)).toEqual(Array.from({ length: 10 }, () => 70));
    expect(packets.map((packet, index) => sequenceNumber(packet) - sequenceNumber(packets[0]!) - index)).toEqual(packets.map(() => 0));
    expect(packets.map((packet, index) => timestamp(packet) - timestamp(packets[0]!) - index * 960)).toEqual(packets.map(() => 0));
  });

  it('reports what it has sent', () => {
    const { run, packets, reports } = sending(CAMERA);
    run(3_100);
    expect(reports.length).toBeGreaterThanOrEqual(3);
    const last = reports.at(-1)!;
    expect(last.readUInt32BE(4)).toBe(4_242);
    expect(last.readUInt32BE(20)).toBeLessThanOrEqual(packets.length);
    expect(last.readUInt32BE(20)).toBeGreaterThan(0);
  });

  it('costs nothing per user in memory: two senders share the packets of an asset', () => {
    const [one, other] = [sending(SPEECH), sending(SPEECH, 0.5)];
    one.run(100);
    other.run(100);
    expect(new Set(SPEECH.frames.map(({ packets }) => packets[0])).size).toBe(SPEECH.frames.length);
    expect(one.packets.length).toBeGreaterThan(0);
    expect(other.packets.length).toBeGreaterThan(0);
  });

  describe('of an asset with time marks', () => {
    const EPOCH_MS = 1_000_000;
    const FRAME_MS = 1_000 / 15;
    /** A turn of 60 frames with a key frame each second, then 15 frames without marks. The second byte of a picture is its number. */
    const MARKED: Asset = {
      ...CAMERA,
      markedFrames: 60,
      frames: Array.from({ length: 75 }, (_, index) => {
        const picture = Buffer.alloc(900);
        picture[0] = index % 15 === 0 ? 0 : 1;
        picture[20] = index;
        return { packets: packetise(picture, 1_000), bytes: picture.length, key: index % 15 === 0 };
      }),
    };

    /** What it sends: the number of each picture and when, in the time of the marks. */
    function marking(behindMs: number, asset = MARKED) {
      let nowMs = 0;
      const sent: { readonly frame: number; readonly atMs: number }[] = [];
      const sender = new Sender({ asset, from: 0, behindMs, ssrc: 4_242, payloadType: 96, startMs: 0, wallMs: () => EPOCH_MS + nowMs, send: (packet) => (isRtcp(packet) ? 1 : sent.push({ frame: packet.at(-900 + 20)!, atMs: EPOCH_MS + nowMs - behindMs })) > 0 });
      const run = (ms: number): void => {
        const untilMs = nowMs + ms;
        while (nowMs < untilMs) sender.tick(++nowMs);
      };
      return { sender, sent, run, stall: (ms: number): void => void (nowMs += ms) };
    }

    const inTurn = (sent: readonly { readonly frame: number; readonly atMs: number }[]): typeof sent => sent.filter(({ frame }) => frame < 60);

    it.each([0, 137, 2_950, -400])('sends each picture at the instant of its mark, %i ms behind', (behindMs) => {
      const { sent, run } = marking(behindMs);
      run(9_000);
      expect(sent[0]!.frame % 15).toBe(0);
      expect(inTurn(sent).length).toBeGreaterThan(115);
      for (const { frame, atMs } of inTurn(sent)) {
        const late = (((atMs - frame * FRAME_MS) % 4_000) + 4_000) % 4_000;
        expect(late).toBeLessThan(2);
      }
    });

    it.each(['a key frame is asked for', 'it was held up'])('goes on without marks after %s, and with them from the next key frame that is due', (why) => {
      const { sender, sent, run, stall } = marking(0);
      run(2_100);
      const before = sent.length;
      if (why === 'it was held up') stall(1_700);
      else sender.feedback(buildPli(1, 4_242));
      run(3_000);
      const frames = sent.slice(before).map(({ frame }) => frame);
      const again = frames.findIndex((frame) => frame < 60);
      const first = frames.indexOf(60);
      // What was left of the frame under way.
      expect(first).toBeLessThanOrEqual(1);
      expect(again - first).toBeLessThanOrEqual(15);
      expect(frames[again]! % 15).toBe(0);
      expect(frames.slice(first, again)).toEqual(Array.from({ length: again - first }, (_, index) => 60 + index));
      for (const { frame, atMs } of inTurn(sent)) expect((((atMs - frame * FRAME_MS) % 4_000) + 4_000) % 4_000).toBeLessThan(2);
    });

    it('sends a frame of sound when its last sample is spoken', () => {
      const sound: Asset = { ...SPEECH, markedFrames: 100, frames: Array.from({ length: 100 }, (_, index) => ({ packets: [buildPacket({ payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0, marker: false }, Buffer.alloc(900, index))], bytes: 900, key: true })) };
      const { sent, run } = marking(777, sound);
      run(3_000);
      expect(sent.length).toBeGreaterThan(145);
      for (const { frame, atMs } of sent) expect((atMs - (frame + 1) * 20 + 2_000_000) % 2_000).toBeLessThan(2);
    });
  });
});
