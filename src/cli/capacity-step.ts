import { parseDocument, type Document } from 'yaml';
import { HarnessError } from '../core/errors.js';
import { brokeOn, failedByServer } from '../capacity/break-servers.js';
import type { StepRecord } from '../capacity/capacity.js';
import { breakPhase, firstBreak, impliedBreak, JOIN_ORDER, slowestPhase, type PhaseFigures } from '../capacity/first-break.js';
import { measuredEveryMs } from '../capacity/metric-places.js';
import { stepSteadiness } from '../capacity/steady.js';
import type { MetricName } from '../metrics/catalogue.js';
import { mergeAll } from '../metrics/merge.js';
import { isOfEverybody, type Threshold, type TimeWindow } from '../metrics/threshold.js';
import type { Lang } from '../report/format.js';
import type { RunData } from '../report/run-data.js';
import { measuredLimits } from '../report/capacity/measured-limits.js';
import type { Summary } from '../report/summary.js';
import { METRICS_OF_FAILED } from '../run/verdict.js';
import { checkScenario } from '../scenario/check.js';
import type { Scenario } from '../scenario/scenario.js';
import { holdStartsMs, scaleLoad, type StepShape } from '../schedule/scale-load.js';
import { remakeReport } from './remake-report.js';

export interface StepScenario {
  readonly scenario: Scenario;
  readonly text: string;
}

/**
 * The scenario file with the load of one step in place of its own; `firstbell run` takes it and judges the same. Events and clock of the day go, since
 * their instants mean nothing here, and so do warm-ups: a step is over before them, and what was never judged does not hold. What users go through while
 * they stay is judged over the hold (`heldStretch`). Throws USAGE.
 */
export function stepScenario(text: string, scenario: Scenario, users: number, shape: StepShape): StepScenario {
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
  for (const key of ['events', 'startOfDay', 'speed', 'warmUp']) document.delete(key);
  scenario.thresholds.forEach((_, index) => {
    if (document.hasIn(['thresholds', index, 'warmUp'])) document.deleteIn(['thresholds', index, 'warmUp']);
  });
  document.set('load', document.createNode(scaleLoad(scenario, users, shape)));
  // A few users may be fewer than the witnesses of the whole.
  if (typeof scenario.users.browser === 'number' && scenario.users.browser > users) document.setIn(['users', 'browser'], users);
  const { thresholds } = checked(document, users).scenario;
  const named = thresholds.find(({ window }) => window !== undefined);
  if (named) throw new HarnessError('USAGE', `the threshold "${named.expression}" is judged over a stretch of time, which a step of a capacity search does not have`, { hint: 'leave out its "after", "before" or "between" in a scenario for a search' });
  const held = heldStretch(thresholds, users, shape);
  thresholds.forEach((threshold, index) => {
    if (!isOfTheHold(threshold, held)) return;
    const path = ['thresholds', index, ...(document.hasIn(['thresholds', index, 'expression']) ? ['expression'] : [])];
    document.setIn(path, `${threshold.expression}${clauseOf(held)}`);
  });
  return checked(document, users);
}

function checked(document: Document, users: number): StepScenario {
  const text = document.toString({ lineWidth: 0 });
  const result = checkScenario(text, 'step.yaml');
  if (result.ok) return { scenario: result.scenario, text };
  throw new HarnessError('USAGE', `the scenario cannot be scaled to ${users} users: ${result.problems[0]?.message ?? 'unknown'}`, { hint: 'thresholds of a capacity scenario must not name its events, parts or instants' });
}

/**
 * When everybody who joins in time is in and nobody leaves yet, on the clock of the step: the last are due when the hold begins, and may take as long
 * as a threshold on the time to join lets them; at most, or without such a threshold, the second half of the hold.
 */
function heldStretch(thresholds: readonly Threshold[], users: number, shape: StepShape): Required<TimeWindow> {
  const startMs = holdStartsMs(users, shape);
  const limits = thresholds.filter(({ metric, aggregation, comparison }) => metric === 'join_time' && aggregation.of !== 'count' && aggregation.of !== 'sum' && comparison.startsWith('<')).map(({ limit }) => limit);
  const halfMs = shape.holdMs / 2;
  const settleMs = limits.length === 0 ? halfMs : Math.min(halfMs, Math.max(...limits));
  return { fromMs: Math.ceil(startMs + settleMs), untilMs: startMs + shape.holdMs };
}

/** Only what everybody who stays measures again and again: of anything else there may be nothing to judge in so short a time. Aborts watch the whole step. */
function isOfTheHold({ metric, abort }: Threshold, { fromMs, untilMs }: Required<TimeWindow>): boolean {
  const everyMs = measuredEveryMs(metric);
  return !abort && everyMs !== undefined && untilMs - fromMs >= 2 * everyMs;
}

/** Rates begin with the first whole interval of a stream: of the fourfold even half a hold, in which everybody is in, has one. */
function wantsHoldS(metric: MetricName, { holdMs }: StepShape): number | undefined {
  const enoughMs = 4 * (measuredEveryMs(metric) ?? 0);
  return holdMs < enoughMs ? Math.ceil(enoughMs / 1_000) : undefined;
}

