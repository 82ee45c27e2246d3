import { createHash, timingSafeEqual } from 'node:crypto';

/** Algorithms of `supportedChecksumAlgorithms` (BBB bigbluebutton.properties); Scalelite knows no SHA-384. The weakest first. */
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'sha384', 'sha512'] as const;

export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'sha256';

/** Undefined: none of ours. */
export function algorithmNamed(name: string | undefined): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name);
}

const BY_LENGTH: ReadonlyMap<number, ChecksumAlgorithm> = new Map([
  [40, 'sha1'],
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
]);

/**
 * Hex digest over `callName + queryString + secret`, the query string exactly as sent (URL-encoded, without `&checksum=`).
 * Source: BBB docs/development/api.md, ValidationService.java.
 */
export function checksum(algorithm: ChecksumAlgorithm, call: string, queryString: string, secret: string): string {
  return createHash(algorithm).update(call).update(queryString).update(secret).digest('hex');
}

/** BBB tells the algorithm by the length of the digest; undefined: no such length, or not hex. */
export function algorithmOf(hexDigest: string): ChecksumAlgorithm | undefined {
  return /^[0-9a-f]+$/i.test(hexDigest) ? BY_LENGTH.get(hexDigest.length) : undefined;
}

/** Whether `given` signs the call, compared in constant time. */
export function verifyChecksum(given: string, call: string, queryString: string, secret: string, allowed: readonly ChecksumAlgorithm[] = CHECKSUM_ALGORITHMS): boolean {
  const algorithm = algorithmOf(given);
  if (!algorithm || !allowed.includes(algorithm)) return false;
  return timingSafeEqual(Buffer.from(given.toLowerCase()), Buffer.from(checksum(algorithm, call, queryString, secret)));
}
