import { WebSocketServer, type WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Measured, MediaSource, SessionListener } from '../../src/native/media/media-pool.js';
import { receivedSamples } from '../../src/native/media-samples.js';
import type { SfuLink } from '../../src/native/sfu-link.js';
import { VideoLegs } from '../../src/native/video-legs.js';
import { NOTHING_RECEIVED } from '../../src/rtc/receive-stats.js';
import { sfuLinkTo, until } from '../fakes/sfu-link.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

interface Frame {
  readonly id: string;
  readonly cameraId: string;
}

interface Session {
  readonly cameraId: string;
  readonly listener: SessionListener;
  closed: boolean;
}

const NEGOTIATION_FAILED = 1305;
const NO_RESOURCES = 2002;
const NOT_FLOWING = 2211;
/** With waits of 3, 6, 12 and 15 s. */
const TRIES_MS = [0, 3_000, 9_000, 21_000, 36_000, 51_000];

let clock: VirtualClock;
let server: WebSocketServer;
let connections: number;
/** `start camera`, in order. */
let heard: string[];
let sessions: Session[];
let offline: boolean;
/** What the SFU does with a view of a camera. */
let answers: (cameraId: string) => 'plays' | 'does not flow' | 'no answer' | 'refused';
let interrupted: number[];
let rows: { readonly row: Measured; readonly seconds: number; readonly atMs: number }[];
let cameras: VideoLegs;

beforeEach(async () => {
  clock = new VirtualClock();
  [connections, heard, sessions, offline, interrupted, rows] = [0, [], [], false, [], []];
  answers = () => 'plays';
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    connections++;
    socket.on('message', (data: Buffer) => receive(socket, JSON.parse(data.toString('utf8')) as Frame));
  });
  cameras = new VideoLegs(link(), 'video', {
    published: () => undefined,
    publishFailed: () => undefined,
    interrupted: (code) => interrupted.push(code),
    first: () => undefined,
    measured: (row, seconds) => rows.push({ row, seconds, atMs: clock.nowMs() }),
  });
});

