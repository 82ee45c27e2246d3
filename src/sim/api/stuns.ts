import { createHmac } from 'node:crypto';

/** What a server names to its clients beside the media it carries itself. */
export interface IceService {
  /** `stun:host:port` */
  readonly stun: readonly string[];
  readonly turn: TurnService | undefined;
}

export interface TurnService {
  /** `turn:host:port?transport=udp` */
  readonly url: string;
  /** Shared with the TURN server (`static-auth-secret` of coturn). */
  readonly secret: string;
}

const TTL_SECONDS = 86_400;

/**
 * The answer of `/bigbluebutton/api/stuns` (bbb-protocol §1.7): TURN credentials are made for the user and good for a day, by
 * the secret that BBB shares with its TURN server (draft-uberti-behave-turn-rest-00 §2.2: password = base64 of HMAC-SHA-1 of the user name).
 */
export function stunsAnswer({ stun, turn }: IceService, userId: string, wallMs: number): Record<string, unknown> {
  return { stunServers: stun.map((url) => ({ url })), turnServers: turn === undefined ? [] : [turnEntry(turn, userId, wallMs)], remoteIceCandidates: [] };
}

function turnEntry({ url, secret }: TurnService, userId: string, wallMs: number): Record<string, unknown> {
  const username = `${Math.floor(wallMs / 1_000) + TTL_SECONDS}:${userId}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64'), url, ttl: TTL_SECONDS };
}
