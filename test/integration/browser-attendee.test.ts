import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { BrowserAttendees } from '../../src/browser/attendees.js';
import { childrenOf } from '../../src/browser/process-tree.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { JoinPhase } from '../../src/metrics/catalogue.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';
import { browserForTests } from '../fakes/test-browser.js';

/** One user and what it reported. */
interface Entered {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly samples: { readonly metric: string; readonly value: number }[];
  readonly onPhase: (phase: JoinPhase) => void;
}

interface MeetingState {
  readonly chatMessages: readonly { readonly senderName: string; readonly text: string }[];
  readonly users: readonly { readonly name: string; readonly role: string; readonly raisedHand: boolean; readonly cameras: number; readonly voice: { readonly listenOnly: boolean } | null }[];
}

const never = new AbortController().signal;
const MAX_SCREENSHOTS = 2;
let sim: Sim;
let api: BbbApi;
let factory: BrowserAttendees;
let evidence: string;
let seq = 0;

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  evidence = mkdtempSync(join(tmpdir(), 'firstbell-evidence-'));
  factory = newFactory();
}, 60_000);

afterEach(() => faults());

afterAll(async () => {
  await factory?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await sim?.[Symbol.asyncDispose]();
  if (evidence) rmSync(evidence, { recursive: true, force: true });
});

function newFactory({ readyTimeoutMs = 20_000, audioTimeoutMs = 20_000, stepTimeoutMs = 10_000 } = {}): BrowserAttendees {
  return new BrowserAttendees({
    api,
    executablePath: browserForTests(),
    root: process.getuid?.() === 0,
    launches: 1,
    usersPerBrowser: 10,
    limits: { readyTimeoutMs, audioTimeoutMs, stepTimeoutMs },
    evidence: { dir: evidence, name: 'evidence', maxScreenshots: MAX_SCREENSHOTS, secrets: [sim.secret] },
    clock: systemClock,
    logger: silentLogger,
  });
}

async function faults(...texts: readonly string[]): Promise<void> {
  const answer = await fetch(new URL('/sim/faults', sim.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(texts) });
  expect(await answer.json()).toEqual({ faults: texts.length });
}

async function stateOf(meetingId: string): Promise<MeetingState> {
  return (await (await fetch(new URL(`/sim/meetings/${meetingId}`, sim.url))).json()) as MeetingState;
}

