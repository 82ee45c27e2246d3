import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sleep, type Clock } from '../../core/clock.js';
import { uniqueUuid, type Random } from '../../core/random.js';
import type { Faults } from '../faults.js';
import { bridgeColumns } from '../graphql/rows.js';
import { LIVEKIT_PATH, proxyGet } from '../livekit/proxy.js';
import type { SimServer } from '../server.js';
import { cookieOf } from '../cookie.js';
import { json, xml, type Answer } from './answers.js';
import { answerCall } from './calls.js';
import { exporterText, type LineTotals } from './exporter.js';
import { stunsAnswer, type IceService } from './stuns.js';

export interface ApiRoutes {
  readonly server: Pick<SimServer, 'name' | 'secret' | 'store' | 'origin' | 'end' | 'work' | 'line' | 'bridges' | 'livekit' | 'admit'>;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly random: Random;
  readonly ice: IceService;
  state(): Record<string, unknown>;
  line(): LineTotals;
}

/** The HTTP surface of a BBB server that a client touches, and `/sim/…` for tests. */
export function addApiRoutes(http: FastifyInstance, routes: ApiRoutes): void {
  const { server, clock, faults, random } = routes;
  http.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 65_536 }, (_request, body, done) => done(null, body));

  http.addHook('onRequest', async (request, reply) => {
    if (faults.on(server.name, 'server-down') !== undefined) {
      reply.raw.destroy();
      return;
    }
    if (!request.url.startsWith('/bigbluebutton/api')) return;
    const delayMs = faults.on(server.name, 'api-delay');
    if (delayMs !== undefined) await sleep(clock, delayMs, new AbortController().signal);
    if (faults.on(server.name, 'api-down') !== undefined) reply.raw.destroy();
    else if (random.next() < (faults.on(server.name, 'api-error') ?? 0)) await reply.code(502).type('text/html').send('<html><body><h1>502 Bad Gateway</h1></body></html>');
    else if (faults.on(server.name, 'api-html') !== undefined) await reply.type('text/html').send('<!DOCTYPE html><html><body>Welcome to nginx!</body></html>');
  });

  http.get('/bigbluebutton/api', (request, reply) => answer(reply, indexAnswer(server, (request.headers['content-type'] ?? '').includes('json'))));
  http.get('/bigbluebutton/api/', (request, reply) => answer(reply, indexAnswer(server, (request.headers['content-type'] ?? '').includes('json'))));
  http.get('/bigbluebutton/rtt-check', (_request, reply) => reply.header('x-request-id', uniqueUuid()).code(200).send(''));

  const member = (request: FastifyRequest): ReturnType<SimServer['store']['bySession']> => {
    const query = new URL(request.url, server.origin).searchParams;
    const found = server.store.bySession(String(request.headers['x-session-token'] ?? query.get('sessionToken') ?? ''));
    return found?.user.httpSession === cookieOf(request.headers.cookie, 'JSESSIONID') ? found : undefined;
  };
  http.get('/bigbluebutton/api/stuns', (request, reply) => {
    const found = member(request);
    if (!found) return answer(reply, json({ response: { returncode: 'FAILED', message: 'Could not find conference.', logoutURL: server.origin } }));
    return answer(reply, json(stunsAnswer(routes.ice, found.user.userId, clock.wallMs())));
  });
  http.get('/bigbluebutton/api/signOut', (_request, reply) => answer(reply, xml({ returncode: 'SUCCESS' })));
  http.get('/api/rest/meetingStaticData', (request, reply) => {
    const found = member(request);
    if (!found) return unauthorized(reply);
    const { meeting } = found;
    return answer(reply, json({ meeting: [{ meetingId: meeting.internalId, name: meeting.options.name, ...bridgeColumns(meeting), clientSettings: { clientSettingsJson: { public: { ...CLIENT_SETTINGS, media: { livekit: { url: `${server.origin.replace('http', 'ws')}/livekit`, selectiveSubscription: { enabled: true } } } } } } }] }));
  });
  http.get('/api/rest/userMetadata', (request, reply) => {
    const found = member(request);
    if (!found) return unauthorized(reply);
    return answer(reply, json({ user_metadata: Object.entries(found.user.userdata).map(([parameter, value]) => ({ parameter, value })) }));
  });
  http.get(`${LIVEKIT_PATH}*`, async (request, reply) => {
    const { livekit } = server;
    return answer(reply, livekit ? await proxyGet(request.raw.url, request.headers, livekit.port) : { status: 404, type: 'text/html', body: '' });
  });
  http.get('/sim/state', (_request, reply) => reply.send(routes.state()));
  http.get('/metrics', (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(exporterText([...server.store.meetings.values()], routes.line())));

  const call = async (request: FastifyRequest<{ Params: { call: string } }>, reply: FastifyReply): Promise<FastifyReply> => {
    const accepted = await new Promise<boolean>((done) => server.work(request.params.call === 'join' ? 'enter' : 'api', done));
    if (!accepted) return reply.code(503).type('text/html').send('<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>');
    const url = request.raw.url ?? '';
    const fromUrl = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
    const fromBody = typeof request.body === 'string' ? request.body : '';
    return answer(
      reply,
      answerCall(
        {
          store: server.store,
          clock,
          secret: server.secret,
          origin: server.origin,
          full: faults.on(server.name, 'full') !== undefined,
          httpSession: cookieOf(request.headers.cookie, 'JSESSIONID'),
          bridges: server.bridges,
          hasLivekit: server.livekit !== undefined,
          end: (meeting, reason) => server.end(meeting, reason),
          admitted: (meeting, user) => server.admit(meeting, user),
        },
        request.params.call,
        fromUrl === '' ? sortedForm(fromBody) : fromUrl,
      ),
    );
  };
  http.get<{ Params: { call: string } }>('/bigbluebutton/api/:call', call);
  http.post<{ Params: { call: string } }>('/bigbluebutton/api/:call', call);
}

/** The part of settings.yml that a client needs of us. */
const CLIENT_SETTINGS = { app: { mirrorOwnWebcam: true }, kurento: { cameraProfiles: [{ id: 'low', bitrate: 100 }, { id: 'medium', bitrate: 200, default: true }, { id: 'high', bitrate: 500 }], pagination: { desktopPageSizes: { moderator: 0, viewer: 5 } } }, stats: { interval: 10_000 } } as const;

const BBB_VERSIONS = { '3.0': '3.0.19', '4.0': '4.0.0-rc.2' } as const;

function indexAnswer({ origin, line }: Pick<SimServer, 'origin' | 'line'>, asJson: boolean): Answer {
  const fields = { returncode: 'SUCCESS', version: '2.0', apiVersion: '2.0', bbbVersion: BBB_VERSIONS[line], graphqlWebsocketUrl: `${origin.replace('http', 'ws')}/graphql`, graphqlApiUrl: `${origin}/api/rest`, html5PluginSdkVersion: '0.1.0' };
  return asJson ? json({ response: fields }) : xml(fields);
}

/** A POST without a query string is signed over its form parameters sorted by key. */
function sortedForm(body: string): string {
  return body
    .split('&')
    .filter((pair) => pair !== '')
    .sort()
    .join('&');
}

export function answer(reply: FastifyReply, { status, type, body, headers = {} }: Answer): FastifyReply {
  return reply.code(status).headers(headers).header('cache-control', 'no-cache').type(type).send(body);
}

function unauthorized(reply: FastifyReply): FastifyReply {
  return reply.code(401).type('text/html').send('<html><head><title>401 Authorization Required</title></head><body></body></html>');
}
