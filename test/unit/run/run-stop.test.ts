import { describe, expect, it } from 'vitest';
import { attendance, fakeRun, planOf, threshold } from '../../fakes/fake-run.js';

const two = () => [attendance({ seq: 0 }), attendance({ seq: 1, dueMs: 30_000 })];

describe('stopping a run', () => {
  it('starts no one any more, lets everyone leave and ends the meetings', async () => {
    const run = fakeRun({ plan: planOf(two()), stopAtMs: 10_000 });
    const result = await run.run();
    expect(result.reason).toBe('stopped');
    expect(result.counts).toMatchObject({ planned: 2, started: 1, notStarted: 1, joined: 1, aborted: 1, left: 0 });
    expect(run.factories.native.created[0]!.steps()).toEqual(['join', 'audio', 'leave', 'dispose']);
    expect(result.meetings).toMatchObject({ created: 1, ended: 1, leftOpen: 0 });
    expect(run.output.of('stopping')).toEqual([{ type: 'stopping', atMs: 10_000, reason: 'stopped' }]);
    expect(run.output.events.at(-1)).toMatchObject({ type: 'run-ended', reason: 'stopped' });
    expect(result.notDelivered).toEqual([]);
  });

  it('waits no longer for those who do not leave than gracefulStopMs', async () => {
    const run = fakeRun({ plan: planOf(two()), users: () => ({ delayMs: { leave: Number.POSITIVE_INFINITY } }), stopAtMs: 10_000 });
    const result = await run.run();
    expect(result.reason).toBe('stopped');
    expect(run.output.of('user-ended')[0]).toMatchObject({ outcome: 'aborted', atMs: 20_000 });
    expect(run.host.open.size).toBe(0);
  });

  it('goes at once when aborted, and still ends the meetings', async () => {
    const run = fakeRun({ plan: planOf(two()), abortAtMs: 10_000 });
    const result = await run.run();
    expect(result.reason).toBe('aborted');
    expect(run.factories.native.created[0]!.steps()).toEqual(['join', 'audio', 'dispose']);
    expect(run.output.of('user-ended')[0]).toMatchObject({ outcome: 'aborted', atMs: 10_000 });
    expect(result.meetings).toMatchObject({ created: 1, ended: 1, leftOpen: 0 });
  });

  it('is an abort when the user asks for it during the stop', async () => {
    const run = fakeRun({ plan: planOf(two()), users: () => ({ delayMs: { leave: 8_000 } }), stopAtMs: 10_000, abortAtMs: 12_000 });
    const result = await run.run();
    expect(result.reason).toBe('aborted');
    expect(run.output.of('user-ended')[0]).toMatchObject({ outcome: 'aborted', atMs: 12_000 });
  });

  it('ends meetings within a short time after an abort although the target does not answer, and names those left open', async () => {
    const run = fakeRun({ plan: planOf(two()), host: { endDelayMs: 1_000_000 }, abortAtMs: 10_000 });
    const result = await run.run();
    expect(result.durationMs).toBe(20_000);
    expect(result.meetings).toEqual({ planned: 1, created: 1, ended: 0, leftOpen: 1 });
    expect(run.output.of('meeting-left-open')).toMatchObject([{ meeting: 0, meetingId: 'firstbell-test-run-0' }]);
  });

  it('shortens the wait for the target when the abort comes while meetings are being ended', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 20_000 })]), host: { endDelayMs: 1_000_000 }, abortAtMs: 25_000 });
    const result = await run.run();
    // The users left at 20 s; the abort at 25 s leaves 10 s more.
    expect(result.durationMs).toBe(35_000);
    expect(result.meetings.leftOpen).toBe(1);
  });

  it('starts nothing when it was stopped before it began', async () => {
    const run = fakeRun({ plan: planOf(two()), options: { stop: AbortSignal.abort() } });
    const result = await run.run();
    expect(result.reason).toBe('stopped');
    expect(result.counts).toMatchObject({ started: 0, notStarted: 2 });
    expect(run.options.recorder.cumulative.figures('users_due').sum).toBe(0);
    expect(run.host.log).toEqual([]);
  });

  it('stops while things are made ready, closing the browsers that open late', async () => {
    const run = fakeRun({ plan: planOf([attendance({ kind: 'browser' })]), users: () => ({ deaf: true, delayMs: { create: 5_000 } }), stopAtMs: 2_000 });
    const result = await run.run();
    expect(result.counts).toMatchObject({ started: 0, notStarted: 1 });
    expect(result.meetings).toMatchObject({ created: 1, ended: 1 });
    await run.clock.advanceTo(10_000);
    expect(run.factories.browser.created.map((attendee) => attendee.disposed)).toEqual([1]);
  });

  it('ends what a create call left in doubt', async () => {
    const run = fakeRun({
      plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1, meeting: 1 })]),
      host: { failCreate: ({ meetingId }) => (meetingId.endsWith('-1') ? 'TARGET_TIMEOUT' : undefined), createdAnyway: true },
    });
    const result = await run.run();
    expect(result.meetings).toEqual({ planned: 2, created: 1, ended: 1, leftOpen: 0 });
    expect(run.host.open.size).toBe(0);
    expect(run.ledger.entries.filter((entry) => entry.meetingId.endsWith('-1')).map((entry) => entry.type)).toEqual(['intent', 'ended']);
  });

  it('tries once more to end a meeting that refused to end', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 20_000 }), attendance({ seq: 1, meeting: 1 })]), host: { failEnd: (_id, call) => (call === 1 ? 'TARGET_HTTP_STATUS' : undefined) } });
    const result = await run.run();
    expect(run.host.open.size).toBe(0);
    expect(result.meetings).toMatchObject({ ended: 2, leftOpen: 0 });
  });

  it('believes the target that a meeting is gone only when it no longer lists it', async () => {
    const brief = fakeRun({ plan: planOf([attendance()]), host: { lingerMs: 2_500 } });
    expect((await brief.run()).meetings.leftOpen).toBe(0);
    const forEver = fakeRun({ plan: planOf([attendance()]), host: { lingerMs: 1_000_000 } });
    // Ended a second time, as far as one can tell.
    const result = await forEver.run();
    expect(forEver.host.log.filter((entry) => entry.call === 'end')).toHaveLength(2);
    expect(result.meetings).toMatchObject({ created: 1, ended: 1 });
  });
});

