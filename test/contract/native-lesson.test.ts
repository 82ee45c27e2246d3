import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';
import type { Sight } from '../../src/vu/notice.js';
import { never } from '../fakes/never.js';

interface User {
  readonly attendee: Attendee;
  readonly sights: Sight[];
  readonly samples: Omit<Sample, 'atMs'>[];
}

interface MeetingState {
  readonly shapes: number;
  readonly writers: number;
  readonly polls: readonly { readonly published: boolean; readonly answers: readonly { readonly count: number }[] }[];
  readonly breakouts: readonly { readonly users: readonly { readonly voice: { readonly listenOnly: boolean } | null }[] }[];
  readonly users: readonly { readonly name: string; readonly voice: { readonly listenOnly: boolean } | null }[];
}

let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
const open: Attendee[] = [];
let seq = 0;
let meetings = 0;

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
});

afterEach(async () => {
  for (const attendee of open.splice(0)) await attendee[Symbol.asyncDispose]();
});

afterAll(async () => {
  for (const one of [natives, api, sim]) await one?.[Symbol.asyncDispose]();
});

/** A teacher and pupils in a meeting of their own. */
async function lesson(pupils: number, audio: AttendeeSpec['audio'] = 'none'): Promise<{ readonly id: string; readonly teacher: User; readonly pupils: readonly User[] }> {
  const id = `lesson-${++meetings}`;
  await api.create({ meetingID: id, name: id }, never);
  const enter = async (role: AttendeeSpec['role']): Promise<User> => {
    const sights: Sight[] = [];
    const samples: User['samples'] = [];
    const attendee = await natives.create({ seq: ++seq, name: `${role} ${seq}`, role, meetingId: id, audio, webcam: false, cameraViews: 0 }, { sample: (sample) => samples.push(sample), phase: () => undefined, sees: (sight) => sights.push(sight) }, never);
    open.push(attendee);
    await attendee.join(() => undefined, never);
    if (audio !== 'none') await attendee.connectAudio(audio, () => undefined, never);
    return { attendee, sights, samples };
  };
  const teacher = await enter('teacher');
  return { id, teacher, pupils: await Promise.all(Array.from({ length: pupils }, () => enter('pupil'))) };
}

async function stateOf(meetingId: string): Promise<MeetingState> {
  return (await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${encodeURIComponent(meetingId)}`)).json()) as MeetingState;
}

const seen = ({ sights }: User, kind: string): string[] => sights.flatMap((sight) => (sight.is === 'seen' && sight.kind === kind ? [sight.key] : []));
const errorsOf = (...users: readonly User[]): unknown[] => users.flatMap(({ samples }) => samples.filter(({ metric }) => metric === 'errors').map(({ tags }) => tags));

describe('native users in a lesson', () => {
  it('ask, answer, and are shown what came out', async () => {
    const { id, teacher, pupils } = await lesson(3);
    // Who answers may be there before the question.
    const answers = Promise.all(pupils.map(({ attendee }) => attendee.act({ do: 'vote' }, never)));
    await teacher.attendee.act({ do: 'start-poll' }, never);
    await answers;
    await expect.poll(async () => (await stateOf(id)).polls.map(({ published, answers: given }) => [published, given.reduce((sum, { count }) => sum + count, 0)]), { timeout: 10_000 }).toEqual([[true, 3]]);
    for (const pupil of pupils) expect(seen(pupil, 'poll')).toEqual(['']);
    await expect(pupils[0]!.attendee.act({ do: 'start-poll' }, never)).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(errorsOf(teacher, ...pupils)).toEqual([]);
  }, 30_000);

  it('draw once they may, and see the strokes of others by their marks', async () => {
    const { id, teacher, pupils } = await lesson(2);
    const [one, two] = pupils as [User, User];
    const drawing = one.attendee.act({ do: 'draw' }, never, '#1f-mibk2w9q');
    await teacher.attendee.act({ do: 'open-whiteboard', on: true }, never);
    await drawing;
    await two.attendee.act({ do: 'draw' }, never);
    expect(await stateOf(id)).toMatchObject({ shapes: 2, writers: 3 });
    await expect.poll(() => [seen(teacher, 'draw'), seen(two, 'draw')]).toEqual([['#1f-mibk2w9q'], ['#1f-mibk2w9q']]);
    await teacher.attendee.act({ do: 'open-whiteboard', on: false }, never);
    // The presenter always may.
    expect((await stateOf(id)).writers).toBe(1);
    expect(errorsOf(teacher, ...pupils)).toEqual([]);
  }, 30_000);

  it('go into breakout rooms with their sound, and come back when these end', async () => {
    const { id, teacher, pupils } = await lesson(4, 'listen-only');
    const entering = Promise.all(pupils.map(({ attendee }) => attendee.act({ do: 'enter-breakout' }, never)));
    await teacher.attendee.act({ do: 'open-breakouts', rooms: 2, forMs: 3_000 }, never);
    await entering;
    const { breakouts, users } = await stateOf(id);
    expect(breakouts).toHaveLength(2);
    // They are still in the meeting, and hear in the rooms.
    expect(users.map(({ voice }) => voice !== null)).toEqual([true, false, false, false, false]);
    for (const room of breakouts) expect(room.users.map(({ voice }) => voice?.listenOnly)).toEqual([true, true]);
    await expect.poll(async () => (await stateOf(id)).users.filter(({ voice }) => voice !== null).length, { timeout: 15_000 }).toBe(5);
    expect((await stateOf(id)).breakouts).toEqual([]);
    expect(errorsOf(teacher, ...pupils)).toEqual([]);
    await Promise.all([teacher, ...pupils].map(({ attendee }) => attendee.leave(never)));
    expect((await stateOf(id)).users).toEqual([]);
  }, 40_000);

  it('leave from within a room', async () => {
    const { id, teacher, pupils } = await lesson(1);
    const entering = pupils[0]!.attendee.act({ do: 'enter-breakout' }, never);
    await teacher.attendee.act({ do: 'open-breakouts', rooms: 1, forMs: 60_000 }, never);
    await entering;
    await pupils[0]!.attendee.leave(never);
    await expect.poll(async () => (await stateOf(id)).breakouts.map(({ users }) => users)).toEqual([[]]);
    expect((await stateOf(id)).users).toHaveLength(1);
  }, 30_000);
});
