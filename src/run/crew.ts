import type { RunEvent } from '../metrics/events.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { WindowedSeries } from '../metrics/windows.js';
import type { RunClock } from '../vu/run-clock.js';
import type { Meetings } from './ports.js';
import type { Presence } from './presence.js';
import type { RunCounts } from './run-result.js';

/** Who brings the users of a plan into its meetings: this process, or workers on many machines. */
export interface Crew {
  /** Gets ready to begin. Rejects with a HarnessError if the run cannot begin. */
  prepare(): Promise<void>;
  /** Resolves at the first instant of the run: at once, or when all who bring users have agreed on it. */
  begin(): Promise<void>;
  /** Starts every user at its due time; resolves when the last has been started, or at the stop. */
  run(): Promise<void>;
  /** Resolves when every user has ended. */
  settled(): Promise<void>;
  /** Exact, from the users themselves. */
  readonly counts: RunCounts;
  /** Users in meetings now. */
  readonly present: number;
  /** Users that could not be prepared (a browser did not start). */
  readonly unprepared: number;
  /** Users that were taken out before it was time, but for those of lost workers. */
  readonly cutShort: number;
  /** What else kept load from the target, one sentence each. */
  readonly shortcomings: readonly string[];
  /** For the three counts of users. */
  readonly presence: Presence;
  /** Measured so far by all that bring users. */
  readonly cumulative: SeriesSet;
  /** The same with intervals that are not over, for what has to stop the run within seconds; undefined: `cumulative` has them. */
  readonly soFar?: SeriesSet;
  /** The same for thresholds over a stretch of time; undefined: all who bring users are in this process. */
  readonly windows?: WindowedSeries;
}

export interface CrewContext {
  readonly clock: RunClock;
  readonly meetings: Meetings;
  readonly emit: (event: RunEvent) => void;
  /** No new users, everyone leaves. */
  readonly stop: AbortSignal;
  /** Away at once. */
  readonly abort: AbortSignal;
}

export type CrewFactory = (context: CrewContext) => Crew;