describe('meetings of others', () => {
  const foreign = [{ name: 'Staff meeting', users: 7 }];

  it('keep a run from starting', async () => {
    const run = fakeRun({ plan: planOf(two()), host: { foreign: () => foreign } });
    await expect(run.run()).rejects.toMatchObject({ code: 'FOREIGN_MEETINGS', message: 'the target has a meeting that Firstbell did not create (7 users), so nothing was started', hint: expect.stringContaining('--allow-foreign-meetings') as string });
    expect(run.host.log).toEqual([]);
    expect(run.output.events.map((event) => event.type)).toEqual(['foreign-meeting', 'run-ended']);
  });

  it('keep a run from starting when they are those of another run, unless the operator says so', async () => {
    const host = { otherRuns: [{ name: 'School 1', users: 20 }, { name: 'School 2', users: 5 }] };
    const refused = fakeRun({ plan: planOf(two()), host });
    await expect(refused.run()).rejects.toMatchObject({ code: 'FOREIGN_MEETINGS', message: 'another run of Firstbell is on the target (25 users in 2 meetings), so nothing was started', hint: expect.stringContaining('firstbell cleanup') as string });
    expect(refused.host.log).toEqual([]);
    expect((await fakeRun({ plan: planOf(two()), host, options: { allowForeign: true } }).run()).reason).toBe('completed');
  });

  it('do not end a run that is gone on with before its meetings are known: everybody leaves, and they are ended', async () => {
    const resumed = { agoMs: 10_000, events: [{ type: 'meeting-created' as const, atMs: 0, meeting: 0, meetingId: 'firstbell-test-run-0' }], ledger: [] };
    const run = fakeRun({ plan: planOf(two()), host: { foreign: () => foreign }, options: { resumed } });
    const result = await run.run();
    expect(result.reason).toBe('foreign');
    expect(run.host.log.filter(({ call }) => call === 'end')).not.toEqual([]);
    expect(result.meetings.leftOpen).toBe(0);
  });

  it('are seen but allowed when the operator says so', async () => {
    const run = fakeRun({ plan: planOf(two()), host: { foreign: () => foreign }, options: { allowForeign: true } });
    expect((await run.run()).reason).toBe('completed');
    expect(run.output.of('foreign-meeting')).toHaveLength(1);
  });

  it('stop a run when they begin during it', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 200_000 })]), host: { foreign: (atMs) => (atMs > 70_000 ? foreign : []) } });
    const result = await run.run();
    expect(result.reason).toBe('foreign');
    expect(result.failure).toMatchObject({ code: 'FOREIGN_MEETINGS' });
    expect(run.output.of('stopping')).toEqual([{ type: 'stopping', atMs: 72_000, reason: 'foreign', code: 'FOREIGN_MEETINGS', message: expect.stringContaining('did not create') as string }]);
    expect(run.host.open.size).toBe(0);
  });

  it('are looked for at the first instant, as getting ready takes its time', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 200_000 })]), host: { createDelayMs: 5_000, foreign: (atMs) => (atMs > 0 ? foreign : []) } });
    await run.run();
    expect(run.output.of('stopping')).toMatchObject([{ atMs: 0, reason: 'foreign' }]);
  });

  it('stop a run within 5 s, also where the target takes a second to say so', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 6 * 3_600_000 })]), host: { foreignDelayMs: 1_000, foreign: (atMs) => (atMs > 7_001_000 ? foreign : []) } });
    await run.run();
    const { atMs } = run.output.of('stopping')[0]!;
    expect(atMs).toBeGreaterThan(7_001_000);
    expect(atMs).toBeLessThanOrEqual(7_006_000);
  });

  it('are not assumed when the target cannot be asked during the run; the failure is counted', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 100_000 })]), host: { failForeign: (atMs) => (atMs > 0 ? 'TARGET_TIMEOUT' : undefined) } });
    expect((await run.run()).reason).toBe('completed');
    expect(run.options.recorder.cumulative.figures('errors', { code: 'TARGET_TIMEOUT', phase: 'guard' }).sum).toBe(24);
  });

  it('are no longer looked for when the run is over; a look that this cuts short is no failure', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 31_000 })]), host: { foreignDelayMs: 10_000 } });
    expect((await run.run()).durationMs).toBe(31_000);
    expect(run.options.recorder.cumulative.figures('errors').sum).toBe(0);
  });

  it('cannot be asked for: the run is refused with the error of the target', async () => {
    const run = fakeRun({ plan: planOf(two()), host: { failForeign: () => 'API_CHECKSUM' } });
    await expect(run.run()).rejects.toMatchObject({ code: 'API_CHECKSUM' });
    expect(run.output.events).toEqual([{ type: 'run-ended', atMs: 0, reason: 'could-not-run' }]);
  });
});

