import { describe, expect, it } from 'vitest';
import { mergeAll } from '../../../src/metrics/merge.js';
import { recordedResult } from '../../../src/run/recorded-result.js';
import { decideVerdict } from '../../../src/run/verdict.js';
import { attendance, eventLoop, fakeRun, openPart, planOf, threshold, type FakeRunSetup } from '../../fakes/fake-run.js';

const thresholds = [threshold('join_time p(95) < 10 s'), threshold('users_lost count == 0')];
const three = () => [attendance({ seq: 0 }), attendance({ seq: 1, meeting: 1, dueMs: 5_000 }), attendance({ seq: 2, dueMs: 20_000, part: 1 })];

describe('the result of a run by its record', () => {
  it.each<[string, FakeRunSetup]>([
    ['held', { plan: planOf(three(), { parts: [openPart(5), openPart(5)] }) }],
    ['dropped users', { plan: planOf([attendance(), attendance({ seq: 1, dueMs: 10 })], { parts: [openPart(1)] }) }],
    ['lost users and failed ones', { plan: planOf(three(), { parts: [openPart(5), openPart(5)] }), users: ({ seq }) => [{ lostAfterJoinMs: 9_000 }, { fail: { join: 'MEETING_FULL' as const } }, { fail: { create: 'BROWSER_FAILED' as const } }][seq]! }],
    ['lost a user with its browser', { plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1 })]), users: ({ seq }) => [{ lostAfterJoinMs: 9_000, lostCode: 'BROWSER_FAILED' as const }, {}][seq]! }],
    ['was late', { plan: planOf([attendance({ dueMs: 5_000 })]), users: () => ({ delayMs: { create: 9_000 } }) }],
    ['had a busy machine', { plan: planOf([attendance()]), options: { eventLoop: eventLoop(900) } }],
    ['was stopped', { plan: planOf([attendance(), attendance({ seq: 1, dueMs: 30_000 })]), stopAtMs: 10_000 }],
    ['left a meeting open', { plan: planOf([attendance()]), host: { failEnd: () => 'TARGET_HTTP_STATUS' } }],
    ['has a meeting in doubt that it could not end', { plan: planOf(three(), { parts: [openPart(5), openPart(5)] }), host: { failCreate: ({ meetingId }) => (meetingId.endsWith('-1') ? 'TARGET_TIMEOUT' : undefined), failEnd: (meetingId) => (meetingId.endsWith('-1') ? 'TARGET_TIMEOUT' : undefined) } }],
    ['had no meeting', { plan: planOf([attendance()]), host: { failCreate: () => 'API_VALIDATION' } }],
  ])('is that of the run when it %s', async (_what, setup) => {
    const run = fakeRun({ ...setup, options: { ...setup.options, thresholds } });
    const result = await run.run();
    const recorded = recordedResult({ plan: run.options.plan, events: run.output.events, series: mergeAll(run.output.snapshots), snapshots: run.output.snapshots, thresholds });
    expect(recorded).toEqual(result);
    expect(decideVerdict(recorded)).toEqual(decideVerdict(result));
  });

  it('of a run that lost a user with its browser says nothing about the target', async () => {
    const run = fakeRun({ plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1 })]), users: ({ seq }) => [{ lostAfterJoinMs: 9_000, lostCode: 'BROWSER_FAILED' as const }, {}][seq]!, options: { thresholds } });
    expect(decideVerdict(await run.run())).toEqual({ verdict: 'not-delivered', exitCode: 5, reasons: ['1 user was lost with its browser (a loss of the generator, not of the target)'] });
  });

  it('of a run that was stopped because of others says why', async () => {
    const run = fakeRun({ plan: planOf([attendance()]), host: { foreign: (atMs) => (atMs > 0 ? [{ name: 'x', users: 1 }] : []) } });
    await run.run();
    const recorded = recordedResult({ plan: run.options.plan, events: run.output.events, series: mergeAll(run.output.snapshots), snapshots: run.output.snapshots, thresholds });
    expect(decideVerdict(recorded)).toEqual({ verdict: 'could-not-run', exitCode: 4, reasons: ['the target has a meeting that Firstbell did not create (1 user), so the run was stopped'] });
  });

  it.each([
    [{ message: 'no browser was found', entriesLost: 0 }, 'worker w-1 could not bring its users: no browser was found'],
    [{ entriesLost: 3 }, '3 reports of worker w-1 found no room while the broker was away'],
  ])('of a run with a share that was not brought as planned says nothing about the target: %o', async (how, reason) => {
    const run = fakeRun({ plan: planOf([attendance()]) });
    await run.run();
    const events = [...run.output.events, { type: 'share-incomplete' as const, atMs: 9, worker: 'w-1', share: 0, ...how }];
    const recorded = recordedResult({ plan: run.options.plan, events, series: mergeAll(run.output.snapshots), snapshots: run.output.snapshots, thresholds });
    expect(decideVerdict(recorded)).toEqual({ verdict: 'not-delivered', exitCode: 5, reasons: [reason] });
  });

  it('of a run that was killed is an interruption with its meetings left open', async () => {
    const run = fakeRun({ plan: planOf([attendance()]) });
    await run.run();
    const events = run.output.events.filter((event) => event.type !== 'run-ended' && event.type !== 'meeting-ended' && event.type !== 'user-ended');
    const recorded = recordedResult({ plan: run.options.plan, events, series: mergeAll(run.output.snapshots), snapshots: run.output.snapshots, thresholds });
    expect(recorded).toMatchObject({ reason: 'aborted', counts: { started: 1, joined: 1, left: 0 }, meetings: { created: 1, ended: 0, leftOpen: 1 } });
    expect(decideVerdict(recorded).exitCode).toBe(130);
  });
});
