import type { EndReason } from '../metrics/events.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Plan } from '../schedule/plan.js';
import type { RunCounts } from './run-result.js';

export interface DeliveryFacts {
  readonly limits: Plan['limits'];
  readonly reason: EndReason;
  readonly counts: RunCounts;
  /** Of the whole run. */
  readonly series: SeriesSet;
  /** Users that this machine could not prepare. */
  readonly unprepared: number;
  /** Users that were taken out before it was time (`isCutShort`). */
  readonly cutShort: number;
  /** Samples that did not fit into the recorder. */
  readonly samplesLost: number;
  /** What else, e.g. workers that were lost. */
  readonly shortcomings: readonly string[];
}

/** Why the planned load did not reach the target on time, one sentence each. Then a run says nothing about the target. */
export function notDelivered({ limits, reason, counts, series, unprepared, cutShort, samplesLost, shortcomings }: DeliveryFacts): readonly string[] {
  const reasons: string[] = [...shortcomings];
  const latenessMs = series.figures('lateness').p99;
  if (latenessMs !== undefined && latenessMs > limits.maxLatenessMs) reasons.push(`users started late: p99 ${Math.round(latenessMs)} ms, limit ${limits.maxLatenessMs} ms`);
  const delayMs = series.figures('event_loop_delay').p99;
  if (delayMs !== undefined && delayMs > limits.maxEventLoopDelayMs) reasons.push(`this machine was too busy: event-loop delay p99 ${Math.round(delayMs)} ms, limit ${limits.maxEventLoopDelayMs} ms`);
  const sendMs = series.figures('send_lateness').p99;
  if (sendMs !== undefined && limits.maxSendLatenessMs !== undefined && sendMs > limits.maxSendLatenessMs) reasons.push(`media packets left late: p99 ${Math.round(sendMs)} ms, limit ${limits.maxSendLatenessMs} ms`);
  const limited = series.figures('send_limited').rate;
  if (limited !== undefined && limits.maxSendLimited !== undefined && limited > limits.maxSendLimited) reasons.push(`browsers held their cameras back for want of CPU: ${Math.round(limited * 100)} % of the time, limit ${Math.round(limits.maxSendLimited * 100)} %`);
  if (counts.dropped > 0) reasons.push(`${users(counts.dropped)} dropped: the maximum of users at once was reached`);
  if (unprepared > 0) reasons.push(`${users(unprepared)} not prepared by this machine`);
  // A run that was ended early has not started everyone, and that is not this machine's failing.
  if (reason === 'completed' && counts.notStarted > 0) reasons.push(`${users(counts.notStarted)} never started`);
  if (reason === 'completed' && cutShort > 0) reasons.push(`${users(cutShort)} taken out before it was time`);
  if (samplesLost > 0) reasons.push(`${samplesLost} samples lost: too many series to record`);
  return reasons;
}

function users(count: number): string {
  return count === 1 ? '1 user was' : `${count} users were`;
}
