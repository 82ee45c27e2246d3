import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/log.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { RunningTotal } from '../../../src/metrics/running-total.js';
import { workerShortcomings } from '../../../src/run/worker-shortcomings.js';
import { RunClock } from '../../../src/vu/run-clock.js';
import type { Entry } from '../../../src/workers/messages.js';
import { RemoteCrew } from '../../../src/workers/remote-crew.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { MemoryBus } from '../../fakes/memory-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const RUN = 'run-1';

/** A coordinator of two seats, and what a worker can say to it. */
function stage() {
  const clock = new VirtualClock();
  const bus = new MemoryBus();
  const events: RunEvent[] = [];
  const never = new AbortController().signal;
  const crew = new RemoteCrew({
    bus,
    plan: planOf([attendance({ seq: 0 }), attendance({ seq: 1 })]),
    job: { schema: 1, run: RUN, scenarioText: '', planHash: 'hash', target: { kind: 'bbb', url: 'https://bbb.example.org', secretEnv: 'BBB_SECRET' }, intervalMs: 1_000, ownWire: false },
    wire: undefined,
    seats: [
      { queue: 'any', kinds: ['native'] },
      { queue: 'any', kinds: ['native'] },
    ],
    waitMs: 60_000,
    clock,
    total: new RunningTotal([]),
    onSnapshot: () => undefined,
    onEvidence: () => undefined,
    readEvent: (value) => value as RunEvent,
    readSnapshot: () => undefined,
    flush: () => Promise.resolve(),
    resumed: undefined,
    say: () => undefined,
    logger: silentLogger,
  }).attach({ clock: new RunClock(clock), meetings: { release: () => undefined } as never, emit: (event) => events.push(event), stop: never, abort: never });
  const run = bus.run(RUN);
  let entries = 0;
  return {
    clock,
    crew,
    events,
    claim: (seat: number) => run.ask('claim', JSON.stringify({ worker: `w${seat}`, seat, weight: 1 })),
    ready: (seat: number) => run.ask('ready', JSON.stringify({ worker: `w${seat}`, seat, users: 1, planHash: 'hash', clockOffsetMs: 0, roundTripMs: 1 })),
    finished: (seat: number, rest: { failure?: string; entriesLost?: number } = {}) => run.append(`e${entries++}`, JSON.stringify({ type: 'finished', worker: `w${seat}`, seat, unprepared: 0, samplesLost: 0, entriesLost: 0, ...rest } satisfies Entry)),
  };
}

describe('a crew of workers', () => {
  it('does not begin without a share that its worker could not bring, and says why', async () => {
    const { clock, crew, claim, ready, finished } = stage();
    const refused = clock.run(crew.prepare().then(() => undefined, (error: unknown) => error));
    await clock.advanceTo(100);
    await claim(0);
    await claim(1);
    await clock.advanceTo(200);
    await ready(0);
    await finished(1, { failure: 'browser users cannot be brought here' });
    expect(await refused).toMatchObject({ code: 'WORKERS_MISSING', message: 'worker w1 could not bring its users: browser users cannot be brought here, so nothing was started' });
  });

  it('tells what a worker could not do later, so that a report made again knows it', async () => {
    const { clock, crew, events, claim, ready, finished } = stage();
    const prepared = clock.run(crew.prepare().then(() => crew.begin()));
    await clock.advanceTo(100);
    await claim(0);
    await claim(1);
    await clock.advanceTo(200);
    await ready(0);
    await ready(1);
    await prepared;
    await finished(0, { failure: 'out of memory' });
    await finished(1, { entriesLost: 3 });
    await clock.run(crew.settled());
    const said = ['worker w0 could not bring its users: out of memory', '3 reports of worker w1 were lost while the broker was away'];
    expect(crew.shortcomings).toEqual(said);
    expect(workerShortcomings(events)).toEqual(said);
  });
});
