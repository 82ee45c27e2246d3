import type { ErrorCode } from '../core/errors.js';
import type { EndReason } from '../metrics/events.js';
import type { ThresholdResult } from '../metrics/threshold.js';

/** planned = started + dropped + notStarted; started = left + failed + lost + aborted. */
export interface RunCounts {
  readonly planned: number;
  readonly started: number;
  /** Due, but their part had its maximum of users. */
  readonly dropped: number;
  /** Never due before the run ended, or stopped before they could start. */
  readonly notStarted: number;
  readonly joined: number;
  readonly left: number;
  readonly failed: number;
  readonly lost: number;
  readonly aborted: number;
  /** Most users in meetings at one time. */
  readonly peakConcurrent: number;
}

export interface MeetingCounts {
  /** Meetings that have at least one user in the plan. */
  readonly planned: number;
  readonly created: number;
  readonly ended: number;
  readonly leftOpen: number;
}

export interface RunResult {
  readonly reason: EndReason;
  readonly counts: RunCounts;
  readonly meetings: MeetingCounts;
  /** Why the planned load did not reach the target on time, one sentence each; empty: it did. */
  readonly notDelivered: readonly string[];
  /** All thresholds, judged on the whole run. */
  readonly thresholds: readonly ThresholdResult[];
  /** Users at one time, at most, that were in and that the servers or other users did not count. */
  readonly missing: number;
  /** Reason could-not-run or foreign: what happened. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
  /** From the first instant of the plan to the end of the run. */
  readonly durationMs: number;
}
