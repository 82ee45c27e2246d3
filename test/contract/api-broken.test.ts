import { readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { describe, expect, it } from 'vitest';
import { BbbApi, type ApiCall } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import type { ErrorCode, HarnessError } from '../../src/core/errors.js';
import { deadHost, SECRET, serveHttp, serveTcp, type Handler } from './api-server.js';

const signal = new AbortController().signal;
const tls = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** Lists the meetings at `url`; what came of it, and what was counted. */
async function ask(url: string, limits: { timeoutMs?: number; maxAnswerBytes?: number } = {}): Promise<{ error: HarnessError; calls: ApiCall[]; checksum: string }> {
  const calls: ApiCall[] = [];
  await using api = new BbbApi({ url, secret: SECRET }, { clock: systemClock, onCall: (call) => calls.push(call), ...limits });
  const checksum = /checksum=(\w+)/.exec(api.joinUrl({ meetingID: 'm', fullName: 'n', role: 'VIEWER' }))![1]!;
  try {
    await api.getMeetings(signal);
  } catch (error) {
    return { error: error as HarnessError, calls, checksum };
  }
  throw new Error('the call succeeded');
}

/** Code, target, attempt, hint, metric; and nothing secret. */
async function expectFailure(url: string, code: ErrorCode, words: string, limits?: { timeoutMs?: number; maxAnswerBytes?: number }): Promise<void> {
  const { error, calls, checksum } = await ask(url, limits);
  const { host } = new URL(url);
  expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringContaining(words) });
  expect(error.message).toMatch(new RegExp(`^list the meetings at ${host.replaceAll('.', '\\.')}: `));
  expect(error.hint).toMatch(/\w/);
  expect(calls).toMatchObject([{ call: 'getMeetings', code, server: host }]);
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
  expect(`${error.message} ${error.hint}`).not.toContain(checksum);
  expect(`${error.message} ${error.hint}`).not.toMatch(/checksum=/);
}

const text =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

describe('an answer over HTTP that is broken', () => {
  it.each<[string, Handler, ErrorCode, string]>([
    ['an HTML page', text('<!DOCTYPE html>\n<html><body>Welcome to nginx!</body></html>'), 'TARGET_NOT_BBB', 'HTML page'],
    ['broken XML', text('<response><returncode>SUCCESS</response>'), 'TARGET_NOT_BBB', 'broken XML'],
    ['XML that ends early', text('<response><returncode>SUCC'), 'TARGET_NOT_BBB', 'broken XML'],
    ['another root', text('<html5><returncode>SUCCESS</returncode></html5>'), 'TARGET_NOT_BBB', 'root element'],
    ['no returncode', text('<response><version>2.0</version></response>'), 'TARGET_NOT_BBB', 'no returncode'],
    ['a returncode of its own', text('<response><returncode>MAYBE</returncode></response>'), 'TARGET_NOT_BBB', 'no returncode'],
    ['nothing', text(''), 'TARGET_NOT_BBB', 'empty'],
    ['JSON', text('{"ok":true}'), 'TARGET_NOT_BBB', 'not XML'],
    ['bytes that are no text', text(Buffer.from([0xff, 0xfe, 0x00, 0x80])), 'TARGET_NOT_BBB', 'not XML'],
    ['an entity bomb', text('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><response><returncode>&b;</returncode></response>'), 'TARGET_NOT_BBB', 'document type'],
    ['a redirect', text('', 301, { location: 'https://elsewhere.example.org/' }), 'TARGET_NOT_BBB', 'redirected (HTTP 301)'],
    ['404', text('<html><title>404</title></html>', 404), 'TARGET_HTTP_STATUS', 'HTTP 404 with an HTML page'],
    ['401', text('', 401), 'TARGET_HTTP_STATUS', 'HTTP 401'],
    ['429', text('', 429), 'TARGET_HTTP_STATUS', 'HTTP 429'],
    ['500', text('<response><returncode>SUCCESS</returncode></response>', 500), 'TARGET_HTTP_STATUS', 'HTTP 500'],
    ['502', text('<html>Bad Gateway</html>', 502), 'TARGET_HTTP_STATUS', 'HTTP 502 with an HTML page'],
    ['503', text('', 503), 'TARGET_HTTP_STATUS', 'HTTP 503'],
    ['an unknown refusal that quotes the query', text('<response><returncode>FAILED</returncode><messageKey>odd</messageKey><message>bad query checksum=0123456789abcdef&amp;x=1</message></response>'), 'API_REFUSED', 'refused with odd'],
  ])('%s', async (_what, handler, code, words) => {
    await using server = await serveHttp((request, response, url) => handler(request, response, url));
    if (code === 'API_REFUSED') {
      const { error } = await ask(server.url);
      expect(error).toMatchObject({ code, message: `list the meetings at ${server.host}: refused with odd ("bad query checksum=[redacted]&x=1")` });
    } else await expectFailure(server.url, code, words);
  });
});

