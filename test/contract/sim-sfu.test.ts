import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { MAX_SFU_FRAME_BYTES } from '../../src/bbb/sfu.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { MediaPool, type MediaSession } from '../../src/native/media/media-pool.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { GraphqlSession } from '../fakes/graphql-session.js';
import { startSfuServer, type SfuServer } from '../fakes/sfu-server.js';

type SfuFrame = Record<string, unknown> & { readonly id: string };
interface Exchange {
  readonly direction: 'client->server' | 'server->client';
  readonly message: SfuFrame;
}

const { flows } = JSON.parse(readFileSync(new URL('../fixtures/captures/sfu-signaling.json', import.meta.url), 'utf8')) as { flows: Record<string, { messages: Exchange[] }> };

const recorded = (flow: string, direction: Exchange['direction'], id: string): SfuFrame => flows[flow]!.messages.find((one) => one.direction === direction && one.message.id === id)!.message;

/** Recorded descriptions hold redacted passwords; a library needs something it can parse. */
const usable = (sdp: string): string => sdp.replaceAll('[REDACTED]', 'abcdefghijklmnopqrstuvwx');

/** Attribute lines without the values that differ from session to session. */
function linesOf(sdp: string): string[] {
  return sdp
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/^a=fingerprint:(\S+) .*/, 'a=fingerprint:<algorithm> <digest>')
        .replace(/^(a=ice-(?:ufrag|pwd)):.*/, '$1:<text>')
        .replace(/^a=candidate:udpcandidate 1 udp 1076302079 \S+ \d+ typ host$/, 'a=candidate:udpcandidate 1 udp 1076302079 <address> <port> typ host')
        .replace(/^a=msid:\S+ \S+$/, 'a=msid:<stream> <track>')
        .replace(/^a=ssrc:\d+ cname:\S+$/, 'a=ssrc:<ssrc> cname:<name>')
        .replace(/^a=ssrc:\d+ msid:\S+ \S+$/, 'a=ssrc:<ssrc> msid:<name> <track>')
        .trimEnd(),
    );
}

/** Not negotiated on purpose, because the simulator does not serve it (src/rtc/sdp.ts). */
const LEFT_OUT = /^a=(extmap:|rtcp-fb:\d+ (transport-cc|rrtr)|fmtp:96)/;

let server: SfuServer;

