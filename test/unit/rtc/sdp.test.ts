import { describe, expect, it } from 'vitest';
import { transportOf } from '../../../src/rtc/sdp.js';

const whole = ['v=0', 'a=ice-ufrag:u', 'a=ice-pwd:p', 'a=fingerprint:sha-256 AB', 'a=candidate:1 1 udp 5 127.0.0.1 4000 typ host'];
const changed = (from: string, to: string): string => whole.map((line) => (line === from ? to : line)).join('\r\n');

describe('the transport of a description', () => {
  it('is read when all of it is there', () => {
    expect(transportOf(whole.join('\r\n'))).toEqual({ iceUfrag: 'u', icePwd: 'p', fingerprint: 'sha-256 AB', address: '127.0.0.1', port: 4_000 });
  });

  it.each([
    ['a part is missing', 'a=ice-pwd:p', 'a=other:p'],
    ['a part is empty', 'a=ice-ufrag:u', 'a=ice-ufrag:'],
    ['the port is none', 'a=candidate:1 1 udp 5 127.0.0.1 4000 typ host', 'a=candidate:1 1 udp 5 127.0.0.1 99999 typ host'],
  ])('is unknown when %s', (_what, from, to) => {
    expect(transportOf(changed(from, to))).toBeUndefined();
  });
});
