import { describe, expect, it } from 'vitest';
import { mergeAll } from '../../../src/metrics/merge.js';
import type { Usage } from '../../../src/run/run-context.js';
import { attendance, eventLoop, fakeRun, planOf, threshold } from '../../fakes/fake-run.js';

describe('the regular looks at a run', () => {
  it('give the outputs a snapshot for each interval and the rest at the end', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 25_000 })]) });
    await run.run();
    expect(run.output.snapshots.map(({ run: id, worker, interval, startMs, endMs }) => [id, worker, interval, startMs, endMs])).toEqual([
      ['test-run', 'local', 0, 0, 10_000],
      ['test-run', 'local', 1, 10_000, 20_000],
      ['test-run', 'local', 2, 20_000, 25_000],
    ]);
  });

  it('keep the times of intervals when this machine stood still for several', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 65_000 })]) });
    let looks = 0;
    // The third look, at 20 s, ends at 47 s.
    const usage = async (): Promise<Usage> => {
      if (++looks === 3) await run.clock.sleepUntil(run.clock.nowMs() + 27_000, new AbortController().signal);
      return { cpuSeconds: looks, rssMb: 300 };
    };
    Object.assign(run.options, { usage });
    await run.run();
    expect(run.output.snapshots.map(({ interval, startMs, endMs }) => [interval, startMs, endMs])).toEqual([
      [0, 0, 10_000],
      [1, 10_000, 20_000],
      [2, 20_000, 30_000],
      [3, 30_000, 47_000],
      [4, 47_000, 50_000],
      [5, 50_000, 60_000],
      [6, 60_000, 65_000],
    ]);
    const counted = run.output.snapshots.map(({ series }) => series.find(({ metric }) => metric === 'generator_rss')?.count);
    expect(counted).toEqual([2, 1, undefined, undefined, 1, 1, 1]);
  });

  it('lose nothing: the snapshots together say what the recorder says', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 25_000 }), attendance({ seq: 1, dueMs: 12_000, leaveMs: 24_000 })]), users: () => ({ delayMs: { join: 700 } }) });
    await run.run();
    const merged = mergeAll(run.output.snapshots);
    for (const metric of ['users_started', 'users_left', 'join_time', 'lateness', 'event_loop_delay'] as const) expect(merged.figures(metric)).toEqual(run.options.recorder.cumulative.figures(metric));
    expect(merged.figures('users_left').sum).toBe(2);
  });

  it('measure the generator: CPU as difference, memory as it stands, the event loop as a distribution', async () => {
    let cpuSeconds = 100;
    const usage = () => ({ cpuSeconds: (cpuSeconds += 5), rssMb: 300 });
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 30_500 })]), options: { usage, eventLoop: { ...eventLoop(), percentileMs: (p) => p } } });
    await run.run();
    const { cumulative } = run.options.recorder;
    // 5 s of CPU in each interval of 10 s; the last, of half a second, takes 5 s too.
    expect(cumulative.figures('generator_cpu')).toMatchObject({ count: 4, min: 0.5, max: 10, last: 10 });
    expect(cumulative.figures('generator_rss').max).toBe(300);
    expect(cumulative.figures('event_loop_delay')).toMatchObject({ count: 3_000, min: 0.5, max: 99.5 });
  });

  it('take checkpoints with who is present and how it went so far', async () => {
    const users = [attendance({ seq: 0, leaveMs: 55_000 }), attendance({ seq: 1 }), attendance({ seq: 2 })];
    const run = fakeRun({
      plan: planOf(users, { checkpointEveryMs: 25_000 }),
      options: { thresholds: [threshold('join_time p(95) < 10 s'), threshold('users_failed count == 0'), threshold('audio_loss p(95) < 1%')] },
      users: ({ seq }) => [{ delayMs: { join: 2_000 } }, { fail: { join: 'MEETING_FULL' as const } }, { lostAfterJoinMs: 30_000 }][seq]!,
    });
    await run.run();
    expect(run.output.of('checkpoint')).toEqual([
      { type: 'checkpoint', atMs: 25_000, present: 2, meetings: 1, failed: 1, lost: 0, joinTimeP95Ms: 2_000, servers: [{ server: 'bbb01', users: 2, meetings: 1, joinTimeP95Ms: 2_000 }], errorsSince: 1, held: 1, broken: ['users_failed count == 0'], pending: 1 },
      { type: 'checkpoint', atMs: 50_000, present: 1, meetings: 1, failed: 1, lost: 1, joinTimeP95Ms: 2_000, servers: [{ server: 'bbb01', users: 1, meetings: 1, joinTimeP95Ms: 2_000 }], errorsSince: 1, held: 1, broken: ['users_failed count == 0'], pending: 1 },
    ]);
  });

  it('record how many are present and which meetings are open in every interval', async () => {
    const run = fakeRun({ plan: planOf([attendance({ leaveMs: 35_000 })]) });
    await run.run();
    const present = run.output.snapshots.map((snapshot) => snapshot.series.find((series) => series.metric === 'users_present')?.last);
    expect(present).toEqual([1, 1, 1, 0]);
    expect(run.output.snapshots[1]?.series.find((series) => series.metric === 'meetings_open')?.last).toBe(1);
  });

  it('do not fail a run because this machine cannot be measured', async () => {
    const usage = (): never => {
      throw new Error('no /proc');
    };
    expect((await fakeRun({ plan: planOf([attendance()]), options: { usage } }).run()).counts.left).toBe(1);
  });
});
