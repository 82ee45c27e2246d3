import { describe, expect, it } from 'vitest';
import { normaliseApiUrl, queryString, signedUrl } from '../../../src/bbb/api-url.js';

describe('normaliseApiUrl', () => {
  it.each([
    ['https://bbb.example.org', 'https://bbb.example.org/bigbluebutton/api'],
    ['https://bbb.example.org/', 'https://bbb.example.org/bigbluebutton/api'],
    ['https://bbb.example.org/bigbluebutton', 'https://bbb.example.org/bigbluebutton/api'],
    ['https://bbb.example.org/bigbluebutton/', 'https://bbb.example.org/bigbluebutton/api'],
    ['https://bbb.example.org/bigbluebutton/api', 'https://bbb.example.org/bigbluebutton/api'],
    ['  https://BBB.example.org/bigbluebutton/api/ ', 'https://bbb.example.org/bigbluebutton/api'],
    ['http://127.0.0.1:8090/bigbluebutton/api', 'http://127.0.0.1:8090/bigbluebutton/api'],
    ['https://[::1]:8443', 'https://[::1]:8443/bigbluebutton/api'],
    ['https://bbb.example.org:443', 'https://bbb.example.org/bigbluebutton/api'],
  ])('makes of %j %s', (text, url) => {
    expect(normaliseApiUrl(text)).toBe(url);
  });

  it.each([
    ['bbb.example.org', 'cannot be read'],
    ['', 'cannot be read'],
    ['ftp://bbb.example.org', 'https:// or http://'],
    ['wss://bbb.example.org/graphql', 'https:// or http://'],
    ['https://user@bbb.example.org', 'user name or password'],
    ['https://user:hunter22@bbb.example.org', 'user name or password'],
    ['https://bbb.example.org/bigbluebutton/api?checksum=abcdef', 'query or fragment'],
    ['https://bbb.example.org/#there', 'query or fragment'],
    ['https://bbb.example.org/b/room', 'not with /bigbluebutton/api'],
  ])('refuses %j', (text, why) => {
    expect(() => normaliseApiUrl(text)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(why), hint: expect.stringContaining('/bigbluebutton/api') }));
  });

  it.each(['https://user:hunter22@bbb.example.org', 'https://bbb.example.org/?secret=hunter22', 'hunter22'])('keeps what may be a password in %j to itself', (text) => {
    expect(() => normaliseApiUrl(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter22') }));
  });
});

describe('queryString', () => {
  it('keeps the order, leaves undefined out and encodes as a form does', () => {
    expect(queryString({ name: 'Größe 8b & mehr', record: false, duration: 0, none: undefined, 'meta_firstbell-run': 'a b' })).toBe('name=Gr%C3%B6%C3%9Fe+8b+%26+mehr&record=false&duration=0&meta_firstbell-run=a+b');
  });
});

describe('signedUrl', () => {
  it('is the example of the BBB documentation', () => {
    const params = { name: 'Test Meeting', meetingID: 'abc123', attendeePW: '111222', moderatorPW: '333444' };
    expect(signedUrl('https://h/bigbluebutton/api', 'create', params, '639259d4-9dd8-4b25-bf01-95f9567eaf4b', 'sha1')).toBe(
      'https://h/bigbluebutton/api/create?name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444&checksum=1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17',
    );
  });

  it('has only a checksum, SHA-256 unless told otherwise, when there are no parameters', () => {
    expect(signedUrl('https://h/api', 'getMeetings', {}, '639259d4-9dd8-4b25-bf01-95f9567eaf4b')).toBe('https://h/api/getMeetings?checksum=a5370c5f3d97d56d53b435684cdbc429c2898a3bf9f435518b4279e1e0dbfc8c');
  });
});
