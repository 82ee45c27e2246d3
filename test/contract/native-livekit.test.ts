import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { uniqueToken } from '../../src/core/random.js';
import type { JoinPhase, Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec, LostReason } from '../../src/vu/attendee.js';
import { LIVEKIT_SERVER } from '../fakes/livekit-server.js';

interface UserState {
  readonly name: string;
  readonly cameras: number;
  readonly voice: { readonly muted: boolean; readonly talking: boolean } | null;
}

interface User {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly samples: Omit<Sample, 'atMs'>[];
  readonly state: { lost?: LostReason };
}

const never = new AbortController().signal;
let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
const open: Attendee[] = [];
let seq = 0;

describe.skipIf(LIVEKIT_SERVER === undefined)('native users over a real livekit-server', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger, line: '4.0', livekitServer: LIVEKIT_SERVER });
    api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
  }, 30_000);

  afterEach(async () => {
    for (const attendee of open.splice(0)) await attendee[Symbol.asyncDispose]();
  });

  afterAll(async () => {
    for (const one of [natives, api, sim]) await one?.[Symbol.asyncDispose]();
  });

  async function meeting(more: Readonly<Record<string, string>> = {}): Promise<string> {
    const meetingID = `livekit-${uniqueToken(8)}`;
    await api.create({ meetingID, name: meetingID, extra: more }, never);
    return meetingID;
  }

  async function joined(meetingId: string, more: Partial<AttendeeSpec> = {}): Promise<User> {
    const phases: JoinPhase[] = [];
    const samples: Omit<Sample, 'atMs'>[] = [];
    const onPhase = (phase: JoinPhase): void => void phases.push(phase);
    const state: User['state'] = {};
    const spec: AttendeeSpec = { seq: ++seq, name: `Native ${seq}`, role: 'pupil', meetingId, audio: 'none', webcam: false, cameraViews: 5, ...more };
    const attendee = await natives.create(spec, { sample: (sample) => samples.push(sample), phase: onPhase }, never);
    open.push(attendee);
    void attendee.lost.then((reason) => (state.lost = reason));
    await attendee.join(onPhase, never);
    if (spec.audio !== 'none') await attendee.connectAudio(spec.audio, onPhase, never);
    if (spec.webcam) await attendee.shareWebcam(never);
    return { attendee, phases, samples, state };
  }

  async function usersOf(meetingId: string): Promise<readonly UserState[]> {
    return ((await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${meetingId}`)).json()) as { users: readonly UserState[] }).users;
  }

  async function roomsOf(meetingId: string): Promise<readonly { readonly users: readonly UserState[] }[]> {
    return ((await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${meetingId}`)).json()) as { breakouts: readonly { users: readonly UserState[] }[] }).breakouts;
  }

  const stateOf = async (): Promise<{ readonly livekit: { readonly pid: number | null }; readonly servers: readonly { readonly media: { readonly audioSessions: number; readonly viewerSessions: number } }[] }> =>
    (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as never;
  const livekit = async (): Promise<{ readonly pid: number | null }> => (await stateOf()).livekit;
  /** Published in the room of a meeting, as LiveKit says. */
  async function tracksOf(meetingId: string): Promise<number> {
    return ((await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${meetingId}`)).json()) as { livekitTracks: number }).livekitTracks;
  }
  async function sfuStreams(): Promise<unknown> {
    const { audioSessions, viewerSessions } = (await stateOf()).servers[0]!.media;
    return { audioSessions, viewerSessions };
  }

  async function until<T>(ask: () => T | Promise<T>, enough: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (enough(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const errorsOf = ({ samples }: User): string[] => samples.filter(({ metric }) => metric === 'errors').map(({ tags }) => `${tags?.code} ${tags?.phase}`);
  /** On a machine that is too busy LiveKit may send somebody to join again; that is no failure of what is tested. */
  const failuresOf = (...users: readonly User[]): string[] => users.flatMap(errorsOf).filter((error) => !error.startsWith('MEDIA_INTERRUPTED'));
  const valuesOf = ({ samples }: User, metric: string): number[] => samples.filter((sample) => sample.metric === metric).map(({ value }) => value);

  it('a teacher is heard and seen by who listens, and the meeting knows of both', async () => {
    const id = await meeting();
    const teacher = await joined(id, { role: 'teacher', audio: 'microphone', webcam: true });
    const pupil = await joined(id, { audio: 'listen-only' });
    await until(() => pupil.phases, (phases) => phases.includes('first_audio') && phases.includes('first_video'));
    const users = await until(() => usersOf(id), (all) => all.length === 2 && all[0]?.cameras === 1 && all[0].voice?.talking === true && all[1]?.voice?.muted === true);
    expect(users[0]!.voice).toMatchObject({ muted: false });
    await until(() => Math.max(...valuesOf(pupil, 'audio_bitrate')), (kbps) => kbps > 10);
    await until(() => Math.max(...valuesOf(pupil, 'video_fps')), (fps) => fps > 5);
    await until(() => valuesOf(teacher, 'rtt').length, (count) => count > 0);
    expect(failuresOf(teacher, pupil)).toEqual([]);
    await teacher.attendee.leave(never);
    await until(() => usersOf(id), (all) => all.length === 1);
  });

  it('one who mutes takes the microphone from the room after 5 s, and can speak again', async () => {
    const id = await meeting();
    const speaker = await joined(id, { audio: 'microphone' });
    const listener = await joined(id, { audio: 'listen-only' });
    await until(() => listener.phases, (phases) => phases.includes('first_audio'));
    await speaker.attendee.act({ do: 'microphone', on: false }, never);
    await until(() => usersOf(id), ([first]) => first?.voice?.muted === true && !first.voice.talking);
    // Nothing is missing when nobody speaks: not a sample, not an error.
    await until(() => tracksOf(id), (tracks) => tracks === 0);
    await speaker.attendee.act({ do: 'microphone', on: true }, never);
    await until(() => tracksOf(id), (tracks) => tracks === 1);
    await until(() => listener.phases.filter((phase) => phase === 'first_audio').length, (count) => count >= 2);
    expect(failuresOf(speaker, listener)).toEqual([]);
  });

  it('pupils hang up to go into breakout rooms, hear there, and come back', async () => {
    const id = await meeting();
    const teacher = await joined(id, { role: 'teacher' });
    const pupils = [await joined(id, { audio: 'microphone' }), await joined(id, { audio: 'listen-only' })];
    await until(() => tracksOf(id), (tracks) => tracks === 1);
    const entering = Promise.all(pupils.map(({ attendee }) => attendee.act({ do: 'enter-breakout' }, never)));
    await teacher.attendee.act({ do: 'open-breakouts', rooms: 1, forMs: 5_000 }, never);
    await entering;
    await until(() => roomsOf(id), ([room]) => room?.users.filter(({ voice }) => voice !== null).length === 2);
    await until(() => usersOf(id), (users) => users.length === 3 && users.every(({ voice }) => voice === null));
    expect(await tracksOf(id)).toBe(0);
    await until(() => usersOf(id), (users) => users.filter(({ voice }) => voice !== null).length === 2);
    await until(() => tracksOf(id), (tracks) => tracks === 1);
    expect(failuresOf(teacher, ...pupils)).toEqual([]);
  });

  it('the presenter shows the screen, and takes it back', async () => {
    const id = await meeting();
    const teacher = await joined(id, { role: 'teacher' });
    const pupil = await joined(id);
    await teacher.attendee.act({ do: 'share-screen', on: true }, never);
    await until(() => valuesOf(pupil, 'screen_start').length, (count) => count > 0);
    await teacher.attendee.act({ do: 'share-screen', on: false }, never);
    expect(failuresOf(pupil)).toEqual([]);
  });

  it('a meeting may have its sound over LiveKit and its cameras over the SFU', async () => {
    const id = await meeting({ cameraBridge: 'bbb-webrtc-sfu', screenShareBridge: 'bbb-webrtc-sfu' });
    const teacher = await joined(id, { role: 'teacher', audio: 'microphone', webcam: true });
    const pupil = await joined(id, { audio: 'listen-only' });
    await until(() => pupil.phases, (phases) => phases.includes('first_audio') && phases.includes('first_video'));
    expect(await sfuStreams()).toEqual({ audioSessions: 0, viewerSessions: 1 });
    expect(failuresOf(teacher, pupil)).toEqual([]);
  });

  it('users come back by themselves when the livekit-server was killed', async () => {
    const id = await meeting();
    const teacher = await joined(id, { role: 'teacher', audio: 'microphone', webcam: true });
    const pupil = await joined(id, { audio: 'listen-only' });
    await until(() => pupil.phases, (phases) => phases.includes('first_audio') && phases.includes('first_video'));
    const { pid } = await livekit();
    process.kill(pid!, 'SIGKILL');
    for (const user of [teacher, pupil]) await until(() => valuesOf(user, 'media_reconnect_time').length, (count) => count > 0);
    await until(() => pupil.phases.filter((phase) => phase === 'first_audio').length, (count) => count >= 2);
    await until(() => pupil.phases.filter((phase) => phase === 'first_video').length, (count) => count >= 2);
    await until(() => usersOf(id), (users) => users[0]?.cameras === 1);
    expect((await livekit()).pid).not.toBe(pid);
    for (const user of [teacher, pupil]) expect(new Set(errorsOf(user))).toEqual(new Set(['MEDIA_INTERRUPTED audio']));
    expect([teacher.state.lost, pupil.state.lost]).toEqual([undefined, undefined]);
  });
});
