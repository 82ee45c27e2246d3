import { describe, expect, it } from 'vitest';
import { brokeOn, failedByServer, type ServerFacts } from '../../../src/capacity/break-servers.js';
import type { MetricName, Tags } from '../../../src/metrics/catalogue.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { Attendance } from '../../../src/schedule/plan.js';
import { thresholds } from '../report/thresholds.js';

interface User {
  readonly meeting: number;
  /** Undefined: did not get in. */
  readonly server?: string;
  /** Where it was sent and did not get in. */
  readonly failedOn?: string;
  readonly role?: 'teacher' | 'pupil';
}
interface Value {
  readonly metric: MetricName;
  readonly values: readonly number[];
  readonly tags?: Tags;
  readonly interval?: number;
}

/** A run of two intervals of a second. */
function facts(users: readonly User[], recorded: readonly Value[] = []): ServerFacts {
  using recorder = createRecorder({ maxSeries: 100, onCapped: () => undefined });
  const snapshots = [0, 1].map((interval) => {
    for (const { metric, values, tags, interval: when = 0 } of recorded) if (when === interval) for (const value of values) recorder.record({ metric, value, atMs: interval * 1_000, ...(tags ? { tags } : {}) });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval, startMs: interval * 1_000, endMs: (interval + 1) * 1_000 });
  });
  const attendances = users.map(({ meeting, role = 'pupil' }, seq): Attendance => ({ seq, part: 0, meeting, role, kind: 'native', name: `u${seq}`, dueMs: 0, leaveMs: 1_000, audio: 'none' }) as Attendance);
  const events = users.map(({ server, failedOn }, seq): RunEvent => (server === undefined ? { type: 'user-ended', atMs: 1, seq, outcome: 'failed', phase: 'socket', ...(failedOn === undefined ? {} : { server: failedOn }) } : { type: 'user-joined', atMs: 1, seq, server }));
  return { snapshots, events, attendances };
}

const on = (expression: string, run: ServerFacts): ReturnType<typeof brokeOn> => brokeOn(thresholds(expression)[0]!, run);
const BOTH: readonly User[] = [{ meeting: 0, server: 'a' }, { meeting: 1, server: 'b' }];
const times = (server: string, ...values: readonly number[]): Value => ({ metric: 'join_time', values, tags: { server, role: 'pupil' } });

