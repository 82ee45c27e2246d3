import { readFileSync } from 'node:fs';
import { WebSocketServer, type WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { AudioLeg } from '../../src/native/audio-leg.js';
import type { Discovery } from '../../src/native/discovery.js';
import type { MediaSource, SessionListener, SessionRequest } from '../../src/native/media/media-pool.js';
import { listeningRole, sfuFrame } from '../../src/native/sfu-frames.js';
import type { SfuLink } from '../../src/native/sfu-link.js';
import { CAMERA_PROFILES, VideoLegs, type VideoEvents } from '../../src/native/video-legs.js';
import { parseProfile, RECORDED_PROFILE, type WireProfile } from '../../src/native/wire-profile.js';

type Frame = Readonly<Record<string, unknown>> & { readonly id: string };
interface Exchange {
  readonly direction: 'client->server' | 'server->client';
  readonly message: Frame;
}
type Flow = 'fullAudio' | 'listenOnly' | 'cameraShare' | 'cameraView' | 'cameraStop';

const { flows } = JSON.parse(readFileSync(new URL('../fixtures/captures/sfu-signaling.json', import.meta.url), 'utf8')) as { readonly flows: Readonly<Record<Flow, { readonly messages: readonly Exchange[] }>> };
const sentIn = (flow: Flow): readonly Frame[] => flows[flow].messages.flatMap(({ direction, message }) => (direction === 'client->server' ? [message] : []));
const SDP = 'v=0\r\nours';
/** The recorded frame with our description in the place of the recorded one. */
const withOurs = (frame: Frame): Frame => Object.fromEntries(Object.entries(frame).map(([name, value]) => [name, typeof value === 'string' && value.startsWith('v=0') ? SDP : value])) as Frame;
const CAMERA = String(sentIn('cameraShare')[0]!['cameraId']);
const never = new AbortController().signal;

/** An SFU that says what the recorded one said, word for word, and keeps what it heard. */
let server: WebSocketServer;
let heard: Frame[];
let wake: () => void;
let replies: readonly Exchange[];

beforeEach(async () => {
  heard = [];
  wake = () => undefined;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => socket.on('message', (data: Buffer) => receive(socket, JSON.parse(data.toString('utf8')) as Frame)));
});

