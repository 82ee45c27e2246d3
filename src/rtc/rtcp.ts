/** RTCP feedback that an SFU must understand and send (RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3.1). */

const TYPE_SR = 200;
const TYPE_RR = 201;
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

/** Walks a compound packet; a broken rest is ignored, as the RFC demands. `onNacked` gets each sequence number asked for again. */
export function readFeedback(compound: Buffer, onNacked?: (sequence: number) => void): Feedback {
  let keyFrame = false;
  let nacked = 0;
  forEachPacket(compound, (format, type, offset, end) => {
    if (type === TYPE_PSFB && (format === FMT_PLI || format === FMT_FIR)) keyFrame = true;
    if (type !== TYPE_RTPFB || format !== FMT_NACK) return;
    for (let entry = offset + 12; entry + 4 <= end; entry += 4) {
      const first = compound.readUInt16BE(entry);
      for (let mask = compound.readUInt16BE(entry + 2) * 2 + 1, step = 0; mask !== 0; mask >>>= 1, step++) {
        if ((mask & 1) === 0) continue;
        nacked++;
        onNacked?.((first + step) & 0xffff);
      }
    }
  });
  return keyFrame || nacked > 0 ? { keyFrame, nacked } : NOTHING;
}

/**
 * Round-trip time in ms from a report on our stream (RFC 3550 §6.4.1: arrival − LSR − DLSR); undefined without one.
 * `nowMs` is Unix time, as in `buildSenderReport`.
 */
export function roundTripMs(compound: Buffer, ourSsrc: number, nowMs: number): number | undefined {
  let found: number | undefined;
  forEachPacket(compound, (reports, type, offset, end) => {
    if (type !== TYPE_SR && type !== TYPE_RR) return;
    const first = offset + (type === TYPE_SR ? 28 : 8);
    for (let block = first; block + 24 <= Math.min(end, first + reports * 24); block += 24) {
      const lastReport = compound.readUInt32BE(block + 16);
      if (compound.readUInt32BE(block) !== ourSsrc || lastReport === 0) continue;
      const trip = (middleNtp(nowMs) - lastReport - compound.readUInt32BE(block + 20)) | 0;
      if (trip >= 0) found = (trip * 1000) / 65_536;
    }
  });
  return found;
}

/** What a sender report says that a receiver's answer to it has to tell (RFC 3550 §6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** LSR: the middle 32 bits of its NTP time. */
  readonly lastReport: number;
}

/** The last sender report in a compound packet; undefined without one. */
export function readSenderReport(compound: Buffer): SenderReport | undefined {
  let found: SenderReport | undefined;
  forEachPacket(compound, (_reports, type, offset, end) => {
    if (type === TYPE_SR && end - offset >= 28) found = { ssrc: compound.readUInt32BE(offset + 4), lastReport: compound.readUInt32BE(offset + 10) };
  });
  return found;
}

/** What a receiver says of a stream (RFC 3550 §6.4.1). */
export interface ReportBlock {
  /** Of 256 packets expected since the report before. */
  readonly fractionLost: number;
  readonly lost: number;
  /** With the number of wraps in the upper half. */
  readonly highestSequence: number;
  /** Units of the stream's timestamps. */
  readonly jitter: number;
}

/** Receiver report that answers a sender report at once: the delay since it is 0. */
export function buildReceiverReport(ourSsrc: number, { ssrc, lastReport }: SenderReport, { fractionLost, lost, highestSequence, jitter }: ReportBlock): Buffer {
  const report = Buffer.alloc(32);
  report[0] = 0x81;
  report[1] = TYPE_RR;
  report.writeUInt16BE(7, 2);
  report.writeUInt32BE(ourSsrc >>> 0, 4);
  report.writeUInt32BE(ssrc, 8);
  report[12] = fractionLost;
  report.writeUIntBE(Math.min(lost, 0x7f_ffff), 13, 3);
  report.writeUInt32BE(highestSequence >>> 0, 16);
  report.writeUInt32BE(Math.round(jitter) >>> 0, 20);
  report.writeUInt32BE(lastReport, 24);
  return report;
}

/** Sender report without report blocks (RFC 3550 §6.4.1). */
export function buildSenderReport(ourSsrc: number, nowMs: number, rtpTime: number, packets: number, octets: number): Buffer {
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = TYPE_SR;
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(ourSsrc >>> 0, 4);
  report.writeUInt32BE((Math.floor(nowMs / 1000) + NTP_EPOCH_SECONDS) >>> 0, 8);
  report.writeUInt32BE(Math.floor(((nowMs % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(rtpTime >>> 0, 16);
  report.writeUInt32BE(packets >>> 0, 20);
  report.writeUInt32BE(octets >>> 0, 24);
  return report;
}

/** From 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** The middle 32 of the 64 bits of an NTP timestamp: units of 1/65536 s. */
function middleNtp(nowMs: number): number {
  return (((Math.floor(nowMs / 1000) + NTP_EPOCH_SECONDS) & 0xffff) * 65_536 + Math.floor(((nowMs % 1000) / 1000) * 65_536)) | 0;
}

function forEachPacket(compound: Buffer, visit: (format: number, type: number, offset: number, end: number) => void): void {
  for (let offset = 0; offset + 4 <= compound.length; ) {
    const end = offset + (compound.readUInt16BE(offset + 2) + 1) * 4;
    if (compound[offset]! >> 6 !== 2 || end > compound.length) return;
    visit(compound[offset]! & 0x1f, compound[offset + 1]!, offset, end);
    offset = end;
  }
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
