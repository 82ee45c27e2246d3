import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { failed } from '../../../src/fleet/check.js';
import { checksumFinding, probeClock, probeForeign, probeSecret, probeVersion } from '../../../src/fleet/probe-api.js';
import { probeName, probeTls, tlsFinding } from '../../../src/fleet/probe-network.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const signal = new AbortController().signal;
const NOON = Date.UTC(2026, 10, 23, 12);

describe('tlsFinding', () => {
  it.each([
    ['Dec  8 12:00:00 2026 GMT', 15, true],
    ['Dec  7 12:00:00 2026 GMT', 14, true],
    ['Dec  7 11:59:59 2026 GMT', 13, 'warn'],
    ['Nov 23 12:00:01 2026 GMT', 0, 'warn'],
  ])('of a certificate to %s counts %d days', (validTo, days, ok) => {
    expect(tlsFinding('TLSv1.3', validTo, NOON)).toMatchObject({ ok, detail: `TLSv1.3, certificate valid for ${days} more days` });
  });
});

describe('plain HTTP', () => {
  const options = (url: string) => ({ url: new URL(url), clock: new VirtualClock(), timeoutMs: 1_000 });

  it.each(['http://127.0.0.1:8090', 'http://localhost', 'http://bbb1.localhost:8080', 'http://[::1]:8090'])('is no matter on this machine: %s', async (url) => {
    expect(await probeTls(options(url), signal)).toMatchObject({ ok: 'skipped' });
  });

  it('is a warning elsewhere: browsers give no camera', async () => {
    expect(await probeTls(options('http://bbb.example.org'), signal)).toMatchObject({ ok: 'warn', help: expect.stringContaining('camera') });
  });

  it.each(['http://127.0.0.1:8090', 'http://[::1]'])('needs no name resolved for an address: %s', async (url) => {
    expect(await probeName(options(url), signal)).toMatchObject({ ok: 'skipped' });
  });
});

describe('the clock', () => {
  it.each([
    [undefined, 'skipped', 'does not say'],
    [0, true, 'the same second'],
    [-2_400, true, '2 s behind'],
    [5_000, true, '5 s ahead'],
    [5_600, 'warn', '6 s ahead'],
    [-3_600_000, 'warn', '3600 s behind'],
  ])('off by %s ms is %s', async (skewMs, ok, words) => {
    const finding = await probeClock({ clockSkewMs: async () => skewMs }, signal);
    expect(finding.ok).toBe(ok);
    expect(finding.detail).toContain(words);
  });
});

describe('checksum algorithms', () => {
  it('are listed with those that are missing', () => {
    expect(checksumFinding(['sha1', 'sha256', 'sha512'])).toEqual({ ok: true, detail: 'sha1, sha256, sha512 accepted, not sha384' });
    expect(checksumFinding(['sha1', 'sha256', 'sha384', 'sha512']).detail).toBe('sha1, sha256, sha384, sha512 accepted');
    expect(checksumFinding([])).toMatchObject({ ok: 'skipped' });
  });
});

describe('the secret', () => {
  it('is wrong when no algorithm is accepted', async () => {
    const refusing = { algorithm: 'sha256', getMeetings: () => Promise.reject(new HarnessError('API_CHECKSUM', 'refused')) } as const;
    await expect(probeSecret(refusing, signal)).rejects.toMatchObject({ code: 'API_CHECKSUM', message: 'refused' });
  });

  it.each([
    ['sha256', 'accepted; 0 meetings listed'],
    ['sha1', 'accepted with sha1; 0 meetings listed'],
  ] as const)('is accepted when meetings are listed, whatever is signed with: %s', async (algorithm, detail) => {
    expect(await probeSecret({ algorithm, getMeetings: async () => [] }, signal)).toEqual({ ok: true, detail });
  });
});

describe('the version', () => {
  it.each([
    [{ apiVersion: '2.0', bbbVersion: undefined, graphqlWebsocketUrl: undefined }, 'API 2.0; no GraphQL address: a load balancer, or BBB 2.7 or older'],
    [{ apiVersion: '2.0', bbbVersion: '3.0.19', graphqlWebsocketUrl: 'wss://h/graphql' }, 'API 2.0; BBB 3.0.19'],
    [{ apiVersion: '', bbbVersion: undefined, graphqlWebsocketUrl: 'wss://h/graphql' }, 'API of unknown version; BBB 3.0 or newer (it does not say)'],
  ])('%j is put into words', async (version, detail) => {
    expect(await probeVersion({ version: async () => version }, signal)).toEqual({ ok: true, detail });
  });
});

describe('other meetings', () => {
  const api = (users: readonly number[]) => ({
    create: () => Promise.reject(new Error('not asked')),
    end: () => Promise.reject(new Error('not asked')),
    getMeetings: async () => users.map((participants, n) => ({ meetingID: `${n}`, internalMeetingID: '', name: '', running: true, ended: false, participants, moderators: 0, listeners: 0, voiceParticipants: 0, videos: 0, isBreakout: false, parentMeetingID: '', metadata: {}, attendees: [] })),
  });

  it('are counted with their users', async () => {
    expect(await probeForeign(api([]), signal)).toEqual({ ok: true, detail: 'none' });
    expect(await probeForeign(api([12, 30]), signal)).toMatchObject({ ok: 'warn', detail: '2 with 42 users' });
  });
});

describe('failed', () => {
  it('keeps message and hint of an expected failure and throws a bug on', () => {
    expect(failed(new HarnessError('TARGET_TLS', 'no', { hint: 'do' }))).toEqual({ ok: false, detail: 'no', help: 'do' });
    const bug = new TypeError('x is undefined');
    expect(() => failed(bug)).toThrow(bug);
  });
});
