import { parseDocument } from 'yaml';
import { HarnessError } from '../core/errors.js';
import type { StepRecord } from '../capacity/capacity.js';
import { breakPhase, firstBreak, JOIN_ORDER, slowestPhase, type PhaseFigures } from '../capacity/first-break.js';
import { steadiness } from '../capacity/steady.js';
import { measuredLimits } from '../report/capacity/measured-limits.js';
import type { Summary } from '../report/summary.js';
import { checkScenario } from '../scenario/check.js';
import type { Scenario } from '../scenario/scenario.js';
import { holdStartsMs, scaleLoad, type StepShape } from '../schedule/scale-load.js';
import { remakeReport } from './remake-report.js';

export interface StepScenario {
  readonly scenario: Scenario;
  readonly text: string;
}

/**
 * The scenario file with the load of one step in place of its own; `firstbell run` takes it. Events and clock of the day go, since their instants mean
 * nothing here, and so do warm-ups: a step is over before them, and what was never judged does not hold. Throws USAGE.
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
  const scaled = document.toString({ lineWidth: 0 });
  const checked = checkScenario(scaled, 'step.yaml');
  if (checked.ok) {
    const named = checked.scenario.thresholds.find(({ window }) => window !== undefined);
    if (named) throw new HarnessError('USAGE', `the threshold "${named.expression}" is judged over a stretch of time, which a step of a capacity search does not have`, { hint: 'leave out its "after", "before" or "between" in a scenario for a search' });
    return { scenario: checked.scenario, text: scaled };
  }
  throw new HarnessError('USAGE', `the scenario cannot be scaled to ${users} users: ${checked.problems[0]?.message ?? 'unknown'}`, { hint: 'thresholds of a capacity scenario must not name its events, parts or instants' });
}

const OUTCOMES: Readonly<Partial<Record<Summary['verdict'], StepRecord['outcome']>>> = { held: 'held', broken: 'broken', 'not-delivered': 'undelivered' };
/** The kinds of errors that are kept of a step; its run folder has all. */
const MAX_ERRORS = 20;

/** What a run folder says as a step; outcome undefined: the run says nothing (interrupted, could not run). */
export async function stepRecord(dir: string, users: number, shape: StepShape, { phase, scenario }: { readonly phase: StepRecord['phase']; readonly scenario: Scenario }): Promise<{ readonly summary: Summary; readonly record: StepRecord | undefined }> {
  const { summary, data } = await remakeReport(dir);
  const outcome = OUTCOMES[summary.verdict];
  if (outcome === undefined) return { summary, record: undefined };
  const from = holdStartsMs(users, shape);
  const readings = summary.timeline.flatMap(({ atMs, rttP95Ms }) => (rttP95Ms === undefined ? [] : [{ atMs, value: rttP95Ms }]));
  const broke = outcome === 'broken' ? firstBreak(scenario.thresholds, data.snapshots) : undefined;
  const firstBroken = broke?.expression ?? (outcome === 'broken' ? summary.reasons[0] : undefined);
  const figures = phaseFigures(summary);
  const { latenessP99Ms, eventLoopDelayP99Ms, cpuCores, peakRssMb, dropped } = summary.generator;
  const record: StepRecord = {
    users,
    outcome,
    phase,
    run: summary.run,
    holdMs: shape.holdMs,
    steady: steadiness(readings, from, from + shape.holdMs).steady,
    peakUsers: summary.users.peakConcurrent,
    joinTimeP95Ms: summary.metrics.join_time?.p95,
    thresholds: summary.thresholds.map(({ expression, held, observed }) => ({ expression, held, observed })),
    firstBroken,
    worstServer: outcome === 'broken' ? worstServer(summary) : undefined,
    slowestPhase: slowestPhase(figures),
    brokePhase: firstBroken === undefined ? undefined : breakPhase(firstBroken, figures),
    servers: summary.servers.map(({ name, peakUsers, failed, lost, joinTimeP95Ms }) => ({ name, peakUsers, failed, lost, joinTimeP95Ms })),
    startedAt: summary.startedAt,
    delivered: { started: summary.users.started, joined: summary.users.joined, failed: summary.users.failed, lost: summary.users.lost },
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

function worstServer({ servers }: Summary): string | undefined {
  return [...servers].sort((a, b) => b.failed + b.lost - (a.failed + a.lost) || (b.joinTimeP95Ms ?? 0) - (a.joinTimeP95Ms ?? 0))[0]?.name;
}

function phaseFigures({ metrics, errors }: Summary): PhaseFigures {
  return { p95Ms: Object.fromEntries(JOIN_ORDER.map((name) => [name, metrics.join_phase_time?.by[`phase=${name}`]?.p95])), errors };
}
