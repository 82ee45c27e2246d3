import { describe, expect, it } from 'vitest';
import { checkStatus } from '../../../src/bbb/answer.js';
import { networkError } from '../../../src/bbb/http.js';

const withCode = (code: string): Error => Object.assign(new Error(`raw text of ${code} with checksum=abc`), { code });

describe('networkError', () => {
  it.each([
    ['ECONNREFUSED', 'TARGET_UNREACHABLE', 'refuses connections'],
    ['ENOTFOUND', 'TARGET_UNREACHABLE', 'cannot be resolved'],
    ['EAI_AGAIN', 'TARGET_UNREACHABLE', 'cannot be resolved'],
    ['ECONNRESET', 'TARGET_UNREACHABLE', 'closed the connection'],
    ['UND_ERR_SOCKET', 'TARGET_UNREACHABLE', 'closed the connection'],
    ['EPIPE', 'TARGET_UNREACHABLE', 'closed the connection'],
    ['EHOSTUNREACH', 'TARGET_UNREACHABLE', 'no route'],
    ['ENETUNREACH', 'TARGET_UNREACHABLE', 'no route'],
    ['ETIMEDOUT', 'TARGET_TIMEOUT', 'in time'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TARGET_TIMEOUT', 'in time'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TARGET_TIMEOUT', 'in time'],
    ['UND_ERR_BODY_TIMEOUT', 'TARGET_TIMEOUT', 'in time'],
    ['CERT_HAS_EXPIRED', 'TARGET_TLS', 'TLS connection'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TARGET_TLS', 'TLS connection'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TARGET_TLS', 'TLS connection'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TARGET_TLS', 'TLS connection'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TARGET_TLS', 'TLS connection'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TARGET_TLS', 'TLS connection'],
    ['EPROTO', 'TARGET_TLS', 'TLS connection'],
    ['HPE_INVALID_CONSTANT', 'TARGET_NOT_BBB', 'does not speak HTTP'],
    ['UND_ERR_HEADERS_OVERFLOW', 'TARGET_ANSWER_TOO_LARGE', 'headers'],
    ['ESOMETHINGNEW', 'TARGET_UNREACHABLE', 'ESOMETHINGNEW'],
  ])('makes of %s %s with a hint, what was attempted and the host', (raw, code, words) => {
    const error = networkError('list the meetings', 'bbb.example.org:8443', withCode(raw));
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^list the meetings: /) });
    expect(error.message).toContain(words);
    expect(error.message).toContain('bbb.example.org:8443');
    expect(error.message).not.toContain('checksum');
    if (code !== 'TARGET_ANSWER_TOO_LARGE') expect(error.hint).toMatch(/\w/);
  });

  it('looks into causes and into the attempts at several addresses', () => {
    const both = new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]);
    expect(networkError('ask', 'h', both)).toMatchObject({ message: 'ask: h refuses connections' });
    expect(networkError('ask', 'h', new Error('fetch failed', { cause: withCode('ENOTFOUND') }))).toMatchObject({ message: 'ask: the name h cannot be resolved' });
  });

  it.each([undefined, null, 'text', new Error('x'), {}])('has an answer for %j, too', (thrown) => {
    expect(networkError('ask', 'h', thrown)).toMatchObject({ code: 'TARGET_UNREACHABLE', message: 'ask: the connection to h failed' });
  });
});

describe('checkStatus', () => {
  it.each([200, 204])('lets %d pass', (status) => {
    expect(() => checkStatus('ask', { status, text: '' })).not.toThrow();
  });

  it.each([
    [301, 'TARGET_NOT_BBB', 'redirected (HTTP 301)'],
    [400, 'TARGET_HTTP_STATUS', 'HTTP 400'],
    [403, 'TARGET_HTTP_STATUS', 'HTTP 403'],
    [404, 'TARGET_HTTP_STATUS', 'HTTP 404'],
    [429, 'TARGET_HTTP_STATUS', 'HTTP 429'],
    [500, 'TARGET_HTTP_STATUS', 'HTTP 500'],
    [502, 'TARGET_HTTP_STATUS', 'HTTP 502'],
  ])('makes of %d %s', (status, code, words) => {
    expect(() => checkStatus('list the meetings', { status, text: '' })).toThrow(expect.objectContaining({ code, message: `list the meetings: ${words}${status === 301 ? ' where an answer was due' : ''}`, hint: expect.stringMatching(/\w/) }));
  });

  it('says when it was a page for people', () => {
    expect(() => checkStatus('ask', { status: 502, text: '<html><body>Bad Gateway</body></html>' })).toThrow('ask: HTTP 502 with an HTML page');
  });
});
