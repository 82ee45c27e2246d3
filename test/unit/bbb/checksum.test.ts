import { describe, expect, it } from 'vitest';
import { algorithmOf, checksum, CHECKSUM_ALGORITHMS, verifyChecksum, type ChecksumAlgorithm } from '../../../src/bbb/checksum.js';

/** The example of BBB's docs/development/api.md ("Usage"), with the SHA-1 that it prints; the others by OpenSSL 3 and coreutils over the same text. */
const QUERY = 'name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444';
const SECRET = '639259d4-9dd8-4b25-bf01-95f9567eaf4b';
const VECTORS: Readonly<Record<ChecksumAlgorithm, string>> = {
  sha1: '1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17',
  sha256: 'da9185f7f333cfdfcd6eeac32dca3777510c4c436020d8b887ba5515bd1d189e',
  sha384: '891ac633df39d0a1b4f8d597f3e190833216c4b29c4fb51ea3ca72757eeb958d6e7b49a845cf29f5c6019c7d29d029d1',
  sha512: 'de73ad61d11a5c801b68d4bd6ec5248546085cefb0b25c85f3c46249ea93a3a4b120f92c0a8a58d7512cb77821884951a3b01245f3435dbbef49fff3cc3988b4',
};

describe('checksum', () => {
  it.each(CHECKSUM_ALGORITHMS)('is the published value for %s', (algorithm) => {
    expect(checksum(algorithm, 'create', QUERY, SECRET)).toBe(VECTORS[algorithm]);
  });

  it('of a call without parameters covers name and secret', () => {
    expect(checksum('sha256', 'getMeetings', '', SECRET)).toBe('a5370c5f3d97d56d53b435684cdbc429c2898a3bf9f435518b4279e1e0dbfc8c');
  });
});

describe('algorithmOf', () => {
  it.each(Object.entries(VECTORS))('tells %s by the length of its digest', (algorithm, digest) => {
    expect(algorithmOf(digest)).toBe(algorithm);
    expect(algorithmOf(digest.toUpperCase())).toBe(algorithm);
  });

  it.each(['', 'abc', 'z'.repeat(40), `${VECTORS.sha1} `, 'a'.repeat(41)])('knows none for %j', (text) => {
    expect(algorithmOf(text)).toBeUndefined();
  });
});

describe('verifyChecksum', () => {
  it.each(Object.values(VECTORS))('accepts %s in either case', (digest) => {
    expect(verifyChecksum(digest, 'create', QUERY, SECRET)).toBe(true);
    expect(verifyChecksum(digest.toUpperCase(), 'create', QUERY, SECRET)).toBe(true);
  });

  it.each([
    ['another call', VECTORS.sha256, 'join', QUERY, SECRET],
    ['another query', VECTORS.sha256, 'create', `${QUERY}&record=true`, SECRET],
    ['another secret', VECTORS.sha256, 'create', QUERY, 'other'],
    ['a digest with one digit changed', VECTORS.sha256.replace(/e$/, 'f'), 'create', QUERY, SECRET],
    ['no digest', '', 'create', QUERY, SECRET],
  ])('refuses %s', (_what, digest, call, query, secret) => {
    expect(verifyChecksum(digest, call, query, secret)).toBe(false);
  });

  it('refuses an algorithm that is not allowed', () => {
    expect(verifyChecksum(VECTORS.sha1, 'create', QUERY, SECRET, ['sha256', 'sha512'])).toBe(false);
    expect(verifyChecksum(VECTORS.sha512, 'create', QUERY, SECRET, ['sha256', 'sha512'])).toBe(true);
  });
});
