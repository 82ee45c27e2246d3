import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { BrowserAttendees } from '../../src/browser/attendees.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { uniqueToken } from '../../src/core/random.js';
import type { Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeFactory, AttendeeSpec } from '../../src/vu/attendee.js';
import type { Sight } from '../../src/vu/notice.js';
import { LIVEKIT_SERVER } from '../fakes/livekit-server.js';
import { browserForTests } from '../fakes/test-browser.js';

interface User {
  readonly attendee: Attendee;
  readonly sights: Sight[];
  readonly samples: Omit<Sample, 'atMs'>[];
}

interface MeetingState {
  readonly shapes: number;
  readonly writers: number;
  readonly polls: readonly { readonly published: boolean; readonly answers: readonly { readonly count: number }[] }[];
  readonly breakouts: readonly { readonly users: readonly { readonly name: string; readonly voice: { readonly listenOnly: boolean } | null }[] }[];
  readonly users: readonly { readonly name: string; readonly voice: { readonly listenOnly: boolean; readonly muted: boolean } | null }[];
}

const never = new AbortController().signal;
const LIMITS = { readyTimeoutMs: 20_000, audioTimeoutMs: 20_000, stepTimeoutMs: 20_000 };

/** Both at once, each lesson after the other: they mostly wait for polls and breakout rooms to end. */
describe.concurrent.each(['3.0', '4.0'] as const)('browser users in a lesson of %s, with native ones', (line) => {
  const open: Attendee[] = [];
  let folder: string;
  let sim: Sim;
  let api: BbbApi;
  let natives: NativeAttendees;
  let browsers: BrowserAttendees;
  let seq = 0;

  const livekitServer = line === '4.0' ? LIVEKIT_SERVER : undefined;
  if (line === '4.0' && livekitServer === undefined) {
    // Skipped, not passed: the simulator's 4.0 does not start without one (scripts/livekit-server.mjs builds it).
    it.skip('needs a livekit-server', () => undefined);
    return;
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firstbell-lesson-'));
    sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger, line, livekitServer });
    api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
    const evidence = { dir: folder, name: 'evidence', maxScreenshots: 5, secrets: [] };
    browsers = new BrowserAttendees({ api, executablePath: browserForTests(), root: process.getuid?.() === 0, launches: 1, usersPerBrowser: 4, limits: LIMITS, evidence, userdata: { bbb_show_session_details_on_join: false }, clock: systemClock, logger: silentLogger });
  }, 60_000);

  afterEach(async () => {
    for (const attendee of open.splice(0)) await attendee[Symbol.asyncDispose]();
  });

  afterAll(async () => {
    for (const one of [browsers, natives, api, sim]) await one?.[Symbol.asyncDispose]();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function enter(factory: AttendeeFactory, meetingId: string, role: AttendeeSpec['role'], audio: AttendeeSpec['audio'] = 'none'): Promise<User> {
    const sights: Sight[] = [];
    const samples: User['samples'] = [];
    const attendee = await factory.create({ seq: ++seq, name: `${factory.kind} ${role} ${seq}`, role, meetingId, audio, webcam: false, cameraViews: 0 }, { sample: (sample) => samples.push(sample), phase: () => undefined, sees: (sight) => sights.push(sight) }, never);
    open.push(attendee);
    await attendee.join(() => undefined, never);
    if (audio !== 'none') await attendee.connectAudio(audio, () => undefined, never);
    return { attendee, sights, samples };
  }

  async function meeting(): Promise<string> {
    const id = `lesson-${uniqueToken(8)}`;
    // Sound over the SFU in 4.0, too: LiveKit's server is not everywhere.
    await api.create({ meetingID: id, name: 'Lesson', extra: line === '4.0' ? { audioBridge: 'bbb-webrtc-sfu', cameraBridge: 'bbb-webrtc-sfu', screenShareBridge: 'bbb-webrtc-sfu' } : {} }, never);
    return id;
  }

  async function stateOf(meetingId: string): Promise<MeetingState> {
    return (await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${meetingId}`)).json()) as MeetingState;
  }

  const seen = ({ sights }: User, kind: string): number => sights.filter((sight) => sight.is === 'seen' && sight.kind === kind).length;
  const errorsOf = (...users: readonly User[]): unknown[] => users.flatMap(({ samples }) => samples.filter(({ metric }) => metric === 'errors').map(({ tags }) => tags));

  it.sequential('ask and answer, and publish what was answered', async ({ expect }) => {
    const id = await meeting();
    const teacher = await enter(browsers, id, 'teacher');
    const [pupil, other] = [await enter(browsers, id, 'pupil'), await enter(natives, id, 'pupil')];
    const answers = Promise.all([pupil, other].map(({ attendee }) => attendee.act({ do: 'vote' }, never)));
    await teacher.attendee.act({ do: 'start-poll' }, never);
    await answers;
    expect((await stateOf(id)).polls.map(({ answers: given }) => given.reduce((sum, { count }) => sum + count, 0))).toEqual([2]);
    expect(seen(other, 'poll')).toBe(1);
    await expect.poll(async () => (await stateOf(id)).polls.map(({ published }) => published), { timeout: 30_000 }).toEqual([true]);
    expect(errorsOf(teacher, pupil, other)).toEqual([]);
  }, 90_000);

  it.sequential('draw once they may, seen by others, and no longer', async () => {
    const id = await meeting();
    const teacher = await enter(browsers, id, 'teacher');
    const [pupil, other] = [await enter(browsers, id, 'pupil'), await enter(natives, id, 'pupil')];
    const drawing = pupil.attendee.act({ do: 'draw' }, never);
    await teacher.attendee.act({ do: 'open-whiteboard', on: true }, never);
    await drawing;
    await teacher.attendee.act({ do: 'draw' }, never);
    await other.attendee.act({ do: 'draw' }, never);
    expect(await stateOf(id)).toMatchObject({ shapes: 3, writers: 3 });
    await teacher.attendee.act({ do: 'open-whiteboard', on: false }, never);
    expect((await stateOf(id)).writers).toBe(1);
    expect(errorsOf(teacher, pupil, other)).toEqual([]);
  }, 60_000);

  it.sequential('react, and mute everybody and nobody', async ({ expect }) => {
    const id = await meeting();
    const teacher = await enter(browsers, id, 'teacher');
    const pupil = await enter(natives, id, 'pupil', 'microphone');
    const mutes = async (): Promise<unknown> => (await stateOf(id)).users.map(({ voice }) => voice?.muted);
    await teacher.attendee.act({ do: 'react' }, never);
    await teacher.attendee.act({ do: 'mute-meeting', on: true }, never);
    await expect.poll(mutes, { timeout: 10_000 }).toEqual([undefined, true]);
    await teacher.attendee.act({ do: 'mute-meeting', on: false }, never);
    await expect.poll(mutes, { timeout: 10_000 }).toEqual([undefined, false]);
    expect(errorsOf(teacher, pupil)).toEqual([]);
  }, 60_000);

  it.sequential('go into breakout rooms with their sound, and come back when these end', async ({ expect }) => {
    const id = await meeting();
    const teacher = await enter(browsers, id, 'teacher');
    const pupils = [await enter(browsers, id, 'pupil', 'listen-only'), await enter(natives, id, 'pupil', 'listen-only')];
    const voices = async (): Promise<unknown> => (await stateOf(id)).users.map(({ voice }) => voice !== null);
    const entering = Promise.all(pupils.map(({ attendee }) => attendee.act({ do: 'enter-breakout' }, never)));
    await teacher.attendee.act({ do: 'open-breakouts', rooms: 2, forMs: 16_000 }, never);
    await entering;
    expect((await stateOf(id)).breakouts.map(({ users }) => users.map(({ voice }) => voice?.listenOnly))).toEqual([[true], [true]]);
    expect(await voices()).toEqual([false, false, false]);
    const heard = pupils[0]!.samples.length;
    await expect.poll(() => pupils[0]!.samples.slice(heard).filter(({ metric, value }) => metric === 'audio_bitrate' && value > 0).length, { timeout: 15_000 }).toBeGreaterThan(0);
    await expect.poll(voices, { timeout: 40_000 }).toEqual([false, true, true]);
    expect((await stateOf(id)).breakouts).toEqual([]);
    expect(errorsOf(teacher, ...pupils)).toEqual([]);
    await pupils[0]!.attendee.leave(never);
    expect((await stateOf(id)).users).toHaveLength(2);
  }, 120_000);
});
