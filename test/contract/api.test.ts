import { afterEach, describe, expect, it } from 'vitest';
import { BbbApi, type ApiCall, type ApiOptions } from '../../src/bbb/api.js';
import { CHECKSUM_ALGORITHMS } from '../../src/bbb/checksum.js';
import { systemClock } from '../../src/core/clock.js';
import { Closer } from '../../src/core/closer.js';
import { HarnessError } from '../../src/core/errors.js';
import { isSigned, SECRET, sendXml, serveHttp, type Handler, type Listening } from './api-server.js';

const signal = new AbortController().signal;
let closer = new Closer();
afterEach(async () => {
  await closer.close();
  closer = new Closer();
});

async function serving(handler: Handler, options: Partial<ApiOptions> = {}): Promise<{ api: BbbApi; server: Listening; asked: URL[] }> {
  const asked: URL[] = [];
  const server = closer.use(
    await serveHttp((request, response, url) => {
      asked.push(url);
      if (url.pathname !== '/bigbluebutton/api' && !isSigned(request)) sendXml(response, '<returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>Checksums do not match</message>');
      else handler(request, response, url);
    }),
  );
  return { api: closer.use(new BbbApi({ url: server.url, secret: SECRET }, { clock: systemClock, ...options })), server, asked };
}

const succeeding =
  (inside: string): Handler =>
  (_request, response) =>
    sendXml(response, `<returncode>SUCCESS</returncode>${inside}`);

describe('create', () => {
  it('sends name, id, tags and parameters, unrecorded, and reads what it made', async () => {
    const { api, asked } = await serving(succeeding('<meetingID>m1</meetingID><internalMeetingID>abc-1785753110005</internalMeetingID><createTime>1785753110005</createTime>'));
    const made = await api.create({ meetingID: 'm1', name: 'Größe & "8b"', meta: { 'firstbell-run': 'r 1' }, extra: { duration: 60, welcome: undefined } }, signal);
    expect(made).toEqual({ internalMeetingID: 'abc-1785753110005', createTime: '1785753110005' });
    const { checksum, ...params } = Object.fromEntries(asked[0]!.searchParams);
    expect(checksum).toHaveLength(64);
    expect(params).toEqual({ name: 'Größe & "8b"', meetingID: 'm1', record: 'false', 'meta_firstbell-run': 'r 1', duration: '60' });
  });

  it('takes a meeting that exists already for success', async () => {
    const { api } = await serving(succeeding('<internalMeetingID>abc-1</internalMeetingID><createTime>1</createTime><messageKey>duplicateWarning</messageKey><message>This conference was already in existence and may currently be in progress.</message>'));
    expect(await api.create({ meetingID: 'm1', name: 'n' }, signal)).toEqual({ internalMeetingID: 'abc-1', createTime: '1' });
  });
});

describe('the other calls', () => {
  it('end names the meeting', async () => {
    const { api, asked } = await serving(succeeding('<messageKey>sentEndMeetingRequest</messageKey><message>A request was sent</message>'));
    await api.end('m1', signal);
    expect(asked[0]!.pathname).toBe('/bigbluebutton/api/end');
    expect(asked[0]!.searchParams.get('meetingID')).toBe('m1');
  });

  it.each([
    ['none', '<meetings/><messageKey>noMeetings</messageKey><message>No meetings were found on this server.</message>', []],
    ['one', '<meetings><meeting><meetingID>a</meetingID></meeting></meetings>', ['a']],
    ['two', '<meetings><meeting><meetingID>a</meetingID></meeting><meeting><meetingID>0012</meetingID></meeting></meetings>', ['a', '0012']],
  ])('getMeetings lists %s', async (_count, inside, ids) => {
    const { api } = await serving(succeeding(inside));
    expect((await api.getMeetings(signal)).map(({ meetingID }) => meetingID)).toEqual(ids);
  });

  it('getMeetingInfo reads counters and attendees', async () => {
    const { api } = await serving(succeeding('<meetingID>a</meetingID><participantCount>3</participantCount><attendees><attendee><userID>u</userID><fullName>A</fullName><role>VIEWER</role></attendee></attendees>'));
    expect(await api.getMeetingInfo('a', signal)).toMatchObject({ meetingID: 'a', participants: 3, attendees: [{ userID: 'u', fullName: 'A', role: 'VIEWER' }] });
  });

  it.each(['true', 'false'])('isMeetingRunning reads %s', async (running) => {
    const { api } = await serving(succeeding(`<running>${running}</running>`));
    expect(await api.isMeetingRunning('a', signal)).toBe(running === 'true');
  });
});

describe('version', () => {
  it('asks for JSON and reads the GraphQL address of a server', async () => {
    const { api, asked } = await serving((request, response) => {
      expect(request.headers['content-type']).toBe('application/json');
      response.end('{"response":{"returncode":"SUCCESS","version":"2.0","apiVersion":"2.0","bbbVersion":"3.0.19","graphqlWebsocketUrl":"wss://bbb03.example.org/graphql"}}');
    });
    expect(await api.version(signal)).toEqual({ apiVersion: '2.0', bbbVersion: '3.0.19', graphqlWebsocketUrl: 'wss://bbb03.example.org/graphql' });
    expect(asked[0]!.search).toBe('');
  });

  it('reads the XML of a load balancer', async () => {
    const { api } = await serving(succeeding('<version>2.0</version>'));
    expect(await api.version(signal)).toEqual({ apiVersion: '2.0', bbbVersion: undefined, graphqlWebsocketUrl: undefined });
  });
});

