import { describe, expect, it } from 'vitest';
import type { ThresholdResult } from '../../../src/metrics/threshold.js';
import type { RunResult } from '../../../src/run/run-result.js';
import { decideVerdict } from '../../../src/run/verdict.js';

const held: ThresholdResult = { expression: 'join_time p(95) < 10 s', held: true, observed: 4_321.9, unit: 'ms', limit: 10_000 };
const broken: ThresholdResult = { ...held, held: false, observed: 12_345.6 };

function result(differences: Partial<RunResult> = {}): RunResult {
  return {
    reason: 'completed',
    counts: { planned: 10, started: 10, dropped: 0, notStarted: 0, joined: 10, left: 10, failed: 0, lost: 0, aborted: 0, peakConcurrent: 10 },
    meetings: { planned: 2, created: 2, ended: 2, leftOpen: 0 },
    notDelivered: [],
    thresholds: [held],
    missing: 0,
    durationMs: 60_000,
    ...differences,
  };
}
const nobody = { ...result().counts, joined: 0, left: 0, failed: 10 };
const failure = { code: 'NO_SERVER_AVAILABLE' as const, message: 'the load balancer has no server', hint: undefined };

const perServer: ThresholdResult = { ...broken, expression: 'video_fps p(50) > 10 fps per server', observed: undefined, unit: 'fps', limit: 10 };
const on = (values: readonly string[], observed?: number) => values.map((value) => ({ value, held: false, observed }));
const UNMEASURED: readonly [ThresholdResult, string][] = [
  [{ ...perServer, worst: 'bbb07', each: [{ value: 'bbb01', held: true, observed: 15 }, ...on(['bbb07'])] }, `${perServer.expression}: nothing was measured on bbb07`],
  [{ ...perServer, worst: 'b', each: on(['b', 'c', 'd', 'e', 'f']) }, `${perServer.expression}: nothing was measured on b, c, d and 2 more`],
  [{ ...perServer, observed: 5, worst: 'a', each: [...on(['a', 'b'], 5), ...on(['c'])] }, `${perServer.expression}: observed 5 fps on a, the worst of 2; nothing was measured on c`],
];

