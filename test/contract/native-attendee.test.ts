import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { JoinPhase, Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { RTP_MIN_BYTES } from '../../src/rtc/rtp.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec, LostReason } from '../../src/vu/attendee.js';

interface MeetingState {
  readonly page: number;
  readonly reactions: number;
  readonly screenShared: boolean;
  readonly chatMessages: readonly { readonly senderName: string; readonly text: string }[];
  readonly users: readonly { readonly name: string; readonly role: string; readonly raisedHand: boolean; readonly cameras: number; readonly voice: { readonly listenOnly: boolean; readonly muted: boolean; readonly talking: boolean } | null }[];
}

interface User {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly samples: Omit<Sample, 'atMs'>[];
  readonly onPhase: (phase: JoinPhase) => void;
  /** Set once it is lost. */
  readonly state: { lost?: LostReason };
}

const never = new AbortController().signal;
/** Waits of the client are 10 s and 30 s; tests have them twenty times as fast, and the server its own time. */
const FASTER = 20;
const hasty: Clock = {
  nowMs: () => systemClock.nowMs() * FASTER,
  wallMs: () => systemClock.wallMs(),
  sleepUntil: (atMs, signal) => systemClock.sleepUntil(atMs / FASTER, signal),
};

let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
let hastyNatives: NativeAttendees;
const open: Attendee[] = [];
let seq = 0;
let meetings = 0;
/** By name: each try of a test has meetings of its own. */
const ids = new Map<string, string>();
const idOf = (meeting: string): string => ids.get(meeting) ?? meeting;

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
  hastyNatives = new NativeAttendees({ api, clock: hasty, logger: silentLogger });
});

afterEach(async () => {
  await faults();
  for (const attendee of open.splice(0)) await attendee[Symbol.asyncDispose]();
});

afterAll(async () => {
  for (const one of [natives, hastyNatives, api, sim]) await one?.[Symbol.asyncDispose]();
});

async function faults(...wanted: readonly string[]): Promise<void> {
  await fetch(`${new URL(sim.url).origin}/sim/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wanted) });
}

async function create(meetingId: string, more: Partial<AttendeeSpec> = {}, from = natives): Promise<User> {
  const phases: JoinPhase[] = [];
  const samples: Omit<Sample, 'atMs'>[] = [];
  const onPhase = (phase: JoinPhase): void => void phases.push(phase);
  const state: User['state'] = {};
  const attendee = await from.create({ seq: ++seq, name: `Native ${seq}`, role: 'pupil', meetingId: idOf(meetingId), audio: 'none', webcam: false, cameraViews: 5, ...more }, { sample: (sample) => samples.push(sample), phase: onPhase }, never);
  open.push(attendee);
  void attendee.lost.then((reason) => (state.lost = reason));
  return { attendee, phases, samples, onPhase, state };
}

async function joined(meetingId: string, more: Partial<AttendeeSpec> = {}, from = natives): Promise<User> {
  const user = await create(meetingId, more, from);
  await user.attendee.join(user.onPhase, never);
  if (more.audio !== undefined && more.audio !== 'none') await user.attendee.connectAudio(more.audio, user.onPhase, never);
  if (more.webcam === true) await user.attendee.shareWebcam(never);
  return user;
}

async function meeting(name: string): Promise<string> {
  const meetingID = `${name}-${++meetings}`;
  ids.set(name, meetingID);
  await api.create({ meetingID, name }, never);
  return meetingID;
}

async function stateOf(meetingId: string): Promise<MeetingState> {
  return (await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${idOf(meetingId)}`)).json()) as MeetingState;
}

