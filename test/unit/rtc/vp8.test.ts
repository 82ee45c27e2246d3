import { describe, expect, it } from 'vitest';
import { beginsKeyFrame } from '../../../src/rtc/vp8.js';

/** Payload descriptors of RFC 7741 §4.2 followed by the first byte of the VP8 payload header. */
describe('beginsKeyFrame', () => {
  it.each<[string, number[], boolean]>([
    ['no extension, key frame', [0x10, 0x00], true],
    ['no extension, other frame', [0x10, 0x01], false],
    ['one-byte picture id', [0x90, 0x80, 0x05, 0x00], true],
    ['two-byte picture id', [0x90, 0x80, 0x81, 0x05, 0x00], true],
    ['picture id, TL0PICIDX, TID', [0x90, 0xe0, 0x05, 0x01, 0x20, 0x00], true],
    ['the same, other frame', [0x90, 0xe0, 0x05, 0x01, 0x20, 0x01], false],
    ['middle of a partition', [0x00, 0x00], false],
    ['another partition', [0x11, 0x00], false],
    ['cut short after the descriptor', [0x10], false],
    ['cut short in the extension', [0x90], false],
    ['empty', [], false],
  ])('%s', (_name, bytes, expected) => {
    expect(beginsKeyFrame(Buffer.from(bytes), 0)).toBe(expected);
    expect(beginsKeyFrame(Buffer.from([1, 2, 3, ...bytes]), 3)).toBe(expected);
  });
});