class SfuClient {
  readonly frames: SfuFrame[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as SfuFrame);
      this.#wake();
    });
  }

  static async open(user = 'w_vaftbqozzify'): Promise<SfuClient> {
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/bbb-webrtc-sfu?user=${user}`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new SfuClient(socket);
  }

  send(frame: Record<string, unknown>): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  async next(id: string): Promise<SfuFrame> {
    for (;;) {
      const found = this.frames.find((frame) => frame.id === id);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}

const media = new MediaPool({ logger: silentLogger });

interface Connected extends AsyncDisposable {
  readonly session: MediaSession;
}

/** A peer connection of ours that sends where it may; `describe` is handed its description. */
async function connect(kind: 'audio' | 'video', direction: 'sendrecv' | 'sendonly' | 'recvonly', remoteOffer: string | undefined, describe: (sdp: string) => void, connected: () => void = () => undefined): Promise<Connected> {
  const send = direction === 'recvonly' ? undefined : { asset: kind === 'audio' ? ('speech' as const) : ('camera-low' as const), from: 0 };
  const session = await new Promise<MediaSession>((resolve, reject) => {
    const opened = media.open(
      { kind, direction, remoteOffer, send, relayOnly: false, iceServers: [], bindAddress: '127.0.0.1' },
      {
        described: (sdp) => {
          describe(sdp);
          if (remoteOffer !== undefined) opened.answered();
          resolve(opened);
        },
        failed: (why) => reject(new Error(`the connection failed: ${why}`)),
        connected,
        first: () => undefined,
        measured: () => undefined,
      },
    );
  });
  return { session, [Symbol.asyncDispose]: async () => session.close() };
}

/** The recorded camera, shared with the recorded start but for the description, until the SFU says that it plays. */
async function cameraUp(): Promise<AsyncDisposable & { readonly playStart: SfuFrame }> {
  const client = await SfuClient.open();
  const { session } = await connect('video', 'sendonly', undefined, (sdp) => client.send({ ...recorded('cameraShare', 'client->server', 'start'), sdpOffer: sdp }));
  session.answer(String((await client.next('startResponse'))['sdpAnswer']));
  return {
    playStart: await client.next('playStart'),
    [Symbol.asyncDispose]: async () => {
      session.close();
      client.close();
      await client.closed;
    },
  };
}

beforeAll(async () => {
  server = await startSfuServer();
});

afterAll(async () => {
  await media[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('recorded SFU frames', () => {
  it.each([
    ['fullAudio', 'microphone'],
    ['listenOnly', 'listen only'],
  ])('%s: the start of %s is answered with the recorded offer', async (flow) => {
    const client = await SfuClient.open();
    client.send(recorded(flow, 'client->server', 'start'));
    const ours = await client.next('startResponse');
    const theirs = recorded(flow, 'server->client', 'startResponse');
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect({ ...ours, sdpAnswer: '' }).toEqual({ ...theirs, sdpAnswer: '' });
    expect(linesOf(String(ours['sdpAnswer']))).toEqual(linesOf(String(theirs['sdpAnswer'])).filter((line) => !/transport-cc/.test(line)));
    client.close();
  });

  it('cameraPublish: the start of a camera is answered with the recorded answer', async () => {
    const flow = Object.keys(flows).find((name) => flows[name]!.messages.some(({ message }) => message['role'] === 'share' && message.id === 'start'))!;
    const client = await SfuClient.open();
    const start = recorded(flow, 'client->server', 'start');
    client.send({ ...start, sdpOffer: usable(String(start['sdpOffer'])) });
    const ours = await client.next('startResponse');
    const theirs = recorded(flow, 'server->client', 'startResponse');
    expect({ ...ours, sdpAnswer: '' }).toEqual({ ...theirs, sdpAnswer: '' });
    const ourLines = linesOf(String(ours['sdpAnswer']));
    const theirLines = linesOf(String(theirs['sdpAnswer'])).filter((line) => !LEFT_OUT.test(line));
    expect([...ourLines].sort()).toEqual([...theirLines].sort());
    client.close();
  });

  it('cameraView: a camera that is up is offered as recorded, and the recorded answer of the client is taken without an error', async () => {
    await using camera = await cameraUp();
    const client = await SfuClient.open('w_viewer');
    client.send(recorded('cameraView', 'client->server', 'start'));
    const ours = await client.next('startResponse');
    const theirs = recorded('cameraView', 'server->client', 'startResponse');
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    expect({ ...ours, sdpAnswer: '' }).toEqual({ ...theirs, sdpAnswer: '' });
    const ourLines = linesOf(String(ours['sdpAnswer']));
    const theirLines = linesOf(String(theirs['sdpAnswer'])).filter((line) => !LEFT_OUT.test(line));
    expect([...ourLines].sort()).toEqual([...theirLines].sort());
    const answer = recorded('cameraView', 'client->server', 'subscriberAnswer');
    client.send({ ...answer, answer: usable(String(answer['answer'])) });
    client.send({ id: 'ping' });
    await client.next('pong');
    expect(client.frames.filter((frame) => frame.id === 'error')).toEqual([]);
    // An answer that is none is noticed: the recorded one was read.
    client.send({ ...answer, answer: 'hello' });
    expect(await client.next('error')).toMatchObject({ code: 2202, role: 'viewer', streamId: answer['cameraId'] });
    client.close();
    expect(camera.playStart).toEqual(recorded('cameraShare', 'server->client', 'playStart'));
  });

  it('cameraView: a viewer with a connection of its own hears the recorded playStart', async () => {
    await using _camera = await cameraUp();
    const client = await SfuClient.open('w_viewer');
    client.send(recorded('cameraView', 'client->server', 'start'));
    const { sdpAnswer } = await client.next('startResponse');
    await using _viewer = await connect('video', 'recvonly', String(sdpAnswer), (sdp) => client.send({ ...recorded('cameraView', 'client->server', 'subscriberAnswer'), answer: sdp }));
    expect(await client.next('playStart')).toEqual(recorded('cameraView', 'server->client', 'playStart'));
    client.close();
  });

  it('cameraView: a viewer that is connected, and is sent nothing, hears no playStart (bbb-webrtc-sfu lib/video/video.js: at FLOWING)', async () => {
    await using _camera = await cameraUp();
    server.silence(true);
    const client = await SfuClient.open('w_viewer');
    client.send(recorded('cameraView', 'client->server', 'start'));
    const { sdpAnswer } = await client.next('startResponse');
    let connected: () => void = () => undefined;
    const up = new Promise<void>((resolve) => (connected = resolve));
    await using _viewer = await connect('video', 'recvonly', String(sdpAnswer), (sdp) => client.send({ ...recorded('cameraView', 'client->server', 'subscriberAnswer'), answer: sdp }), () => connected());
    await up;
    // The server knows of it a moment later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.send({ id: 'ping' });
    await client.next('pong');
    server.silence(false);
    expect(client.frames.map(({ id }) => id)).toEqual(['startResponse', 'pong']);
    client.close();
  });

  it.each([['fullAudio'], ['listenOnly']])('%s: once sound flows, the recorded webRTCAudioSuccess comes', async (flow) => {
    const client = await SfuClient.open('w_speaker');
    client.send(recorded(flow, 'client->server', 'start'));
    const { sdpAnswer } = await client.next('startResponse');
    await using _speaker = await connect('audio', 'sendrecv', String(sdpAnswer), (sdp) => client.send({ ...recorded(flow, 'client->server', 'subscriberAnswer'), sdpOffer: sdp }));
    expect(await client.next('webRTCAudioSuccess')).toEqual(recorded(flow, 'server->client', 'webRTCAudioSuccess'));
    client.close();
  });

  it.each([
    ['audio', 'sendrecv', 'fullAudio'],
    ['audio', 'passive-sendrecv', 'listenOnly'],
  ])('%s %s: the recorded answer of the client is taken without an error', async (_type, _role, flow) => {
    const client = await SfuClient.open();
    client.send(recorded(flow, 'client->server', 'start'));
    await client.next('startResponse');
    const answer = flows[flow]!.messages.find(({ message }) => message.id === 'subscriberAnswer')!.message;
    client.send({ ...answer, sdpOffer: usable(String(answer['sdpOffer'])) });
    client.send({ id: 'ping' });
    await client.next('pong');
    expect(client.frames.filter((frame) => frame.id === 'error')).toEqual([]);
    client.close();
  });

  it('cameraStop: both recorded stops are taken in silence', async () => {
    const client = await SfuClient.open();
    for (const { message } of flows['cameraStop']!.messages) client.send(message);
    client.send({ id: 'ping' });
    expect(await client.next('pong')).toEqual({ id: 'pong' });
    expect(client.frames).toHaveLength(1);
    client.close();
  });

  it('are all known here: no other id was recorded', () => {
    const ids = new Set(Object.values(flows).flatMap(({ messages }) => messages.map(({ message }) => message.id)));
    expect([...ids].sort()).toEqual(['playStart', 'start', 'startResponse', 'stop', 'subscriberAnswer', 'webRTCAudioSuccess']);
  });
});

describe('errors of the SFU', () => {
  const cameraStart = { id: 'start', type: 'video', cameraId: 'cam', role: 'viewer', sdpOffer: null, bitrate: 200, record: true };

  it.each([
    ['a camera that is not there', cameraStart, { type: 'video', id: 'error', role: 'viewer', streamId: 'cam', code: 2201, message: 'MEDIA_NOT_FOUND', reason: 'MEDIA_NOT_FOUND' }],
    ['an offer that is no SDP', { ...cameraStart, role: 'share', sdpOffer: 'hello' }, { type: 'video', id: 'error', role: 'share', streamId: 'cam', code: 2202, message: 'MEDIA_INVALID_SDP', reason: 'MEDIA_INVALID_SDP' }],
    ['an audio session number that is none', { id: 'start', type: 'audio', role: 'sendrecv', clientSessionNumber: 'one' }, { type: 'audio', id: 'error', role: 'sendrecv', code: 2300, message: 'SFU_INVALID_REQUEST', reason: 'SFU_INVALID_REQUEST' }],
    ['a role that is none', { ...cameraStart, role: 'spectator' }, { type: 'video', id: 'error', role: 'spectator', streamId: 'cam', code: 2300, message: 'SFU_INVALID_REQUEST', reason: 'SFU_INVALID_REQUEST' }],
  ])('answers %s', async (_what, frame, error) => {
    const client = await SfuClient.open();
    client.send(frame);
    expect(await client.next('error')).toEqual(error);
    client.close();
  });

  it('answers an offer without VP8 with 2203', async () => {
    const flow = Object.keys(flows).find((name) => flows[name]!.messages.some(({ message }) => message['role'] === 'share' && message.id === 'start'))!;
    const client = await SfuClient.open();
    const start = recorded(flow, 'client->server', 'start');
    client.send({ ...start, sdpOffer: usable(String(start['sdpOffer'])).replaceAll('VP8/', 'VP7/') });
    expect(await client.next('error')).toMatchObject({ code: 2203 });
    client.close();
  });

  it('closes the socket after a frame beyond the limit', async () => {
    const client = await SfuClient.open();
    client.sendText(JSON.stringify({ id: 'ping', padding: 'x'.repeat(MAX_SFU_FRAME_BYTES) }));
    expect(await client.closed).toBe(1009);
  });
});

describe('the SFU of a simulated server', () => {
  let sim: Sim;
  let api: BbbApi;

  beforeAll(async () => {
    sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
    api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    await api.create({ meetingID: 'sfu', name: 'SFU' }, new AbortController().signal);
  });

  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await sim[Symbol.asyncDispose]();
  });

  const url = (session: { origin: string; token: string }): string => `${session.origin.replace('http', 'ws')}/bbb-webrtc-sfu?sessionToken=${session.token}`;

  it('refuses a socket without the cookie with HTTP 401', async () => {
    const session = await GraphqlSession.open(api, { meetingID: 'sfu', fullName: 'Anna', role: 'VIEWER' });
    const refused = await new Promise<number>((resolve) => new WebSocket(url(session)).once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)));
    expect(refused).toBe(401);
    session.close();
  });

  it('answers a start before the user has joined with 2301, and afterwards with an offer', async () => {
    const session = await GraphqlSession.open(api, { meetingID: 'sfu', fullName: 'Ben', role: 'VIEWER' });
    await session.next((frame) => frame.type === 'connection_ack');
    const socket = new WebSocket(url(session), { headers: { cookie: session.cookie } });
    await new Promise((resolve) => socket.once('open', resolve));
    const client = new SfuClient(socket);
    client.send(recorded('listenOnly', 'client->server', 'start'));
    expect(await client.next('error')).toMatchObject({ code: 2301, message: 'SFU_UNAUTHORIZED' });
    await session.enter();
    client.send(recorded('listenOnly', 'client->server', 'start'));
    await client.next('startResponse');
    client.close();
    session.close();
  });
});
