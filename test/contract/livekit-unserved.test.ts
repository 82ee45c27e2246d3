import { JoinResponse, ParticipantInfo, SessionDescription, SignalRequest, SignalResponse, TrackInfo, TrackSource, TrackType } from '@livekit/protocol';
import { WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Discovery } from '../../src/native/discovery.js';
import type { LegsParts } from '../../src/native/legs-parts.js';
import { RoomLegs } from '../../src/native/livekit/room-legs.js';
import type { MediaSample } from '../../src/native/media-samples.js';
import type { Measured, MediaSource, RoomMedia, SessionListener } from '../../src/native/media/media-pool.js';
import { NOTHING_RECEIVED } from '../../src/rtc/receive-stats.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

let clock: VirtualClock;
let server: WebSocketServer;
let room: RoomLegs;
let samples: MediaSample[];
let subscribed: string[];
let subscriber: SessionListener | undefined;
let inside: boolean;
let muted: boolean;

const camera = (sid: string, name: string): ParticipantInfo => new ParticipantInfo({ sid: `PA_${sid}`, identity: sid, tracks: [new TrackInfo({ sid, type: TrackType.VIDEO, source: TrackSource.CAMERA, name })] });
const microphone = (): ParticipantInfo => new ParticipantInfo({ sid: 'PA_voice', identity: 'voice', tracks: [new TrackInfo({ sid: 'TR_voice', type: TrackType.AUDIO, source: TrackSource.MICROPHONE, name: 'voice', muted })] });

/** A server that takes every subscription. */
beforeEach(async () => {
  clock = new VirtualClock();
  [samples, subscribed, subscriber, inside, muted] = [[], [], undefined, true, false];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    const say = (message: SignalResponse['message']): void => socket.send(new SignalResponse({ message }).toBinary());
    socket.on('message', (data: Buffer) => {
      const { message } = SignalRequest.fromBinary(data);
      if (message.case === 'subscription' && message.value.subscribe) subscribed.push(...message.value.trackSids);
    });
    say({ case: 'join', value: new JoinResponse({ participant: new ParticipantInfo({ sid: 'PA_me' }), otherParticipants: [camera('TR_1', 'served'), camera('TR_2', 'unserved'), microphone()], pingInterval: 3_600, pingTimeout: 3_600 }) });
    say({ case: 'offer', value: new SessionDescription({ type: 'offer', sdp: 'v=0' }) });
  });
  const { port } = server.address() as { port: number };
  const discovery: Discovery = { origin: '', graphqlUrl: '', sfuUrl: '', livekitUrl: `ws://127.0.0.1:${port}/livekit`, bridges: { audio: 'livekit', camera: 'livekit', screen: 'livekit' }, line: '4.0', iceServers: [], cookie: '', bindAddress: '127.0.0.1' };
  const page = { view: { livekitToken: 'token', muted: true, screenStream: '', userId: 'me' }, uuid: 'uuid', waits: { until: (work: Promise<void>) => work }, onceConnected: () => undefined, mutate: () => Promise.resolve() };
  const parts = {
    spec: {},
    page,
    link: () => ({ discovery, media, clock, frame: () => ({}), listeningRole: '', offline: () => false, signal: new AbortController().signal, from: 0, marksBehindMs: undefined, relayOnly: false }),
    nowMs: () => clock.nowMs(),
    phase: () => undefined,
    sample: (one: MediaSample) => samples.push(one),
    received: () => undefined,
    error: (code: string, phase: string) => samples.push({ metric: 'errors', value: 1, tags: { code, phase } }),
    inside: () => inside,
  };
  room = new RoomLegs(parts as unknown as LegsParts);
});

afterEach(async () => {
  room.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const media: MediaSource = {
  open: () => {
    throw new Error('no SFU here');
  },
  openRoom: (_request, listener): RoomMedia => {
    const answerTo = (): void => {
      listener.described('v=0');
      listener.connected();
      subscriber = listener;
    };
    return { answer: () => undefined, answered: () => undefined, mute: () => undefined, close: () => undefined, offer: () => undefined, answerTo, candidate: () => undefined, send: () => undefined };
  },
};

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Goes on to then, while the media process measures what the server offers. */
async function measuring(tracks: readonly string[], untilMs: number): Promise<void> {
  for (let atMs = clock.nowMs() + 2_500; atMs <= untilMs; atMs += 2_500) {
    await clock.advanceTo(atMs);
    const row: Measured = { ...NOTHING_RECEIVED, whole: true, packets: 100, bytes: 100_000, frames: 75, session: 0, sentPackets: 0, keyFrameRequests: 0 };
    if (atMs % 5_000 !== 0) for (const track of tracks) subscriber?.measured({ ...row, track }, 5);
  }
}

const valuesOf = (metric: string): number[] => samples.flatMap((one) => (one.metric === metric ? [one.value] : []));
const errors = (): string[] => samples.flatMap(({ metric, tags }) => (metric === 'errors' ? [`${tags?.code} ${tags?.phase}`] : []));
const shown = (...names: readonly string[]): Parameters<RoomLegs['look']>[0] => ({ cameras: new Set(names), screen: false });

describe('what a native user wants of a LiveKit room', () => {
  it('counts as an empty tile after 15 s when the server does not offer it, or has never told the room of it', async () => {
    room.look(shown('served', 'unserved', 'untold'));
    await until(() => subscribed.length === 2);
    await measuring(['TR_1'], 19_000);
    expect([errors(), valuesOf('video_fps').filter((fps) => fps === 0)]).toEqual([[], []]);
    await measuring(['TR_1'], 60_000);
    // At 20, 25, … 60 s, of each of the two.
    expect(valuesOf('video_fps').filter((fps) => fps === 0)).toHaveLength(18);
    expect(valuesOf('video_fps').filter((fps) => fps === 15)).toHaveLength(12);
    expect(errors()).toEqual(['MEDIA_NOT_FLOWING video', 'MEDIA_NOT_FLOWING video']);
    const before = samples.length;
    room.look(shown('served'));
    inside = false;
    await measuring([], 120_000);
    expect(samples).toHaveLength(before);
  });

  it('is nothing when it is not wanted any more, and begins anew when it is again', async () => {
    room.look(shown('unserved'));
    await until(() => subscribed.length === 1);
    await measuring([], 14_000);
    room.look(shown());
    await measuring([], 60_000);
    room.look(shown('unserved'));
    await measuring([], 79_000);
    expect(samples).toEqual([]);
    await measuring([], 100_000);
    expect(errors()).toEqual(['MEDIA_NOT_FLOWING video']);
  });

  it('is a screen, too, whether the room knows of it or not', async () => {
    room.look({ cameras: new Set(), screen: true });
    await until(() => subscriber !== undefined);
    await measuring([], 30_000);
    expect([valuesOf('screen_fps'), errors()]).toEqual([[0, 0, 0], ['MEDIA_NOT_FLOWING screen']]);
  });

  it.each([
    [false, ['MEDIA_NOT_FLOWING audio']],
    [true, []],
  ])('counts a voice, too, unless it is muted: muted %s', async (isMuted, expected) => {
    muted = isMuted;
    void room.connectAudio('listen-only', new AbortController().signal);
    await until(() => subscribed.length === 1);
    await measuring([], 60_000);
    expect(errors()).toEqual(expected);
  });
});
