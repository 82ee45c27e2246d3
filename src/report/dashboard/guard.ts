import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress, namesLoopback } from '../local-http.js';

export interface GuardOptions {
  /** Address that is bound. */
  readonly host: string;
  /** In the URL of the page where others than this machine can reach it; undefined on loopback. */
  readonly token: string | undefined;
  /** Only the page knows it: sent with everything that changes something. */
  readonly key: string;
}

export type Refusal = { readonly status: 401 | 403 | 421; readonly why: string };

/**
 * Who may look, and who may stop the run. The Host header keeps out names that were made to point here (DNS rebinding); Origin and
 * the key keep out other pages in the same browser (CSRF); the token keeps out other machines.
 */
export function refusalOf(request: IncomingMessage, { host, token, key }: GuardOptions): Refusal | undefined {
  const asked = new URL(request.url ?? '/', 'http://localhost');
  if (token === undefined || isLoopbackAddress(host)) {
    if (!namesLoopback(request.headers.host)) return { status: 421, why: 'This address answers to localhost only.' };
  } else if (!same(asked.searchParams.get('token') ?? '', token)) return { status: 401, why: 'The URL lacks its token: use the one that Firstbell printed.' };
  const { origin } = request.headers;
  if (origin !== undefined && hostOfOrigin(origin) !== request.headers.host) return { status: 403, why: 'Requests of other pages are refused.' };
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const sent = request.headers['x-firstbell-key'];
  if (origin === undefined || typeof sent !== 'string' || !same(sent, key)) return { status: 403, why: 'Only the page itself may stop the run.' };
  return undefined;
}

function hostOfOrigin(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