describe('abort thresholds', () => {
  const failing = () => Array.from({ length: 20 }, (_, seq) => attendance({ seq, dueMs: seq * 10_000, leaveMs: 300_000 }));

  it('stop the run when they break after the warm-up', async () => {
    const run = fakeRun({ plan: planOf(failing()), users: () => ({ fail: { join: 'MEETING_FULL' } }), options: { thresholds: [threshold('join_failed rate < 5%', true)] } });
    const result = await run.run();
    expect(result.reason).toBe('threshold');
    // 15 s to warm up, judged every other second.
    expect(run.output.of('stopping')).toEqual([{ type: 'stopping', atMs: 16_000, reason: 'threshold', code: 'THRESHOLD_BROKEN', message: expect.stringContaining('broke') as string }]);
    expect(result.failure).toMatchObject({ code: 'THRESHOLD_BROKEN', message: 'join_failed rate < 5% broke' });
    expect(result.thresholds).toEqual([{ expression: 'join_failed rate < 5%', held: false, observed: 1, unit: 'ratio', limit: 0.05 }]);
    expect(result.counts).toMatchObject({ started: 2, failed: 2, notStarted: 18 });
    expect(result.notDelivered).toEqual([]);
  });

  it('stop a run of six hours within 5 s of what breaks them', async () => {
    const users = Array.from({ length: 60 }, (_, seq) => attendance({ seq, dueMs: seq < 30 ? seq * 1_000 : 7_000_000 + seq, leaveMs: 6 * 3_600_000 }));
    const run = fakeRun({
      plan: planOf(users),
      users: ({ seq }) => (seq < 30 ? {} : { fail: { join: 'MEETING_FULL' as const } }),
      options: { intervalMs: 30_000, thresholds: [threshold('join_failed rate < 5%', true)] },
    });
    await run.run();
    const { atMs, reason } = run.output.of('stopping')[0]!;
    expect(reason).toBe('threshold');
    expect(atMs).toBeGreaterThan(7_000_000);
    expect(atMs).toBeLessThanOrEqual(7_005_000);
  });

  it('over a stretch of time stop the run once it has three intervals of it', async () => {
    const run = fakeRun({ plan: planOf(failing()), users: () => ({ fail: { join: 'MEETING_FULL' } }), options: { thresholds: [threshold('join_failed rate < 5% after 50s', true)] } });
    const result = await run.run();
    expect(run.output.of('stopping')).toMatchObject([{ type: 'stopping', atMs: 80_000, reason: 'threshold' }]);
    expect(result.thresholds).toMatchObject([{ held: false, observed: 1, judged: { fromMs: 50_000, untilMs: 80_000 } }]);
  });

  it('do not stop the run while nothing has been measured, nor when they are only to be judged at the end', async () => {
    const late = fakeRun({ plan: planOf([attendance({ dueMs: 100_000, leaveMs: 120_000 })]), options: { thresholds: [threshold('join_time p(95) < 10 s', true)] } });
    expect((await late.run()).reason).toBe('completed');
    const atTheEnd = fakeRun({ plan: planOf(failing()), users: () => ({ fail: { join: 'MEETING_FULL' } }), options: { thresholds: [threshold('join_failed rate < 5%')] } });
    expect((await atTheEnd.run()).reason).toBe('completed');
  });
});