afterEach(async () => {
  cameras.close();
  expect(sessions.filter(({ closed }) => !closed)).toEqual([]);
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function receive(socket: WebSocket, { id, cameraId }: Frame): void {
  if (id === 'ping') return;
  heard.push(`${id} ${cameraId}`);
  const say = (event: Readonly<Record<string, unknown>>): void => socket.send(JSON.stringify({ type: 'video', role: 'viewer', ...event }));
  const does = answers(cameraId);
  if (id === 'start' && does === 'refused') say({ id: 'error', streamId: cameraId, code: NO_RESOURCES });
  else if (id === 'start' && does !== 'no answer') say({ id: 'startResponse', cameraId, sdpAnswer: cameraId });
  else if (id === 'subscriberAnswer' && does === 'plays') say({ id: 'playStart', cameraId });
}

const media: MediaSource = {
  open: ({ remoteOffer = '' }, listener) => {
    const session: Session = { cameraId: remoteOffer, listener, closed: false };
    sessions.push(session);
    queueMicrotask(() => listener.described('v=0\r\nours'));
    return { answer: () => undefined, answered: () => undefined, mute: () => undefined, close: () => void (session.closed = true) };
  },
  openRoom: () => {
    throw new Error('no room here');
  },
};

const link = (): SfuLink => sfuLinkTo(server, { media, clock, offline: () => offline });

const timesHeard = (frame: string): number => heard.filter((one) => one === frame).length;
const row: Measured = { ...NOTHING_RECEIVED, whole: true, packets: 100, bytes: 100_000, frames: 75, session: 0, sentPackets: 0, keyFrameRequests: 0 };

/** Measures the last session of a camera until the client has heard that it plays; those measurements are none. */
async function played(cameraId: string): Promise<void> {
  const before = rows.length;
  await until(() => {
    sessions.findLast((one) => one.cameraId === cameraId)?.listener.measured(row, 5);
    return rows.length > before;
  });
  rows.splice(before);
}

/** Everything that was said before has been heard when this is. */
async function heardAll(): Promise<void> {
  cameras.view(new Set(['last']));
  await until(() => heard.includes('start last'));
}

const framesPerSecond = (): number[] => rows.flatMap(({ row: one, seconds }) => receivedSamples('video', one, seconds).flatMap(({ metric, value }) => (metric === 'video_fps' ? [value] : [])));

describe('a camera that a native user views and does not see', () => {
  it('is an error after 15 s and tried again, with more time each time, and an empty tile until it plays', async () => {
    answers = (cameraId) => (cameraId === 'plays' ? 'plays' : cameraId === 'still' ? 'does not flow' : 'no answer');
    cameras.view(new Set(['plays', 'still', 'mute']));
    await until(() => heard.length === 5);
    await played('plays');
    await clock.advanceTo(14_999);
    expect([interrupted, rows]).toEqual([[], []]);
    await clock.advanceTo(15_000);
    expect(interrupted).toEqual([NOT_FLOWING, NEGOTIATION_FAILED]);
    await until(() => timesHeard('start still') === 2 && timesHeard('start mute') === 2 && timesHeard('subscriberAnswer still') === 2);
    expect([timesHeard('stop still'), timesHeard('stop mute')]).toEqual([1, 1]);
    // One interval after the first 15 s, and one row of each of the two.
    await clock.advanceTo(20_000);
    expect(rows.map(({ seconds }) => seconds)).toEqual([5, 5]);
    expect(framesPerSecond()).toEqual([0, 0]);
    await clock.advanceTo(44_999);
    expect(interrupted).toHaveLength(2);
    await clock.advanceTo(45_000);
    expect(interrupted.slice(2)).toEqual([NOT_FLOWING, NEGOTIATION_FAILED]);
    expect(rows).toHaveLength(12);
    await until(() => timesHeard('subscriberAnswer still') === 3 && timesHeard('start mute') === 3);
    answers = () => 'plays';
    await clock.advanceTo(105_000);
    await played('still');
    await played('mute');
    const before = rows.length;
    await clock.advanceTo(300_000);
    expect(rows).toHaveLength(before);
    expect(interrupted).toHaveLength(6);
    await heardAll();
    expect(timesHeard('start plays')).toBe(1);
  });

  it('is nothing when it has been stopped, or is not wanted any more', async () => {
    answers = (cameraId) => (cameraId === 'still' ? 'does not flow' : 'plays');
    cameras.view(new Set(['theirs', 'still']));
    await played('theirs');
    await clock.advanceTo(14_000);
    cameras.view(new Set(['theirs']));
    await clock.advanceTo(60_000);
    for (const socket of server.clients) socket.send(JSON.stringify({ type: 'video', role: 'viewer', id: 'playStop', cameraId: 'theirs' }));
    await until(() => sessions.find(({ cameraId }) => cameraId === 'theirs')!.closed);
    // The meeting says so a little later than the SFU.
    cameras.view(new Set(['theirs']));
    await clock.advanceTo(62_000);
    cameras.view(new Set());
    await clock.advanceTo(200_000);
    expect([interrupted, rows]).toEqual([[], []]);
    await heardAll();
    expect(timesHeard('start theirs')).toBe(1);
  });

  it('is not missing while there is no network, nor right after it', async () => {
    cameras.view(new Set(['theirs']));
    await played('theirs');
    offline = true;
    cameras.cut();
    await until(() => interrupted.length === 1);
    answers = () => 'no answer';
    await clock.advanceTo(60_000);
    offline = false;
    await clock.advanceTo(79_999);
    expect(rows).toEqual([]);
    await clock.advanceTo(80_000);
    expect(framesPerSecond()).toEqual([0]);
  });

  it('is one session, however late the answers of its attempts come', async () => {
    answers = () => 'no answer';
    cameras.view(new Set(['theirs']));
    await until(() => heard.length === 1);
    await clock.advanceTo(15_000);
    await until(() => timesHeard('start theirs') === 2);
    for (const socket of server.clients) for (let n = 0; n < 2; n++) socket.send(JSON.stringify({ type: 'video', role: 'viewer', id: 'startResponse', cameraId: 'theirs', sdpAnswer: 'theirs' }));
    await until(() => sessions.length === 2);
    expect(sessions.map(({ closed }) => closed)).toEqual([true, false]);
    sessions[0]!.listener.failed('transport');
    expect(interrupted).toEqual([NEGOTIATION_FAILED]);
  });
});

describe('a view that broke', () => {
  it('is tried again after 3 to 15 s, however much happens in the meeting', async () => {
    answers = () => 'refused';
    for (let atMs = 0; atMs <= 60_000; atMs += 250) {
      await clock.advanceTo(atMs);
      cameras.view(new Set(['theirs']));
      // The refusal comes within the instant.
      const tries = TRIES_MS.filter((dueMs) => dueMs <= atMs).length;
      await until(() => interrupted.length >= tries);
    }
    answers = () => 'plays';
    await heardAll();
    expect(timesHeard('start theirs')).toBe(TRIES_MS.length);
    expect(interrupted).toEqual(TRIES_MS.map(() => NO_RESOURCES));
  });

  it('does not open a socket before its time, and nor do others that become wanted', async () => {
    cameras.view(new Set(['theirs']));
    await played('theirs');
    for (const socket of server.clients) socket.terminate();
    await until(() => interrupted.length === 1);
    for (let n = 0; n < 5; n++) cameras.view(new Set(['theirs', 'another']));
    await clock.advanceTo(2_999);
    cameras.view(new Set(['theirs', 'another', 'third']));
    cameras.view(new Set(['theirs', 'another']));
    await clock.advanceTo(3_000);
    await until(() => timesHeard('start theirs') === 2 && timesHeard('start another') === 1);
    await heardAll();
    expect([connections, timesHeard('start third'), timesHeard('stop third')]).toEqual([2, 0, 0]);
    expect(interrupted).toHaveLength(1);
  });
});
