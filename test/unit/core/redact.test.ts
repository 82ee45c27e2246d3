import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/core/redact.js';

const SECRET = 's3cr3t-Va1ue';

describe('redact', () => {
  it.each([
    ['a query', `GET /bigbluebutton/api/create?name=Maths&checksum=${SECRET}&x=1`, 'GET /bigbluebutton/api/create?name=Maths&checksum=[redacted]&x=1'],
    ['the last of a query', `https://bbb/html5client/?sessionToken=${SECRET}`, 'https://bbb/html5client/?sessionToken=[redacted]'],
    ['an encoded query', `redirect=join%3FsessionToken%3D${SECRET}`, 'redirect=join%3FsessionToken%3D[redacted]'],
    ['JSON', `{"sessionToken":"${SECRET}","name":"Ada"}`, '{"sessionToken":"[redacted]","name":"Ada"}'],
    ['JSON with blanks', `{ "password" : "my ${SECRET} word" }`, '{ "password" : "[redacted]" }'],
    ['JSON with an escaped quote in the value', `{"credential":"a\\"${SECRET}","username":"u"}`, '{"credential":"[redacted]","username":"u"}'],
    ['JSON in JSON', `"{\\"authToken\\":\\"${SECRET}\\",\\"user\\":1}"`, '"{\\"authToken\\":\\"[redacted]\\",\\"user\\":1}"'],
    ['single quotes', `password='${SECRET} too'`, `password='[redacted]'`],
    ['XML elements', `<attendeePW>${SECRET}</attendeePW><meetingID>x</meetingID>`, '<attendeePW>[redacted]</attendeePW><meetingID>x</meetingID>'],
    ['XML with CDATA', `<moderatorPW><![CDATA[${SECRET}<b>]]></moderatorPW>`, '<moderatorPW>[redacted]</moderatorPW>'],
    ['an XML attribute', `<user token="${SECRET}" name="Ada"/>`, '<user token="[redacted]" name="Ada"/>'],
    ['a header', `X-Session-Token: ${SECRET}`, 'X-Session-Token: [redacted]'],
    ['bearer authorization', `Authorization: Bearer ${SECRET}`, 'Authorization: Bearer [redacted]'],
    ['basic authorization', `authorization: Basic ${SECRET}==`, 'authorization: Basic [redacted]'],
    ['a header in JSON', `{"authorization":"Bearer ${SECRET}"}`, '{"authorization":"Bearer [redacted]"}'],
    ['cookies', `Cookie: JSESSIONID=${SECRET}; other=${SECRET}`, 'Cookie: JSESSIONID=[redacted]; other=[redacted]'],
    ['a set cookie', `set-cookie: JSESSIONID=${SECRET}; HttpOnly`, 'set-cookie: JSESSIONID=[redacted]; HttpOnly'],
    ['credentials in a URL', `nats://worker:${SECRET}@broker:4222/`, 'nats://[redacted]@broker:4222/'],
    ['an SDP', `a=ice-ufrag:abcd\r\na=ice-pwd:${SECRET}\r\na=mid:0`, 'a=ice-ufrag:abcd\r\na=ice-pwd:[redacted]\r\na=mid:0'],
    ['a variable', `BBB_SECRET=${SECRET} firstbell run`, 'BBB_SECRET=[redacted] firstbell run'],
    ['bbb-conf', `    Secret: ${SECRET}\n`, '    Secret: [redacted]\n'],
    ['several at once', `checksum=${SECRET}&token=${SECRET}`, 'checksum=[redacted]&token=[redacted]'],
  ])('hides a value in %s', (_where, text, expected) => {
    expect(redact(text)).toBe(expected);
    expect(redact(text)).not.toContain(SECRET);
  });

  it.each(['checksum refused: compare the shared secret', 'API_CHECKSUM: the server refused the checksum', 'the token of the user was refused', 'learnToken=5', 'name=Ada&role=VIEWER', 'https://bbb.example/path?user=a@b'])(
    'leaves %j alone',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );

  it('hides the secrets in use wherever they stand: plain, in a URL, in JSON', () => {
    const secret = 'a/b"c d+e';
    expect(redact(`plain ${secret} url ${encodeURIComponent(secret)} json ${JSON.stringify({ x: secret })}`, [secret])).toBe('plain [redacted] url [redacted] json {"x":"[redacted]"}');
  });

  it('does not blank out words for a secret that is too short to be one', () => {
    expect(redact('a cat', ['a'])).toBe('a cat');
  });

  it('changes nothing the second time', () => {
    const once = redact(`checksum=${SECRET} {"token":"${SECRET}"} Authorization: Bearer ${SECRET} Cookie: a=${SECRET}`);
    expect(redact(once)).toBe(once);
  });

  it('reads a long line without getting stuck', () => {
    const text = `password="${'\\'.repeat(50_000)} token=${'x'.repeat(50_000)}`;
    expect(redact(text)).not.toContain('xxxx');
  });
});
