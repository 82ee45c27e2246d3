import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { runCli } from '../../src/cli/main.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { diffProfiles, sameWire } from '../../src/native/wire-diff.js';
import { parseProfile, RECORDED_PROFILE, referencesIn, type WireProfile } from '../../src/native/wire-profile.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { memoryIo } from '../fakes/memory-io.js';
import { never } from '../fakes/never.js';
import { browserForTests } from '../fakes/test-browser.js';

interface MeetingState {
  readonly users: readonly { readonly name: string; readonly voice: { readonly listenOnly: boolean } | null; readonly sockets: number }[];
}

const USERS = 20;
let sim: Sim;
let dir: string;
let text: string;
let profile: WireProfile;
let printed: string;
/** A meeting of its own for each try. */
let tries = 0;

beforeAll(async () => {
  sim = await startSim({ servers: 2, clock: systemClock, logger: silentLogger });
  dir = mkdtempSync(join(tmpdir(), 'firstbell-learn-'));
  const io = memoryIo({ cwd: dir, env: { BBB_SECRET: sim.secret, FIRSTBELL_BROWSER: browserForTests(), PATH: process.env['PATH'] } });
  const code = await runCli(['learn', '--url', sim.url, '--output', 'wire.json'], io);
  printed = io.stdout();
  if (code !== 0) throw new Error(io.stderr());
  text = readFileSync(join(dir, 'wire.json'), 'utf8');
  profile = parseProfile(JSON.parse(text));
}, 120_000);

afterAll(async () => {
  await sim?.[Symbol.asyncDispose]();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

describe('a wire profile learned from Chromium on the simulator', () => {
  it('is the recorded one: the simulator’s client says what the real one said', () => {
    const diff = diffProfiles(RECORDED_PROFILE, profile);
    expect(diff.operations).toEqual({ gone: [], added: [], changed: [] });
    expect(diff.join.changes).toEqual([]);
    expect(diff.sfu).toEqual({ gone: [], added: [], changed: [] });
    expect(sameWire(diff)).toBe(true);
    expect(printed).toContain('is the same');
  });

  it('found by itself what comes from the server, from the client and from the clock', () => {
    const variablesOf = (name: string): unknown => profile.join.flatMap((step) => ('start' in step && step.start === name ? [step.variables] : []))[0];
    expect(variablesOf('UserJoin')).toMatchObject({ authToken: { $from: 'Patched_userCurrentSubscription', path: '/0/authToken' } });
    expect(variablesOf('CurrentPageAnnotationsQuery')).toEqual({ pageId: { $from: 'CurrentPresentationPagesSubscription', path: '/0/pageId' } });
    expect(variablesOf('PresentationSetUploadCompletionNotified')).toEqual({ presentationId: { $from: 'CurrentPresentationPagesSubscription', path: '/0/presentationId' } });
    expect(variablesOf('ConnStatusWithTraceLog')).toEqual({ clientSessionUUID: { $var: 'clientSessionUuid' } });
    expect(variablesOf('getEmojisToRain')).toEqual({ initialCursor: { $now: 'utc' } });
    expect(variablesOf('annotationHistoryStream')).toMatchObject({ updatedAt: { $now: 'iso' } });
    // Cursors of the year 2000 are constants.
    expect(variablesOf('getNotificationStream')).toEqual({ initialCursor: '2000-01-01' });
    expect(profile.join.filter((step) => 'start' in step && step.presenterOnly === true).map((step) => ('start' in step ? step.start : ''))).toEqual(expect.arrayContaining(['PresentationSetUploadCompletionNotified']));
    const waits = profile.join.flatMap((step) => ('start' in step && step.after ? [step.start] : []));
    expect(waits).toEqual(['Patched_MeetingSubscription']);
  });

  it('keeps nothing of the session it was learned in', () => {
    expect(text).not.toContain(sim.secret);
    expect(text).not.toMatch(/w_[a-z0-9]{8,}/);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect(text).not.toContain('a=ice-pwd');
    expect(text).not.toContain('firstbell-learn');
  });

  it('left no meeting behind, and no ledger of one', async () => {
    expect(readdirSync(join(dir, 'reports'))).toEqual([]);
    await using api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    expect((await api.getMeetings(never)).filter(({ ended }) => !ended)).toEqual([]);
  });

  it(`drives ${USERS} native users`, async () => {
    await using api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    await using natives = new NativeAttendees({ api, profile, clock: systemClock, logger: silentLogger });
    const meetingId = `learned-${++tries}`;
    await api.create({ meetingID: meetingId, name: 'Learned' }, never);
    const errors: unknown[] = [];
    const users = await Promise.all(
      Array.from({ length: USERS }, async (_, index) => {
        const user = await natives.create({ seq: index, name: `Native ${index}`, role: index === 0 ? 'teacher' : 'pupil', meetingId, audio: 'listen-only', webcam: false, cameraViews: 5 }, { phase: () => undefined, sample: ({ metric, tags }) => metric === 'errors' && errors.push(tags) }, never);
        await user.join(() => undefined, never);
        await user.connectAudio('listen-only', () => undefined, never);
        return user;
      }),
    );
    const state = (await (await fetch(`${new URL(sim.url).origin}/sim/meetings/${meetingId}`)).json()) as MeetingState;
    expect(state.users.map(({ name }) => name).sort()).toEqual(Array.from({ length: USERS }, (_, index) => `Native ${index}`).sort());
    expect(state.users.every(({ voice, sockets }) => voice?.listenOnly === true && sockets === 1)).toBe(true);
    expect(errors).toEqual([]);
    await Promise.all(users.map((user) => user.leave(never)));
  }, 60_000);
});

it('every reference of the built-in profile leads to an operation it has', () => {
  const names = new Set(RECORDED_PROFILE.operations.map(({ operationName }) => operationName));
  for (const step of RECORDED_PROFILE.join) if ('start' in step) for (const { $from } of referencesIn(step.variables)) expect(names.has($from)).toBe(true);
});
