import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { redactTrace } from '../../smoke/redact-report.js';

const TOKEN = 'ab12cd34ef56gh78';
const SESSION = '0123456789ABCDEF0123';

describe('a redacted trace', () => {
  it('names neither session, cookie, TURN password nor shared secret, in whichever of its files', () => {
    const before = {
      '0-trace.trace': strToU8(JSON.stringify({ method: 'goto', params: { url: `http://127.0.0.1/html5client/?sessionToken=${TOKEN}` } })),
      '0-trace.network': strToU8(JSON.stringify({ headers: [{ name: 'x-session-token', value: TOKEN }, { name: 'cookie', value: `JSESSIONID=${SESSION}` }], cookies: [{ name: 'JSESSIONID', value: SESSION }] })),
      'resources/frames.jsonl': strToU8(`${JSON.stringify({ data: JSON.stringify({ payload: { sessionToken: TOKEN, words: `as ${TOKEN}` } }) })}\n`),
      'resources/0f': strToU8(JSON.stringify({ turnServers: [{ username: '1', password: 'turn-password' }], note: 'the-shared-secret' })),
    };
    const after = unzipSync(redactTrace(zipSync(before), ['the-shared-secret']));
    expect(Object.keys(after)).toEqual(Object.keys(before));
    const all = Object.values(after).map((bytes) => strFromU8(bytes)).join('\n');
    for (const value of [TOKEN, SESSION, 'turn-password', 'the-shared-secret']) expect(all).not.toContain(value);
    // What reads traces still can.
    for (const name of ['0-trace.trace', '0-trace.network', 'resources/0f']) expect(() => JSON.parse(strFromU8(after[name]!)) as unknown).not.toThrow();
    expect(() => JSON.parse((JSON.parse(strFromU8(after['resources/frames.jsonl']!)) as { data: string }).data) as unknown).not.toThrow();
  });

  it('keeps pictures byte for byte', () => {
    const picture = Uint8Array.from([0xff, 0xd8, 0, 1, 2, 0xff, 0xfe]);
    expect(unzipSync(redactTrace(zipSync({ 'screencast/a.jpeg': picture, 'attachments/b': picture }), []))).toEqual({ 'screencast/a.jpeg': picture, 'attachments/b': picture });
  });
});
