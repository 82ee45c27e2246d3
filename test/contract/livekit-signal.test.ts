import { DisconnectReason, JoinResponse, LeaveRequest, LeaveRequest_Action, ParticipantInfo, RoomMovedResponse, SessionDescription, SignalRequest, SignalResponse, SignalTarget, TrackInfo, TrackPublishedResponse, TrackType } from '@livekit/protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import type { Discovery } from '../../src/native/discovery.js';
import { Room, type RoomEvents } from '../../src/native/livekit/room.js';
import type { MediaSource, RoomMedia, SessionListener } from '../../src/native/media/media-pool.js';
import type { SfuLink } from '../../src/native/sfu-link.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

/** What a server may do to a client in mid-call, said by a server of our own: a real one cannot be told to (livekit_rtc.proto). */
let server: WebSocketServer;
let sockets: { readonly socket: WebSocket; readonly token: string | null; readonly heard: SignalRequest['message'][] }[];
let rooms: Room[];
let wake: () => void;

beforeEach(async () => {
  sockets = [];
  rooms = [];
  wake = () => undefined;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket, { url }) => {
    const one = { socket, token: new URL(url!, 'ws://x').searchParams.get('access_token'), heard: [] as SignalRequest['message'][] };
    sockets.push(one);
    socket.on('message', (data: Buffer) => {
      const { message } = SignalRequest.fromBinary(data);
      one.heard.push(message);
      if (message.case === 'addTrack') say(one.socket, { case: 'trackPublished', value: new TrackPublishedResponse({ cid: message.value.cid, track: new TrackInfo({ sid: `TR_${sockets.length}` }) }) });
      if (message.case === 'offer') say(one.socket, { case: 'answer', value: new SessionDescription({ type: 'answer', sdp: 'v=0' }) });
      wake();
    });
    socket.on('close', () => wake());
    say(socket, { case: 'join', value: new JoinResponse({ participant: new ParticipantInfo({ sid: 'PA_me' }), otherParticipants: [speaker('PA_1', 'TR_voice')], pingInterval: 1, pingTimeout: 3 }) });
    say(socket, { case: 'offer', value: new SessionDescription({ type: 'offer', sdp: 'v=0' }) });
    wake();
  });
});

