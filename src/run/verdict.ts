import { unreachable } from '../core/errors.js';
import type { MetricName } from '../metrics/catalogue.js';
import type { EndReason } from '../metrics/events.js';
import { parseThreshold } from '../metrics/threshold-parse.js';
import { isOfEverybody, type ThresholdResult } from '../metrics/threshold.js';
import type { RunResult } from './run-result.js';

export interface Verdict {
  readonly verdict: 'held' | 'broken' | 'not-delivered' | 'could-not-run' | 'interrupted';
  /** As design.md §5. */
  readonly exitCode: 0 | 3 | 4 | 5 | 130;
  /** Why, one sentence each; empty when held. */
  readonly reasons: readonly string[];
}

/**
 * What a run proves. In this order: it could not run (4); the user interrupted it (130, also before the first meeting); this machine did not deliver the load, so
 * that nothing is known about the target (5); a threshold did not hold, or users did not get in, were lost or
 * not counted, and no threshold allows for them (3); all held (0). A run into which nobody got never held.
 */
export function decideVerdict(result: RunResult, thresholds: readonly ThresholdResult[] = result.thresholds): Verdict {
  const { reason, counts, meetings, failure, notDelivered } = result;
  if (isInterruption(reason)) return { verdict: 'interrupted', exitCode: 130, reasons: [reason === 'stopped' ? 'stopped by the user' : 'aborted by the user'] };
  if (reason === 'could-not-run' || reason === 'foreign') return { verdict: 'could-not-run', exitCode: 4, reasons: [failure?.message ?? `the run ended: ${reason}`] };
  if (meetings.planned > 0 && meetings.created === 0) return { verdict: 'could-not-run', exitCode: 4, reasons: [failure?.message ?? 'no meeting could be created'] };
  if (notDelivered.length > 0) return { verdict: 'not-delivered', exitCode: 5, reasons: notDelivered };
  const reasons = brokenReasons(result, thresholds);
  if (reasons.length > 0) return { verdict: 'broken', exitCode: 3, reasons };
  return counts.joined === 0 ? { verdict: 'broken', exitCode: 3, reasons: ['no user got in'] } : { verdict: 'held', exitCode: 0, reasons: [] };
}

function isInterruption(reason: EndReason): boolean {
  switch (reason) {
    case 'stopped':
    case 'aborted':
      return true;
    case 'completed':
    case 'threshold':
    case 'foreign':
    case 'could-not-run':
      return false;
    default:
      return unreachable(reason);
  }
}

/** Each of them says how many need not get in. */
export const METRICS_OF_FAILED: readonly MetricName[] = ['join_failed', 'users_failed', 'users_joined'];

function brokenReasons({ counts, reason, missing }: RunResult, thresholds: readonly ThresholdResult[]): string[] {
  const reasons = thresholds.filter((threshold) => !threshold.held).map(describe);
  // Whoever sets a threshold decides how many may be; who does not has not allowed any.
  const isAsked = (metric: MetricName): boolean => thresholds.some(({ expression }) => isOfAll(expression, metric));
  if (counts.failed > 0 && counts.joined > 0 && !METRICS_OF_FAILED.some(isAsked)) reasons.push(`${counts.failed === 1 ? '1 user' : `${counts.failed} users`} did not get in, and no threshold on join_failed allows for it`);
  if (counts.lost > 0 && !isAsked('users_lost')) reasons.push(`${counts.lost === 1 ? '1 user' : `${counts.lost} users`} lost the meeting before it was time, and no threshold on users_lost allows for it`);
  if (missing > 0 && !isAsked('missing')) reasons.push(`${missing === 1 ? '1 user was' : `${missing} users were`} in a meeting, but not counted by the servers or by other users, and no threshold on missing allows for it`);
  if (counts.joined === 0 && counts.planned > 0) reasons.unshift('no user got in');
  if (reason === 'threshold') reasons.unshift('the run was stopped because an abort threshold broke');
  return reasons;
}

function isOfAll(expression: string, metric: MetricName): boolean {
  // When the day begins decides which stretch of the run is meant, not whether one is.
  const parsed = parseThreshold(expression, { startOfDayMs: 0 });
  return parsed.ok && parsed.threshold.metric === metric && isOfEverybody(parsed.threshold);
}

function describe({ expression, observed, unit, worst, each = [] }: ThresholdResult): string {
  const unmeasured = each.filter((one) => one.observed === undefined).map(({ value }) => value);
  const nothing = `nothing was measured${unmeasured.length === 0 ? '' : ` on ${named(unmeasured)}`}`;
  if (observed === undefined) return `${expression}: ${nothing}`;
  const broke = each.filter((one) => !one.held && one.observed !== undefined).length;
  const where = worst === undefined ? '' : ` on ${worst}${broke > 1 ? `, the worst of ${broke}` : ''}`;
  const value = unit === 'ratio' ? `${rounded(observed * 100)}%` : unit === 'count' ? rounded(observed) : `${rounded(observed)} ${unit}`;
  return `${expression}: observed ${value}${where}${unmeasured.length === 0 ? '' : `; ${nothing}`}`;
}

const MAX_NAMED = 3;

function named(values: readonly string[]): string {
  const more = values.length - MAX_NAMED;
  return `${values.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function rounded(value: number): string {
  return String(value >= 1_000 ? Math.round(value) : Number(value.toPrecision(4)));
}
