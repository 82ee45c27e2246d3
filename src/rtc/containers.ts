import { HarnessError } from '../core/errors.js';

/** Readers of the two containers that pre-encoded media comes in. Both are small, trusted files of ours, read once. */

export interface EncodedVideo {
  readonly width: number;
  readonly height: number;
  readonly framesPerSec: number;
  /** VP8 frames in order. */
  readonly frames: readonly Buffer[];
}

/** An IVF file (the container of libvpx): 32 bytes of header, then 12 bytes before each frame. Throws FILE_UNREADABLE. */
export function readIvf(file: Buffer, name: string): EncodedVideo {
  if (file.length < 32 || file.toString('latin1', 0, 4) !== 'DKIF' || file.toString('latin1', 8, 12) !== 'VP80') throw new HarnessError('FILE_UNREADABLE', `${name} is no IVF file with VP8`);
  const frames: Buffer[] = [];
  for (let offset = file.readUInt16LE(6); offset + 12 <= file.length; ) {
    const size = file.readUInt32LE(offset);
    const end = offset + 12 + size;
    if (end > file.length) throw new HarnessError('FILE_UNREADABLE', `${name} is cut short`);
    frames.push(file.subarray(offset + 12, end));
    offset = end;
  }
  const framesPerSec = file.readUInt32LE(16) / file.readUInt32LE(20);
  if (frames.length === 0 || !(framesPerSec > 0 && framesPerSec <= 120)) throw new HarnessError('FILE_UNREADABLE', `${name} has no frames`);
  return { width: file.readUInt16LE(12), height: file.readUInt16LE(14), framesPerSec, frames };
}

/** Opus packets of an Ogg file (RFC 3533 pages, RFC 7845: two header packets come first). Throws FILE_UNREADABLE. */
export function readOggOpus(file: Buffer, name: string): readonly Buffer[] {
  const packets: Buffer[] = [];
  let open: Buffer[] = [];
  for (let offset = 0; offset + 27 <= file.length; ) {
    if (file.toString('latin1', offset, offset + 4) !== 'OggS') throw new HarnessError('FILE_UNREADABLE', `${name} is no Ogg file`);
    const segments = file[offset + 26]!;
    let at = offset + 27 + segments;
    for (let index = 0; index < segments; index++) {
      const length = file[offset + 27 + index]!;
      open.push(file.subarray(at, at + length));
      at += length;
      // A segment of less than 255 bytes ends its packet.
      if (length < 255) {
        packets.push(Buffer.concat(open));
        open = [];
      }
    }
    offset = at;
  }
  if (packets[0]?.toString('latin1', 0, 8) !== 'OpusHead' || packets.length < 3) throw new HarnessError('FILE_UNREADABLE', `${name} has no Opus in it`);
  return packets.slice(2);
}
