import { describe, expect, it } from 'vitest';
import { ReceiveStats } from '../../../src/rtc/receive-stats.js';
import { buildPacket, rewriteHeader } from '../../../src/rtc/rtp.js';
import { packetise, writePictureId } from '../../../src/rtc/vp8.js';

const audio = (sequence: number, time: number, ssrc = 7): Buffer => buildPacket({ payloadType: 111, sequenceNumber: sequence, timestamp: time, ssrc, marker: false }, Buffer.alloc(80));

/** Packets of a VP8 frame; key frames have a 0 in their first bit. */
function frame(key: boolean, bytes: number, first: number, time: number): Buffer[] {
  const picture = Buffer.alloc(bytes);
  picture[0] = key ? 0 : 1;
  return packetise(picture, 1_000).map((packet, index) => {
    rewriteHeader(packet, { payloadType: 96, sequenceNumber: first + index, timestamp: time, ssrc: 9 });
    writePictureId(packet, 1);
    return packet;
  });
}

describe('statistics of a received stream', () => {
  it('counts packets and payload, and starts anew with each interval', () => {
    const stats = new ReceiveStats('audio');
    for (let n = 0; n < 10; n++) stats.packet(audio(n, n * 960), n * 20);
    expect(stats.take()).toMatchObject({ packets: 10, bytes: 800, lost: 0, reordered: 0, gaps: 0 });
    expect(stats.take()).toMatchObject({ packets: 0, bytes: 0, lost: 0 });
    expect(stats.total).toBe(10);
  });

  it('counts what is missing, over the wrap of sequence numbers too', () => {
    const stats = new ReceiveStats('audio');
    for (const sequence of [65_533, 65_534, 0, 1, 4]) stats.packet(audio(sequence, sequence * 960), 0);
    // 65535, 2 and 3 are missing.
    expect(stats.take()).toMatchObject({ packets: 5, lost: 3 });
  });

  it('a late packet is reordered, not lost', () => {
    const stats = new ReceiveStats('audio');
    for (const sequence of [1, 2, 4, 3, 5]) stats.packet(audio(sequence, sequence * 960), sequence * 20);
    expect(stats.take()).toMatchObject({ packets: 5, lost: 0, reordered: 1 });
  });

  it('a packet that comes in the next interval does not make the loss of that one negative', () => {
    const stats = new ReceiveStats('audio');
    stats.packet(audio(1, 0), 0);
    stats.packet(audio(3, 1_920), 40);
    expect(stats.take().lost).toBe(1);
    stats.packet(audio(2, 960), 45);
    expect(stats.take()).toMatchObject({ packets: 1, lost: 0, reordered: 1 });
  });

  it('a restart of the sender (other SSRC, or a jump) is no loss', () => {
    const stats = new ReceiveStats('audio');
    stats.packet(audio(1, 0), 0);
    stats.packet(audio(40_000, 0, 8), 20);
    stats.packet(audio(1_000, 0, 8), 40);
    expect(stats.take()).toMatchObject({ packets: 3, lost: 0, reordered: 0 });
  });

  it('reports to the sender what was lost since the report before and in all, and the highest number with its wraps', () => {
    const stats = new ReceiveStats('audio');
    for (const sequence of [65_533, 65_534, 0, 1]) stats.packet(audio(sequence, sequence * 960), 0);
    // One of five.
    expect(stats.reportBlock()).toMatchObject({ fractionLost: 51, lost: 1, highestSequence: 65_537 });
    for (const sequence of [2, 4]) stats.packet(audio(sequence, sequence * 960), 0);
    expect(stats.reportBlock()).toMatchObject({ fractionLost: 85, lost: 2, highestSequence: 65_540 });
    expect(stats.reportBlock()).toMatchObject({ fractionLost: 0, lost: 2 });
    // Intervals are counted apart.
    expect(stats.take()).toMatchObject({ packets: 6, lost: 2 });
  });

  it('has the jitter of RFC 3550: none for an even stream, a sixteenth of a step at once, towards the mean of a swinging one', () => {
    const even = new ReceiveStats('audio');
    for (let n = 0; n < 50; n++) even.packet(audio(n, n * 960), n * 20);
    expect(even.take().jitterMs).toBe(0);
    const step = new ReceiveStats('audio');
    step.packet(audio(0, 0), 0);
    step.packet(audio(1, 960), 36);
    expect(step.take().jitterMs).toBeCloseTo(1, 6);
    const swinging = new ReceiveStats('audio');
    for (let n = 0; n < 500; n++) swinging.packet(audio(n, n * 960), n * 20 + (n % 2) * 8);
    expect(swinging.take().jitterMs).toBeCloseTo(8, 1);
  });

  it('counts pauses of more than 200 ms', () => {
    const stats = new ReceiveStats('audio');
    for (const [n, atMs] of [0, 20, 221, 420, 440].entries()) stats.packet(audio(n, n * 960), atMs);
    expect(stats.take().gaps).toBe(1);
  });

  it('counts whole frames and whole key frames only', () => {
    const stats = new ReceiveStats('video');
    const [delta, key, broken, last] = [frame(false, 500, 0, 0), frame(true, 3_500, 1, 6_000), frame(false, 2_500, 5, 12_000), frame(false, 300, 8, 18_000)];
    delta.forEach((packet) => stats.packet(packet, 0));
    expect(stats.hasKeyFrame).toBe(false);
    key.slice(0, -1).forEach((packet) => stats.packet(packet, 66));
    expect(stats.hasKeyFrame).toBe(false);
    stats.packet(key.at(-1)!, 67);
    expect(stats.hasKeyFrame).toBe(true);
    stats.packet(broken[0]!, 133);
    stats.packet(broken[2]!, 133);
    last.forEach((packet) => stats.packet(packet, 200));
    // The frame before the key frame came whole, and could not be shown.
    expect(stats.take()).toMatchObject({ frames: 2, keyFrames: 1, lost: 1 });
  });

  it('makes rates of the intervals in which the stream was there from the beginning', () => {
    const stats = new ReceiveStats('audio');
    stats.packet(audio(0, 0), 4_900);
    expect(stats.take()).toMatchObject({ whole: false, packets: 1 });
    for (let n = 1; n <= 250; n++) stats.packet(audio(n, n * 960), 5_000 + n * 20);
    expect(stats.take()).toMatchObject({ whole: true, packets: 250 });
    expect(stats.take()).toMatchObject({ whole: true, packets: 0 });
  });

  it('makes rates of pictures from the first key frame on, and of an interval without any', () => {
    const stats = new ReceiveStats('video');
    let sequence = 0;
    const send = (key: boolean, atMs: number): void => frame(key, 300, sequence++, atMs * 90).forEach((packet) => stats.packet(packet, atMs));
    expect(stats.take()).toMatchObject({ whole: false, frames: 0 });
    // It comes, but nothing can be shown: that is no frame rate of 15, it is none.
    for (let n = 0; n < 75; n++) send(false, 5_000 + n * 66);
    expect(stats.take()).toMatchObject({ whole: true, frames: 0, packets: 75 });
    for (let n = 0; n < 75; n++) send(n === 60, 10_000 + n * 66);
    expect(stats.take()).toMatchObject({ whole: false, frames: 15, keyFrames: 1 });
    for (let n = 0; n < 75; n++) send(false, 15_000 + n * 66);
    expect(stats.take()).toMatchObject({ whole: true, frames: 75 });
  });

  it('a key frame with a hole is none', () => {
    const stats = new ReceiveStats('video');
    const key = frame(true, 3_500, 1, 0);
    key.filter((_, index) => index !== 1).forEach((packet) => stats.packet(packet, 0));
    expect(stats.hasKeyFrame).toBe(false);
    expect(stats.take()).toMatchObject({ frames: 0, keyFrames: 0, lost: 1 });
  });
});
