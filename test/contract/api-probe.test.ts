import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { INIT_HEADERS } from '../../src/bbb/graphql.js';
import { systemClock } from '../../src/core/clock.js';
import { Closer } from '../../src/core/closer.js';
import { HarnessError } from '../../src/core/errors.js';
import { CHECK_NAMES, type Check, type CheckName } from '../../src/fleet/check.js';
import { probeTarget } from '../../src/fleet/probe.js';
import { deadHost, isSigned, refusalUrl, SECRET, sendRedirect, sendXml, serveHttp, TOKEN, type Listening } from './api-server.js';

let closer = new Closer();
afterEach(async () => {
  await closer.close();
  closer = new Closer();
});

interface Faults {
  readonly secret?: string;
  readonly algorithms?: RegExp;
  readonly foreign?: boolean;
  readonly otherRun?: boolean;
  readonly refuseCreate?: string;
  readonly refuseJoin?: string;
  readonly noCookie?: boolean;
  readonly graphql?: 'silent' | 'garbage' | 'flood' | 'stray error' | { readonly messageId: string; readonly close: number };
  /** Status instead of an upgrade to the SFU's socket. */
  readonly sfu?: number;
  readonly failEnd?: boolean;
  /** BBB says `running: false` of a meeting that it does not know; other balancers may not. */
  readonly unknownMeetingFails?: boolean;
  readonly hideGraphqlUrl?: boolean;
}

interface FakeServer extends Listening {
  readonly meetings: Set<string>;
  readonly ended: string[];
}

/** A server of BBB 3.0 in a hundred lines: one meeting at a time is enough. */
async function serveBbb(faults: Faults = {}): Promise<FakeServer> {
  const meetings = new Set<string>();
  const ended: string[] = [];
  const failedXml = (key: string): string => `<returncode>FAILED</returncode><messageKey>${key}</messageKey><message>no</message>`;
  const listening = await serveHttp((request, response, url) => {
    const call = url.pathname.split('/').at(-1)!;
    const id = url.searchParams.get('meetingID') ?? '';
    if (call === 'api') {
      const graphql = faults.hideGraphqlUrl ? {} : { graphqlWebsocketUrl: `ws://${listening.host}/graphql` };
      response.end(JSON.stringify({ response: { returncode: 'SUCCESS', version: '2.0', apiVersion: '2.0', bbbVersion: '3.0.19', ...graphql } }));
      return;
    }
    const checksum = url.searchParams.get('checksum') ?? '';
    if (!isSigned(request, faults.secret ?? SECRET) || (faults.algorithms && !faults.algorithms.test(String(checksum.length)))) return sendXml(response, failedXml('checksumError'));
    switch (call) {
      case 'create':
        if (faults.refuseCreate) return sendXml(response, failedXml(faults.refuseCreate));
        meetings.add(id);
        return sendXml(response, '<returncode>SUCCESS</returncode><internalMeetingID>x</internalMeetingID><createTime>1</createTime>');
      case 'join':
        if (faults.refuseJoin) return sendRedirect(response, refusalUrl(listening.host, faults.refuseJoin));
        return sendRedirect(response, `/html5client/?sessionToken=${TOKEN}`, faults.noCookie ? {} : { 'set-cookie': 'JSESSIONID=n1; Path=/; HttpOnly' });
      case 'end':
        if (faults.failEnd) return void response.writeHead(500).end();
        if (!meetings.delete(id)) return sendXml(response, failedXml('notFound'));
        ended.push(id);
        return sendXml(response, '<returncode>SUCCESS</returncode><messageKey>sentEndMeetingRequest</messageKey>');
      case 'getMeetings':
        return sendXml(response, `<returncode>SUCCESS</returncode><meetings>${faults.foreign ? '<meeting><meetingName>Staff</meetingName><meetingID>s</meetingID><participantCount>12</participantCount></meeting>' : ''}${faults.otherRun ? '<meeting><meetingName>School 1</meetingName><meetingID>firstbell-r-0</meetingID><participantCount>30</participantCount><metadata><firstbell-run>r</firstbell-run></metadata></meeting>' : ''}</meetings>`);
      default:
        return sendXml(response, faults.unknownMeetingFails ? failedXml('notFound') : '<returncode>SUCCESS</returncode><running>false</running>');
    }
  });
  const sockets = new WebSocketServer({ noServer: true });
  listening.server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://h');
    const authorised = request.headers.cookie === 'JSESSIONID=n1';
    if (pathname === '/graphql') {
      if (request.headers['sec-websocket-protocol'] !== 'graphql-transport-ws' || request.headers.origin !== `http://${listening.host}`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return sockets.handleUpgrade(request, socket, head, (ws) => answerGraphql(ws, faults.graphql, authorised));
    }
    const status = faults.sfu ?? (authorised && searchParams.get('sessionToken') === TOKEN ? 101 : 401);
    if (status !== 101) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('message', (data) => {
        if (String(data) === '{"id":"ping"}') ws.send('{"id":"pong"}');
      });
    });
  });
  closer.use(listening);
  return { ...listening, meetings, ended };
}

