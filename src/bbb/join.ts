import { CookieJar } from 'tough-cookie';
import { HarnessError } from '../core/errors.js';
import type { ApiParams } from './api-url.js';
import { checkStatus, readApiAnswer } from './answer.js';
import type { HttpClient } from './http.js';
import { joinErrorOf } from './join-redirect.js';

export interface JoinParams {
  readonly meetingID: string;
  readonly fullName: string;
  readonly role: 'MODERATOR' | 'VIEWER';
  /** External user id; give each user its own. */
  readonly userID?: string;
  /** `userdata-…` values by name without the prefix. */
  readonly userdata?: Readonly<Record<string, string | number | boolean>>;
  readonly extra?: ApiParams;
}

export interface JoinedSession {
  /** Host and port of the server that serves the client: the one the load balancer chose. */
  readonly server: string;
  /** Contains the session token. */
  readonly clientUrl: string;
  readonly sessionToken: string;
  /** Holds JSESSIONID of that server. */
  readonly jar: CookieJar;
  /** Redirects followed: 1 at a server, 2 through a balancer. */
  readonly hops: number;
}

const MAX_HOPS = 5;

export function joinQuery({ meetingID, fullName, role, userID, userdata = {}, extra }: JoinParams): ApiParams {
  const data = Object.fromEntries(Object.entries(userdata).map(([name, value]) => [`userdata-${name}`, value]));
  return { fullName, meetingID, role, userID, redirect: true, ...data, ...extra };
}

/**
 * Follows a signed join URL as a browser does: balancer, server, client, with one cookie jar. `at` is told each host asked.
 * The client itself is not loaded. Rejects with JOIN_DENIED and the codes of message-keys.ts for a refusal, and as HttpClient does.
 */
export async function followJoin(http: HttpClient, attempted: string, joinUrl: string, signal: AbortSignal, at: (server: string) => void): Promise<JoinedSession> {
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
  let url = new URL(joinUrl);
  for (let hops = 1; hops <= MAX_HOPS; hops++) {
    at(url.host);
    const answer = await http.get(attempted, url.href, signal, await cookieHeader(jar, url.href));
    for (const cookie of answer.setCookies) await jar.setCookie(cookie, url.href, { ignoreError: true });
    if (answer.location === undefined || answer.status < 300 || answer.status > 399) {
      // The balancer, and a few checks of BBB, answer with XML.
      checkStatus(attempted, answer);
      readApiAnswer(attempted, answer.text);
      throw new HarnessError('TARGET_NOT_BBB', `${attempted}: ${url.host} accepted it but leads to no client`);
    }
    const next = redirectTarget(attempted, answer.location, url);
    if (next.pathname.endsWith('/api/join')) {
      url = next;
      continue;
    }
    const refused = joinErrorOf(attempted, next.href);
    if (refused) throw refused;
    at(next.host);
    return { server: next.host, clientUrl: next.href, sessionToken: next.searchParams.get('sessionToken') ?? '', jar, hops };
  }
  throw new HarnessError('TARGET_NOT_BBB', `${attempted}: more than ${MAX_HOPS} redirects`, { hint: 'look at the redirects of the load balancer' });
}

async function cookieHeader(jar: CookieJar, url: string): Promise<Readonly<Record<string, string>>> {
  const cookie = await jar.getCookieString(url);
  return cookie === '' ? {} : { cookie };
}

function redirectTarget(attempted: string, location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (target?.protocol === 'https:' || target?.protocol === 'http:') return target;
  throw new HarnessError('TARGET_NOT_BBB', `${attempted}: ${from.host} redirected to something that is no web address`, { hint: 'look at the redirects of the load balancer' });
}
