import { RTP_MIN_BYTES } from './rtp.js';

/** X and I bits, then a PictureID of two bytes: mediasoup drops payloads without the X bit (RFC 7741 §4.2). */
const DESCRIPTOR_BYTES = 4;

/**
 * Splits a VP8 frame into RTP packets of at most `maxPayload` bytes of payload, with an empty header and PictureID that
 * `writePictureId` and rewriteHeader fill in before each sending. The last has the marker bit.
 */
export function packetise(frame: Buffer, maxPayload: number): readonly Buffer[] {
  const room = maxPayload - DESCRIPTOR_BYTES;
  const count = Math.ceil(frame.length / room);
  // Parts of equal size, as libwebrtc makes them: a short last packet would save nothing.
  const size = Math.ceil(frame.length / count);
  return Array.from({ length: count }, (_, index) => {
    const part = frame.subarray(index * size, (index + 1) * size);
    const packet = Buffer.alloc(RTP_MIN_BYTES + DESCRIPTOR_BYTES + part.length);
    packet[0] = 0x80;
    packet[1] = index === count - 1 ? 0x80 : 0;
    packet[RTP_MIN_BYTES] = index === 0 ? 0x90 : 0x80;
    packet[RTP_MIN_BYTES + 1] = 0x80;
    part.copy(packet, RTP_MIN_BYTES + DESCRIPTOR_BYTES);
    return packet;
  });
}

/** Overwrites the PictureID (15 bits) of a packet made by `packetise`. */
export function writePictureId(packet: Buffer, pictureId: number): void {
  packet.writeUInt16BE(0x8000 | (pictureId & 0x7fff), RTP_MIN_BYTES + 2);
}

/** Whether a whole VP8 frame is a key frame (RFC 6386 §9.1: the first bit is 0). */
export function isKeyFrame(frame: Buffer): boolean {
  return frame.length > 0 && (frame[0]! & 0x01) === 0;
}

/** Whether an RTP payload begins a VP8 frame: start of partition 0 (RFC 7741 §4.2, S bit and PID). */
export function beginsFrame(packet: Buffer, payloadOffset: number): boolean {
  const descriptor = packet[payloadOffset];
  return descriptor !== undefined && (descriptor & 0x10) !== 0 && (descriptor & 0x07) === 0;
}

/**
 * Whether a VP8 RTP payload begins a key frame (RFC 7741 §4.2 payload descriptor, §4.3 payload header).
 * False for anything cut short.
 */
export function beginsKeyFrame(packet: Buffer, payloadOffset: number): boolean {
  if (!beginsFrame(packet, payloadOffset)) return false;
  let offset = payloadOffset + 1;
  if ((packet[payloadOffset]! & 0x80) !== 0) {
    const extension = packet[offset++];
    if (extension === undefined) return false;
    // PictureID is one byte, or two when its first bit is set.
    if ((extension & 0x80) !== 0) offset += (packet[offset] ?? 0) & 0x80 ? 2 : 1;
    if ((extension & 0x40) !== 0) offset += 1;
    if ((extension & 0x30) !== 0) offset += 1;
  }
  const header = packet[offset];
  return header !== undefined && (header & 0x01) === 0;
}