function answerGraphql(ws: WebSocket, fault: Faults['graphql'], authorised: boolean): void {
  let refusal = typeof fault === 'object' ? fault : undefined;
  if (!authorised) refusal ??= { messageId: 'check_authorization_error', close: 4403 };
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as { type: string; payload: { headers?: Record<string, string>; message?: string } };
    if (fault === 'silent') return;
    if (fault === 'garbage') return ws.send('hello');
    if (fault === 'flood') for (let n = 0; n < 1_000; n++) ws.send('{"id":"1","type":"complete"}');
    if (fault === 'stray error') ws.send('{"id":"1","type":"error","payload":[{"message":"not meant for the connection"}]}');
    if (frame.type === 'connection_init') {
      if (refusal) {
        ws.send(JSON.stringify({ id: '-1', type: 'error', payload: [{ messageId: refusal.messageId, message: 'no' }] }));
        return ws.close(refusal.close);
      }
      if (INIT_HEADERS.every((name) => frame.payload.headers?.[name]) && frame.payload.headers?.['X-Session-Token'] === TOKEN) ws.send('{"type":"ping","payload":{"message":"keepalive"}}');
    }
    // As the middleware: no acknowledgement before its ping has been answered.
    if (frame.type === 'pong' && frame.payload.message === 'keepalive') ws.send('{"type":"connection_ack"}');
  });
}