afterEach(async () => {
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function receive(socket: WebSocket, frame: Frame): void {
  const place = heard.push(frame) - 1;
  // What followed the frame in the recording, up to the client's next.
  const starts = replies.flatMap(({ direction }, index) => (direction === 'client->server' ? [index] : []));
  for (const { message } of replies.slice((starts[place] ?? replies.length) + 1, starts[place + 1])) socket.send(JSON.stringify(message));
  wake();
}

async function heardFrames(count: number): Promise<readonly Frame[]> {
  while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
  return heard;
}

/** Media that describes itself at once and never flows. */
const requests: SessionRequest[] = [];
const media: MediaSource = {
  open: (request, listener: SessionListener) => {
    requests.push(request);
    queueMicrotask(() => listener.described(SDP));
    return { answer: () => undefined, answered: () => undefined, mute: () => undefined, close: () => undefined };
  },
  openRoom: () => {
    throw new Error('no room here');
  },
};

function link(profile: WireProfile): SfuLink {
  const { port } = server.address() as { port: number };
  const answers: Readonly<Record<string, unknown>> = { Me: [{ name: 'Ada' }] };
  const discovery: Discovery = { origin: '', graphqlUrl: '', sfuUrl: `ws://127.0.0.1:${port}`, livekitUrl: '', bridges: { audio: 'sfu', camera: 'sfu', screen: 'sfu' }, line: '3.0', iceServers: [], cookie: '', bindAddress: '127.0.0.1' };
  const session = { clientSessionUuid: 'uuid', sessionToken: 'token', wallMs: 0, resolve: ({ $from }: { $from: string }) => (answers[$from] as [{ name: string }])[0].name };
  return { discovery, media, clock: systemClock, frame: (kind, values = {}) => sfuFrame(profile, kind, values, session), listeningRole: listeningRole(profile), offline: () => false, signal: never, from: 0, marksBehindMs: undefined, relayOnly: false };
}

async function audio(profile: WireProfile, listenOnly: boolean, frames: number): Promise<readonly Frame[]> {
  const connected = new Promise<void>((resolve, reject) => {
    leg = new AudioLeg(link(profile), listenOnly, { connected: resolve, interrupted: reject, failed: reject, first: () => undefined, measured: () => undefined });
  });
  leg!.start();
  await connected;
  const all = await heardFrames(frames);
  leg!.close();
  return all;
}
let leg: AudioLeg | undefined;

const videoEvents: VideoEvents = { published: () => undefined, publishFailed: () => undefined, interrupted: () => undefined, first: () => undefined, measured: () => undefined };

describe('the SFU frames of a native user', () => {
  it.each([
    ['fullAudio', false],
    ['listenOnly', true],
  ] as const)('are the recorded ones: %s', async (flow, listenOnly) => {
    replies = flows[flow].messages;
    expect(await audio(RECORDED_PROFILE, listenOnly, 2)).toEqual(sentIn(flow).map(withOurs));
  });

  it('are the recorded ones: a camera shared, and stopped', async () => {
    replies = [...flows.cameraShare.messages, ...flows.cameraStop.messages.slice(1)];
    const published = new Promise<string>((resolve) => {
      cameras = new VideoLegs(link(RECORDED_PROFILE), 'video', { ...videoEvents, published: resolve });
    });
    cameras!.publish(CAMERA, CAMERA_PROFILES.medium);
    expect(await published).toBe(CAMERA);
    cameras!.unpublish();
    expect(await heardFrames(2)).toEqual([...sentIn('cameraShare'), sentIn('cameraStop')[1]!].map(withOurs));
    cameras!.close();
  });

  it('are the recorded ones: a camera viewed, and no longer', async () => {
    replies = [...flows.cameraView.messages, ...flows.cameraStop.messages.slice(0, 1)];
    cameras = new VideoLegs(link(RECORDED_PROFILE), 'video', videoEvents);
    cameras.view(new Set([CAMERA]));
    await heardFrames(2);
    cameras.view(new Set());
    expect(await heardFrames(3)).toEqual([...sentIn('cameraView'), sentIn('cameraStop')[0]!].map(withOurs));
    cameras.close();
  });

  it('say the bit rate of the picture that is sent, whatever the recorded client sent', async () => {
    replies = flows.cameraShare.messages;
    cameras = new VideoLegs(link(RECORDED_PROFILE), 'video', videoEvents);
    cameras.publish(CAMERA, CAMERA_PROFILES.high);
    expect((await heardFrames(1))[0]).toMatchObject({ bitrate: 500 });
    cameras.close();
  });
});
let cameras: VideoLegs | undefined;

describe('the SFU frames of a native user with a learned profile', () => {
  const learned = (...sfu: readonly unknown[]): WireProfile =>
    parseProfile({ schema: 2, bbb: '3.1', source: 'a test', operations: [{ operationName: 'Me', kind: 'subscription', rootField: 'user_current', query: 'subscription Me { user_current { name } }' }], join: [{ start: 'Me', gapMs: 0, variables: {} }], sfu });
  const start = (role: string, fields: unknown): unknown => ({ dir: 'sent', id: 'start', type: 'audio', role, fields });

  it('are those of its client: new fields, values from the meeting, the session’s token; frames it did not send, as recorded', async () => {
    replies = flows.fullAudio.messages;
    const profile = learned(start('sendrecv', { clientSessionNumber: { $var: 'attempt' }, extension: { version: 2 }, userName: { $from: 'Me', path: '/0/name' }, token: { $var: 'sessionToken' } }));
    expect(await audio(profile, false, 2)).toEqual([
      { id: 'start', type: 'audio', role: 'sendrecv', clientSessionNumber: 1, extension: { version: 2 }, userName: 'Ada', token: 'token' },
      withOurs(sentIn('fullAudio')[1]!),
    ]);
  });

  it('listen in the role in which its client listens, and promise to send nothing where that only receives', async () => {
    replies = flows.listenOnly.messages;
    const profile = learned(start('recvonly', { clientSessionNumber: { $var: 'attempt' } }), { dir: 'sent', id: 'subscriberAnswer', type: 'audio', role: 'recvonly', fields: { sdpOffer: { $var: 'sdp' } } });
    expect(await audio(profile, true, 2)).toEqual([
      { id: 'start', type: 'audio', role: 'recvonly', clientSessionNumber: 1 },
      { id: 'subscriberAnswer', type: 'audio', role: 'recvonly', sdpOffer: SDP },
    ]);
    expect(requests.at(-1)).toMatchObject({ direction: 'recvonly' });
  });

  it('are refused with the profile where they cannot be said', () => {
    expect(() => learned(start('sendrecv', { sdpOffer: { $var: 'sdp' } }))).toThrow(/offers media itself in audio start sendrecv/);
    expect(() => parseProfile({ ...learned(), schema: 1 })).toThrow(/learn it again/);
    expect(() => learned(start('sendrecv', { name: { $from: 'Nobody', path: '/0/name' } }))).toThrow(/uses the operation Nobody/);
  });
});

it('the frames of a shared screen are as documented: no recording has them', () => {
  const session = { clientSessionUuid: '', sessionToken: '', wallMs: 0, resolve: () => undefined };
  expect(sfuFrame(RECORDED_PROFILE, { id: 'start', type: 'screenshare', role: 'send' }, { sdp: SDP, bitrateKbps: 1_500 }, session)).toEqual({ id: 'start', type: 'screenshare', role: 'send', sdpOffer: SDP, hasAudio: false, bitrate: 1_500, contentType: 'screenshare', vh: 720, vw: 1_280 });
  expect(sfuFrame(RECORDED_PROFILE, { id: 'subscriberAnswer', type: 'screenshare', role: 'recv' }, { sdp: SDP }, session)).toEqual({ id: 'subscriberAnswer', type: 'screenshare', role: 'recv', answer: SDP });
  expect(() => sfuFrame(RECORDED_PROFILE, { id: 'start', type: 'screenshare', role: 'send' }, {}, session)).toThrow(/cannot be filled/);
  expect(() => sfuFrame(RECORDED_PROFILE, { id: 'start', type: 'hologram', role: 'send' }, {}, session)).toThrow(/no wire profile has/);
});
