import type { RunMeta } from '../metrics/events.js';
import type { HardLimit } from '../schedule/hard-limits.js';
import { fitBoth, predict, type Fit } from './fit.js';
import type { Knee } from './knee.js';
import { beliefOf, type Answer, type SearchPhase, type SearchState, type Trial } from './search.js';

/** One step as it was run; figures that were not measured are left out. */
export interface StepRecord extends Trial {
  readonly phase: SearchPhase;
  /** Name of its run folder, below `steps/`. */
  readonly run: string;
  readonly holdMs: number;
  /** Undefined: too little was measured to say. */
  readonly steady: boolean | undefined;
  readonly peakUsers: number;
  readonly joinTimeP95Ms: number | undefined;
  readonly thresholds: readonly { readonly expression: string; readonly held: boolean; readonly observed: number | undefined }[];
  readonly firstBroken: string | undefined;
  /** Server with the most failed and lost users, else with the slowest joins; undefined: all held, or unknown. */
  readonly worstServer: string | undefined;
  /** Join phase whose own part of the 95th percentile was the longest; undefined: none was measured. */
  readonly slowestPhase: string | undefined;
  readonly servers: readonly { readonly name: string; readonly peakUsers: number; readonly failed: number; readonly lost: number; readonly joinTimeP95Ms: number | undefined }[];
}

/** `capacity.json`, documented in docs/files.md. */
export interface Capacity {
  readonly schema: 1;
  readonly scenario: string;
  readonly required: number;
  readonly method: string;
  readonly answer: Answer;
  /** Users that the fleet is said to hold: the knee, or the least that is known. */
  readonly users: number;
  readonly exact: boolean;
  readonly holdsRequired: boolean;
  /** Belief that the required load holds more often than not, 0–1; undefined: nothing broke, so there is no curve. */
  readonly confidence: number | undefined;
  /** Capacity ÷ required. */
  readonly headroom: number;
  readonly firstBroken: { readonly users: number; readonly expression: string; readonly server: string | undefined; readonly phase: string | undefined } | undefined;
  readonly oneServerDown: { readonly users: number; readonly headroom: number; readonly how: 'computed' } | undefined;
  readonly fits: readonly (Fit & { readonly atRequired: { readonly waitMs: number; readonly extrapolated: boolean } })[];
  /** Limits known beforehand, at the required load; computed, not measured. */
  readonly limits: readonly HardLimit[];
  readonly environment: Environment;
  readonly steps: readonly StepRecord[];
}

/** Where the steps were run. */
export type Environment = Pick<RunMeta, 'target' | 'machine' | 'firstbell'>;

export const METHOD =
  'Loads are doubled until one breaks, the gap is halved by ratio, and loads near the knee are repeated. The knee is the median of a logistic curve of the chance to hold over log load, by Bayes on a grid (run-to-run scatter of 2 % of the load at least); the interval is the central 95 % of belief.';

export interface Question {
  readonly scenario: string;
  readonly required: number;
  readonly servers: number;
  /** Servers that may be down; 0: not asked. */
  readonly serversDown: number;
  readonly limits: readonly HardLimit[];
  readonly environment: Environment;
}

/** What the steps say. Pure. */
export function conclude({ scenario, required, servers, serversDown, limits, environment }: Question, state: SearchState, answer: Answer, steps: readonly StepRecord[]): Capacity {
  const knee: Knee | undefined = 'knee' in answer ? answer.knee : undefined;
  const users = knee ? Math.floor(knee.users) : 'users' in answer ? answer.users : 0;
  const broke = steps.filter(({ outcome }) => outcome === 'broken').sort((a, b) => a.users - b.users)[0];
  const points = steps.flatMap((step) => (step.outcome === 'undelivered' || step.joinTimeP95Ms === undefined ? [] : [{ users: step.users / servers, waitMs: step.joinTimeP95Ms }]));
  const left = servers > serversDown ? Math.floor((users * (servers - serversDown)) / servers) : 0;
  return {
    schema: 1,
    scenario,
    required,
    method: METHOD,
    answer,
    users,
    exact: knee !== undefined,
    holdsRequired: users >= required,
    confidence: knee && beliefOf(state).atLeast(required),
    headroom: users / required,
    firstBroken: broke?.firstBroken === undefined ? undefined : { users: broke.users, expression: broke.firstBroken, server: broke.worstServer, phase: broke.slowestPhase },
    oneServerDown: serversDown === 0 ? undefined : { users: left, headroom: left / required, how: 'computed' },
    fits: fitBoth(points).map((fit) => ({ ...fit, atRequired: predict(fit, required / servers) })),
    limits,
    environment,
    steps,
  };
}

/** 0 it holds · 3 it does not · 5 the generator broke first, below what is required. */
export function exitCodeOf({ holdsRequired, answer }: Capacity): number {
  return holdsRequired ? 0 : answer.kind === 'generator' ? 5 : 3;
}

const round = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (share: number): string => `${(share * 100).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;

export function capacityText(capacity: Capacity): string {
  const { answer, required, firstBroken, oneServerDown } = capacity;
  const lines = [headline(capacity)];
  if ('knee' in answer) lines.push(`Knee: ${round(answer.knee.users)} users; ${percent(answer.knee.level)} interval ${round(answer.knee.low)} to ${round(answer.knee.high)}${answer.kind === 'unsure' ? '; wider than asked for, the number of steps was used up' : ''}`);
  lines.push(`Headroom: ${capacity.exact ? '' : 'at least '}${capacity.headroom.toFixed(2)} times the required ${round(required)}`);
  if (firstBroken) lines.push(`First to break: ${firstBroken.expression}, at ${round(firstBroken.users)} users${firstBroken.server === undefined ? '' : `, worst on ${firstBroken.server}`}${firstBroken.phase === undefined ? '' : `; slowest phase of the join: ${firstBroken.phase}`}`);
  if (oneServerDown) lines.push(`With servers down: ${capacity.exact ? '' : 'at least '}${round(oneServerDown.users)} users, headroom ${oneServerDown.headroom.toFixed(2)} (computed, not measured)`);
  for (const { model, rmsMs, atRequired } of capacity.fits) lines.push(`${model === 'usl' ? 'Universal Scalability Law' : 'Linear per server'}: join p95 of ${round(atRequired.waitMs)} ms at ${round(required)}${atRequired.extrapolated ? ' (extrapolated)' : ''}, off by ${round(rmsMs)} ms (root mean square) where it was measured`);
  for (const { title, needed, allowed, unit } of capacity.limits.filter(({ level }) => level === 'breaks' || level === 'warning')) lines.push(`Known limit at ${round(required)} (computed): ${title}, ${needed} of ${allowed} ${unit}`);
  for (const step of capacity.steps) lines.push(`  ${round(step.users).padStart(7)} users  ${step.outcome.padEnd(11)} ${step.firstBroken ?? ''}${step.steady === false ? ' (not steady)' : ''}`.trimEnd());
  return `${lines.join('\n')}\n`;
}

function headline({ answer, users, required, holdsRequired, confidence }: Capacity): string {
  const verdict = holdsRequired ? `Yes: the fleet holds ${round(required)} users` : answer.kind === 'generator' ? `Not known: the generator broke first` : `No: the fleet does not hold ${round(required)} users, as far as it was tried`;
  if (confidence !== undefined) return `${verdict}; ${percent(confidence)} sure that it holds them more often than not.`;
  return `${verdict}; at least ${round(users)} were held${answer.kind === 'none' ? ', not even the least load tried' : ', nothing broke below'}.`;
}