describe('clockSkewMs', () => {
  const fixed = { nowMs: () => 0, wallMs: () => Date.UTC(2026, 10, 23, 8, 0, 0), sleepUntil: () => new Promise<void>(() => undefined) };

  it('compares the Date header with the middle of the exchange', async () => {
    const { api } = await serving((_request, response) => response.writeHead(200, { date: 'Mon, 23 Nov 2026 08:00:10 GMT' }).end(), { clock: fixed });
    // A header of second 10 was written between 10.0 and 11.0 s.
    expect(await api.clockSkewMs(signal)).toBe(10_500);
  });

  it('is unknown without the header', async () => {
    const { api } = await serving((_request, response) => {
      response.sendDate = false;
      response.end();
    });
    expect(await api.clockSkewMs(signal)).toBeUndefined();
  });
});

describe('every call', () => {
  it.each(CHECKSUM_ALGORITHMS)('can be signed with %s', async (algorithm) => {
    const { server } = await serving(succeeding('<running>true</running>'));
    await using api = new BbbApi({ url: server.url, secret: SECRET, algorithm }, { clock: systemClock });
    expect(await api.isMeetingRunning('a', signal)).toBe(true);
  });

  it.each([
    ['sha1', 40],
    ['sha384', 96],
    ['sha512', 128],
  ] as const)('is signed with %s where only that is allowed: tried once, then known, also to those who join', async (algorithm, digits) => {
    const lengths: number[] = [];
    const { server } = await serving((_request, response, url) => {
      const { length } = url.searchParams.get('checksum') ?? '';
      lengths.push(length);
      if (length !== digits) sendXml(response, '<returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>no</message>');
      else if (url.pathname.endsWith('/end')) sendXml(response, '<returncode>FAILED</returncode><messageKey>notFound</messageKey><message>no</message>');
      else sendXml(response, '<returncode>SUCCESS</returncode><running>true</running>');
    });
    await using api = new BbbApi({ url: server.url, secret: SECRET }, { clock: systemClock });
    // At once: what one call finds out, the others go by. A refusal for another reason says that the checksum was accepted, too.
    await Promise.allSettled([api.end('a', signal), api.isMeetingRunning('a', signal)]);
    expect(api.algorithm).toBe(algorithm);
    const tried = lengths.length;
    expect(await api.isMeetingRunning('a', signal)).toBe(true);
    expect(lengths.slice(tried)).toEqual([digits]);
    expect(new URL(api.joinUrl({ meetingID: 'a', fullName: 'Ada', role: 'VIEWER' })).searchParams.get('checksum')).toHaveLength(digits);
  });

  it('is signed with one algorithm only once an answer has shown it: a later refusal is one', async () => {
    const answers = ['<returncode>SUCCESS</returncode><running>true</running>', '<returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>no</message>'];
    let asked = 0;
    const { server } = await serving((_request, response) => sendXml(response, answers[Math.min(asked++, 1)]!));
    await using api = new BbbApi({ url: server.url, secret: SECRET }, { clock: systemClock });
    await api.isMeetingRunning('a', signal);
    await expect(api.isMeetingRunning('a', signal)).rejects.toMatchObject({ code: 'API_CHECKSUM' });
    expect(asked).toBe(2);
  });

  it('is refused with API_CHECKSUM when the secret is wrong, without a word of either secret', async () => {
    const { server } = await serving(succeeding(''));
    await using api = new BbbApi({ url: server.url, secret: 'wrong-secret-0815' }, { clock: systemClock });
    const error = await api.getMeetings(signal).catch((caught: unknown) => caught as HarnessError);
    expect(error).toMatchObject({ code: 'API_CHECKSUM', message: `list the meetings at ${server.host}: refused with checksumError ("Checksums do not match")`, hint: expect.stringContaining('bbb-conf --secret') });
    expect(JSON.stringify(error)).not.toMatch(/wrong-secret-0815|hand-written-secret/);
  });

  it('is told to onCall with server and code, whether it succeeds or not', async () => {
    const calls: ApiCall[] = [];
    const { api, server } = await serving(
      (_request, response, url) => {
        if (url.pathname.endsWith('/end')) sendXml(response, '<returncode>FAILED</returncode><messageKey>notFound</messageKey><message>no</message>');
        else sendXml(response, '<returncode>SUCCESS</returncode>');
      },
      { onCall: (call) => calls.push(call) },
    );
    await api.getMeetings(signal);
    await expect(api.end('m', signal)).rejects.toMatchObject({ code: 'MEETING_NOT_FOUND' });
    expect(calls.map(({ call, code, server: at }) => ({ call, code, at }))).toEqual([
      { call: 'getMeetings', code: undefined, at: server.host },
      { call: 'end', code: 'MEETING_NOT_FOUND', at: server.host },
    ]);
    for (const { durationMs } of calls) expect(durationMs).toBeGreaterThan(0);
  });

  it('keeps connections for the next ones', async () => {
    const { api, server } = await serving(succeeding(''));
    for (let n = 0; n < 20; n++) await api.getMeetings(signal);
    // The pool may open a second one when a call begins in the very moment in which another ends.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('ends at once with the reason of its signal', async () => {
    const stop = new AbortController();
    const reason = new HarnessError('STOPPED', 'stopped by the user');
    const { api } = await serving(() => stop.abort(reason));
    await expect(api.getMeetings(stop.signal)).rejects.toBe(reason);
    await expect(api.getMeetings(stop.signal)).rejects.toBe(reason);
  });

  it('passes on a reason that is no error of ours, too', async () => {
    const stop = new AbortController();
    const { api } = await serving(() => stop.abort('enough'));
    await expect(api.getMeetings(stop.signal)).rejects.toBe('enough');
  });

  it('ends when the client is closed', async () => {
    const { api } = await serving(() => void api[Symbol.asyncDispose]());
    await expect(api.getMeetings(signal)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  });
});
