import { describe, expect, it } from 'vitest';
import { iceServersOf } from '../../../src/native/discovery.js';

describe('STUN and TURN servers of a target', () => {
  it('are those that can be used, in the order given', () => {
    const answer = {
      stunServers: [{ url: 'stun:stun.example.org:3479' }, { url: 'stun:[2001:db8::1]' }],
      turnServers: [
        { username: '1763000000:w_a', password: 'p', url: 'turn:turn.example.org:3478?transport=udp', ttl: 86_400 },
        { username: 'u', password: 'p', url: 'turns:turn.example.org:443?transport=tcp' },
        { username: 'u', password: 'p', url: 'turn:turn.example.org:443?transport=tcp' },
        { url: 'turn:turn.example.org' },
      ],
    };
    expect(iceServersOf(JSON.stringify(answer))).toEqual([
      { hostname: 'stun.example.org', port: 3_479 },
      { hostname: '2001:db8::1', port: 3_478 },
      { hostname: 'turn.example.org', port: 3_478, username: '1763000000:w_a', password: 'p', relayType: 'TurnUdp' },
    ]);
  });

  it.each(['', 'no JSON', '[]', '{"stunServers":7}', '{"stunServers":[null,3,{"url":9},{"url":"http://x"},{"url":"stun: a b"}]}'])('of a broken answer are none: %s', (text) => {
    expect(iceServersOf(text)).toEqual([]);
  });

  it('are bounded', () => {
    expect(iceServersOf(JSON.stringify({ stunServers: Array.from({ length: 1_000 }, () => ({ url: 'stun:a.example.org' })) })).length).toBeLessThanOrEqual(8);
  });
});
