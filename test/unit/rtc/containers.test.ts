import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { readIvf, readOggOpus } from '../../../src/rtc/containers.js';
import { isKeyFrame } from '../../../src/rtc/vp8.js';

const file = (name: string): Buffer => readFileSync(join(packageRoot(), 'src', 'native', 'assets', name));

describe('the media that native users send', () => {
  it.each([
    ['camera-low.ivf', 320, 240, 15, 100],
    ['camera-medium.ivf', 640, 480, 15, 200],
    ['camera-high.ivf', 640, 480, 15, 500],
  ])('%s has the size, rate and bit rate of its camera profile', (name, width, height, framesPerSec, kbps) => {
    const video = readIvf(file(name), name);
    expect(video).toMatchObject({ width, height, framesPerSec });
    const seconds = video.frames.length / framesPerSec;
    const rate = (video.frames.reduce((sum, frame) => sum + frame.length, 0) * 8) / 1_000 / seconds;
    expect(rate).toBeGreaterThan(0.7 * kbps);
    expect(rate).toBeLessThan(1.1 * kbps);
  });

  it.each(['camera-low.ivf', 'camera-medium.ivf', 'camera-high.ivf', 'screen.ivf'])('%s begins with a key frame and has one at least every six seconds', (name) => {
    const { frames, framesPerSec } = readIvf(file(name), name);
    const keys = frames.flatMap((frame, index) => (isKeyFrame(frame) ? [index] : []));
    expect(keys[0]).toBe(0);
    expect([...keys.slice(1), frames.length].every((next, index) => next - keys[index]! <= 6 * framesPerSec)).toBe(true);
    expect(keys.length).toBeLessThan(frames.length / 10);
  });

  it('the speech has packets of 20 ms with loud and silent stretches', () => {
    const packets = readOggOpus(file('speech.opus'), 'speech.opus');
    // RFC 6716 §3.1: configurations with 20 ms frames, one frame a packet.
    expect(packets.every((packet) => [3, 7, 11, 13, 15, 19, 23, 27, 31].includes(packet[0]! >> 3) || packet[0]! >> 3 === 1 || packet[0]! >> 3 === 5 || packet[0]! >> 3 === 9)).toBe(true);
    expect(packets.length).toBeGreaterThan(30 * 50);
    const sizes = packets.map(({ length }) => length).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length * 0.9)]!).toBeGreaterThan(3 * sizes[Math.floor(sizes.length * 0.1)]!);
  });
});

describe('broken files', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('RIFF'.padEnd(64, ' '))],
    ['a file that ends within a frame', file('camera-low.ivf').subarray(0, 3_000)],
    ['a file without frames', file('camera-low.ivf').subarray(0, 32)],
  ])('%s is no IVF', (_what, content) => {
    expect(() => readIvf(content, 'x.ivf')).toThrow(/x\.ivf/);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('RIFF'.padEnd(64, ' '))],
    ['only a header', file('speech.opus').subarray(0, 47)],
  ])('%s is no Opus', (_what, content) => {
    expect(() => readOggOpus(content, 'x.opus')).toThrow(/x\.opus/);
  });
});
