import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.js';
import { mergeAll } from '../../src/metrics/merge.js';
import { openMeetings } from '../../src/run/ledger.js';
import { recordedResult } from '../../src/run/recorded-result.js';
import { decideVerdict } from '../../src/run/verdict.js';
import type { Attendance } from '../../src/schedule/plan.js';
import type { FakeScript, FakeStep } from '../fakes/fake-attendee.js';
import { attendance, constantPart, fakeRun, openPart, planOf, type FakeRun } from '../fakes/fake-run.js';

const delay = fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 3_000 }) }, { weight: 1, arbitrary: fc.nat({ max: 80_000 }) }, { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) });
const step = fc.constantFrom<FakeStep>('create', 'join', 'audio', 'webcam', 'chat', 'hand', 'reload', 'network', 'leave', 'dispose');

const scriptArb: fc.Arbitrary<FakeScript> = fc.record(
  {
    delayMs: fc.dictionary(step, delay, { maxKeys: 3 }),
    fail: fc.dictionary(step, fc.constantFrom<ErrorCode>('MEETING_FULL', 'CLIENT_ERROR_SCREEN', 'STEP_FAILED', 'BROWSER_FAILED', 'INTERNAL'), { maxKeys: 1 }),
    lostAfterJoinMs: fc.nat({ max: 100_000 }),
    lostCode: fc.constantFrom('KICKED' as const, 'CONNECTION_LOST' as const),
    deaf: fc.boolean(),
  },
  { requiredKeys: [] },
);

const userArb = fc.record({
  dueMs: fc.nat({ max: 60_000 }),
  stayMs: fc.integer({ min: 1, max: 90_000 }),
  meeting: fc.nat({ max: 3 }),
  part: fc.nat({ max: 1 }),
  kind: fc.constantFrom('browser' as const, 'native' as const),
  role: fc.constantFrom('teacher' as const, 'pupil' as const),
  audio: fc.constantFrom('microphone' as const, 'listen-only' as const, 'none' as const),
  webcam: fc.boolean(),
  chatAtMs: fc.array(fc.nat({ max: 150_000 }), { maxLength: 2 }).map((instants) => instants.sort((a, b) => a - b)),
  script: scriptArb,
});

const runArb = fc.record({
  users: fc.array(userArb, { minLength: 1, maxLength: 12 }),
  maxUsers: fc.integer({ min: 1, max: 4 }),
  stopAtMs: fc.option(fc.nat({ max: 120_000 }), { nil: undefined }),
  abortAtMs: fc.option(fc.nat({ max: 120_000 }), { nil: undefined }),
  createDelayMs: fc.constantFrom(0, 500, 25_000),
  brokenMeeting: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  brokenCode: fc.constantFrom<ErrorCode>('NO_SERVER_AVAILABLE', 'TARGET_TIMEOUT'),
  lingerMs: fc.constantFrom(undefined, 1_500),
});

type Setup = typeof runArb extends fc.Arbitrary<infer T> ? T : never;

function build(setup: Setup): FakeRun {
  const attendances: Attendance[] = setup.users.map(({ script: _script, stayMs, ...user }, seq) => attendance({ ...user, seq, leaveMs: user.dueMs + stayMs }));
  return fakeRun({
    plan: planOf(attendances, { parts: [constantPart, openPart(setup.maxUsers)], checkpointEveryMs: 30_000 }),
    users: ({ seq }) => setup.users[seq]!.script,
    host: {
      createDelayMs: setup.createDelayMs,
      lingerMs: setup.lingerMs,
      failCreate: ({ meetingId }) => (setup.brokenMeeting !== undefined && meetingId.endsWith(`-${setup.brokenMeeting}`) ? setup.brokenCode : undefined),
      createdAnyway: setup.brokenCode === 'TARGET_TIMEOUT',
    },
    stopAtMs: setup.stopAtMs,
    abortAtMs: setup.abortAtMs,
  });
}

describe('a run of any plan, however its users behave and whenever it is stopped or aborted', () => {
  it('accounts for every user once, leaves no meeting, closes every attendee, and waits for nothing', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(runArb, async (setup) => {
        const run = build(setup);
        const result = await run.run();
        const { counts } = result;

        // The books balance.
        expect(counts.planned).toBe(setup.users.length);
        expect(counts.started + counts.dropped + counts.notStarted).toBe(counts.planned);
        expect(counts.left + counts.failed + counts.lost + counts.aborted).toBe(counts.started);
        expect(counts.joined).toBeLessThanOrEqual(counts.started - counts.failed);
        expect(counts.peakConcurrent).toBeLessThanOrEqual(counts.joined);

        // Events, metrics and counts tell the same.
        const { output } = run;
        const started = output.of('user-started').map((event) => event.seq);
        const ended = output.of('user-ended').map((event) => event.seq);
        expect(new Set(started).size).toBe(started.length);
        expect([...ended].sort()).toEqual([...started].sort());
        expect(started.length).toBe(counts.started);
        expect(output.of('user-dropped').length).toBe(counts.dropped);
        expect(output.of('user-joined').length).toBe(counts.joined);
        const merged = mergeAll(output.snapshots);
        for (const name of ['started', 'dropped', 'joined', 'left', 'failed', 'lost', 'aborted'] as const) expect(merged.figures(`users_${name}`).sum, name).toBe(counts[name]);
        expect(merged.figures('join_failed').count).toBe(counts.joined + counts.failed);
        expect(merged.figures('samples_refused').sum).toBe(0);

        // Nobody starts early, or once a stop was under way; the harness itself adds no lateness but the preparation's.
        const stoppingMs = output.of('stopping')[0]?.atMs ?? Number.POSITIVE_INFINITY;
        for (const { seq, atMs, latenessMs } of output.of('user-started')) {
          expect(atMs).toBeGreaterThanOrEqual(setup.users[seq]!.dueMs);
          expect(atMs).toBeLessThanOrEqual(stoppingMs);
          if (setup.users[seq]!.script.delayMs?.create === undefined) expect(latenessMs).toBe(0);
        }

        // Meetings: none left on the target or open in the ledger; each created one ended.
        expect(run.host.open.size).toBe(0);
        expect(result.meetings).toMatchObject({ ended: result.meetings.created, leftOpen: 0 });
        expect(openMeetings(run.ledger.entries)).toEqual([]);
        const intended = new Set(run.ledger.entries.filter((entry) => entry.type === 'intent').map((entry) => entry.meetingId));
        for (const { call, meetingId } of run.host.log) if (call === 'create') expect(intended).toContain(meetingId);

        // What was opened is closed, once, even what opens after the end.
        await run.clock.advanceTo(run.clock.nowMs() + 1_000_000);
        for (const attendee of [...run.factories.browser.created, ...run.factories.native.created]) expect(attendee.disposed).toBe(1);
        expect(run.clock.sleeping).toBe(0);

        // Whoever reads the record comes to the same result.
        const { failure: _told, ...told } = recordedResult({ plan: run.options.plan, events: output.events, series: merged, snapshots: output.snapshots, thresholds: [] });
        const { failure: _known, ...known } = result;
        expect(told).toEqual(known);

        // The end has one reason, told last; a run that someone interrupted proves nothing, one without users never holds.
        expect(output.events.at(-1)).toMatchObject({ type: 'run-ended', reason: result.reason });
        const { verdict } = decideVerdict(result);
        if (result.reason === 'stopped' || result.reason === 'aborted') expect(verdict).toBe('interrupted');
        if (counts.joined === 0) expect(verdict).not.toBe('held');
      }),
      { numRuns: 150 },
    );
  });
});
