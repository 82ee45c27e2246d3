import { WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AudioLeg } from '../../src/native/audio-leg.js';
import type { MediaSource, SessionRequest } from '../../src/native/media/media-pool.js';
import type { SfuLink } from '../../src/native/sfu-link.js';
import { CAMERA_PROFILES, VideoLegs } from '../../src/native/video-legs.js';
import { sfuLinkTo, until } from '../fakes/sfu-link.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

interface Frame {
  readonly id: string;
  readonly type: string;
  readonly role: string;
  readonly cameraId?: string;
  readonly clientSessionNumber?: number;
}

interface Session {
  readonly direction: SessionRequest['direction'];
  closed: boolean;
}

const SDP = 'v=0\r\nours';
let clock: VirtualClock;
let server: WebSocketServer;
let connections: number;
let heard: Frame[];
let sessions: Session[];
let offline: boolean;

/** An SFU that takes whatever is offered. */
beforeEach(async () => {
  clock = new VirtualClock();
  [connections, heard, sessions, offline] = [0, [], [], false];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    connections++;
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as Frame;
      if (frame.id === 'ping') return;
      heard.push(frame);
      const say = (id: string): void => socket.send(JSON.stringify({ ...frame, id, sdpAnswer: SDP }));
      if (frame.id === 'start') say('startResponse');
      if (frame.id === 'subscriberAnswer' || frame.role === 'share') say(frame.type === 'audio' ? 'webRTCAudioSuccess' : 'playStart');
    });
  });
});

afterEach(async () => {
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const media: MediaSource = {
  open: ({ direction }, listener) => {
    const session: Session = { direction, closed: false };
    sessions.push(session);
    queueMicrotask(() => listener.described(SDP));
    return { answer: () => undefined, answered: () => undefined, mute: () => undefined, close: () => void (session.closed = true) };
  },
  openRoom: () => {
    throw new Error('no room here');
  },
};

const link = (): SfuLink => sfuLinkTo(server, { media, clock, offline: () => offline });

describe('a native user whose network comes back', () => {
  it('offers its camera once, whatever became of those that it views, and keeps no session but the last', async () => {
    const told: string[] = [];
    const cameras = new VideoLegs(link(), 'video', { published: () => told.push('published'), publishFailed: (code) => told.push(`failed ${code}`), interrupted: () => told.push('interrupted'), first: () => undefined, measured: () => undefined });
    const published = (): number => told.filter((one) => one === 'published').length;
    const frames = (id: string, role: string): number => heard.filter((frame) => frame.id === id && frame.role === role).length;
    cameras.publish('ours', CAMERA_PROFILES.medium);
    cameras.view(new Set(['theirs']));
    await until(() => published() === 1 && frames('subscriberAnswer', 'viewer') === 1);
    offline = true;
    cameras.cut();
    await until(() => told.includes('interrupted'));
    await clock.advanceTo(15_000);
    offline = false;
    await clock.advanceTo(20_000);
    await until(() => published() === 2);
    await clock.advanceTo(60_000);
    await until(() => frames('subscriberAnswer', 'viewer') === 2);
    expect(frames('start', 'share')).toBe(2);
    expect(told.filter((one) => one.startsWith('failed'))).toEqual([]);
    const ours = sessions.filter(({ direction }) => direction === 'sendonly');
    expect(ours.map(({ closed }) => closed)).toEqual([...ours.slice(1).map(() => true), false]);
    cameras.close();
    expect(sessions.every(({ closed }) => closed)).toBe(true);
  });

  it('connects its sound once when the socket was lost just before the attempt would have been too long', async () => {
    const told: string[] = [];
    const leg = new AudioLeg(link(), false, { connected: () => told.push('connected'), interrupted: (code) => told.push(`interrupted ${code}`), failed: (code) => told.push(`failed ${code}`), first: () => undefined, measured: () => undefined });
    leg.start();
    await until(() => told.includes('connected'));
    await clock.advanceTo(19_700);
    for (const socket of server.clients) socket.terminate();
    await until(() => told.length === 2);
    await clock.advanceTo(30_000);
    await until(() => told.filter((one) => one === 'connected').length === 2);
    expect(told).toEqual(['connected', 'interrupted 1301', 'connected']);
    expect(connections).toBe(2);
    expect(heard.flatMap(({ id, clientSessionNumber }) => (id === 'start' ? [clientSessionNumber] : []))).toEqual([1, 2]);
    leg.close();
    await until(() => server.clients.size === 0);
    expect(sessions.map(({ closed }) => closed)).toEqual([true, true]);
  });
});