describe('the servers on which a threshold was broken', () => {
  it('are those on which it was broken by its own aggregation, whoever lost or failed there', () => {
    const run = facts([...BOTH, { meeting: 1 }], [times('a', 100, 100, 5_000), times('b', 100, 100, 100)]);
    expect(on('join_time p(95) < 1 s', run)).toEqual({ kind: 'one', servers: ['a'], of: 2 });
    expect(on('join_failed rate < 1%', run)).toEqual({ kind: 'one', servers: ['b'], of: 2 });
  });

  it('are all where it was broken on all about alike, and one where one is far worse', () => {
    expect(on('join_time p(95) < 1 s', facts(BOTH, [times('a', 1_900), times('b', 1_700)]))).toEqual({ kind: 'all', servers: ['a', 'b'], of: 2 });
    expect(on('join_time p(95) < 1 s', facts(BOTH, [times('a', 1_200), times('b', 9_000)]))).toEqual({ kind: 'one', servers: ['b', 'a'], of: 2 });
  });

  it('are some where it held on others', () => {
    expect(on('join_time p(95) < 1 s', facts(BOTH, [times('a', 1_900), times('b', 100), times('c', 1_700)]))).toEqual({ kind: 'some', servers: ['a', 'c'], of: 3 });
  });

  it('are the worst from below, too', () => {
    const fps = (server: string, value: number): Value => ({ metric: 'video_fps', values: [value], tags: { server } });
    expect(on('video_fps p(50) > 10 fps', facts(BOTH, [fps('a', 14), fps('b', 3)]))).toEqual({ kind: 'one', servers: ['b'], of: 2 });
  });

  it('are asked over the stretch of time that the threshold has', () => {
    const loss = (server: string, value: number, interval: number): Value => ({ metric: 'audio_loss', values: [value], tags: { server }, interval });
    const run = facts(BOTH, [loss('a', 0.5, 0), loss('b', 0, 0), loss('a', 0, 1), loss('b', 0.2, 1)]);
    expect(on('audio_loss p(95) < 2% between 1s and 2s', run)).toEqual({ kind: 'one', servers: ['b'], of: 2 });
    expect(on('audio_loss p(95) < 2% after 5s', run)).toBeUndefined();
  });

  it('have their part of what is allowed of all', () => {
    const lost = (server: string, count: number): Value => ({ metric: 'users_lost', values: [count], tags: { server } });
    expect(on('users_lost count == 0', facts(BOTH, [lost('b', 2)]))).toEqual({ kind: 'one', servers: ['b'], of: 2 });
    expect(on('users_lost count < 4', facts(BOTH, [lost('a', 1), lost('b', 5)]))).toEqual({ kind: 'one', servers: ['b'], of: 2 });
    expect(on('users_lost count < 4', facts(BOTH, [lost('a', 3), lost('b', 3)]))).toEqual({ kind: 'all', servers: ['a', 'b'], of: 2 });
  });

  it('are those of the role for which it was broken', () => {
    const run = facts(BOTH, [times('a', 5_000), times('b', 100), { metric: 'join_time', values: [900], tags: { server: 'b', role: 'teacher' } }]);
    expect(on('join_time{role=*} p(95) < 1 s', run)).toEqual({ kind: 'one', servers: ['a'], of: 2 });
  });

  it('are found by the meeting for users that did not get in, and are unknown if nobody got into it', () => {
    const run = facts([...BOTH, { meeting: 1 }, { meeting: 1 }, { meeting: 1, role: 'teacher' }, { meeting: 2 }]);
    expect([...failedByServer(run)]).toEqual([['b', 3], [undefined, 1]]);
    expect([...failedByServer(run, { role: 'teacher' })]).toEqual([['b', 1]]);
    expect(on('users_failed count == 0', run)).toEqual({ kind: 'one', servers: ['b'], of: 2 });
    expect(on('join_failed rate < 1%', facts([...BOTH, { meeting: 2 }, { meeting: 2 }]))).toBeUndefined();
  });

  it('are those to which users that did not get in were sent, and others of their meeting who were not', () => {
    const run = facts([...BOTH, { meeting: 2, failedOn: 'c' }, { meeting: 2 }, { meeting: 2, failedOn: 'c' }, { meeting: 3 }]);
    expect([...failedByServer(run)]).toEqual([['c', 3], [undefined, 1]]);
    expect(on('join_failed rate < 1%', run)).toEqual({ kind: 'one', servers: ['c'], of: 3 });
    const errors: readonly Value[] = [{ metric: 'errors', values: [40], tags: { code: 'GRAPHQL_REFUSED', phase: 'socket', server: 'c' } }];
    expect(on('errors count < 5', facts([...BOTH, { meeting: 2, failedOn: 'c' }], errors))).toEqual({ kind: 'one', servers: ['c'], of: 3 });
  });

  it('are not told by what has no server, nor by the load balancer', () => {
    expect(on('event_loop_delay p(99) < 1 ms', facts(BOTH, [{ metric: 'event_loop_delay', values: [9] }]))).toBeUndefined();
    expect(on('api_time p(95) < 1 ms', facts(BOTH, [{ metric: 'api_time', values: [9], tags: { server: 'balancer', call: 'create' } }]))).toBeUndefined();
    // Joins that were refused are errors of no server; the one that is tagged says nothing about them.
    const errors: readonly Value[] = [{ metric: 'errors', values: [40], tags: { code: 'GRAPHQL_REFUSED', phase: 'socket' } }, { metric: 'errors', values: [1], tags: { code: 'STEP_FAILED', phase: 'chat', server: 'a' } }];
    expect(on('errors count < 5', facts(BOTH, errors))).toBeUndefined();
  });

  it('are the one that the threshold names', () => {
    expect(on('join_time{server=a} p(95) < 1 s', facts(BOTH, [times('a', 5_000)]))).toEqual({ kind: 'one', servers: ['a'], of: 1 });
  });
});
