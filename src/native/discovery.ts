import type { JoinedSession } from '../bbb/join.js';
import type { HttpClient } from '../bbb/http.js';
import { SFU_BRIDGES, type Bridges } from '../bbb/bridges.js';
import { readStaticData } from '../bbb/static-data.js';
import { versionFromJson } from '../bbb/target-version.js';
import { uiVersionOf, type UiVersion } from '../bbb/versions.js';
import { HarnessError } from '../core/errors.js';
import type { IceServer } from '../rtc/peer.js';

/** What a client learns of its server before GraphQL (bbb-protocol §3.1 steps 3 to 5, §1.7). */
export interface Discovery {
  readonly origin: string;
  readonly graphqlUrl: string;
  readonly sfuUrl: string;
  /** Of LiveKit's signalling, without its token. */
  readonly livekitUrl: string;
  /** What carries the media of this meeting. */
  readonly bridges: Bridges;
  /** Undefined: the server hides its version. */
  readonly line: UiVersion | undefined;
  readonly iceServers: readonly IceServer[];
  readonly cookie: string;
  /** Only this interface is used towards a server on this machine. */
  readonly bindAddress: string | undefined;
}

const MAX_SERVERS = 8;

/** Asks what the client's page asks, all at once. Rejects with MEETING_ENDED for a session that is over, and as HttpClient. */
export async function discover(http: HttpClient, session: JoinedSession, signal: AbortSignal): Promise<Discovery> {
  const { origin, host, hostname } = new URL(session.clientUrl);
  const cookie = await session.jar.getCookieString(session.clientUrl);
  const ask = async (what: string, path: string, headers: Readonly<Record<string, string>>): Promise<string> => {
    const attempted = `ask ${host} for ${what}`;
    const answer = await http.get(attempted, `${origin}${path}`, signal, { ...headers, ...(cookie === '' ? {} : { cookie }) });
    if (answer.status === 401) throw new HarnessError('MEETING_ENDED', `${attempted}: the session is over`);
    // Versions differ in which of these they have; without one the client falls back.
    return answer.status === 200 ? answer.text : '';
  };
  const token = { 'x-session-token': session.sessionToken };
  const [index, stuns, statics] = await Promise.all([
    ask('its GraphQL address', '/bigbluebutton/api', { 'content-type': 'application/json' }),
    ask('its STUN servers', `/bigbluebutton/api/stuns?sessionToken=${encodeURIComponent(session.sessionToken)}`, {}),
    ask('the meeting', '/api/rest/meetingStaticData', token),
    ask('the user', '/api/rest/userMetadata', token),
  ]);
  const socketOrigin = origin.replace(/^http/, 'ws');
  const version = index.trimStart().startsWith('{') ? versionFromJson(`ask ${host} for its GraphQL address`, index) : undefined;
  const meeting = readStaticData(statics);
  return {
    origin,
    graphqlUrl: version?.graphqlWebsocketUrl ?? `${socketOrigin}/graphql`,
    sfuUrl: `${socketOrigin}/bbb-webrtc-sfu?sessionToken=${encodeURIComponent(session.sessionToken)}`,
    livekitUrl: meeting?.livekitUrl ?? `${socketOrigin}/livekit`,
    bridges: meeting?.bridges ?? SFU_BRIDGES,
    line: uiVersionOf(version?.bbbVersion),
    iceServers: iceServersOf(stuns),
    cookie,
    bindAddress: hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname) ? '127.0.0.1' : undefined,
  };
}

/** Reads the answer of `/bigbluebutton/api/stuns`; what cannot be used is left out (TURN over TCP or TLS: libdatachannel has none). */
export function iceServersOf(text: string): readonly IceServer[] {
  let answer: { stunServers?: unknown; turnServers?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return [];
  }
  const entries = [answer.stunServers, answer.turnServers].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  return entries.slice(0, MAX_SERVERS).flatMap((entry) => iceServerOf(entry));
}

function iceServerOf(entry: unknown): readonly IceServer[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { url, username, password } = entry as { url?: unknown; username?: unknown; password?: unknown };
  const parts = typeof url === 'string' ? /^(stun|turn):\[?([^\]?\s]+?)\]?(?::(\d{1,5}))?(?:\?transport=(\w+))?$/i.exec(url) : null;
  if (!parts) return [];
  const [, scheme = '', hostname = '', port = '3478', transport = 'udp'] = parts;
  if (scheme.toLowerCase() === 'stun') return [{ hostname, port: Number(port) }];
  if (transport.toLowerCase() !== 'udp' || typeof username !== 'string' || typeof password !== 'string') return [];
  return [{ hostname, port: Number(port), username, password, relayType: 'TurnUdp' }];
}
