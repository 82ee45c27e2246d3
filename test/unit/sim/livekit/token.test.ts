import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSigned, mintToken } from '../../../../src/sim/livekit/token.js';

const KEY = { id: 'sim', secret: 'a secret that nobody else has at all' };
const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

/** As livekit-server signs its webhooks, from JWT's own definition (RFC 7515). */
function signed(claims: Record<string, unknown>, secret = KEY.secret): string {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

describe('a token for LiveKit', () => {
  it('lets one user into one room, for a day', () => {
    const token = mintToken(KEY, { identity: 'w_1', name: 'Ada', room: 'meeting-1', nowWallMs: 1_000_000_000 });
    expect(claimsOf(token)).toEqual({ iss: 'sim', sub: 'w_1', name: 'Ada', nbf: 999_990, exp: 1_086_400, video: { roomJoin: true, room: 'meeting-1', canPublish: true, canSubscribe: true, canPublishData: true } });
    expect(token).toBe(signed(claimsOf(token)));
  });
});

describe('a webhook', () => {
  const body = '{"event":"participant_joined"}';
  const sha256 = createHash('sha256').update(body).digest('base64');

  it.each([
    ['of our server', signed({ sha256 }), true],
    ['with another body', signed({ sha256: createHash('sha256').update('x').digest('base64') }), false],
    ['signed by another', signed({ sha256 }, 'not the secret'), false],
    ['without a signature', '', false],
  ])('%s', (_what, token, accepted) => {
    expect(isSigned(token, body, KEY)).toBe(accepted);
  });
});