async function until<T>(ask: () => T | Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function mediaIn(): Promise<{ readonly packetsIn: number; readonly bytesIn: number }> {
  const { media } = (await (await fetch(`${new URL(sim.servers[0]!.url).origin}/sim/state`)).json()) as { readonly media: { readonly packetsIn: number; readonly bytesIn: number } };
  return media;
}

const errorsOf = ({ samples }: User): string[] => samples.filter(({ metric }) => metric === 'errors').map(({ tags }) => `${tags?.code} ${tags?.phase}`);
const valuesOf = ({ samples }: User, metric: string): number[] => samples.filter((sample) => sample.metric === metric).map(({ value }) => value);

describe('a native user', () => {
  it('joins in phases: server found, socket accepted, ready', async () => {
    const user = await create(await meeting('attendee-join'), { role: 'teacher' });
    const { server } = await user.attendee.join(user.onPhase, never);
    expect(user.phases).toEqual(['api', 'socket', 'ready']);
    expect(server).toBe(new URL(sim.servers[0]!.url).host);
    expect((await stateOf('attendee-join')).users).toMatchObject([{ role: 'MODERATOR' }]);
  });

  it('listens, muted, as the recorded client tells the meeting', async () => {
    await meeting('attendee-listen');
    const user = await joined('attendee-listen', { audio: 'listen-only' });
    const { users } = await until(() => stateOf('attendee-listen'), (state) => state.users[0]?.voice?.muted === true);
    expect(users[0]!.voice).toMatchObject({ listenOnly: true, muted: true });
    await until(() => user.phases, (phases) => phases.includes('first_audio'));
  });

  it('speaks, shows its camera, writes, raises its hand, and leaves', async () => {
    await meeting('attendee-steps');
    const user = await joined('attendee-steps', { role: 'teacher', audio: 'microphone', webcam: true });
    await user.attendee.sendChat('Good morning', never);
    await user.attendee.sendChat('Good morning', never);
    await user.attendee.raiseHand(never);
    const { users, chatMessages } = await until(() => stateOf('attendee-steps'), (state) => state.users[0]?.cameras === 1);
    expect(users[0]).toMatchObject({ raisedHand: true, cameras: 1, voice: { listenOnly: false, muted: false } });
    expect(chatMessages.map(({ text }) => text)).toEqual(['Good morning', 'Good morning']);
    await user.attendee.leave(never);
    expect((await stateOf('attendee-steps')).users).toEqual([]);
    expect(user.state.lost).toBeUndefined();
    expect(errorsOf(user)).toEqual([]);
  });

  it('views cameras as many as its page has, and a late one begins with a key frame on request', async () => {
    await meeting('attendee-views');
    const senders = await Promise.all(Array.from({ length: 3 }, () => joined('attendee-views', { role: 'teacher', webcam: true, cameraViews: 0 })));
    const late = await joined('attendee-views', { cameraViews: 2 });
    await until(() => valuesOf(late, 'video_fps').length, (count) => count >= 2);
    expect(late.phases).toContain('first_video');
    // Key frames come by themselves once in four seconds; a sender that was asked sends one at the next of its 15 frames.
    expect(senders.flatMap((sender) => valuesOf(sender, 'key_frame_requests')).reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0);
    const views = (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { servers: { media: { viewerSessions: number } }[] };
    expect(views.servers[0]!.media.viewerSessions).toBe(2);
  });

  it('keeps alive every 10 s, and measures the round trips that the client measures', async () => {
    await meeting('attendee-alive');
    const user = await joined('attendee-alive', {}, hastyNatives);
    await until(() => valuesOf(user, 'application_rtt').length, (count) => count >= 3);
    expect(valuesOf(user, 'network_rtt').length).toBeGreaterThanOrEqual(3);
    expect(errorsOf(user)).toEqual([]);
  });
});

describe('a native user that reloads or loses its network', () => {
  // Seen once in some twenty runs of a busy machine: the new audio leg fails at once and is made again, as a client would. Why is not known yet.
  it('is in again with its sound after a reload, as one person', { retry: 2 }, async () => {
    const id = await meeting(`attendee-reload-${++seq}`);
    const user = await joined(id, { audio: 'listen-only' });
    await user.attendee.sendChat('before', never);
    await user.attendee.reload(never);
    const { users } = await stateOf(id);
    expect(users).toMatchObject([{ voice: { listenOnly: true } }]);
    await user.attendee.sendChat('after', never);
    expect((await stateOf(id)).chatMessages.map(({ text }) => text)).toEqual(['before', 'after']);
    expect(errorsOf(user)).toEqual([]);
    expect(user.state.lost).toBeUndefined();
    // The join is measured once.
    expect(user.phases.filter((phase) => phase === 'ready' || phase === 'audio')).toEqual(['ready', 'audio']);
    await user.attendee.leave(never);
    expect((await stateOf(id)).users).toEqual([]);
  });

  it('is lost when the reload does not bring it back', async () => {
    await meeting('attendee-reload-fails');
    const user = await joined('attendee-reload-fails');
    await faults('graphql-refuse');
    await expect(user.attendee.reload(never)).rejects.toMatchObject({ code: 'GRAPHQL_REFUSED' });
    expect((await user.attendee.lost).code).toBe('CONNECTION_LOST');
  });

  it('comes back by itself, with sound and picture, when the network was away for a while', async () => {
    await meeting('attendee-network');
    const teacher = await joined('attendee-network', { role: 'teacher', audio: 'microphone', webcam: true }, hastyNatives);
    await until(() => stateOf('attendee-network'), ({ users }) => users[0]?.cameras === 1);
    await teacher.attendee.loseNetwork(15_000, never);
    await until(() => stateOf('attendee-network'), ({ users }) => users[0]!.voice === null && users[0]!.cameras === 0);
    await until(() => stateOf('attendee-network'), ({ users }) => users[0]!.voice !== null && users[0]!.cameras === 1);
    await until(() => valuesOf(teacher, 'reconnect_time').length, (count) => count === 1);
    // Cut at once, tried 10 s later in vain, and again after another 10 s.
    expect(errorsOf(teacher).filter((one) => one === 'CONNECTION_INTERRUPTED stay')).toHaveLength(2);
    expect(valuesOf(teacher, 'reconnect_time')[0]!).toBeGreaterThanOrEqual(19_000);
    expect(errorsOf(teacher)).toEqual(expect.arrayContaining(['WEBSOCKET_DISCONNECTED audio', 'WEBSOCKET_DISCONNECTED video']));
    expect(teacher.state.lost).toBeUndefined();
  }, 30_000);

  it('is lost when the network stays away for more than 30 s', async () => {
    await meeting('attendee-network-gone');
    const user = await joined('attendee-network-gone', {}, hastyNatives);
    await user.attendee.loseNetwork(60_000, never);
    expect((await user.attendee.lost).code).toBe('CONNECTION_LOST');
  });
});

describe('native users on a server', () => {
  it('are seen in getMeetings and in /metrics, as bigbluebutton-exporter shows them', async () => {
    await using own = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
    await using itsApi = new BbbApi({ url: own.url, secret: own.secret }, { clock: systemClock });
    await using factory = new NativeAttendees({ api: itsApi, clock: systemClock, logger: silentLogger });
    await itsApi.create({ meetingID: 'metrics', name: 'Metrics' }, never);
    await joined('metrics', { role: 'teacher', audio: 'microphone', webcam: true }, factory);
    await joined('metrics', { audio: 'listen-only' }, factory);
    await joined('metrics', {}, factory);
    const metrics = async (): Promise<string> => (await fetch(`${new URL(own.servers[0]!.url).origin}/metrics`)).text();
    const text = await until(metrics, (one) => one.includes('\nbbb_meetings_video_participants 1\n'));
    const value = (name: string): number => Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ').at(-1));
    expect(value('bbb_meetings')).toBe(1);
    expect(value('bbb_meetings_participants')).toBe(3);
    expect([value('bbb_meetings_listeners'), value('bbb_meetings_voice_participants')]).toEqual([1, 1]);
    expect([value('bbb_room_participants_bucket{le="1"}'), value('bbb_room_participants_bucket{le="5"}'), value('bbb_room_participants_sum')]).toEqual([0, 1, 3]);
    expect((await itsApi.getMeetings(never))[0]).toMatchObject({ participants: 3, listeners: 1, voiceParticipants: 1, videos: 1 });
  });
});

describe('a native user that is refused', () => {
  it.each([
    ['a meeting that does not exist', 'attendee-nowhere', [], 'MEETING_NOT_FOUND'],
    ['a server that is full', 'attendee-full', ['full'], 'MEETING_FULL'],
    ['a middleware that takes no more connections', 'attendee-limit', ['graphql-refuse'], 'GRAPHQL_REFUSED'],
  ] as const)('by %s fails with its code', async (_what, meetingId, wanted, code) => {
    if (code !== 'MEETING_NOT_FOUND') await meeting(meetingId);
    await faults(...wanted);
    const user = await create(meetingId);
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code });
    expect(user.phases).not.toContain('ready');
  });

  it('counts each operation that a limit of the middleware refuses, and is in all the same', async () => {
    await using strict = await startSim({ servers: 1, limits: { maxConcurrentSubscriptions: 10, maxMutationsPerMinute: 5 }, clock: systemClock, logger: silentLogger });
    await using itsApi = new BbbApi({ url: strict.url, secret: strict.secret }, { clock: systemClock });
    await using factory = new NativeAttendees({ api: itsApi, clock: systemClock, logger: silentLogger });
    await itsApi.create({ meetingID: 'strict', name: 'Strict' }, never);
    const user = await joined('strict', { role: 'teacher' }, factory);
    await until(() => errorsOf(user), (errors) => errors.length >= 10);
    expect(new Set(errorsOf(user).map((one) => one.split(' ')[0]))).toEqual(new Set(['GRAPHQL_LIMIT']));
    await expect(user.attendee.raiseHand(never)).rejects.toMatchObject({ code: 'STEP_FAILED', message: expect.stringContaining('imit') as string });
  });

  it('waits no longer than it is told when joined never comes', async () => {
    await meeting('attendee-never');
    await faults('join-never');
    const user = await create('attendee-never');
    const impatient = new AbortController();
    const joining = user.attendee.join(user.onPhase, impatient.signal);
    await until(() => user.phases, (phases) => phases.includes('socket'));
    impatient.abort(new Error('time is up'));
    await expect(joining).rejects.toThrow('time is up');
    expect(user.phases).toEqual(['api', 'socket']);
  });

  it('fails in time when the server answers too slowly', async () => {
    await meeting('attendee-slow');
    await faults('api-delay=3000');
    const user = await create('attendee-slow', {}, hastyNatives);
    const slow = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: hasty });
    const factory = new NativeAttendees({ api: slow, clock: hasty, logger: silentLogger });
    const hurried = await create('attendee-slow', {}, factory);
    await expect(hurried.attendee.join(hurried.onPhase, never)).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    expect(hurried.phases).toEqual([]);
    // The other is patient with the API, but its own requests to the server are late as well.
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    expect(user.phases).toEqual(['api']);
    await factory[Symbol.asyncDispose]();
    await slow[Symbol.asyncDispose]();
  });

  it('tries audio again as the client does, counts each refusal by its code, and then fails', async () => {
    await meeting('attendee-no-audio');
    const user = await joined('attendee-no-audio', {}, hastyNatives);
    await faults('no-audio');
    await expect(user.attendee.connectAudio('listen-only', user.onPhase, never)).rejects.toMatchObject({ code: 'AUDIO_FAILED' });
    expect(errorsOf(user)).toEqual(Array.from({ length: 5 }, () => 'MEDIA_SERVER_OFFLINE audio'));
    expect(user.phases).not.toContain('audio');
  });
});