const clauseOf = ({ fromMs, untilMs }: Required<TimeWindow>): string => ` between ${timeText(fromMs)} and ${timeText(untilMs)}`;
const timeText = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`);

const OUTCOMES: Readonly<Partial<Record<Summary['verdict'], StepRecord['outcome']>>> = { held: 'held', broken: 'broken', 'not-delivered': 'undelivered' };
/** The kinds of errors that are kept of a step; its run folder has all. */
const MAX_ERRORS = 20;

export interface StepSaid {
  readonly summary: Summary;
  /** Undefined: the run says nothing of the fleet (interrupted, could not run, `unmeasured`). */
  readonly record: StepRecord | undefined;
  /** The threshold of which nothing was measured though users were in, where no other broke; undefined: there is none. */
  readonly unmeasured?: Unmeasured | undefined;
}

export interface Unmeasured {
  /** As the scenario has it. */
  readonly expression: string;
  /** Seconds of a hold in which everybody measures it; undefined: this one was long enough, or it is measured only when something happens. */
  readonly wantsHoldS: number | undefined;
}

/** What a run folder says as a step; its report is written in `lang`. */
export async function stepRecord(dir: string, users: number, shape: StepShape, { phase, scenario, lang }: { readonly phase: StepRecord['phase']; readonly scenario: Scenario; readonly lang?: Lang | undefined }): Promise<StepSaid> {
  const { summary, data } = await remakeReport(dir, lang);
  const outcome = OUTCOMES[summary.verdict];
  if (outcome === undefined) return { summary, record: undefined };
  const from = holdStartsMs(users, shape);
  const clause = clauseOf(heldStretch(scenario.thresholds, users, shape));
  const asWritten = (expression: string): string => (expression.endsWith(clause) ? expression.slice(0, -clause.length) : expression);
  // Who sets a threshold on them has allowed some.
  const unless = (metrics: readonly MetricName[], count: number): number => (scenario.thresholds.some((threshold) => metrics.includes(threshold.metric) && isOfEverybody(threshold)) ? 0 : count);
  const { joined, failed, lost } = summary.users;
  const implied = outcome === 'broken' ? impliedBreak({ joined, failed: unless(METRICS_OF_FAILED, failed), lost: unless(['users_lost'], lost), missing: unless(['missing'], summary.presence?.missing ?? 0) }) : undefined;
  const unheld = summary.thresholds.filter(({ held }) => !held);
  // A run does not hold with what it never measured; of the fleet this says nothing, least of all that it broke, unless users went without on a server.
  if (outcome === 'broken' && implied === undefined && unheld.length > 0 && unheld.every(({ observed, worst }) => observed === undefined && worst === undefined)) {
    const { expression } = unheld[0]!;
    const metric = scenario.thresholds.find((threshold) => threshold.expression === expression)?.metric;
    return { summary, record: undefined, unmeasured: { expression: asWritten(expression), wantsHoldS: metric && wantsHoldS(metric, shape) } };
  }
  const named = outcome === 'broken' ? firstBreak(scenario.thresholds, data.snapshots)?.threshold : undefined;
  const firstBroken = named === undefined ? (outcome === 'broken' ? summary.reasons[0] : undefined) : asWritten(named.expression);
  const broke = named ?? implied;
  const facts = { snapshots: data.snapshots, events: data.events, attendances: data.plan.attendances };
  const on = broke && brokeOn(broke, facts);
  const failedOn = failedByServer(facts);
  const steadiness = stepSteadiness(summary.timeline, users, from, from + shape.holdMs);
  const figures = phaseFigures(summary, data, broke);
  const { latenessP99Ms, eventLoopDelayP99Ms, cpuCores, peakRssMb, dropped } = summary.generator;
  const record: StepRecord = {
    users,
    outcome,
    phase,
    run: summary.run,
    holdMs: shape.holdMs,
    steady: steadiness.steady,
    steadyBy: steadiness.by,
    peakUsers: summary.users.peakConcurrent,
    joinTimeP95Ms: summary.metrics.join_time?.p95,
    thresholds: summary.thresholds.map(({ expression, held, observed }) => ({ expression: asWritten(expression), held, observed })),
    firstBroken,
    worstServer: on?.kind === 'one' ? on.servers[0] : undefined,
    brokeOn: on,
    slowestPhase: slowestPhase(figures),
    brokePhase: broke && breakPhase(broke, figures),
    servers: summary.servers.map(({ name, peakUsers, lost, joinTimeP95Ms }) => ({ name, peakUsers, failed: failedOn.get(name) ?? 0, lost, joinTimeP95Ms })),
    failedUnplaced: failedOn.get(undefined) ?? 0,
    startedAt: summary.startedAt,
    delivered: { started: summary.users.started, joined, failed, lost },
    errors: summary.errors.slice(0, MAX_ERRORS).map(({ code, phase, count }) => ({ code, phase, count })),
    phases: JOIN_ORDER.flatMap((name) => {
      const { p50, p95 } = summary.metrics.join_phase_time?.by[`phase=${name}`] ?? {};
      return p50 === undefined || p95 === undefined ? [] : [{ phase: name, p50Ms: p50, p95Ms: p95 }];
    }),
    generator: { latenessP99Ms, eventLoopDelayP99Ms, cpuCores, peakRssMb, dropped },
    measured: measuredLimits(summary, data),
  };
  return { summary, record };
}

function phaseFigures({ metrics }: Summary, { events, snapshots }: RunData, broke: Threshold | undefined): PhaseFigures {
  const p95Ms = Object.fromEntries(JOIN_ORDER.map((name) => [name, metrics.join_phase_time?.by[`phase=${name}`]?.p95]));
  const failed = events.flatMap((event) => (event.type === 'user-ended' && event.outcome === 'failed' && event.phase !== undefined ? [{ phase: event.phase, count: 1 }] : []));
  const errors = broke?.metric === 'errors' ? [...mergeAll(snapshots).byTag('errors', 'phase', broke.tags)].map(([phase, { sum = 0 }]) => ({ phase, count: sum })) : [];
  return { p95Ms, failed, errors };
}
