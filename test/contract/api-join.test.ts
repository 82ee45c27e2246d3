import { afterEach, describe, expect, it } from 'vitest';
import { BbbApi, type ApiCall } from '../../src/bbb/api.js';
import { signedUrl } from '../../src/bbb/api-url.js';
import type { JoinParams } from '../../src/bbb/join.js';
import { MESSAGE_KEYS } from '../../src/bbb/message-keys.js';
import { systemClock } from '../../src/core/clock.js';
import { Closer } from '../../src/core/closer.js';
import type { HarnessError } from '../../src/core/errors.js';
import { deadHost, isSigned, refusalUrl, SECRET, sendRedirect, sendXml, serveHttp, TOKEN, type Handler, type Listening } from './api-server.js';

const signal = new AbortController().signal;
const BACKEND_SECRET = 'secret-of-the-backend';
const PUPIL: JoinParams = { meetingID: 'm1', fullName: 'Pupil 7', role: 'VIEWER', userID: 'p-7', userdata: { bbb_auto_join_audio: true, bbb_show_session_details_on_join: false } };

let closer = new Closer();
afterEach(async () => {
  await closer.close();
  closer = new Closer();
});

const http = async (handler: Handler): Promise<Listening> => closer.use(await serveHttp(handler));

function joining(server: Pick<Listening, 'url'>, onCall: (call: ApiCall) => void = () => undefined): BbbApi {
  return closer.use(new BbbApi({ url: server.url, secret: SECRET }, { clock: systemClock, onCall }));
}

/** The error of a join, checked to hold no secret, checksum or token. */
async function refusedJoin(server: Pick<Listening, 'url'>): Promise<HarnessError> {
  const error = await joining(server)
    .join(PUPIL, signal)
    .then(
      () => Promise.reject(new Error('the join succeeded')),
      (caught: unknown) => caught as HarnessError,
    );
  expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(new RegExp(`${SECRET}|${BACKEND_SECRET}|${TOKEN}|checksum=|[0-9a-f]{64}`));
  return error;
}

