import { connectionInitFrame, CONNECTION_ERROR_ID, GRAPHQL_SUBPROTOCOL, parseServerFrame } from '../bbb/graphql.js';
import type { JoinedSession } from '../bbb/join.js';
import { serverWords } from '../bbb/message-keys.js';
import { parseSfuEvent } from '../bbb/sfu.js';
import type { Clock } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import { uniqueUuid } from '../core/random.js';
import type { Finding } from './check.js';
import { talkOver, type Talk, type TalkOptions } from './socket-talk.js';

export interface SocketProbe {
  readonly session: JoinedSession;
  /** As the server told it; undefined: `/graphql` beside the client. */
  readonly graphqlUrl: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Opens `/graphql` as the client does, up to connection_ack. Rejects as `talkOver`, or with JOIN_DENIED or MEETING_FULL. */
export async function probeGraphql(probe: SocketProbe, signal: AbortSignal): Promise<Finding> {
  const startMs = probe.clock.nowMs();
  const url = graphqlUrlOf(probe);
  const attempted = `open GraphQL at ${url.host}`;
  const uuid = uniqueUuid();
  await talkOver({ ...(await optionsFor(probe, url, attempted)), protocol: GRAPHQL_SUBPROTOCOL }, signal, async (socket) => {
    socket.send(connectionInitFrame(probe.session.sessionToken, uuid));
    await untilAcknowledged(attempted, socket);
  });
  return { ok: true, detail: `acknowledged by ${url.host} after ${Math.round(probe.clock.nowMs() - startMs)} ms` };
}

/** Opens `/bbb-webrtc-sfu` with the session and has a ping answered. Rejects as `talkOver`. */
export async function probeSfu(probe: SocketProbe, signal: AbortSignal): Promise<Finding> {
  const startMs = probe.clock.nowMs();
  const url = graphqlUrlOf(probe);
  url.pathname = '/bbb-webrtc-sfu';
  url.search = new URLSearchParams({ sessionToken: probe.session.sessionToken }).toString();
  const attempted = `open the SFU's socket at ${url.host}`;
  await talkOver(await optionsFor(probe, url, attempted), signal, async (socket) => {
    socket.send(JSON.stringify({ id: 'ping' }));
    while (parseSfuEvent(await socket.next())?.id !== 'pong');
  });
  return { ok: true, detail: `${url.host} answers pings after ${Math.round(probe.clock.nowMs() - startMs)} ms` };
}

async function untilAcknowledged(attempted: string, socket: Talk): Promise<void> {
  for (;;) {
    const frame = parseServerFrame(await socket.next());
    switch (frame?.type) {
      case 'connection_ack':
        return;
      case 'ping':
        socket.send(JSON.stringify({ type: 'pong', payload: frame.payload }));
        break;
      case 'error': {
        const { messageId = '', message = '' } = frame.errors[0] ?? {};
        if (frame.id !== CONNECTION_ERROR_ID) break;
        const code = messageId === 'connections_limit_exceeded' || messageId === 'too_many_connections' ? 'MEETING_FULL' : 'JOIN_DENIED';
        throw new HarnessError(code, `${attempted}: refused with ${serverWords(messageId) || 'no messageId'}${message === '' ? '' : ` ("${serverWords(message)}")`}`, { hint: HINTS[messageId] ?? 'see the log of bbb-graphql-middleware on that server' });
      }
      case 'next':
      case 'complete':
      case 'pong':
        break;
      case undefined:
        throw new HarnessError('TARGET_NOT_BBB', `${attempted}: the answer is no frame of graphql-transport-ws`, { hint: 'does nginx pass /graphql to bbb-graphql-middleware?' });
    }
  }
}

const HINTS: Readonly<Partial<Record<string, string>>> = {
  check_authorization_error: 'the session cookie does not reach the server; does a proxy drop it?',
  connections_limit_exceeded: 'raise max_connections of bbb-graphql-middleware on that server',
};

async function optionsFor({ session, clock, timeoutMs }: SocketProbe, url: URL, attempted: string): Promise<TalkOptions> {
  const page = new URL(session.clientUrl);
  const cookie = await session.jar.getCookieString(url.href.replace(/^ws/, 'http'));
  return { attempted, url: url.href, headers: { origin: page.origin, ...(cookie === '' ? {} : { cookie }) }, clock, timeoutMs };
}

function graphqlUrlOf({ session, graphqlUrl }: SocketProbe): URL {
  return new URL(graphqlUrl ?? new URL('/graphql', session.clientUrl).href.replace(/^http/, 'ws'));
}
