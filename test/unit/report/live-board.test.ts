import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import { LiveBoard } from '../../../src/report/live-board.js';
import { MAX_IN_COURSE, sparkPath, usersAt } from '../../../src/report/live-course.js';
import { LiveHistory } from '../../../src/report/live-history.js';
import { createLiveState } from '../../../src/report/live-text.js';
import { summarise } from '../../../src/report/summarise.js';
import { buildRun } from '../../fakes/run-folder.js';

const run = buildRun({ fateOf: ({ seq }) => (seq === 4 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'x'.repeat(5_000) } : seq === 7 ? { is: 'lost', code: 'KICKED', message: 'out', afterMs: 20_000 } : { is: 'left' }) });
const fed = (): LiveBoard => {
  const board = new LiveBoard(run.plan);
  for (const event of run.events) board.event(event);
  for (const snapshot of run.snapshots) board.snapshot(snapshot);
  return board;
};

describe('the live board', () => {
  it('ends with the counts and figures that the summary says', () => {
    const { users, metrics, servers } = summarise(run, { thresholds: [], verdict: { word: 'held', exitCode: 0, reasons: [] } });
    const state = fed().state(121_000);
    expect(state.users).toMatchObject({ joined: users.joined, failed: users.failed, lost: users.lost, left: users.left, present: 0, peak: 15 });
    expect(state.join).toEqual({ count: metrics.join_time!.count, p50Ms: metrics.join_time!.p50, p95Ms: metrics.join_time!.p95 });
    for (const { name, lost, joinTimeP95Ms } of servers) expect(state.servers.find((server) => server.name === name)).toMatchObject({ lost, joinTimeP95Ms, users: 0, meetings: 0 });
    expect(state.over).toBe(true);
  });

  it('lists the newest errors first, cut to a length that fits a page', () => {
    const { latest, errors } = fed().state(121_000);
    expect(latest.map(({ code }) => code)).toEqual(['KICKED', 'AUDIO_FAILED']);
    expect(latest[1]!.message).toHaveLength(300);
    expect(errors).toEqual([{ code: 'AUDIO_FAILED', count: 1 }, { code: 'KICKED', count: 1 }]);
  });

  it('has what servers say of themselves, each exporter adding what it knows', () => {
    const board = fed();
    const server = 'sim-01.localhost:8101';
    board.fleet({ atMs: 0, server, source: 'exporter', up: true, figures: { participants: 12 } });
    board.fleet({ atMs: 0, server, source: 'exporter', up: true, figures: { cpu: 0.4, sendKbps: 500_000 } });
    expect(board.state(0).servers.find(({ name }) => name === server)).toMatchObject({ own: { participants: 12, cpu: 0.4 }, lineUse: 0.5, answers: true });
    board.fleet({ atMs: 0, server, source: 'exporter', up: false, code: 'TARGET_TIMEOUT', figures: {} });
    const lines = createLiveState(run.plan, board).frame({ width: 100, colour: false, nowMs: 0 });
    expect(lines.find((line) => line.includes('sim-01'))).toMatch(/sim-01 [█·]+ 0 in 0 · p95 .* · CPU 40 % · line 50 % · no answer$/);
    expect(lines.every((line) => line.length <= 100)).toBe(true);
  });

  it('tells that a run which was stopped is ended at once, and else the first reason', () => {
    const board = new LiveBoard(run.plan);
    const after = (...reasons: readonly ('stopped' | 'aborted' | 'threshold')[]) => {
      for (const reason of reasons) board.event({ type: 'stopping', atMs: 1, reason });
      return board.state(1).stopping;
    };
    expect(after('threshold')).toBe('threshold');
    expect(after('stopped')).toBe('threshold');
    expect(after('aborted')).toBe('aborted');
    expect(after('stopped')).toBe('aborted');
    expect(createLiveState(run.plan, board).frame({ width: 100, colour: false, nowMs: 1 }).join('\n')).toContain('Ending at once.');
  });

  it('has what the generators take now: none that was lost, and a coordinator once', () => {
    const board = new LiveBoard(run.plan);
    const takes = (worker: string, interval: number, mb: number): void =>
      board.snapshot({ schema: 1, run: 'r', worker, interval, startMs: 0, endMs: 1, series: [{ metric: 'generator_rss', kind: 'gauge', tags: {}, count: 1, sum: mb, min: mb, max: mb, last: mb }] });
    const rssMb = (): number | undefined => board.state(0).generator.rssMb;
    takes('local', 0, 100);
    takes('host-a.0', 0, 2_000);
    takes('host-b.1', 0, 3_000);
    expect(rssMb()).toBe(5_100);
    takes('resumed-x', 1, 150);
    expect(rssMb()).toBe(5_150);
    board.event({ type: 'worker-lost', atMs: 2, worker: 'host-a', share: 0, running: 5, waiting: 0 });
    expect(rssMb()).toBe(3_150);
  });

  it('keeps its state to what JSON can carry', () => {
    const state = fed().state(60_000);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

describe('the course of a run', () => {
  it('has a gap, not nobody, where a server was not among those that a point names', () => {
    const servers = Object.fromEntries(Array.from({ length: MAX_IN_COURSE }, (_, n) => [`bbb${n}`, 10]));
    expect(usersAt(servers, 'bbb3')).toBe(10);
    expect(usersAt(servers, 'bbb99')).toBeUndefined();
    // With room left, who is not named had nobody.
    expect(usersAt({ bbb0: 10 }, 'bbb99')).toBe(0);
    expect(sparkPath([0, 10, undefined, 5, 10])).toBe('M0.0 24.0L25.0 2.0M75.0 13.0L100.0 2.0');
    expect(sparkPath([])).toBe('');
  });

  const snapshot = (interval: number): Snapshot => ({ schema: 1, run: 'r', worker: 'w', interval, startMs: interval * 1_000, endMs: (interval + 1) * 1_000, series: [] });

  it('stays within 720 points, in order and evenly thinned, however long the run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6_000 }), (count) => {
        const history = new LiveHistory(() => ({ planned: 0, present: 0, errors: 0, servers: {} }));
        for (let interval = 0; interval < count; interval++) history.snapshot(snapshot(interval));
        const { points } = history;
        expect(points.length).toBeLessThanOrEqual(720);
        expect(points.length).toBeGreaterThanOrEqual(Math.min(count, 360));
        const gaps = new Set(points.slice(1).map(({ interval }, index) => interval - points[index]!.interval));
        expect(gaps.size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  it('adds what a later worker says of an interval to its point', () => {
    const history = new LiveHistory(() => ({ planned: 1, present: 1, errors: 0, servers: {} }));
    const [first] = run.snapshots.filter(({ series }) => series.some(({ metric }) => metric === 'join_time'));
    history.snapshot({ ...first!, interval: 0, worker: 'a' });
    const alone = history.points[0]!.joinP95Ms!;
    const slow = run.snapshots.map(({ series }) => series.filter(({ metric }) => metric === 'join_time')).find((series) => series.some(({ max }) => max > alone))!;
    history.snapshot({ ...first!, interval: 0, worker: 'b', series: slow });
    expect(history.points).toHaveLength(1);
    expect(history.points[0]!.joinP95Ms).toBeGreaterThan(alone);
  });

  it('leaves an interval as it was once it is long over, rather than let a late worker stand for all', () => {
    const history = new LiveHistory(() => ({ planned: 1, present: 1, errors: 0, servers: {} }));
    const [first, second] = run.snapshots.filter(({ series }) => series.some(({ metric }) => metric === 'join_time'));
    history.snapshot({ ...first!, interval: 0, worker: 'a' });
    const before = history.points[0]!;
    for (let interval = 1; interval <= 5; interval++) history.snapshot(snapshot(interval));
    history.snapshot({ ...second!, interval: 0, worker: 'b' });
    expect(history.points[0]).toEqual(before);
    expect(history.points).toHaveLength(6);
  });
});
