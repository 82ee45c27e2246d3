import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { HarnessError } from '../../../src/core/errors.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { followHappenings } from '../../../src/run/happenings.js';
import type { FaultControl, HookRunner } from '../../../src/run/ports.js';
import type { Happening } from '../../../src/schedule/plan.js';
import { attendance, fakeRun, planOf, type FakeRun } from '../../fakes/fake-run.js';
import { RunClock } from '../../../src/vu/run-clock.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { listenerWarnings } from '../../fakes/warnings.js';

const exec = (atMs: number, name: string): Happening => ({ atMs, do: 'exec', name, command: ['true'], timeoutMs: 60_000 });
const withHappenings = (happenings: readonly Happening[]) => planOf([attendance()], { happenings });

/** Commands that take so long, or until they are killed. */
function hooks(clock: () => VirtualClock, durationMs: number): HookRunner & { readonly ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    run: async ({ name }, signal) => {
      ran.push(name);
      try {
        await sleep(clock(), durationMs, signal);
        return { exitCode: 3, problem: undefined, output: `hooks/${name}.log` };
      } catch {
        return { exitCode: undefined, problem: 'killed when the run ended', output: undefined };
      }
    },
  };
}

function faults(fail = false): FaultControl & { readonly all: (readonly string[])[] } {
  const all: (readonly string[])[] = [];
  return {
    all,
    set: async (some) => {
      if (fail) throw new HarnessError('TARGET_UNREACHABLE', 'gone');
      all.push(some);
    },
  };
}

function runWith(happenings: readonly Happening[], durationMs: number, stopAtMs?: number): { readonly run: FakeRun; readonly hooks: ReturnType<typeof hooks> } {
  const made: { run?: FakeRun } = {};
  const runner = hooks(() => made.run!.clock, durationMs);
  made.run = fakeRun({ plan: withHappenings(happenings), options: { hooks: runner }, ...(stopAtMs === undefined ? {} : { stopAtMs }) });
  return { run: made.run, hooks: runner };
}

describe('what happens beside the users', () => {
  it('happens at its time, and a command that runs does not hold up the next', async () => {
    const { run } = runWith([exec(10_000, 'one'), exec(12_000, 'two')], 5_000);
    const result = await run.run();
    expect(result.reason).toBe('completed');
    expect(run.output.of('hook-started').map(({ atMs, name }) => [atMs, name])).toEqual([
      [10_000, 'one'],
      [12_000, 'two'],
    ]);
    expect(run.output.of('hook-ended')).toEqual([
      { type: 'hook-ended', atMs: 15_000, name: 'one', durationMs: 5_000, exitCode: 3, output: 'hooks/one.log' },
      { type: 'hook-ended', atMs: 17_000, name: 'two', durationMs: 5_000, exitCode: 3, output: 'hooks/two.log' },
    ]);
  });

  it('may be many commands at once', async () => {
    const { run, hooks: runner } = runWith(Array.from({ length: 12 }, (_, index) => exec(10_000, `command ${index}`)), 5_000);
    expect(await listenerWarnings(() => run.run())).toBe(0);
    expect(runner.ran).toHaveLength(12);
  });

  it('is killed at a stop, begins nothing after it, and has ended before the run has', async () => {
    const { run, hooks: runner } = runWith([exec(10_000, 'long'), exec(30_000, 'never')], 500_000, 20_000);
    const result = await run.run();
    expect(result.reason).toBe('stopped');
    expect(runner.ran).toEqual(['long']);
    expect(run.output.of('hook-ended')).toEqual([{ type: 'hook-ended', atMs: 20_000, name: 'long', durationMs: 10_000, problem: 'killed when the run ended' }]);
    expect(run.output.events.at(-1)!.type).toBe('run-ended');
  });

  it('is killed when the last user has gone', async () => {
    const { run } = runWith([exec(10_000, 'long')], 500_000);
    expect((await run.run()).reason).toBe('completed');
    expect(run.output.of('hook-ended')).toMatchObject([{ atMs: 60_000, problem: 'killed when the run ended' }]);
  });

  it('is not done twice by a run that was taken up', async () => {
    const clock = new VirtualClock();
    const events: RunEvent[] = [];
    const runClock = new RunClock(clock);
    runClock.start(15_000);
    const over = new AbortController();
    const runner = hooks(() => clock, 1_000);
    const done = followHappenings({ run: { plan: withHappenings([exec(10_000, 'before'), exec(20_000, 'after')]), hooks: runner, resumed: { agoMs: 15_000, events: [], ledger: [] } }, clock: runClock, emit: (event) => events.push(event) }, new AbortController().signal, over.signal);
    await clock.run(done);
    expect(runner.ran).toEqual(['after']);
    expect(events[0]).toEqual({ type: 'hook-started', atMs: 20_000, name: 'after' });
  });

  it('sets faults and clears them', async () => {
    const control = faults();
    const run = fakeRun({ plan: withHappenings([{ atMs: 10_000, do: 'faults', faults: ['full'] }, { atMs: 20_000, do: 'faults', faults: [] }]), options: { faults: control } });
    await run.run();
    expect(control.all).toEqual([['full'], []]);
    expect(run.output.of('faults-set').map(({ atMs, faults: some }) => [atMs, some])).toEqual([
      [10_000, ['full']],
      [20_000, []],
    ]);
  });

  it('says so when faults were not taken, and goes on', async () => {
    const run = fakeRun({ plan: withHappenings([{ atMs: 10_000, do: 'faults', faults: ['full'] }]), options: { faults: faults(true) } });
    expect((await run.run()).counts.left).toBe(1);
    expect(run.output.of('faults-set')).toMatchObject([{ code: 'TARGET_UNREACHABLE', message: 'gone' }]);
  });

  it.each([
    [exec(1_000, 'x'), /runs the command "x", and this run may not/],
    [{ atMs: 1_000, do: 'faults', faults: [] } as const, /no simulator of its own/],
  ])('is refused before anything is created if nobody can do it', async (happening, message) => {
    const run = fakeRun({ plan: withHappenings([happening]) });
    await expect(run.run()).rejects.toThrow(message);
    expect(run.host.log).toEqual([]);
  });
});