async function probe(target: { readonly url: string }, more: { timeoutMs?: number; signal?: AbortSignal; secret?: string } = {}): Promise<Record<CheckName, Check>> {
  const told: Check[] = [];
  const checks = await probeTarget({ target: { url: target.url, secret: more.secret ?? SECRET }, clock: systemClock, timeoutMs: more.timeoutMs ?? 5_000, onCheck: (check) => told.push(check) }, more.signal ?? new AbortController().signal);
  expect(told).toEqual(checks);
  expect(checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  expect(JSON.stringify(checks)).not.toMatch(new RegExp(`${SECRET}|${TOKEN}|checksum=|JSESSIONID`));
  for (const { ok, help } of checks) if (ok === false || ok === 'warn') expect(help).toMatch(/\w/);
  return Object.fromEntries(checks.map((check) => [check.name, check])) as Record<CheckName, Check>;
}

const outcomes = (checks: Record<CheckName, Check>): Record<string, unknown> => Object.fromEntries(Object.values(checks).map(({ name, ok }) => [name, ok]));

describe('a target that is fit for a run', () => {
  it('passes from its name to its SFU, and is left as it was', async () => {
    const server = await serveBbb();
    const checks = await probe(server);
    expect(outcomes(checks)).toEqual({ name: 'skipped', connection: true, tls: 'skipped', api: true, secret: true, checksums: true, clock: true, 'other meetings': true, create: true, join: true, graphql: true, sfu: true, media: 'skipped', end: true });
    expect(checks.api.detail).toBe('API 2.0; BBB 3.0.19');
    expect(checks.checksums.detail).toBe('sha1, sha256, sha384, sha512 accepted');
    expect(checks.join.detail).toBe(`client at ${server.host} after 1 redirect`);
    expect(server.meetings.size).toBe(0);
    expect(server.ended).toEqual([expect.stringMatching(/^firstbell-doctor-/)]);
  });

  it('is found beside the client when it does not say where GraphQL is', async () => {
    expect(outcomes(await probe(await serveBbb({ hideGraphqlUrl: true })))).toMatchObject({ graphql: true, sfu: true });
  });

  it('may fail an operation that nobody asked for', async () => {
    expect(outcomes(await probe(await serveBbb({ graphql: 'stray error' })))).toMatchObject({ graphql: true });
  });

  it('may allow other checksums only: a run signs with the strongest of them', async () => {
    const checks = await probe(await serveBbb({ algorithms: /^(40|128)$/ }));
    expect(checks.secret).toMatchObject({ ok: true, detail: expect.stringContaining('accepted with sha512') });
    expect(checks.checksums.detail).toBe('sha1, sha512 accepted, not sha256, sha384');
    expect(outcomes(checks)).toMatchObject({ create: true, join: true, end: true });
  });

  it('may refuse to speak of a meeting that it does not know: the checksum was accepted', async () => {
    expect((await probe(await serveBbb({ unknownMeetingFails: true, algorithms: /^64$/ }))).checksums.detail).toBe('sha256 accepted, not sha1, sha384, sha512');
  });

  it('behind a name is resolved', async () => {
    const server = await serveBbb();
    const checks = await probe({ url: server.url.replace('127.0.0.1', 'localhost') });
    expect(checks.name).toMatchObject({ ok: true, detail: expect.stringMatching(/localhost is .*127\.0\.0\.1/) });
  });
});

describe('a target that is not', () => {
  it('because nobody listens: the rest is skipped', async () => {
    const checks = await probe({ url: `http://${await deadHost()}` });
    expect(outcomes(checks)).toMatchObject({ connection: false, tls: 'skipped', api: 'skipped', secret: 'skipped', end: 'skipped' });
    expect(checks.connection.detail).toContain('refuses connections');
  });

  it('because it is no BBB', async () => {
    const server = closer.use(await serveHttp((_request, response) => void response.end('<!DOCTYPE html><html></html>')));
    expect(await probe(server)).toMatchObject({ connection: { ok: true }, api: { ok: false, detail: expect.stringContaining('HTML page') }, secret: { ok: 'skipped' } });
  });

  it('because the secret is wrong', async () => {
    const checks = await probe(await serveBbb({ secret: 'another' }));
    expect(checks.secret).toMatchObject({ ok: false, detail: expect.stringContaining('checksumError'), help: expect.stringContaining('bbb-conf --secret') });
    expect(checks).toMatchObject({ checksums: { ok: 'skipped' }, create: { ok: 'skipped' }, end: { ok: 'skipped' } });
  });

  it('because others use it: a warning', async () => {
    expect((await probe(await serveBbb({ foreign: true })))['other meetings']).toMatchObject({ ok: 'warn', detail: '1 with 12 users' });
    expect((await probe(await serveBbb({ foreign: true, otherRun: true })))['other meetings']).toMatchObject({ ok: 'warn', detail: '1 with 12 users, 1 with 30 users of a run of Firstbell' });
  });

  it('because it creates nothing', async () => {
    const checks = await probe(await serveBbb({ refuseCreate: 'internalError' }));
    expect(outcomes(checks)).toMatchObject({ 'other meetings': true, create: false, join: 'skipped', graphql: 'skipped', sfu: 'skipped', end: 'skipped' });
  });

  it('because nobody gets in: the meeting is ended all the same', async () => {
    const server = await serveBbb({ refuseJoin: 'maxParticipantsReached' });
    const checks = await probe(server);
    expect(outcomes(checks)).toMatchObject({ create: true, join: false, graphql: 'skipped', sfu: 'skipped', end: true });
    expect(server.meetings.size).toBe(0);
  });

  it('because the session cookie is lost on the way', async () => {
    const checks = await probe(await serveBbb({ noCookie: true }));
    expect(checks.join).toMatchObject({ ok: 'warn', help: expect.stringContaining('Set-Cookie') });
    expect(checks.graphql).toMatchObject({ ok: false, detail: expect.stringContaining('check_authorization_error') });
    expect(checks.sfu).toMatchObject({ ok: false, detail: expect.stringContaining('HTTP 401'), help: expect.stringContaining('cookie') });
  });

  it.each([401, 404, 429, 502])('because the SFU answers %d: GraphQL is looked at nevertheless', async (status) => {
    expect(await probe(await serveBbb({ sfu: status }))).toMatchObject({ graphql: { ok: true }, sfu: { ok: false, detail: expect.stringContaining(`HTTP ${status} instead of a WebSocket`) }, end: { ok: true } });
  });

  it.each<[string, Faults['graphql'], string]>([
    ['is full', { messageId: 'connections_limit_exceeded', close: 1011 }, 'refused with connections_limit_exceeded'],
    ['does not know the session', { messageId: 'check_authorization_error', close: 4403 }, 'refused with check_authorization_error'],
    ['speaks something else', 'garbage', 'no frame of graphql-transport-ws'],
    ['sends frames without end', 'flood', 'frames without end'],
    ['says nothing', 'silent', 'did not finish within 0.5 s'],
  ])('because GraphQL %s', async (_what, graphql, words) => {
    expect(await probe(await serveBbb({ graphql }), { timeoutMs: 500 })).toMatchObject({ graphql: { ok: false, detail: expect.stringContaining(words) }, sfu: { ok: true }, end: { ok: true } });
  });

  it('because it ends nothing: a warning, for the meeting expires', async () => {
    expect((await probe(await serveBbb({ failEnd: true }))).end).toMatchObject({ ok: 'warn', help: expect.stringContaining('expires') });
  });
});

describe('a probe that is stopped', () => {
  it('rejects with the reason and still ends its meeting', async () => {
    const server = await serveBbb({ graphql: 'silent' });
    const stop = new AbortController();
    const reason = new HarnessError('STOPPED', 'stopped by the user');
    const told: string[] = [];
    const running = probeTarget(
      {
        target: { url: server.url, secret: SECRET },
        clock: systemClock,
        onCheck: ({ name }) => {
          told.push(name);
          if (name === 'join') stop.abort(reason);
        },
      },
      stop.signal,
    );
    await expect(running).rejects.toBe(reason);
    expect(server.ended).toHaveLength(1);
    expect(server.meetings.size).toBe(0);
    expect(told.at(-1)).toBe('join');
  });

  it('is refused for what cannot be a URL of an API', async () => {
    await expect(probeTarget({ target: { url: 'ftp://x', secret: SECRET }, clock: systemClock }, new AbortController().signal)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