/** Asks the simulator until its state is as wanted; the test's own time limit bounds it. */
async function when(meetingId: string, wanted: (state: MeetingState) => boolean): Promise<MeetingState> {
  for (;;) {
    const state = await stateOf(meetingId);
    if (wanted(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function open(meetingId: string, spec: Partial<AttendeeSpec> = {}, from = factory, signal = never): Promise<Entered> {
  const phases: JoinPhase[] = [];
  const samples: { metric: string; value: number }[] = [];
  seq++;
  const attendee = await from.create({ seq, name: `User ${seq}`, role: 'pupil', meetingId, audio: 'none', webcam: false, cameraViews: 4, ...spec }, { phase: (phase) => phases.push(phase), sample: ({ metric, value }) => samples.push({ metric, value }) }, signal);
  return { attendee, phases, samples, onPhase: (phase) => phases.push(phase) };
}

async function enter(meetingId: string, spec: Partial<AttendeeSpec> = {}, from = factory): Promise<Entered> {
  const user = await open(meetingId, spec, from);
  await user.attendee.join(user.onPhase, never);
  return user;
}

describe('a browser user on the simulated fleet', () => {
  it('joins, hears, sees, chats, raises a hand and leaves, and the server agrees at every step', async () => {
    await api.create({ meetingID: 'lesson', name: 'Lesson' }, never);
    const teacher = await enter('lesson', { name: 'Ms Curie', role: 'teacher' });
    const pupil = await enter('lesson', { name: 'Pupil One' });
    expect(pupil.phases).toEqual(['api', 'page', 'ready']);
    const { users } = await stateOf('lesson');
    expect(users.map(({ name, role }) => `${name} ${role}`)).toEqual(['Ms Curie MODERATOR', 'Pupil One VIEWER']);

    await teacher.attendee.connectAudio('microphone', teacher.onPhase, never);
    await teacher.attendee.shareWebcam(never);
    await pupil.attendee.connectAudio('listen-only', pupil.onPhase, never);
    await until(() => pupil.phases.includes('first_audio') && pupil.phases.includes('first_video'));
    const inVoice = await when('lesson', (state) => state.users.every((user) => user.voice !== null) && state.users[0]!.cameras === 1);
    expect(inVoice.users.map((user) => user.voice?.listenOnly)).toEqual([false, true]);
    await until(() => pupil.samples.some(({ metric, value }) => metric === 'video_fps' && value > 0) && pupil.samples.some(({ metric }) => metric === 'rtt'));

    await pupil.attendee.sendChat('good morning', never);
    await pupil.attendee.raiseHand(never);
    const talked = await when('lesson', (state) => state.users[1]!.raisedHand);
    expect(talked.chatMessages).toEqual([{ senderName: 'Pupil One', text: 'good morning' }]);

    await pupil.attendee.leave(never);
    await when('lesson', (state) => state.users.length === 1);
    await pupil.attendee[Symbol.asyncDispose]();
    await teacher.attendee[Symbol.asyncDispose]();
  }, 60_000);

  it('knows that the meeting ended under it', async () => {
    await api.create({ meetingID: 'short', name: 'Short' }, never);
    const user = await enter('short');
    await api.end('short', never);
    expect(await user.attendee.lost).toMatchObject({ code: 'KICKED' });
    // What it showed then is kept: a user that is lost is not closed before that.
    const picture = await user.attendee.evidence!();
    expect(sizeOfJpeg(readFileSync(join(evidence, picture!.replace('evidence/', ''))))).toEqual({ width: 1280, height: 720 });
    await user.attendee[Symbol.asyncDispose]();
    expect(await user.attendee.evidence!()).toBeUndefined();
  }, 30_000);

  it('is in again with its sound after a reload, as one person', async () => {
    await api.create({ meetingID: 'fresh', name: 'Fresh' }, never);
    const user = await enter('fresh');
    let lost = false;
    void user.attendee.lost.then(() => (lost = true));
    await user.attendee.connectAudio('listen-only', user.onPhase, never);
    await user.attendee.reload(never);
    const { users } = await when('fresh', (state) => state.users.length === 1 && state.users[0]!.voice !== null);
    expect(users[0]!.voice?.listenOnly).toBe(true);
    await user.attendee.sendChat('here again', never);
    expect(lost).toBe(false);
    await user.attendee[Symbol.asyncDispose]();
  }, 60_000);

  it('can work again once its network is back', async () => {
    await api.create({ meetingID: 'offline', name: 'Offline' }, never);
    const user = await enter('offline');
    await user.attendee.loseNetwork(2_000, never);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await user.attendee.sendChat('back', never);
    await when('offline', (state) => state.chatMessages.some(({ text }) => text === 'back'));
    await user.attendee[Symbol.asyncDispose]();
  }, 60_000);

  it('does not call leaving a loss', async () => {
    await api.create({ meetingID: 'calm', name: 'Calm' }, never);
    const user = await enter('calm');
    let lost = false;
    void user.attendee.lost.then(() => (lost = true));
    await user.attendee.leave(never);
    await user.attendee[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lost).toBe(false);
  }, 30_000);

  it('says which meeting does not exist, in the API’s words', async () => {
    const user = await open('nowhere');
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code: 'MEETING_NOT_FOUND' });
    expect(user.phases).not.toContain('ready');
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('says that a meeting is full', async () => {
    await api.create({ meetingID: 'crowded', name: 'Crowded' }, never);
    await faults('full');
    const user = await open('crowded');
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code: 'MEETING_FULL' });
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('names an overloaded server by its status, as native users do', async () => {
    await api.create({ meetingID: 'overloaded', name: 'Overloaded' }, never);
    await faults('api-error=1');
    const user = await open('overloaded');
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code: 'TARGET_HTTP_STATUS', message: expect.stringContaining('HTTP 502') as string });
    expect(user.phases).not.toContain('page');
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('gives up on a client that never becomes ready', async () => {
    await api.create({ meetingID: 'stuck', name: 'Stuck' }, never);
    await faults('join-never');
    await using impatient = newFactory({ readyTimeoutMs: 2_000 });
    const user = await open('stuck', {}, impatient);
    await expect(user.attendee.join(user.onPhase, never)).rejects.toMatchObject({ code: 'CLIENT_NOT_READY' });
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('does not share a webcam that the SFU refuses', async () => {
    await api.create({ meetingID: 'blind', name: 'Blind' }, never);
    await faults('no-webcam');
    await using impatient = newFactory({ stepTimeoutMs: 3_000 });
    const user = await enter('blind', {}, impatient);
    await expect(user.attendee.shareWebcam(never)).rejects.toMatchObject({ code: 'WEBCAM_FAILED' });
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('keeps a picture and the console of the first failure of each user, of the first users only', async () => {
    await api.create({ meetingID: 'mute', name: 'Mute' }, never);
    rmSync(evidence, { recursive: true, force: true });
    evidence = mkdtempSync(join(tmpdir(), 'firstbell-evidence-'));
    await faults('no-audio');
    await using own = newFactory({ audioTimeoutMs: 3_000 });
    const pictures: (string | undefined)[] = [];
    for (let user = 0; user < MAX_SCREENSHOTS + 1; user++) {
      const { attendee, onPhase } = await enter('mute', {}, own);
      const failure = await attendee.connectAudio('listen-only', onPhase, never).then(
        () => undefined,
        (error: unknown) => error as { code: string },
      );
      expect(failure).toMatchObject({ code: 'AUDIO_FAILED' });
      pictures.push(await attendee.evidence!());
      // One that goes on failing takes nobody else's place.
      expect(await attendee.evidence!()).toBeUndefined();
      await attendee[Symbol.asyncDispose]();
    }
    expect(pictures.map((path) => path !== undefined)).toEqual([true, true, false]);
    const first = join(evidence, pictures[0]!.replace('evidence/', ''));
    expect(existsSync(first)).toBe(true);
    expect(sizeOfJpeg(readFileSync(first))).toEqual({ width: 1280, height: 720 });
    expect(readdirSync(evidence)).toHaveLength(2 * MAX_SCREENSHOTS);
    for (const file of readdirSync(evidence)) expect(readFileSync(join(evidence, file)).includes(sim.secret)).toBe(false);
  }, 90_000);

  it('ends at once when aborted in the middle of a step', async () => {
    await api.create({ meetingID: 'abort', name: 'Abort' }, never);
    await faults('join-never');
    const user = await open('abort');
    const stop = new AbortController();
    const joining = user.attendee.join((phase) => phase === 'page' && stop.abort(new Error('enough')), stop.signal);
    await expect(joining).rejects.toThrow('enough');
    await user.attendee[Symbol.asyncDispose]();
  }, 30_000);

  it('is lost when its browser dies, and leaves no process behind', async () => {
    await api.create({ meetingID: 'crash', name: 'Crash' }, never);
    const before = new Set(await childrenOf(process.pid));
    const own = newFactory();
    const user = await enter('crash', {}, own);
    const browsers = (await childrenOf(process.pid)).filter((pid) => !before.has(pid));
    expect(browsers.length).toBeGreaterThan(0);
    // Debian starts Chromium from a shell script, so the browser may be its child.
    const inner = (await Promise.all(browsers.map((pid) => childrenOf(pid)))).flat();
    for (const pid of [...inner, ...browsers]) process.kill(pid, 'SIGKILL');
    expect(await user.attendee.lost).toMatchObject({ code: 'BROWSER_FAILED' });
    expect(await user.attendee.evidence!()).toBeUndefined();
    // The next user gets a new browser.
    const next = await enter('crash', {}, own);
    await next.attendee.leave(never);
    await next.attendee[Symbol.asyncDispose]();
    await user.attendee[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
    expect((await childrenOf(process.pid)).filter((pid) => !before.has(pid))).toEqual([]);
  }, 60_000);
});

/** From its first frame header (SOF0 or SOF2; ITU-T T.81, B.2.2). */
function sizeOfJpeg(bytes: Buffer): { width: number; height: number } | undefined {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc2) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  }
  return undefined;
}
