import type { EventLoopMonitor } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { RunEvent, RunOutput } from '../../src/metrics/events.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import type { Snapshot } from '../../src/metrics/snapshot.js';
import { parseThreshold } from '../../src/metrics/threshold-parse.js';
import type { Threshold } from '../../src/metrics/threshold.js';
import type { Ledger, LedgerEntry } from '../../src/run/ledger.js';
import type { RunOptions } from '../../src/run/run-context.js';
import { runPlan } from '../../src/run/run.js';
import type { RunResult } from '../../src/run/run-result.js';
import type { LoadPart } from '../../src/scenario/scenario.js';
import type { Attendance, Plan, PlannedMeeting } from '../../src/schedule/plan.js';
import type { AttendeeSpec } from '../../src/vu/attendee.js';
import { FakeAttendeeFactory, type FakeScript } from './fake-attendee.js';
import { FakeMeetingHost, type FakeHostScript } from './fake-meeting-host.js';
import { VirtualClock } from './virtual-clock.js';

/** A pupil of meeting 0, due at once, that stays a minute. */
export function attendance(differences: Partial<Attendance> = {}): Attendance {
  const seq = differences.seq ?? 0;
  return { seq, part: 0, meeting: 0, role: 'pupil', kind: 'native', name: `Pupil ${seq}`, dueMs: 0, leaveMs: 60_000, audio: 'listen-only', webcam: false, cameraViews: 0, chatAtMs: [], ...differences };
}

export const constantPart: LoadPart = { name: 'lessons', startMs: 0, meetings: 'lesson', meetingCount: 1, executor: 'constant-users', users: 1, durationMs: 60_000 };

export function openPart(maxUsers: number): LoadPart {
  return { name: 'crowd', startMs: 0, meetings: 'lesson', meetingCount: 1, executor: 'ramping-arrival-rate', startRatePerSec: 1, stages: [], stayMs: 1_000, maxUsers };
}

/** A plan of these attendances, with the meetings that they name. */
export function planOf(attendances: readonly Attendance[], differences: Partial<Plan> = {}): Plan {
  const sorted = [...attendances].sort((a, b) => a.dueMs - b.dueMs || a.seq - b.seq);
  const indexes = [...new Set(sorted.map((one) => one.meeting))].sort((a, b) => a - b);
  const meetings: PlannedMeeting[] = indexes.map((index) => {
    const users = sorted.filter((one) => one.meeting === index);
    return { index, name: `Lesson ${index}`, part: 0, template: 'lesson', users: users.length, opensMs: Math.min(...users.map((one) => one.dueMs)), closesMs: Math.max(...users.map((one) => one.leaveMs)) };
  });
  return {
    schema: 1,
    scenario: 'test',
    seed: 1,
    durationMs: Math.max(0, ...sorted.map((one) => one.leaveMs)),
    startOfDayMs: undefined,
    checkpointEveryMs: 600_000,
    fleet: { servers: 1, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 },
    limits: { joinTimeoutMs: 30_000, gracefulStopMs: 10_000, maxLatenessMs: 1_000, maxEventLoopDelayMs: 200, browserLaunches: 2, usersPerBrowser: 4, maxScreenshots: 5 },
    parts: [constantPart],
    meetings,
    attendances: sorted,
    ...differences,
  };
}

export function threshold(expression: string, abort = false, startOfDayMs?: number): Threshold {
  const parsed = parseThreshold(expression, { startOfDayMs });
  if (!parsed.ok) throw new Error(parsed.message);
  return { ...parsed.threshold, abort };
}

export class MemoryOutput implements RunOutput {
  readonly events: RunEvent[] = [];
  readonly snapshots: Snapshot[] = [];

  event(event: RunEvent): void {
    this.events.push(event);
  }

  snapshot(snapshot: Snapshot): void {
    this.snapshots.push(snapshot);
  }

  of<T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  }
}

/** A ledger in memory that can say in which order it and the host were used. */
export class MemoryLedger implements Ledger {
  readonly entries: LedgerEntry[] = [];

  async write(entry: LedgerEntry): Promise<void> {
    this.entries.push(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}

/** An event loop that is never late, or always by `delayMs`. */
export function eventLoop(delayMs = 0): EventLoopMonitor {
  return { percentileMs: () => delayMs, maxMs: () => delayMs, reset: () => undefined, stop: () => undefined };
}

export interface FakeRunSetup {
  readonly plan: Plan;
  readonly users?: (spec: AttendeeSpec) => FakeScript;
  readonly host?: FakeHostScript;
  /** Instants on the clock of the run's process. */
  readonly stopAtMs?: number;
  readonly abortAtMs?: number;
  readonly options?: Partial<RunOptions>;
}

export interface FakeRun {
  readonly clock: VirtualClock;
  readonly host: FakeMeetingHost;
  readonly ledger: MemoryLedger;
  readonly output: MemoryOutput;
  readonly factories: { readonly native: FakeAttendeeFactory; readonly browser: FakeAttendeeFactory };
  readonly options: RunOptions;
  /** Runs it to its end in virtual time. */
  run(): Promise<RunResult>;
}

export function fakeRun(setup: FakeRunSetup): FakeRun {
  const clock = new VirtualClock();
  const host = new FakeMeetingHost(clock, setup.host);
  const ledger = new MemoryLedger();
  const output = new MemoryOutput();
  const factories = { native: new FakeAttendeeFactory('native', clock, setup.users), browser: new FakeAttendeeFactory('browser', clock, setup.users) };
  const [stop, abort] = [new AbortController(), new AbortController()];
  const options: RunOptions = {
    plan: setup.plan,
    runId: 'test-run',
    clock,
    factories,
    host,
    ledger,
    recorder: createRecorder({ maxSeries: 1_000 }),
    outputs: [output],
    thresholds: [],
    intervalMs: 10_000,
    stop: stop.signal,
    abort: abort.signal,
    allowForeign: false,
    eventLoop: eventLoop(),
    logger: silentLogger,
    ...setup.options,
  };
  const run = async (): Promise<RunResult> => {
    const over = new AbortController();
    const at = (atMs: number | undefined, controller: AbortController): void => {
      if (atMs !== undefined) clock.sleepUntil(atMs, over.signal).then(() => controller.abort(), () => undefined);
    };
    at(setup.stopAtMs, stop);
    at(setup.abortAtMs, abort);
    try {
      return await clock.run(runPlan(options));
    } finally {
      over.abort();
    }
  };
  return { clock, host, ledger, output, factories, options, run };
}