afterEach(async () => {
  for (const room of rooms) room.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function say(socket: WebSocket, message: SignalResponse['message']): void {
  socket.send(new SignalResponse({ message }).toBinary());
}

function speaker(sid: string, trackSid: string): ParticipantInfo {
  return new ParticipantInfo({ sid, identity: sid, tracks: [new TrackInfo({ sid: trackSid, type: TrackType.AUDIO, name: `${sid}|audio` })] });
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise<void>((resolve) => (wake = resolve));
}

/** Media that connects as soon as it has been described. */
const media: MediaSource = {
  open: () => {
    throw new Error('no SFU here');
  },
  openRoom: (_request, listener: SessionListener): RoomMedia => {
    const described = (): void => {
      listener.described('v=0');
      listener.connected();
    };
    return { answer: () => undefined, answered: () => undefined, mute: () => undefined, close: () => undefined, offer: described, answerTo: described, candidate: () => undefined, send: () => undefined };
  },
};

interface Seen {
  readonly happened: string[];
}

function room(tokens: readonly string[], clock: SfuLink['clock'] = systemClock): Room & Seen {
  const { port } = server.address() as { port: number };
  const discovery: Discovery = { origin: '', graphqlUrl: '', sfuUrl: '', livekitUrl: '', bridges: { audio: 'livekit', camera: 'livekit', screen: 'livekit' }, line: '4.0', iceServers: [], cookie: '', bindAddress: '127.0.0.1' };
  const link: SfuLink = { discovery, media, clock, frame: () => ({}), listeningRole: '', offline: () => false, signal: new AbortController().signal, from: 0, marksBehindMs: undefined, relayOnly: false };
  const happened: string[] = [];
  const note = (what: string): void => {
    happened.push(what);
    wake();
  };
  const left = [...tokens];
  const events: RoomEvents = {
    connected: () => note('connected'),
    changed: () => {
      note('changed');
      one.subscribe(new Set(one.tracks.map(({ sid }) => sid)));
    },
    published: (key, sid) => note(`published ${key} ${sid}`),
    interrupted: () => note('interrupted'),
    failed: (why) => note(why),
    first: () => undefined,
    measured: () => undefined,
  };
  const one = new Room({ link, url: `ws://127.0.0.1:${port}/livekit`, token: () => (left.length > 1 ? left.shift() : left[0]), events });
  rooms.push(one);
  one.publish('microphone', { name: 'voice', sending: { asset: 'speech', from: 0 } });
  one.start();
  return Object.assign(one, { happened });
}

const subscriptionsOf = (place: number): readonly string[] => (sockets[place]?.heard ?? []).flatMap((message) => (message.case === 'subscription' ? [`${message.value.subscribe ? '+' : '-'}${message.value.trackSids.join(' ')}`] : []));
const leave = (action: LeaveRequest_Action, reason: DisconnectReason): SignalResponse['message'] => ({ case: 'leave', value: new LeaveRequest({ action, reason }) });

describe('a native user in a LiveKit room', () => {
  it.each([
    ['to join again', LeaveRequest_Action.RECONNECT, DisconnectReason.STATE_MISMATCH],
    ['to resume, which it cannot: it joins again', LeaveRequest_Action.RESUME, DisconnectReason.UNKNOWN_REASON],
    ['that the server shuts down: it joins the next', LeaveRequest_Action.DISCONNECT, DisconnectReason.SERVER_SHUTDOWN],
  ])('is told %s, with the meeting’s newest token, and publishes and receives as before', async (_name, action, reason) => {
    const user = room(['first', 'second']);
    await until(() => user.happened.includes('published microphone TR_1') && subscriptionsOf(0).length > 0);
    say(sockets[0]!.socket, leave(action, reason));
    await until(() => user.happened.includes('published microphone TR_2') && subscriptionsOf(1).length > 0);
    expect(sockets.map(({ token }) => token)).toEqual(['first', 'second']);
    expect(user.happened.filter((what) => what !== 'changed')).toEqual(['connected', 'published microphone TR_1', 'interrupted', 'connected', 'published microphone TR_2']);
    expect([subscriptionsOf(0), subscriptionsOf(1)]).toEqual([['+TR_voice'], ['+TR_voice']]);
  });

  it('is removed: it stays away, and says why', async () => {
    const user = room(['first']);
    await until(() => user.happened.includes('connected'));
    say(sockets[0]!.socket, leave(LeaveRequest_Action.DISCONNECT, DisconnectReason.PARTICIPANT_REMOVED));
    await until(() => sockets[0]!.socket.readyState === sockets[0]!.socket.CLOSED);
    expect(user.happened.at(-1)).toBe('the LiveKit server ended the connection (PARTICIPANT_REMOVED)');
    expect(sockets).toHaveLength(1);
  });

  it('is moved to another room: it receives who is there, and nobody it has left', async () => {
    const user = room(['first']);
    await until(() => subscriptionsOf(0).length > 0);
    say(sockets[0]!.socket, { case: 'roomMoved', value: new RoomMovedResponse({ participant: new ParticipantInfo({ sid: 'PA_moved' }), otherParticipants: [speaker('PA_2', 'TR_other')] }) });
    await until(() => subscriptionsOf(0).length > 1);
    expect(user.tracks.map(({ sid }) => sid)).toEqual(['TR_other']);
    expect(subscriptionsOf(0)).toEqual(['+TR_voice', '+TR_other']);
    expect(user.happened).not.toContain('interrupted');
  });

  it('hears nothing any more, not even a pong: it joins again', async () => {
    const clock = new VirtualClock();
    const user = room(['first'], clock);
    // The last that the server says of itself.
    await until(() => user.happened.includes('published microphone TR_1'));
    await clock.advanceTo(4_100);
    await until(() => user.happened.includes('interrupted'));
    await clock.advanceTo(4_101);
    await until(() => sockets.length === 2);
    expect(sockets[0]!.heard.map(({ case: kind }) => kind).filter((kind) => kind === 'ping')).toHaveLength(3);
  });

  it('joins by protobuf that answers for the kind of peer, and ignores what is none', async () => {
    const user = room(['first']);
    await until(() => user.happened.includes('connected'));
    sockets[0]!.socket.send('no protobuf');
    sockets[0]!.socket.send(Buffer.from([255, 255, 255]));
    say(sockets[0]!.socket, { case: 'trickle', value: { candidateInit: 'no JSON', target: SignalTarget.SUBSCRIBER } as never });
    await until(() => user.happened.includes('published microphone TR_1'));
    expect(sockets[0]!.heard.flatMap(({ case: kind }) => (kind === 'answer' || kind === 'offer' ? [kind] : []))).toEqual(['answer', 'offer']);
  });
});
