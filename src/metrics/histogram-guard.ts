import { inflateSync } from 'node:zlib';
import { MAX_STEPS, SIGNIFICANT_DIGITS } from './histogram.js';

/** Cookie and length; then what deflate made (HdrHistogram V2). */
const COMPRESSED_HEADER_BYTES = 8;
const COMPRESSED_COOKIE = 0x1c849304;
/** Cookie, length of the counts, three fields of the configuration, two of them of 8 bytes, and a ratio. */
const PLAIN_HEADER_BYTES = 40;
/** All counts of this configuration, each in as many bytes as one can have. */
const MAX_PLAIN_BYTES = 1_000_000;
/** 2,048 up to the first doubling, half as many for each of the forty that follow, and one that the library rounds up to. */
const MAX_PLACES = 2_048 + 41 * 1_024;

/**
 * Whether a text is a histogram of this configuration (compressed, base64) that is no larger than it can be. The library inflates whatever comes,
 * makes room for whatever the header names, and goes through as many places as the counts claim; snapshots may come from anyone.
 */
export function isOurHistogram(encoded: string): boolean {
  try {
    look(encoded);
    return true;
  } catch {
    return false;
  }
}

function look(encoded: string): void {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < COMPRESSED_HEADER_BYTES || bytes.readUInt32BE(4) !== bytes.length - COMPRESSED_HEADER_BYTES || (bytes.readUInt32BE(0) & ~0xf0) >>> 0 !== COMPRESSED_COOKIE) throw new RangeError('no compressed histogram');
  const plain = inflateSync(bytes.subarray(COMPRESSED_HEADER_BYTES), { maxOutputLength: MAX_PLAIN_BYTES });
  if (plain.length < PLAIN_HEADER_BYTES || plain.readInt32BE(4) !== plain.length - PLAIN_HEADER_BYTES) throw new RangeError('cut short');
  const [digits, lowest, highest] = [plain.readInt32BE(12), plain.readBigInt64BE(16), plain.readBigInt64BE(24)];
  if (digits !== SIGNIFICANT_DIGITS || lowest !== 1n || highest < 2n || highest > BigInt(MAX_STEPS * 4)) throw new RangeError('another configuration');
  if (placesIn(plain.subarray(PLAIN_HEADER_BYTES)) > MAX_PLACES) throw new RangeError('more counts than there are places');
}

/** Places that the counts take: each one, or as many zeros as a negative number says (ZigZag LEB128 of at most nine bytes). The library goes through all of them. */
function placesIn(counts: Uint8Array): number {
  let places = 0;
  for (let at = 0; at < counts.length; ) {
    let value = 0;
    for (let byte = 0, scale = 1; byte < 9; byte++, scale *= 128) {
      const next = counts[at++] ?? 0;
      value += (byte < 8 ? next & 0x7f : next) * scale;
      if (next < 0x80) break;
    }
    places += value % 2 === 0 ? 1 : (value + 1) / 2;
  }
  return places;
}
