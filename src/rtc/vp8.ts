/**
 * Whether a VP8 RTP payload begins a key frame (RFC 7741 §4.2 payload descriptor, §4.3 payload header).
 * False for anything cut short.
 */
export function beginsKeyFrame(packet: Buffer, payloadOffset: number): boolean {
  let offset = payloadOffset;
  const descriptor = packet[offset++];
  if (descriptor === undefined) return false;
  const startOfPartition = (descriptor & 0x10) !== 0 && (descriptor & 0x0f) === 0;
  if ((descriptor & 0x80) !== 0) {
    const extension = packet[offset++];
    if (extension === undefined) return false;
    // PictureID is one byte, or two when its first bit is set.
    if ((extension & 0x80) !== 0) offset += (packet[offset] ?? 0) & 0x80 ? 2 : 1;
    if ((extension & 0x40) !== 0) offset += 1;
    if ((extension & 0x30) !== 0) offset += 1;
  }
  const header = packet[offset];
  return header !== undefined && startOfPartition && (header & 0x01) === 0;
}