describe('a join through a load balancer', () => {
  async function fleet(): Promise<{ balancer: Listening; backend: Listening; asked: URL[]; cookies: (string | undefined)[] }> {
    const asked: URL[] = [];
    const cookies: (string | undefined)[] = [];
    const backend = await http((request, response, url) => {
      asked.push(url);
      cookies.push(request.headers.cookie);
      if (!isSigned(request, BACKEND_SECRET)) return sendRedirect(response, refusalUrl(backend.host, 'checksumError'));
      sendRedirect(response, `/html5client/?sessionToken=${TOKEN}&shouldWaitForLayout=false`, { 'set-cookie': 'JSESSIONID=node0abc; Path=/; HttpOnly' });
    });
    const balancer = await http((request, response, url) => {
      asked.push(url);
      expect(isSigned(request)).toBe(true);
      const { checksum: _ours, ...params } = Object.fromEntries(url.searchParams);
      sendRedirect(response, signedUrl(backend.url, 'join', params, BACKEND_SECRET), { 'set-cookie': 'lb=1; Path=/' });
    });
    return { balancer, backend, asked, cookies };
  }

  it('ends at the client of the server that was chosen, with its session', async () => {
    const { balancer, backend } = await fleet();
    const session = await joining(balancer).join(PUPIL, signal);
    expect(session).toMatchObject({ server: backend.host, sessionToken: TOKEN, hops: 2, clientUrl: `http://${backend.host}/html5client/?sessionToken=${TOKEN}&shouldWaitForLayout=false` });
    expect(await session.jar.getCookieString(session.clientUrl)).toContain('JSESSIONID=node0abc');
  });

  it('says to which server the balancer sent the user, also if that lets nobody in', async () => {
    const { balancer, backend } = await fleet();
    const sentTo: string[] = [];
    const hear = (server: string): void => void sentTo.push(server);
    await joining(balancer).join(PUPIL, signal, hear);
    expect(new Set(sentTo.splice(0))).toEqual(new Set([backend.host]));
    const broken = await http((_request, response) => void response.writeHead(503).end());
    const leading = await http((_request, response) => sendRedirect(response, `${broken.url}/join?checksum=x`));
    await expect(joining(leading).join(PUPIL, signal, hear)).rejects.toMatchObject({ code: 'TARGET_HTTP_STATUS' });
    expect(sentTo.splice(0)).toEqual([broken.host]);
    const full = await http((_request, response) => sendXml(response, '<returncode>FAILED</returncode><messageKey>noServerAvailable</messageKey>'));
    await expect(joining(full).join(PUPIL, signal, hear)).rejects.toThrow();
    expect(sentTo).toEqual([]);
  });

  it('brings role, user id and userdata to the server', async () => {
    const { balancer, asked } = await fleet();
    await joining(balancer).join(PUPIL, signal);
    for (const url of asked) {
      const { checksum: _checksum, ...params } = Object.fromEntries(url.searchParams);
      expect(params).toEqual({ fullName: 'Pupil 7', meetingID: 'm1', role: 'VIEWER', userID: 'p-7', redirect: 'true', 'userdata-bbb_auto_join_audio': 'true', 'userdata-bbb_show_session_details_on_join': 'false' });
    }
    expect(asked).toHaveLength(2);
  });

  it('is one call, counted at the server that was chosen', async () => {
    const { balancer, backend } = await fleet();
    const calls: ApiCall[] = [];
    await joining(balancer, (call) => calls.push(call)).join(PUPIL, signal);
    expect(calls).toMatchObject([{ call: 'join', code: undefined, server: backend.host }]);
  });

  it('asks that server for its version', async () => {
    const server = await http((_request, response, url) => {
      if (url.pathname.endsWith('/join')) sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`);
      else response.end('{"response":{"returncode":"SUCCESS","version":"2.0","graphqlWebsocketUrl":"wss://bbb03.example.org/graphql"}}');
    });
    const balancer = await http((_request, response) => sendRedirect(response, `${server.url}/join?checksum=x`));
    const calls: ApiCall[] = [];
    const api = joining(balancer, (call) => calls.push(call));
    expect((await api.versionOf(await api.join(PUPIL, signal), signal)).graphqlWebsocketUrl).toBe('wss://bbb03.example.org/graphql');
    expect(calls).toMatchObject([{ call: 'join' }, { call: 'version', server: server.host }]);
  });
});

describe('cookies', () => {
  it('of a server that marks them Secure are kept on the loopback, where there is no TLS', async () => {
    const server = await http((_request, response) => sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`, { 'set-cookie': 'JSESSIONID=n1; Path=/; Secure; HttpOnly' }));
    const session = await joining(server).join(PUPIL, signal);
    expect(await session.jar.getCookieString(session.clientUrl)).toBe('JSESSIONID=n1');
  });

  it('that make no sense do not stop a join', async () => {
    const server = await http((_request, response) => sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`, { 'set-cookie': 'x=1; Domain=example.com' }));
    expect(await joining(server).join(PUPIL, signal)).toMatchObject({ hops: 1 });
  });

  it('set on the way are sent on', async () => {
    const cookies: (string | undefined)[] = [];
    const server = await http((request, response, url) => {
      cookies.push(request.headers.cookie);
      if (url.searchParams.has('again')) sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`);
      else sendRedirect(response, '/bigbluebutton/api/join?again=1', { 'set-cookie': 'lb=1; Path=/' });
    });
    await joining(server).join(PUPIL, signal);
    expect(cookies).toEqual([undefined, 'lb=1']);
  });
});

