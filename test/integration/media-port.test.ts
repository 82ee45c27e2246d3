import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/log.js';
import { MediaPool, type MediaSession } from '../../src/native/media/media-pool.js';
import { buildServerSdp, transportOf } from '../../src/rtc/sdp.js';

let pool: MediaPool;

beforeAll(() => {
  pool = new MediaPool({ logger: silentLogger });
});

afterAll(() => pool[Symbol.asyncDispose]());

/** A listener whose server is never there; our side of it. */
function listen(port: number): Promise<{ readonly session: MediaSession; readonly port: number }> {
  const fingerprint = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
  const remoteOffer = buildServerSdp({
    kind: 'audio',
    direction: 'sendonly',
    setup: 'actpass',
    transport: { iceUfrag: 'abcdefgh', icePwd: 'abcdefghijklmnopqrstuvwxyz012345', fingerprint, address: '127.0.0.1', port },
    payloadType: 111,
    ssrc: 1,
    cname: 'test',
    streamId: 'stream',
    trackId: 'track',
    bitrateKbps: 0,
  });
  return new Promise((resolve, reject) => {
    const session = pool.open(
      { kind: 'audio', direction: 'recvonly', remoteOffer, send: undefined, relayOnly: false, iceServers: [], bindAddress: '127.0.0.1' },
      {
        described: (sdp) => resolve({ session, port: transportOf(sdp)!.port }),
        failed: (why) => reject(new Error(why)),
        connected: () => undefined,
        first: () => undefined,
        measured: () => undefined,
      },
    );
  });
}

function bind(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve()));
  });
}

// Between two lessons nobody may be on the port. Another program that took it then made the library throw in a thread of its own with
// the next session ("Failed to gather local ICE candidates"), and the process ended.
it('a media process keeps the port of its sessions while there is none', async () => {
  const first = await listen(40_001);
  first.session.close();
  // News come in order: what was asked before this has been done when it is described.
  const other = await listen(40_002);
  other.session.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await expect(bind(first.port)).rejects.toThrow('EADDRINUSE');
  const next = await listen(40_003);
  expect(next.port).toBe(first.port);
  next.session.close();
});
