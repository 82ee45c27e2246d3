import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/log.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import type { Entry, Job } from '../../../src/workers/messages.js';
import type { Equip } from '../../../src/workers/seat-work.js';
import { serveRuns, type ServeOptions } from '../../../src/workers/worker.js';
import { FakeAttendeeFactory } from '../../fakes/fake-attendee.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { MemoryBus } from '../../fakes/memory-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const PLAN = planOf([attendance({ leaveMs: 10_000 })]);
const NO_SECRET = new HarnessError('SECRET_MISSING', 'BBB_SECRET is not set', { hint: 'export it' });

const job = (run: string): Job => ({ schema: 1, run, scenarioText: '', planHash: 'h', target: { kind: 'bbb', url: 'https://bbb.example.org', secretEnv: 'BBB_SECRET' }, intervalMs: 1_000, ownWire: false });

/** One worker, and coordinators that give it every seat that it asks for and start at once. */
function scene(options: Pick<ServeOptions, 'runs' | 'idleMs'>, lacks: (run: string) => Error | undefined = () => undefined) {
  const clock = new VirtualClock();
  const bus = new MemoryBus(clock);
  const stop = new AbortController();
  const asked: string[] = [];
  const equip: Equip = ({ run }) => {
    asked.push(run);
    const lack = lacks(run);
    if (lack) return Promise.reject(lack);
    return Promise.resolve({ plan: PLAN, planHash: 'h', factories: { native: new FakeAttendeeFactory('native', clock) }, recorder: createRecorder({ maxSeries: 500 }), usage: () => ({ cpuSeconds: 0, rssMb: 1 }), evidence: () => Promise.resolve(undefined), [Symbol.asyncDispose]: () => Promise.resolve() });
  };
  const offer = async (run: string): Promise<void> => {
    const state = bus.run(run);
    await state.put('job', JSON.stringify(job(run)));
    await state.put('split', JSON.stringify({ seats: [{ weight: 1, kinds: ['native', 'browser'] }] }));
    await state.put('meeting.0', JSON.stringify({ ok: true }));
    state.serve('claim', () => JSON.stringify({ answer: 'yours' }));
    state.serve('clock', () => JSON.stringify({ wallMs: clock.wallMs() }));
    state.serve('refuse', () => '{}');
    state.serve('ready', () => {
      void state.put('phase', JSON.stringify({ phase: 'started', startWallMs: clock.wallMs() }));
      return JSON.stringify({ ok: true });
    });
    await bus.offer('any', `${run}_0`, JSON.stringify({ run, seat: 0 }));
  };
  return {
    clock,
    bus,
    asked,
    /** How it ends, with runs offered at these instants. */
    async serve(at: Readonly<Record<number, string>>, stopAtMs = 3_600_000): Promise<unknown> {
      const over = new AbortController();
      const when = (atMs: number, happen: () => unknown): void => void clock.sleepUntil(atMs, over.signal).then(happen, () => undefined);
      for (const [atMs, run] of Object.entries(at)) when(Number(atMs), () => offer(run));
      when(stopAtMs, () => stop.abort(new HarnessError('STOPPED', 'Ctrl-C')));
      const never = new AbortController().signal;
      const serving = serveRuns({ bus, worker: 'w', weight: 1, queues: ['any'], ...options, clock, orphanAfterMs: 60_000, stop: stop.signal, abort: never, say: () => undefined, logger: silentLogger, equip });
      try {
        return await clock.run(serving);
      } catch (error) {
        return error;
      } finally {
        over.abort();
        await bus[Symbol.asyncDispose]();
      }
    },
  };
}

describe('a worker for one run', () => {
  it('ends after it, and leaves the seats of the next to others', async () => {
    const of = scene({ runs: 1 });
    expect(await of.serve({ 0: 'run-1', 1: 'run-2' })).toBeUndefined();
    expect(of.asked).toEqual(['run-1']);
    expect(of.clock.nowMs()).toBeLessThan(60_000);
  });

  it('ends with what it lacked when it had to give its share back', async () => {
    const of = scene({ runs: 1 }, () => NO_SECRET);
    expect(await of.serve({ 0: 'run-1' })).toBe(NO_SECRET);
    expect(of.asked).toEqual(['run-1']);
  });
});

describe('a worker that ends when no run comes any more', () => {
  it('serves one after the other, as the steps of a search are, and ends when none came for so long', async () => {
    const of = scene({ idleMs: 100_000 });
    expect(await of.serve({ 0: 'step-1', 90_000: 'step-2', 180_000: 'step-3', 900_000: 'another' })).toBeUndefined();
    expect(of.asked).toEqual(['step-1', 'step-2', 'step-3']);
    expect(of.clock.nowMs()).toBeGreaterThanOrEqual(290_000);
    expect(of.clock.nowMs()).toBeLessThan(300_000);
  });

  it('waits for its first run as long as that takes', async () => {
    const of = scene({ idleMs: 100_000 });
    expect(await of.serve({ 500_000: 'run-1' })).toBeUndefined();
    expect(of.asked).toEqual(['run-1']);
  });

  it('ends at once, with what it lacked, when it had to give a share back', async () => {
    const of = scene({ idleMs: 100_000 }, (run) => (run === 'step-2' ? NO_SECRET : undefined));
    expect(await of.serve({ 0: 'step-1', 50_000: 'step-2' })).toBe(NO_SECRET);
    expect(of.clock.nowMs()).toBeLessThan(100_000);
  });
});

describe('a worker that waits for the next run', () => {
  it('goes on when it lacked something for one', async () => {
    const of = scene({}, (run) => (run === 'run-1' ? NO_SECRET : undefined));
    expect(await of.serve({ 0: 'run-1', 50_000: 'run-2' })).toBeUndefined();
    expect(of.asked).toEqual(['run-1', 'run-2']);
    expect(of.clock.nowMs()).toBe(3_600_000);
  });
});

it('brings a share once that was lost and that it takes again itself: what it had of it before leaves, and says nothing more', async () => {
  const of = scene({});
  await of.serve({ 0: 'run-1', 5_000: 'run-1' }, 60_000);
  const said = of.bus.run('run-1').log.map((text) => JSON.parse(text) as Entry);
  expect(of.asked).toEqual(['run-1', 'run-1']);
  expect(said.filter(({ type }) => type === 'finished')).toHaveLength(1);
  expect(said.flatMap((entry) => (entry.type === 'events' ? (entry.events as RunEvent[]) : [])).filter(({ type }) => type === 'user-ended')).toMatchObject([{ outcome: 'left' }]);
});
