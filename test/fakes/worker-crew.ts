import { silentLogger } from '../../src/core/log.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import { RunningTotal } from '../../src/metrics/running-total.js';
import { stoppingMetrics, type Threshold } from '../../src/metrics/threshold.js';
import { RUN_EVENT, SNAPSHOT } from '../../src/report/run-schemas.js';
import type { RunResult } from '../../src/run/run-result.js';
import type { Plan } from '../../src/schedule/plan.js';
import type { AttendeeSpec } from '../../src/vu/attendee.js';
import type { RemoteCrewOptions } from '../../src/workers/crew-options.js';
import { RemoteCrew } from '../../src/workers/remote-crew.js';
import type { Equipment } from '../../src/workers/seat-work.js';
import { serveRuns } from '../../src/workers/worker.js';
import { FakeAttendeeFactory, type FakeScript } from './fake-attendee.js';
import type { FakeHostScript, FakeMeetingHost } from './fake-meeting-host.js';
import { fakeRun, MemoryOutput } from './fake-run.js';
import { MemoryBus } from './memory-bus.js';

export interface WorkerCrewSetup {
  readonly plan: Plan;
  /** What each worker lacks; undefined: nothing. */
  readonly workers: readonly (Error | undefined)[];
  readonly seats?: number;
  readonly users?: (spec: AttendeeSpec) => FakeScript;
  readonly thresholds?: readonly Threshold[];
  readonly intervalMs?: number;
  readonly waitMs?: number;
  /** The workers are started then. */
  readonly workersComeAtMs?: number;
  readonly stopAtMs?: number;
  readonly host?: FakeHostScript;
  readonly allowForeign?: boolean;
  /** The first worker's process is stopped then. */
  readonly workerStopsAtMs?: number;
}

export interface WorkerCrew {
  readonly output: MemoryOutput;
  readonly host: FakeMeetingHost;
  readonly bus: MemoryBus;
  /** What the coordinator, and what worker n, printed. */
  readonly said: readonly string[];
  readonly workersSaid: readonly (readonly string[])[];
  /** Runs it, with its workers, to the end of all of them, in virtual time. */
  carryOut(): Promise<RunResult>;
}

/** What every coordinator of a test is given: measurements go to `total`, nothing is kept. */
export function crewParts(total: RunningTotal): Pick<RemoteCrewOptions, 'wire' | 'total' | 'onSnapshot' | 'onEvidence' | 'readEvent' | 'readSnapshot' | 'flush' | 'resumed' | 'logger'> {
  return {
    wire: undefined,
    total,
    onSnapshot: (snapshot) => total.snapshot(snapshot),
    onEvidence: () => undefined,
    readEvent: (value) => RUN_EVENT.safeParse(value).data,
    readSnapshot: (value) => SNAPSHOT.safeParse(value).data,
    flush: () => Promise.resolve(),
    resumed: undefined,
    logger: silentLogger,
  };
}

/** A coordinator and its workers in one process: a broker in memory, one clock, users by script. */
export function workerCrew({ plan, workers, seats = workers.length, users, thresholds = [], intervalMs = 10_000, waitMs = 30_000, workersComeAtMs = 0, stopAtMs, workerStopsAtMs, host, allowForeign = false }: WorkerCrewSetup): WorkerCrew {
  const total = new RunningTotal(thresholds);
  const said: string[] = [];
  const workersSaid = workers.map((): string[] => []);
  const output = new MemoryOutput();
  const run = fakeRun({ plan, ...(stopAtMs === undefined ? {} : { stopAtMs }), ...(host === undefined ? {} : { host }), options: { allowForeign, thresholds, intervalMs, outputs: [output, { event: (event) => crew.event(event), snapshot: (snapshot) => total.snapshot(snapshot), interim: (snapshot) => crew.interim(snapshot) }], crew: (context) => crew.attach(context) } });
  const bus = new MemoryBus(run.clock);
  const crew = new RemoteCrew({
    bus,
    plan,
    job: { schema: 1, run: 'test-run', scenarioText: '', planHash: 'h', target: { kind: 'bbb', url: 'https://bbb.example.org', secretEnv: 'BBB_SECRET' }, intervalMs, interim: stoppingMetrics(thresholds), ownWire: false },
    seats: Array.from({ length: seats }, () => ({ queue: 'any', kinds: ['native', 'browser'] as const })),
    waitMs,
    clock: run.clock,
    ...crewParts(total),
    say: (text) => void said.push(text),
  });
  const equipment = (): Equipment => ({
    plan,
    planHash: 'h',
    factories: { native: new FakeAttendeeFactory('native', run.clock, users), browser: new FakeAttendeeFactory('browser', run.clock, users) },
    recorder: createRecorder({ maxSeries: 1_000 }),
    usage: () => ({ cpuSeconds: 0, rssMb: 1 }),
    evidence: () => Promise.resolve(undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const carryOut = async (): Promise<RunResult> => {
    const enough = new AbortController();
    const first = new AbortController();
    if (workerStopsAtMs !== undefined) void run.clock.sleepUntil(workerStopsAtMs, enough.signal).then(() => first.abort(), () => undefined);
    const serving = workers.map(async (lack, index) => {
      if (workersComeAtMs > 0) await run.clock.sleepUntil(workersComeAtMs, enough.signal).catch(() => undefined);
      await serveRuns({
        bus,
        worker: `w${index}`,
        weight: 1,
        queues: ['any'],
        clock: run.clock,
        orphanAfterMs: 60_000,
        stop: index === 0 ? AbortSignal.any([enough.signal, first.signal]) : enough.signal,
        abort: new AbortController().signal,
        say: (text) => void workersSaid[index]!.push(text),
        logger: silentLogger,
        equip: () => (lack ? Promise.reject(lack) : Promise.resolve(equipment())),
      });
    });
    try {
      return await run.run();
    } finally {
      await crew[Symbol.asyncDispose]();
      enough.abort();
      await run.clock.run(Promise.all(serving));
      await bus[Symbol.asyncDispose]();
    }
  };
  return { output, host: run.host, bus, said, workersSaid, carryOut };
}
