/** RTCP feedback that an SFU must understand and send (RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3.1). */

const TYPE_RTPFB = 205;
const TYPE_PSFB = 206;
const FMT_NACK = 1;
const FMT_PLI = 1;
const FMT_FIR = 4;

export interface Feedback {
  /** A key frame is asked for (PLI or FIR). */
  readonly keyFrame: boolean;
  /** Packets asked for again (NACK). */
  readonly nacked: number;
}

const NOTHING: Feedback = { keyFrame: false, nacked: 0 };

/** Walks a compound packet; a broken rest is ignored, as the RFC demands. */
export function readFeedback(compound: Buffer): Feedback {
  let keyFrame = false;
  let nacked = 0;
  for (let offset = 0; offset + 4 <= compound.length; ) {
    const bytes = (compound.readUInt16BE(offset + 2) + 1) * 4;
    if (compound[offset]! >> 6 !== 2 || offset + bytes > compound.length) break;
    const format = compound[offset]! & 0x1f;
    const type = compound[offset + 1]!;
    if (type === TYPE_PSFB && (format === FMT_PLI || format === FMT_FIR)) keyFrame = true;
    if (type === TYPE_RTPFB && format === FMT_NACK) {
      for (let entry = offset + 12; entry + 4 <= offset + bytes; entry += 4) nacked += 1 + bitsIn(compound.readUInt16BE(entry + 2));
    }
    offset += bytes;
  }
  return keyFrame || nacked > 0 ? { keyFrame, nacked } : NOTHING;
}

/** Picture Loss Indication: asks the sender of `mediaSsrc` for a key frame. */
export function buildPli(senderSsrc: number, mediaSsrc: number): Buffer {
  const packet = Buffer.alloc(12);
  packet[0] = 0x80 | FMT_PLI;
  packet[1] = TYPE_PSFB;
  packet.writeUInt16BE(2, 2);
  packet.writeUInt32BE(senderSsrc >>> 0, 4);
  packet.writeUInt32BE(mediaSsrc >>> 0, 8);
  return packet;
}

function bitsIn(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
