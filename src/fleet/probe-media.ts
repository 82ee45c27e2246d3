import { describeBridges, usesLivekit } from '../bbb/bridges.js';
import { DEFAULT_HTTP_LIMITS, HttpClient } from '../bbb/http.js';
import type { JoinedSession } from '../bbb/join.js';
import { readStaticData, type StaticData } from '../bbb/static-data.js';
import type { Finding } from './check.js';
import type { SocketProbe } from './probe-sockets.js';

/** What the server tells a session of its meeting; undefined: nothing that can be read. Rejects as HttpClient. */
export async function askStaticData(http: HttpClient, session: JoinedSession, signal: AbortSignal): Promise<StaticData | undefined> {
  const { origin, host } = new URL(session.clientUrl);
  const cookie = await session.jar.getCookieString(session.clientUrl);
  const answer = await http.get(`ask ${host} for the meeting`, `${origin}/api/rest/meetingStaticData`, signal, { 'x-session-token': session.sessionToken, ...(cookie === '' ? {} : { cookie }) });
  return answer.status === 200 ? readStaticData(answer.text) : undefined;
}

/** What carries the media of the meeting, as its static data says; and whether LiveKit answers where it does. Rejects as HttpClient. */
export async function probeMedia({ session, clock, timeoutMs }: SocketProbe, signal: AbortSignal): Promise<Finding> {
  const { origin } = new URL(session.clientUrl);
  await using http = new HttpClient(clock, { ...DEFAULT_HTTP_LIMITS, timeoutMs });
  const meeting = await askStaticData(http, session, signal);
  if (!meeting) return { ok: 'skipped', detail: 'the server does not say what carries the media; native users take it for bbb-webrtc-sfu' };
  const stack = describeBridges(meeting.bridges);
  if (!usesLivekit(meeting.bridges)) return { ok: true, detail: stack };
  const livekit = new URL(`${(meeting.livekitUrl ?? `${origin}/livekit`).replace(/^ws/, 'http').replace(/\/$/, '')}/`);
  const startMs = clock.nowMs();
  const root = await http.get(`ask LiveKit at ${livekit.host}`, livekit.href, signal, {});
  if (root.status !== 200) return { ok: false, detail: `${stack}, but ${livekit.host}${livekit.pathname} answers HTTP ${root.status}`, help: '`systemctl status livekit-server` on that server, and nginx for /livekit' };
  return { ok: true, detail: `${stack}; ${livekit.host} answers after ${Math.round(clock.nowMs() - startMs)} ms` };
}
