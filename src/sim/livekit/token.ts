import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** LiveKit's credentials: the issuer of a token and what signs it. */
export interface LivekitKey {
  readonly id: string;
  readonly secret: string;
}

export interface Grant {
  /** BBB's internal user id. */
  readonly identity: string;
  readonly name: string;
  /** BBB's internal meeting id. */
  readonly room: string;
  readonly nowWallMs: number;
}

const TTL_S = 24 * 3_600;

/** An access token (JWT, HS256) as bbb-webrtc-sfu mints it. */
export function mintToken({ id, secret }: LivekitKey, { identity, name, room, nowWallMs }: Grant): string {
  const now = Math.floor(nowWallMs / 1_000);
  const claims = { iss: id, sub: identity, name, nbf: now - 10, exp: now + TTL_S, video: { roomJoin: true, room, canPublish: true, canSubscribe: true, canPublishData: true } };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${sign(signed, secret)}`;
}

/** Whether a webhook's Authorization header is LiveKit's own for this body: a token with the body's SHA-256 in it. */
export function isSigned(token: string, body: string, { secret }: LivekitKey): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const expected = Buffer.from(sign(`${head}.${claims}`, secret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return false;
  const { sha256 } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { sha256?: unknown };
  return sha256 === createHash('sha256').update(body).digest('base64');
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