describe('the verdict', () => {
  it.each<[string, Partial<RunResult>, string, number, readonly (string | RegExp)[]]>([
    ['all held', {}, 'held', 0, []],
    ['there are no thresholds and users got in', { thresholds: [] }, 'held', 0, []],
    ['a threshold broke', { thresholds: [held, broken] }, 'broken', 3, ['join_time p(95) < 10 s: observed 12346 ms']],
    ['an abort threshold ended the run', { reason: 'threshold', thresholds: [broken] }, 'broken', 3, ['the run was stopped because an abort threshold broke', /observed/]],
    ['an abort threshold ended the run but holds in the end', { reason: 'threshold' }, 'broken', 3, ['the run was stopped because an abort threshold broke']],
    ['nobody got in', { counts: nobody }, 'broken', 3, ['no user got in']],
    ['nobody got in and nothing was asked', { counts: nobody, thresholds: [] }, 'broken', 3, ['no user got in']],
    ['users did not get in and nobody allowed it', { counts: { ...result().counts, joined: 6, left: 6, failed: 4 } }, 'broken', 3, ['4 users did not get in, and no threshold on join_failed allows for it']],
    ['one did not get in and nothing was asked', { counts: { ...result().counts, joined: 9, left: 9, failed: 1 }, thresholds: [] }, 'broken', 3, ['1 user did not get in, and no threshold on join_failed allows for it']],
    ...['join_failed rate < 20%', 'join_failed{server=*} rate < 20%', 'users_failed count < 2', 'users_joined count > 8'].map((expression): [string, Partial<RunResult>, string, number, readonly string[]] => [
      `one did not get in and ${expression} allows it`,
      { counts: { ...result().counts, joined: 9, left: 9, failed: 1 }, thresholds: [{ ...held, expression }] },
      'held',
      0,
      [],
    ]),
    ['pupils did not get in and a threshold speaks of teachers', { counts: { ...result().counts, joined: 6, left: 6, failed: 4 }, thresholds: [{ ...held, expression: 'join_failed{role=teacher} rate == 0' }] }, 'broken', 3, [/^4 users did not get in/]],
    ['users were lost and nobody allowed it', { counts: { ...result().counts, lost: 2 } }, 'broken', 3, ['2 users lost the meeting before it was time, and no threshold on users_lost allows for it']],
    ['users were lost and a threshold allows it', { counts: { ...result().counts, lost: 2 }, thresholds: [{ ...held, expression: 'users_lost count < 5' }] }, 'held', 0, []],
    ['users were not counted by others', { missing: 1 }, 'broken', 3, ['1 user was in a meeting, but not counted by the servers or by other users, and no threshold on missing allows for it']],
    ['users were not counted and a threshold allows it', { missing: 1, thresholds: [{ ...held, expression: 'missing max < 5' }] }, 'held', 0, []],
    ['users were not counted and a threshold allows it of each server', { missing: 1, thresholds: [{ ...held, expression: 'missing{server=*} max < 5' }] }, 'held', 0, []],
    ['users were not counted and a threshold allows it of one server', { missing: 1, thresholds: [{ ...held, expression: 'missing{server=a} max < 5' }] }, 'broken', 3, [/no threshold on missing allows for it/]],
    ['pupils were lost and a threshold speaks of teachers', { counts: { ...result().counts, lost: 400 }, thresholds: [{ ...held, expression: 'users_lost{role=teacher} count == 0' }] }, 'broken', 3, [/^400 users lost the meeting/]],
    ['users were lost and a threshold speaks of each server for teachers alone', { counts: { ...result().counts, lost: 4 }, thresholds: [{ ...held, expression: 'users_lost{role=teacher} count == 0 per server' }] }, 'broken', 3, [/^4 users lost/]],
    ['users were lost and a threshold allows it of each server, said behind it', { counts: { ...result().counts, lost: 4 }, thresholds: [{ ...held, expression: 'users_lost count < 5 per server' }] }, 'held', 0, []],
    ['users were lost and a threshold speaks of a time of day', { counts: { ...result().counts, lost: 4 }, thresholds: [{ ...held, expression: 'users_lost count < 5 between 08:00 and 08:15' }] }, 'broken', 3, [/^4 users lost/]],
    ['users were lost and a threshold speaks of the end', { counts: { ...result().counts, lost: 4 }, thresholds: [{ ...held, expression: 'users_lost count < 5 after 2m' }] }, 'broken', 3, [/^4 users lost/]],
    ['users were lost and a threshold on another metric begins alike', { counts: { ...result().counts, lost: 4 }, thresholds: [{ ...held, expression: 'users_left count > 5' }] }, 'broken', 3, [/^4 users lost/]],
    ['the load was not delivered, although all held', { notDelivered: ['late'] }, 'not-delivered', 5, ['late']],
    ['the load was not delivered, although a threshold broke', { notDelivered: ['late'], thresholds: [broken] }, 'not-delivered', 5, ['late']],
    ['the user stopped it', { reason: 'stopped', thresholds: [broken], notDelivered: ['late'] }, 'interrupted', 130, ['stopped by the user']],
    ['the user stopped it before the first meeting', { reason: 'stopped', meetings: { planned: 2, created: 0, ended: 0, leftOpen: 0 } }, 'interrupted', 130, ['stopped by the user']],
    ['the user aborted it', { reason: 'aborted' }, 'interrupted', 130, ['aborted by the user']],
    ['it could not run', { reason: 'could-not-run', failure }, 'could-not-run', 4, ['the load balancer has no server']],
    ['meetings of others began', { reason: 'foreign', failure: { ...failure, code: 'FOREIGN_MEETINGS', message: 'others' }, notDelivered: ['late'] }, 'could-not-run', 4, ['others']],
    ['no meeting could be created at all', { meetings: { planned: 2, created: 0, ended: 0, leftOpen: 0 }, counts: nobody, notDelivered: ['late'] }, 'could-not-run', 4, ['no meeting could be created']],
  ])('when %s', (_when, differences, verdict, exitCode, reasons) => {
    const decided = decideVerdict(result(differences));
    expect(decided).toMatchObject({ verdict, exitCode });
    expect(decided.reasons).toHaveLength(reasons.length);
    reasons.forEach((reason, i) => (typeof reason === 'string' ? expect(decided.reasons[i]).toBe(reason) : expect(decided.reasons[i]).toMatch(reason)));
  });

  it.each([
    [{ ...broken, expression: 'join_failed rate < 1%', observed: 0.0345, unit: 'ratio' as const }, 'join_failed rate < 1%: observed 3.45%'],
    [{ ...broken, expression: 'users_lost count == 0', observed: 3, unit: 'count' as const }, 'users_lost count == 0: observed 3'],
    [{ ...broken, expression: 'video_fps p(50) > 10 fps', observed: undefined, unit: 'fps' as const }, 'video_fps p(50) > 10 fps: nothing was measured'],
    ...UNMEASURED,
  ])('says what was observed in words', (threshold, reason) => {
    expect(decideVerdict(result({ thresholds: [threshold] })).reasons).toEqual([reason]);
  });

  it('judges by the thresholds that it is given, if any', () => {
    expect(decideVerdict(result(), [broken]).verdict).toBe('broken');
  });
});
