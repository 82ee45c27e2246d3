import { describe, expect, it } from 'vitest';
import { attendance, eventLoop, fakeRun, openPart, planOf } from '../../fakes/fake-run.js';

const NONE = { planned: 0, started: 0, dropped: 0, notStarted: 0, joined: 0, left: 0, failed: 0, lost: 0, aborted: 0, peakConcurrent: 0 };
/** Users 0 to n−1 of meeting 0, one a second, each staying until `leaveMs`. */
const oneASecond = (n: number, leaveMs = 60_000) => Array.from({ length: n }, (_, seq) => attendance({ seq, dueMs: seq * 1_000, leaveMs }));

describe('a run', () => {
  it('starts each user at its due time, lets it leave when it should, and ends its meeting', async () => {
    const run = fakeRun({ plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1, dueMs: 20_000, leaveMs: 50_000 })]) });
    const result = await run.run();
    expect(result.reason).toBe('completed');
    expect(result.counts).toEqual({ ...NONE, planned: 2, started: 2, joined: 2, left: 2, peakConcurrent: 2 });
    expect(result.meetings).toEqual({ planned: 1, created: 1, ended: 1, leftOpen: 0 });
    expect(result.notDelivered).toEqual([]);
    expect(run.output.of('user-started').map(({ seq, atMs, latenessMs }) => [seq, atMs, latenessMs])).toEqual([
      [0, 0, 0],
      [1, 20_000, 0],
    ]);
    expect(run.output.of('user-ended').map(({ seq, atMs, outcome }) => [seq, atMs, outcome])).toEqual([
      [1, 50_000, 'left'],
      [0, 60_000, 'left'],
    ]);
    expect(run.output.of('meeting-ended').map((event) => event.atMs)).toEqual([60_000]);
    expect(run.host.open.size).toBe(0);
  });

  it('has a meeting in the ledger before the target hears of it', async () => {
    const run = fakeRun({ plan: planOf([attendance()]) });
    const inLedgerAtCreate: string[] = [];
    const create = run.host.create.bind(run.host);
    run.host.create = (meeting, signal) => {
      inLedgerAtCreate.push(...run.ledger.entries.map((entry) => `${entry.type} ${entry.meetingId}`));
      return create(meeting, signal);
    };
    await run.run();
    expect(inLedgerAtCreate).toEqual(['intent firstbell-test-run-0']);
    expect(run.ledger.entries.map((entry) => entry.type)).toEqual(['intent', 'created', 'ended']);
  });

  it('creates a meeting 15 s before its first user and ends it when its last has gone', async () => {
    const run = fakeRun({ plan: planOf([attendance({ seq: 0, leaveMs: 200_000 }), attendance({ seq: 1, meeting: 1, dueMs: 100_000, leaveMs: 110_000 }), attendance({ seq: 2, meeting: 1, dueMs: 105_000, leaveMs: 130_000 })]) });
    await run.run();
    expect(run.host.log).toEqual([
      { call: 'create', meetingId: 'firstbell-test-run-0', atMs: 0 },
      { call: 'create', meetingId: 'firstbell-test-run-1', atMs: 85_000 },
      { call: 'end', meetingId: 'firstbell-test-run-1', atMs: 130_000 },
      { call: 'end', meetingId: 'firstbell-test-run-0', atMs: 200_000 },
    ]);
  });

  it('prepares browsers before the first instant, so that their start does not count as the join', async () => {
    const run = fakeRun({ plan: planOf([attendance({ kind: 'browser' })]), users: () => ({ delayMs: { create: 3_000, join: 500 } }) });
    const result = await run.run();
    expect(run.output.of('user-started')[0]).toMatchObject({ atMs: 0, latenessMs: 0 });
    expect(run.options.recorder.cumulative.figures('join_time').max).toBe(500);
    expect(result.counts.left).toBe(1);
  });

  it('does not let a slow user delay the next: lateness is that of the harness alone', async () => {
    const run = fakeRun({ plan: planOf(oneASecond(5)), users: ({ seq }) => ({ delayMs: { join: seq === 0 ? 20_000 : 10 } }) });
    await run.run();
    expect(run.output.of('user-started').map((event) => event.atMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('does not hold users back for a meeting that is slow to be created: they wait in it, and it counts', async () => {
    const run = fakeRun({ plan: planOf([attendance({ dueMs: 20_000 })]), host: { createDelayMs: 17_000 } });
    await run.run();
    // Asked for at 5 s, there at 22 s: two seconds after the user was due.
    expect(run.output.of('user-started')[0]?.atMs).toBe(20_000);
    expect(run.options.recorder.cumulative.figures('join_time').max).toBe(2_000);
  });

  it('drops an arrival when its part has its maximum of users, and says that the load was not delivered', async () => {
    const plan = planOf(oneASecond(4, 10_000).map((one) => ({ ...one, leaveMs: one.dueMs + 2_500 })), { parts: [openPart(2)] });
    const run = fakeRun({ plan });
    const result = await run.run();
    // 0 and 1 are in until 2.5 s and 3.5 s: 2 (due at 2 s) is dropped, 3 (due at 3 s) finds a place.
    expect(run.output.of('user-dropped').map((event) => event.seq)).toEqual([2]);
    expect(result.counts).toEqual({ ...NONE, planned: 4, started: 3, dropped: 1, joined: 3, left: 3, peakConcurrent: 2 });
    expect(result.notDelivered).toEqual(['1 user was dropped: the maximum of users at once was reached']);
    expect(result.meetings.ended).toBe(1);
  });

  it('drops whom the plan drops, also when somebody who failed early has left a place', async () => {
    const plan = planOf([attendance(), attendance({ seq: 1, dueMs: 20_000 }), attendance({ seq: 2, kind: 'browser', dueMs: 30_000, leaveMs: 30_000, dropped: true })], { parts: [openPart(2)] });
    const run = fakeRun({ plan, users: ({ seq }) => (seq === 0 ? { fail: { join: 'MEETING_FULL' } } : {}) });
    const result = await run.run();
    expect(run.output.of('user-dropped').map(({ seq, atMs }) => [seq, atMs])).toEqual([[2, 30_000]]);
    expect(result.counts).toMatchObject({ started: 2, failed: 1, left: 1, dropped: 1 });
    expect(run.factories.browser.created).toEqual([]);
  });

  it('prepares nobody for a part that is full', async () => {
    const plan = planOf([attendance({ kind: 'browser' }), attendance({ seq: 1, kind: 'browser', dueMs: 20_000 })], { parts: [openPart(1)] });
    const run = fakeRun({ plan });
    expect((await run.run()).counts).toMatchObject({ left: 1, dropped: 1 });
    expect(run.factories.browser.created).toHaveLength(1);
  });

  it('ends a meeting at once that is there only after its users have given up', async () => {
    const plan = planOf([attendance({ leaveMs: 200_000 }), attendance({ seq: 1, meeting: 1, dueMs: 100_000, leaveMs: 110_000 })]);
    // Asked for at 85 s; the user gives up at 105 s, 5 s after its due time; there at 110 s.
    const run = fakeRun({ plan: { ...plan, limits: { ...plan.limits, joinTimeoutMs: 5_000 } }, host: { createDelayMs: 25_000 } });
    const result = await run.run();
    expect(result.counts).toMatchObject({ left: 1, failed: 1 });
    // The run's clock began 25 s late, when the first meeting was there.
    expect(run.host.log.at(-2)).toEqual({ call: 'end', meetingId: 'firstbell-test-run-1', atMs: run.output.of('meeting-created')[1]!.atMs + 25_000 });
  });

  it('counts every way in which a user can end', async () => {
    const run = fakeRun({
      plan: planOf(oneASecond(4)),
      users: ({ seq }) => [{}, { fail: { join: 'MEETING_FULL' as const } }, { lostAfterJoinMs: 5_000 }, { fail: { create: 'BROWSER_FAILED' as const } }][seq]!,
    });
    const result = await run.run();
    expect(result.counts).toEqual({ ...NONE, planned: 4, started: 4, joined: 2, left: 1, failed: 2, lost: 1, peakConcurrent: 2 });
    expect(run.output.of('user-ended').map(({ seq, outcome, code, phase }) => [seq, outcome, code, phase])).toEqual([
      [1, 'failed', 'MEETING_FULL', 'socket'],
      [3, 'failed', 'BROWSER_FAILED', 'open'],
      [2, 'lost', 'CONNECTION_LOST', 'stay'],
      [0, 'left', undefined, undefined],
    ]);
    expect(result.notDelivered).toEqual(['1 user was not prepared by this machine']);
  });

  it('fails the users of a meeting that could not be created, with the reason, and goes on with the others', async () => {
    const run = fakeRun({
      plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1, meeting: 1 })]),
      host: { failCreate: ({ meetingId }) => (meetingId.endsWith('-1') ? 'NO_SERVER_AVAILABLE' : undefined) },
    });
    const result = await run.run();
    expect(result.reason).toBe('completed');
    expect(run.output.of('meeting-failed')).toMatchObject([{ meeting: 1, code: 'NO_SERVER_AVAILABLE' }]);
    expect(run.output.of('user-ended')[0]).toMatchObject({ seq: 1, outcome: 'failed', code: 'NO_SERVER_AVAILABLE', phase: 'meeting' });
    expect(result.counts).toMatchObject({ left: 1, failed: 1 });
    expect(result.meetings).toEqual({ planned: 2, created: 1, ended: 1, leftOpen: 0 });
    expect(run.ledger.entries.filter((entry) => entry.meetingId.endsWith('-1')).map((entry) => entry.type)).toEqual(['intent', 'ended']);
  });

  it('ends before any user starts when none of the first meetings can be created', async () => {
    const run = fakeRun({ plan: planOf(oneASecond(3)), host: { failCreate: () => 'API_VALIDATION' } });
    const result = await run.run();
    expect(result.reason).toBe('could-not-run');
    expect(result.failure).toMatchObject({ code: 'API_VALIDATION' });
    expect(result.counts).toEqual({ ...NONE, planned: 3, notStarted: 3 });
  });

  it('rejects, having touched nothing, when it cannot make a kind of users', async () => {
    const run = fakeRun({ plan: planOf([attendance({ kind: 'browser' })]), options: { factories: {} } });
    await expect(run.run()).rejects.toMatchObject({ code: 'USAGE' });
    expect(run.host.log).toEqual([]);
  });

  it('says that the load was not delivered when users start later than the limit', async () => {
    const run = fakeRun({ plan: planOf([attendance({ dueMs: 5_000 })]), users: () => ({ delayMs: { create: 6_500 } }) });
    const result = await run.run();
    // Prepared from 4 s on, ready at 10.5 s: 5.5 s late.
    expect(result.notDelivered).toEqual(['users started late: p99 5500 ms, limit 1000 ms']);
  });

  it('says that the load was not delivered when the event loop was held up', async () => {
    const result = await fakeRun({ plan: planOf([attendance()]), options: { eventLoop: eventLoop(350) } }).run();
    expect(result.notDelivered).toEqual(['this machine was too busy: event-loop delay p99 350 ms, limit 200 ms']);
  });

  it('says that the load was not delivered when samples were lost to the cap of series', async () => {
    const { createRecorder } = await import('../../../src/metrics/recorder.js');
    const result = await fakeRun({ plan: planOf([attendance()]), options: { recorder: createRecorder({ maxSeries: 1 }) } }).run();
    expect(result.notDelivered.join()).toMatch(/samples lost: too many series/);
  });

  it('does not need an output to be well-behaved', async () => {
    const broken = {
      event: () => {
        throw new Error('disk full');
      },
      snapshot: () => {
        throw new Error('disk full');
      },
    };
    const logged: string[] = [];
    const run = fakeRun({ plan: planOf([attendance()]), options: { outputs: [broken], logger: { log: (level, message) => logged.push(`${level} ${message}`) } } });
    expect((await run.run()).counts.left).toBe(1);
    expect(logged).toContain('error an output failed at event run-started: disk full');
  });

  it('simulates a morning of 6,000 users', async () => {
    const users = Array.from({ length: 6_000 }, (_, seq) => attendance({ seq, meeting: seq % 200, dueMs: seq * 100, leaveMs: 3_600_000, audio: 'listen-only', webcam: seq % 30 === 0, chatAtMs: [1_000_000 + seq] }));
    const run = fakeRun({ plan: planOf(users), users: ({ seq }) => ({ server: `bbb${seq % 10}`, delayMs: { join: 1_000 + (seq % 7) * 100 } }), options: { intervalMs: 60_000 } });
    const result = await run.run();
    expect(result.counts).toEqual({ ...NONE, planned: 6_000, started: 6_000, joined: 6_000, left: 6_000, peakConcurrent: 6_000 });
    expect(result.meetings).toEqual({ planned: 200, created: 200, ended: 200, leftOpen: 0 });
    expect(run.options.recorder.cumulative.figures('lateness').max).toBe(0);
  }, 90_000);
});
