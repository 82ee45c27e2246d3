import { setMaxListeners } from 'node:events';
import type { MetricName } from '../metrics/catalogue.js';
import type { Attendance } from '../schedule/plan.js';
import { RunClock } from '../vu/run-clock.js';
import { LocalCrew } from './local-crew.js';
import type { Meetings } from './ports.js';
import type { Presence } from './presence.js';
import { Pulse } from './pulse.js';
import { eventSink, type RunOptions } from './run-context.js';
import type { RunCounts } from './run-result.js';
import type { Gate } from './schedule-follower.js';
import { requireFactories } from './user-pool.js';

export interface ShareOptions extends Pick<RunOptions, 'plan' | 'runId' | 'clock' | 'factories' | 'recorder' | 'outputs' | 'intervalMs' | 'stop' | 'abort' | 'usage' | 'eventLoop' | 'logger'> {
  /** Attendances of the whole run, of which `plan` has a share. */
  readonly everybody: readonly Attendance[];
  /** Names this share among the recorders of the run. */
  readonly worker: string;
  readonly meetings: Meetings;
  /** What the wall clock here is ahead of the coordinator's, ms. */
  readonly clockOffsetMs: number;
  /** Metrics that the coordinator may stop the run for. */
  readonly interim?: readonly MetricName[];
  /** Told who is where, once there are users. */
  readonly onPresence: (presence: Presence) => void;
  /** Closed while nobody is to be started. */
  readonly gate?: Gate;
  /** Called when everything that the first instant needs is prepared; resolves when users may start, with how long ago the run began (ms). */
  readonly begin: () => Promise<number>;
}

export interface ShareResult {
  readonly counts: RunCounts;
  readonly unprepared: number;
  readonly samplesLost: number;
}

/**
 * Brings the users of one share of a plan into meetings that somebody else creates and ends; the verdict is somebody else's too.
 * Resolves when all its users have ended. Rejects with USAGE for a kind of users without factory, and with what `begin` rejects with.
 */
export async function runShare(options: ShareOptions): Promise<ShareResult> {
  requireFactories(options.plan, options.factories);
  setMaxListeners(0, options.stop, options.abort);
  const { meetings, stop, abort, recorder } = options;
  const run = { ...options, thresholds: [], plan: { ...options.plan, checkpointEveryMs: 0 } };
  const clock = new RunClock(options.clock, options.clockOffsetMs);
  const emit = eventSink(run);
  const crew = new LocalCrew({ clock, meetings, emit, stop, abort, run, gate: options.gate });
  await crew.prepare();
  try {
    clock.start(await options.begin());
  } catch (error) {
    await crew.settled();
    throw error;
  }
  options.onPresence(crew.presence);
  const pulse = new Pulse({
    run,
    clock,
    emit,
    gauges: ['users_present'],
    cumulative: () => crew.cumulative,
    interim: options.interim ?? [],
    state: () => ({ present: crew.present, meetings: 0, failed: crew.counts.failed, lost: crew.counts.lost }),
    onBroken: () => undefined,
  });
  const over = new AbortController();
  const beating = pulse.run(over.signal);
  await crew.run();
  await crew.settled();
  over.abort();
  await beating;
  await pulse.finish();
  return { counts: crew.counts, unprepared: crew.unprepared, samplesLost: recorder.refused.overCap };
}
