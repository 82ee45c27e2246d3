import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { BrowserAttendees } from '../../src/browser/attendees.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { JoinPhase } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeFactory, AttendeeSpec } from '../../src/vu/attendee.js';
import { browserForTests } from '../fakes/test-browser.js';
import { hasTurn, startTurn, type TurnProcess } from '../fakes/turn-server.js';

interface Entered {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly errors: unknown[];
}

const never = new AbortController().signal;
const allocations = (turn: TurnProcess): number => (turn.log().match(/ALLOCATE processed, success/g) ?? []).length;
let turn: TurnProcess;
let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
let browsers: BrowserAttendees;
let evidence: string;
let meetings = 0;
let seq = 0;

async function enter(factory: AttendeeFactory, meetingId: string, more: Partial<AttendeeSpec>): Promise<Entered> {
  const phases: JoinPhase[] = [];
  const errors: unknown[] = [];
  const onPhase = (phase: JoinPhase): void => void phases.push(phase);
  const spec: AttendeeSpec = { seq: ++seq, name: `User ${seq}`, role: 'pupil', meetingId, audio: 'listen-only', webcam: false, cameraViews: 5, ...more };
  const attendee = await factory.create(spec, { phase: onPhase, sample: ({ metric, tags }) => metric === 'errors' && errors.push(tags) }, never);
  await attendee.join(onPhase, never);
  await attendee.connectAudio(spec.audio === 'none' ? 'listen-only' : spec.audio, onPhase, never);
  return { attendee, phases, errors };
}

async function meeting(): Promise<string> {
  const meetingID = `turn-${++meetings}`;
  await api.create({ meetingID, name: meetingID }, never);
  return meetingID;
}

describe.skipIf(!hasTurn)('users behind a firewall that lets only TURN through', () => {
  beforeAll(async () => {
    turn = await startTurn();
    sim = await startSim({ servers: 1, ice: { stun: [`stun:${turn.host}`], turn: { url: `turn:${turn.host}?transport=udp`, secret: turn.secret } }, clock: systemClock, logger: silentLogger });
    api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
    evidence = mkdtempSync(join(tmpdir(), 'firstbell-turn-evidence-'));
    browsers = new BrowserAttendees({
      api,
      executablePath: browserForTests(),
      root: process.getuid?.() === 0,
      launches: 1,
      usersPerBrowser: 2,
      limits: { readyTimeoutMs: 20_000, audioTimeoutMs: 20_000, stepTimeoutMs: 20_000 },
      evidence: { dir: evidence, name: 'evidence', maxScreenshots: 1, secrets: [sim.secret, turn.secret] },
      clock: systemClock,
      logger: silentLogger,
    });
  }, 60_000);

  afterAll(async () => {
    for (const one of [browsers, natives, api, sim]) await one?.[Symbol.asyncDispose]();
    await turn?.stop();
    if (evidence) rmSync(evidence, { recursive: true, force: true });
  });

  it('native users hear through relayed candidates alone', async () => {
    const id = await meeting();
    const before = allocations(turn);
    const teacher = await enter(natives, id, { role: 'teacher', audio: 'microphone', forceTurn: true });
    const pupil = await enter(natives, id, { forceTurn: true });
    await expect.poll(() => pupil.phases, { timeout: 20_000 }).toContain('first_audio');
    expect(allocations(turn) - before).toBe(2);
    expect([teacher.errors, pupil.errors]).toEqual([[], []]);
    for (const { attendee } of [teacher, pupil]) await attendee.leave(never);
  }, 60_000);

  it('native users that may go straight do so, also with STUN and TURN servers named', async () => {
    const id = await meeting();
    const teacher = await enter(natives, id, { role: 'teacher', audio: 'microphone' });
    const pupil = await enter(natives, id, {});
    await expect.poll(() => pupil.phases, { timeout: 20_000 }).toContain('first_audio');
    expect([teacher.errors, pupil.errors]).toEqual([[], []]);
    for (const { attendee } of [teacher, pupil]) await attendee.leave(never);
  }, 60_000);

  it('a browser user is heard through TURN by a native one, and hears it', async () => {
    const id = await meeting();
    const before = allocations(turn);
    const teacher = await enter(browsers, id, { role: 'teacher', audio: 'microphone', forceTurn: true });
    const pupil = await enter(natives, id, { audio: 'microphone' });
    await expect.poll(() => teacher.phases, { timeout: 20_000 }).toContain('first_audio');
    await expect.poll(() => pupil.phases, { timeout: 20_000 }).toContain('first_audio');
    expect(allocations(turn)).toBeGreaterThan(before);
    for (const { attendee } of [teacher, pupil]) await attendee.leave(never);
  }, 60_000);
});