describe('a native user in mid-lesson', () => {
  it('counts a dropped socket and comes back', async () => {
    await meeting('attendee-drop');
    await faults('graphql-drop-after=1500');
    const user = await joined('attendee-drop', {}, hastyNatives);
    await until(() => errorsOf(user), (errors) => errors.length > 0);
    await faults();
    await until(() => valuesOf(user, 'reconnect_time').length, (count) => count > 0);
    expect(errorsOf(user)[0]).toBe('CONNECTION_INTERRUPTED stay');
    expect(valuesOf(user, 'reconnect_time')[0]!).toBeGreaterThanOrEqual(9_000);
    expect(user.state.lost).toBeUndefined();
    expect((await stateOf('attendee-drop')).users).toHaveLength(1);
    await user.attendee.raiseHand(never);
  });

  it('is lost when the meeting ends under it', async () => {
    await meeting('attendee-end');
    const user = await joined('attendee-end', { audio: 'listen-only' });
    await api.end(idOf('attendee-end'), never);
    const reason = await user.attendee.lost;
    expect(reason.code).toBe('KICKED');
    expect(reason.message).toContain('ENDED_FROM_API');
  });

  it('is lost when it is removed', async () => {
    await meeting('attendee-eject');
    await faults('eject-after=500');
    const user = await joined('attendee-eject');
    expect((await user.attendee.lost).code).toBe('KICKED');
  });

  it('hears when nothing is heard any more', async () => {
    await meeting('attendee-silent');
    await faults('no-media');
    const user = await joined('attendee-silent', { audio: 'listen-only' });
    await until(() => errorsOf(user), (errors) => errors.includes('MEDIA_NOT_FLOWING audio'));
    expect(user.phases).not.toContain('first_audio');
    expect(Math.max(...valuesOf(user, 'audio_bitrate'))).toBe(0);
  });

  it('is lost, not fine, when its server dies', async () => {
    const mortal = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
    const itsApi = new BbbApi({ url: mortal.url, secret: mortal.secret }, { clock: systemClock });
    const factory = new NativeAttendees({ api: itsApi, clock: hasty, logger: silentLogger });
    try {
      await itsApi.create({ meetingID: 'attendee-death', name: 'Death' }, never);
      const user = await joined('attendee-death', { audio: 'listen-only' }, factory);
      await mortal[Symbol.asyncDispose]();
      expect((await user.attendee.lost).code).toBe('CONNECTION_LOST');
      const errors = errorsOf(user);
      // It tried to come back: first at once, then every 10 s.
      expect(errors.filter((one) => one === 'CONNECTION_INTERRUPTED stay').length).toBeGreaterThanOrEqual(3);
      expect(errors.some((one) => one.endsWith(' audio'))).toBe(true);
      await expect(user.attendee.raiseHand(never)).rejects.toMatchObject({ code: 'STEP_FAILED' });
    } finally {
      await factory[Symbol.asyncDispose]();
      await itsApi[Symbol.asyncDispose]();
      await mortal[Symbol.asyncDispose]();
    }
  }, 30_000);

  it('is gone from the server when it is disposed of in mid-sentence', async () => {
    await meeting('attendee-dispose');
    const user = await joined('attendee-dispose', { role: 'teacher', audio: 'microphone', webcam: true });
    await user.attendee[Symbol.asyncDispose]();
    const media = async (): Promise<number> => {
      const { servers } = (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { servers: { media: { sockets: number } }[] };
      return servers[0]!.media.sockets;
    };
    expect(await until(media, (sockets) => sockets === 0)).toBe(0);
    expect(user.state.lost).toBeUndefined();
  });
});

describe('what native users do in a lesson', () => {
  it('turns pages that everybody sees, shows emojis, mutes the meeting and itself', async () => {
    const id = await meeting('actions');
    const teacher = await joined(id, { role: 'teacher', audio: 'microphone' });
    const pupil = await joined(id, { audio: 'microphone' });
    await teacher.attendee.act({ do: 'next-slide' }, never);
    await teacher.attendee.act({ do: 'next-slide' }, never);
    await pupil.attendee.act({ do: 'react' }, never);
    expect((await stateOf(id)).page).toBe(3);
    expect((await stateOf(id)).reactions).toBe(1);
    await teacher.attendee.act({ do: 'mute-meeting', on: true }, never);
    await until(() => stateOf(id), ({ users }) => users.map(({ role, voice }) => `${role} ${voice?.muted}`).join() === 'MODERATOR false,VIEWER true');
    await teacher.attendee.act({ do: 'microphone', on: false }, never);
    await until(() => stateOf(id), ({ users }) => users[0]?.voice?.muted === true);
    // Both are muted now, and go on sending.
    let before = await mediaIn();
    await until(async () => {
      const now = await mediaIn();
      const [packets, bytes] = [now.packetsIn - before.packetsIn, now.bytesIn - before.bytesIn];
      before = packets > 0 ? now : before;
      return packets > 0 ? bytes / packets : Number.POSITIVE_INFINITY;
    }, (bytesPerPacket) => bytesPerPacket <= RTP_MIN_BYTES + 3);
    await teacher.attendee.act({ do: 'microphone', on: true }, never);
    await until(() => stateOf(id), ({ users }) => users[0]?.voice?.muted === false);
  }, 30_000);

  it('is heard again when it had muted itself and then comes back with its sound', async () => {
    const id = await meeting('actions-anew');
    const teacher = await joined(id, { role: 'teacher', audio: 'microphone' });
    const pupil = await joined(id, { audio: 'listen-only' });
    await teacher.attendee.act({ do: 'microphone', on: false }, never);
    await until(() => stateOf(id), ({ users }) => users[0]?.voice?.muted === true);
    await teacher.attendee.reload(never);
    await until(() => stateOf(id), ({ users }) => users.some(({ role, voice }) => role === 'MODERATOR' && voice?.muted === false && voice.talking));
    // Of silence there comes about one.
    const before = valuesOf(pupil, 'audio_bitrate').length;
    await until(() => valuesOf(pupil, 'audio_bitrate').slice(before), (kbps) => kbps.some((one) => one > 5));
  }, 30_000);

  it('does not do what only the presenter may', async () => {
    const id = await meeting('actions-pupil');
    await joined(id, { role: 'teacher' });
    const pupil = await joined(id);
    await expect(pupil.attendee.act({ do: 'next-slide' }, never)).rejects.toMatchObject({ code: 'STEP_FAILED', message: expect.stringContaining('only the presenter') as string });
    await expect(pupil.attendee.act({ do: 'mute-meeting', on: true }, never)).rejects.toMatchObject({ code: 'STEP_FAILED' });
    await expect(pupil.attendee.act({ do: 'microphone', on: true }, never)).rejects.toMatchObject({ code: 'STEP_FAILED' });
  }, 30_000);

  it('shares a screen that others see within a picture of their own, and takes it away again', async () => {
    const id = await meeting('screen');
    const teacher = await joined(id, { role: 'teacher' });
    const early = await joined(id);
    await teacher.attendee.act({ do: 'share-screen', on: true }, never);
    const late = await joined(id);
    for (const viewer of [early, late]) {
      await until(() => valuesOf(viewer, 'screen_start').length, (count) => count === 1);
      await until(() => valuesOf(viewer, 'screen_bitrate').at(-1) ?? 0, (kbits) => kbits > 0);
      // Nothing of it counts as a camera.
      expect(viewer.samples.filter(({ metric }) => metric.startsWith('video_'))).toEqual([]);
    }
    await teacher.attendee.act({ do: 'share-screen', on: false }, never);
    expect([...errorsOf(teacher), ...errorsOf(early), ...errorsOf(late)]).toEqual([]);
    expect((await stateOf(id)).screenShared).toBe(false);
  }, 60_000);
});
