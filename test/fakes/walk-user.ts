import { HarnessError } from '../../src/core/errors.js';
import { createRecorder, type RunRecorder } from '../../src/metrics/recorder.js';
import type { SeriesSet } from '../../src/metrics/series-set.js';
import type { AttendanceEnd } from '../../src/vu/attend.js';
import type { Company } from '../../src/vu/media-watch.js';
import { RunClock } from '../../src/vu/run-clock.js';
import type { AttendanceScript } from '../../src/vu/script.js';
import { VirtualUser } from '../../src/vu/virtual-user.js';
import { FakeAttendeeFactory, type FakeAttendee, type FakeScript } from './fake-attendee.js';
import { attendance } from './fake-run.js';
import { VirtualClock } from './virtual-clock.js';

export interface Walked {
  readonly end: AttendanceEnd | undefined;
  readonly attendee: FakeAttendee | undefined;
  readonly series: SeriesSet;
  readonly heard: readonly string[];
  readonly endedAtMs: number;
  readonly clock: VirtualClock;
  readonly recorder: RunRecorder;
}

export interface WalkSetup {
  readonly user?: Partial<AttendanceScript>;
  readonly fake?: FakeScript;
  readonly company?: Company;
  readonly stopAtMs?: number;
  readonly abortAtMs?: number;
  readonly meeting?: { readonly readyAtMs?: number; readonly refused?: HarnessError };
  /** When attend is called, the due time unless told otherwise. */
  readonly startAtMs?: number;
  readonly meanwhile?: (attendee: () => FakeAttendee | undefined, clock: VirtualClock) => Promise<void>;
}

export const LIMITS = { openTimeoutMs: 20_000, joinTimeoutMs: 10_000, stepTimeoutMs: 5_000, leaveTimeoutMs: 4_000, closeTimeoutMs: 3_000 };
export const never = new AbortController().signal;

/** One virtual user from before its due time to its end, in virtual time. */
export async function walk(setup: WalkSetup = {}): Promise<Walked> {
  const clock = new VirtualClock();
  const runClock = new RunClock(clock);
  const recorder: RunRecorder = createRecorder({ maxSeries: 500 });
  const factory = new FakeAttendeeFactory('native', clock, () => setup.fake ?? {});
  const [stop, abort, over] = [new AbortController(), new AbortController(), new AbortController()];
  const script = attendance(setup.user);
  const heard: string[] = [];
  let endedAtMs = Number.NaN;
  const user = new VirtualUser({
    script,
    meetingId: 'firstbell-test-0',
    meetingReady: async () => {
      if (setup.meeting?.readyAtMs !== undefined) await clock.sleepUntil(setup.meeting.readyAtMs, never);
      if (setup.meeting?.refused) throw setup.meeting.refused;
    },
    factory,
    clock: runClock,
    recorder,
    ...(setup.company === undefined ? {} : { company: () => setup.company! }),
    limits: LIMITS,
    stop: stop.signal,
    abort: abort.signal,
    listener: {
      started: (latenessMs) => heard.push(`started ${latenessMs}`),
      joined: (server) => heard.push(`joined ${server}`),
      stepFailed: (step, code, _message, screenshot) => heard.push(`${step} ${code}${screenshot === undefined ? '' : ` ${screenshot}`}`),
      ended: (end) => {
        endedAtMs = runClock.atMs;
        heard.push(`ended ${end.outcome}`);
      },
    },
  });
  const at = (atMs: number | undefined, controller: AbortController): void => {
    if (atMs !== undefined) clock.sleepUntil(atMs, over.signal).then(() => controller.abort(new HarnessError('STOPPED', 'stopped')), () => undefined);
  };
  runClock.start();
  at(setup.stopAtMs, stop);
  at(setup.abortAtMs, abort);
  const end = await clock.run(
    (async () => {
      await clock.sleepUntil(setup.startAtMs ?? script.dueMs, never);
      const [result] = await Promise.all([user.attend(), setup.meanwhile?.(() => factory.created[0], clock)]);
      return result;
    })(),
  );
  over.abort();
  recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
  return { end, attendee: factory.created[0], series: recorder.cumulative, heard, endedAtMs, clock, recorder };
}