describe('a join that is sent to another host', () => {
  it('takes along neither the cookies of the first one nor its signed query', async () => {
    const asked: { readonly cookie: string | undefined; readonly url: string }[] = [];
    const other = await http((request, response) => {
      asked.push({ cookie: request.headers.cookie, url: request.url ?? '' });
      sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`);
    });
    const elsewhere = other.url.replace('127.0.0.1', 'localhost');
    const balancer = await http((_request, response) => sendRedirect(response, `${elsewhere}/join?meetingID=m&checksum=of-the-balancer`, { 'set-cookie': 'lb=secret; Path=/' }));
    const session = await joining(balancer).join(PUPIL, signal);
    expect(asked).toEqual([{ cookie: undefined, url: '/bigbluebutton/api/join?meetingID=m&checksum=of-the-balancer' }]);
    expect(await session.jar.getCookieString(session.clientUrl)).toBe('');
  });
});

describe('a join that is refused', () => {
  it.each(Object.entries(MESSAGE_KEYS))('by a redirect with %s', async (key, { code, hint }) => {
    const server = await http((_request, response) => sendRedirect(response, refusalUrl('127.0.0.1:1', key)));
    const error = await refusedJoin(server);
    expect(error).toMatchObject({ code, hint, message: `join "Pupil 7" at ${new URL(server.url).host}: refused with ${key} ("Sorry")` });
  });

  it.each(Object.entries(MESSAGE_KEYS))('by XML with %s', async (key, { code, hint }) => {
    const server = await http((_request, response) => sendXml(response, `<returncode>FAILED</returncode><messageKey>${key}</messageKey><message>Sorry</message>`));
    expect(await refusedJoin(server)).toMatchObject({ code, hint });
  });

  it('by a redirect to the logout page', async () => {
    const server = await http((_request, response) => sendRedirect(response, `https://www.example.org/goodbye?auth_token=${TOKEN}`));
    expect(await refusedJoin(server)).toMatchObject({ code: 'JOIN_DENIED', message: expect.stringContaining('redirected to www.example.org/goodbye without a session') });
  });

  it('by a balancer that has no server', async () => {
    const server = await http((_request, response) => sendXml(response, '<returncode>FAILED</returncode><messageKey>internalError</messageKey><message>Could not find any available servers.</message>'));
    expect(await refusedJoin(server)).toMatchObject({ code: 'NO_SERVER_AVAILABLE' });
  });
});

describe('a join that goes astray', () => {
  it.each<[string, Handler, string, string]>([
    ['into a circle', (_request, response) => sendRedirect(response, '/bigbluebutton/api/join?x=1'), 'TARGET_NOT_BBB', 'more than 5 redirects'],
    ['into a script', (_request, response) => sendRedirect(response, `javascript:alert("${TOKEN}")`), 'TARGET_NOT_BBB', 'no web address'],
    ['into something that is no URL', (_request, response) => sendRedirect(response, `http://:0:x/${TOKEN}`), 'TARGET_NOT_BBB', 'no web address'],
    ['into a page', (_request, response) => void response.end('<html><body>Sign in</body></html>'), 'TARGET_NOT_BBB', 'HTML page'],
    ['into a page that names another place', (_request, response) => void response.writeHead(200, { location: `/html5client/?sessionToken=${TOKEN}` }).end('<html></html>'), 'TARGET_NOT_BBB', 'HTML page'],
    ['into a redirect without a target', (_request, response) => void response.writeHead(302).end(), 'TARGET_NOT_BBB', 'HTTP 302'],
    ['into success without a client', (_request, response) => sendXml(response, `<returncode>SUCCESS</returncode><session_token>${TOKEN}</session_token>`), 'TARGET_NOT_BBB', 'leads to no client'],
    ['into an overload', (_request, response) => void response.writeHead(503).end('<html>busy</html>'), 'TARGET_HTTP_STATUS', 'HTTP 503'],
  ])('%s', async (_where, handler, code, words) => {
    const server = await http(handler);
    expect(await refusedJoin(server)).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('to a server that is down, which is then named and counted', async () => {
    const dead = await deadHost();
    const balancer = await http((_request, response) => sendRedirect(response, `http://${dead}/bigbluebutton/api/join?checksum=${'ab'.repeat(32)}`));
    expect(await refusedJoin(balancer)).toMatchObject({ code: 'TARGET_UNREACHABLE', message: `join "Pupil 7" at ${balancer.host}: ${dead} refuses connections` });
    const calls: ApiCall[] = [];
    await expect(joining(balancer, (call) => calls.push(call)).join(PUPIL, signal)).rejects.toBeDefined();
    expect(calls).toMatchObject([{ call: 'join', code: 'TARGET_UNREACHABLE', server: dead }]);
  });
});
