import { expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/log.js';
import type { Job } from '../../../src/workers/messages.js';
import { serveRuns } from '../../../src/workers/worker.js';
import { MemoryBus } from '../../fakes/memory-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const job = (run: string): Job => ({ schema: 1, run, scenarioText: '', planHash: 'hash', target: { kind: 'bbb', url: 'https://bbb.example.org', secretEnv: 'BBB_SECRET' }, intervalMs: 1_000, ownWire: false });

/** A broker with a coordinator that gives away every seat of these runs. */
async function busOf(...runs: readonly string[]): Promise<MemoryBus> {
  const bus = new MemoryBus();
  for (const run of runs) {
    const state = bus.run(run);
    await state.put('job', JSON.stringify(job(run)));
    state.serve('claim', () => JSON.stringify({ answer: 'yours' }));
    state.serve('clock', () => JSON.stringify({ wallMs: 0 }));
    await bus.offer('any', `${run}_0`, JSON.stringify({ run, seat: 0 }));
  }
  return bus;
}

it('a worker for one run ends after it, and leaves the seats of the next to others', async () => {
  const clock = new VirtualClock();
  const bus = await busOf('run-1', 'run-2');
  const never = new AbortController().signal;
  const equipped: string[] = [];
  await clock.run(
    serveRuns({
      bus,
      worker: 'w',
      weight: 1,
      queues: ['any'],
      runs: 1,
      clock,
      orphanAfterMs: 60_000,
      stop: never,
      abort: never,
      say: () => undefined,
      logger: silentLogger,
      // What becomes of the share is not the subject.
      equip: ({ run }) => {
        equipped.push(run);
        return Promise.reject(new HarnessError('USAGE', 'not here'));
      },
    }),
  );
  expect(equipped).toEqual(['run-1']);
});
