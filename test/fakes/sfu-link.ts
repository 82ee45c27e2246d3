import type { WebSocketServer } from 'ws';
import type { Discovery } from '../../src/native/discovery.js';
import type { MediaSource } from '../../src/native/media/media-pool.js';
import { listeningRole, sfuFrame } from '../../src/native/sfu-frames.js';
import type { SfuLink } from '../../src/native/sfu-link.js';
import { RECORDED_PROFILE } from '../../src/native/wire-profile.js';
import type { VirtualClock } from './virtual-clock.js';

/** A native user's way to an SFU that is a server of the test's own: with real sockets, in a time that is not. */
export function sfuLinkTo(server: WebSocketServer, { media, clock, offline }: { readonly media: MediaSource; readonly clock: VirtualClock; readonly offline: () => boolean }): SfuLink {
  const { port } = server.address() as { port: number };
  const discovery: Discovery = { origin: '', graphqlUrl: '', sfuUrl: `ws://127.0.0.1:${port}`, livekitUrl: '', bridges: { audio: 'sfu', camera: 'sfu', screen: 'sfu' }, line: '3.0', iceServers: [], cookie: '', bindAddress: '127.0.0.1' };
  const frame: SfuLink['frame'] = (kind, values = {}) => sfuFrame(RECORDED_PROFILE, kind, values, { clientSessionUuid: 'uuid', sessionToken: 'token', wallMs: 0, resolve: () => 'value' });
  return { discovery, media, clock, frame, listeningRole: listeningRole(RECORDED_PROFILE), offline, signal: new AbortController().signal, from: 0, marksBehindMs: undefined, relayOnly: false };
}

/** Waits for what comes over real sockets. */
export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}
