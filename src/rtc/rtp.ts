/** RTP headers in place (RFC 3550 §5.1). Offsets are bytes; nothing here allocates per packet. */

export const RTP_MIN_BYTES = 12;

/** RTP and RTCP share a port: payload types 64–95 of the second byte are RTCP (RFC 5761 §4). */
export function isRtcp(packet: Buffer): boolean {
  if (packet.length < 2) return false;
  const type = packet[1]! & 0x7f;
  return type >= 64 && type <= 95;
}

/** Version 2 and at least a whole fixed header. */
export function isRtp(packet: Buffer): boolean {
  return packet.length >= RTP_MIN_BYTES && packet[0]! >> 6 === 2 && !isRtcp(packet);
}

export function payloadType(packet: Buffer): number {
  return packet[1]! & 0x7f;
}

export function marker(packet: Buffer): boolean {
  return (packet[1]! & 0x80) !== 0;
}

export function sequenceNumber(packet: Buffer): number {
  return packet.readUInt16BE(2);
}

export function timestamp(packet: Buffer): number {
  return packet.readUInt32BE(4);
}

export function ssrc(packet: Buffer): number {
  return packet.readUInt32BE(8);
}

/** Where the payload begins: after CSRCs and the header extension (RFC 8285). −1: the packet is cut short. */
export function payloadOffset(packet: Buffer): number {
  let offset = RTP_MIN_BYTES + (packet[0]! & 0x0f) * 4;
  if ((packet[0]! & 0x10) !== 0) {
    if (packet.length < offset + 4) return -1;
    offset += 4 + packet.readUInt16BE(offset + 2) * 4;
  }
  return offset <= packet.length ? offset : -1;
}

/** Payload bytes without padding; 0 for a packet that is cut short. */
export function payloadLength(packet: Buffer): number {
  const offset = payloadOffset(packet);
  if (offset < 0) return 0;
  const padding = (packet[0]! & 0x20) !== 0 ? packet[packet.length - 1]! : 0;
  return Math.max(0, packet.length - offset - padding);
}

export interface Rewrite {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Overwrites the identifying fields in place; the marker bit stays. */
export function rewriteHeader(packet: Buffer, { payloadType: type, sequenceNumber: sequence, timestamp: time, ssrc: source }: Rewrite): void {
  packet[1] = (packet[1]! & 0x80) | (type & 0x7f);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(time >>> 0, 4);
  packet.writeUInt32BE(source >>> 0, 8);
}

/** A whole packet without CSRCs and extensions. */
export function buildPacket(header: Rewrite & { readonly marker: boolean }, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(RTP_MIN_BYTES + payload.length);
  packet[0] = 0x80;
  packet[1] = header.marker ? 0x80 : 0;
  rewriteHeader(packet, header);
  packet.set(payload, RTP_MIN_BYTES);
  return packet;
}

/** Signed distance a − b on a 16-bit circle, −32768…32767 (RFC 3550 appendix A.1). */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}