describe('an answer that is too large', () => {
  const xml = `<response><returncode>SUCCESS</returncode><x>${'x'.repeat(5_000)}</x></response>`;

  it('is not read when its length is told', async () => {
    await using server = await serveHttp(text(xml, 200, { 'content-length': String(xml.length) }));
    await expectFailure(server.url, 'TARGET_ANSWER_TOO_LARGE', 'larger than 1000 bytes', { maxAnswerBytes: 1_000 });
  });

  it('is given up when it never ends', async () => {
    await using server = await serveHttp((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(xml));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await expectFailure(server.url, 'TARGET_ANSWER_TOO_LARGE', 'larger than 100000 bytes', { maxAnswerBytes: 100_000 });
  });
});

describe('a target that does not answer', () => {
  const TIMEOUT_MS = 150;

  it('at all, is given up after the time limit', async () => {
    await using server = await serveHttp(() => undefined);
    await expectFailure(server.url, 'TARGET_TIMEOUT', 'within 0.15 s', { timeoutMs: TIMEOUT_MS });
  });

  it('to the end, is given up after the time limit', async () => {
    await using server = await serveHttp((_request, response) => void response.writeHead(200).write('<response>'));
    await expectFailure(server.url, 'TARGET_TIMEOUT', 'within 0.15 s', { timeoutMs: TIMEOUT_MS });
  });

  it('but drips, a byte at a time, is given up after the same time limit', async () => {
    await using server = await serveHttp((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.writeHead(200).once('close', () => clearInterval(drip));
      response.write('<response>');
    });
    await expectFailure(server.url, 'TARGET_TIMEOUT', 'within 0.15 s', { timeoutMs: TIMEOUT_MS });
  });

  it('but listens, is given up after the time limit', async () => {
    await using server = await serveTcp(() => undefined);
    await expectFailure(server.url, 'TARGET_TIMEOUT', 'within 0.15 s', { timeoutMs: TIMEOUT_MS });
  });
});

describe('a connection that fails', () => {
  it('because nobody listens', async () => {
    await expectFailure(`http://${await deadHost()}/bigbluebutton/api`, 'TARGET_UNREACHABLE', 'refuses connections');
  });

  it('because it is closed at once', async () => {
    await using server = await serveTcp((socket) => socket.destroy());
    await expectFailure(server.url, 'TARGET_UNREACHABLE', 'closed the connection');
  });

  it('because it is reset after the request', async () => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await expectFailure(server.url, 'TARGET_UNREACHABLE', 'closed the connection');
  });

  it('because it is closed in the middle of the answer', async () => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<response>')));
    await expectFailure(server.url, 'TARGET_UNREACHABLE', 'closed the connection');
  });

  it('because the other side does not speak HTTP', async () => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    await expectFailure(server.url, 'TARGET_NOT_BBB', 'does not speak HTTP');
  });

  it('because headers never end', async () => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`)));
    const { error } = await ask(server.url);
    expect(error).toMatchObject({ code: 'TARGET_ANSWER_TOO_LARGE', message: expect.stringContaining('headers') });
  });

  it('because the port does not speak TLS', async () => {
    await using server = await serveHttp(text('<response/>'));
    await expectFailure(`https://${server.host}/bigbluebutton/api`, 'TARGET_TLS', 'TLS connection');
  });

  it('because nobody vouches for the certificate', async () => {
    await using server = await serveHttp(text('<response/>'), createHttps({ key: tls('key.pem'), cert: tls('cert.pem') }));
    await expectFailure(`https://${server.host}/bigbluebutton/api`, 'TARGET_TLS', 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
