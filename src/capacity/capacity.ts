import type { RunMeta } from '../metrics/events.js';
import type { HardLimit } from '../schedule/hard-limits.js';
import type { BrokeOn } from './break-servers.js';
import { firstBrokenOf, type FirstBroken } from './first-broken.js';
import { fitBoth, predict, type Fit, type LoadPoint } from './fit.js';
import type { StepSteadiness } from './steady.js';
import { SURE } from './knee.js';
import { beliefOf, type Answer, type SearchLimits, type SearchPhase, type SearchState, type Trial } from './search.js';

/** One step as it was run; figures that were not measured are left out. What is optional here was not written by earlier versions. */
export interface StepRecord extends Trial {
  readonly phase: SearchPhase;
  /** Name of its run folder, below `steps/`. */
  readonly run: string;
  readonly holdMs: number;
  /** Undefined: too little was measured to say. */
  readonly steady: boolean | undefined;
  /** What `steady` rests on: each figure that was measured often enough. */
  readonly steadyBy?: StepSteadiness['by'] | undefined;
  readonly peakUsers: number;
  readonly joinTimeP95Ms: number | undefined;
  readonly thresholds: readonly { readonly expression: string; readonly held: boolean; readonly observed: number | undefined }[];
  /** As the scenario writes it, or what a run never holds with (nobody got in, users lost) in words; undefined: all held. */
  readonly firstBroken: string | undefined;
  /** Server on which that threshold was broken alone, or by far the most; undefined: all held, none stands out, or the metric tells no servers apart. */
  readonly worstServer: string | undefined;
  /** On which servers that threshold was broken; undefined: all held, or unknown. */
  readonly brokeOn?: BrokeOn | undefined;
  /** Join phase whose own part of the 95th percentile was the longest; undefined: none was measured. */
  readonly slowestPhase: string | undefined;
  /** Where users were when the threshold broke: see `breakPhase`; undefined: all held, unknown, or no phase is meant. */
  readonly brokePhase?: string | undefined;
  readonly servers: readonly { readonly name: string; readonly peakUsers: number; readonly failed: number; readonly lost: number; readonly joinTimeP95Ms: number | undefined }[];
  /** Users that did not get in and of whom no server is known. */
  readonly failedUnplaced?: number | undefined;
  readonly startedAt?: string | undefined;
  readonly delivered?: { readonly started: number; readonly joined: number; readonly failed: number; readonly lost: number } | undefined;
  readonly errors?: readonly { readonly code: string; readonly phase: string; readonly count: number }[] | undefined;
  /** When each phase of the join was done, counted from the due time. */
  readonly phases?: readonly { readonly phase: string; readonly p50Ms: number; readonly p95Ms: number }[] | undefined;
  readonly generator?: { readonly latenessP99Ms: number | undefined; readonly eventLoopDelayP99Ms: number | undefined; readonly cpuCores: number | undefined; readonly peakRssMb: number | undefined; readonly dropped: number } | undefined;
  /** What the step showed of the limits known beforehand, on the server where it was most. */
  readonly measured?: MeasuredLimits | undefined;
}

/** Of a step, in the unit of each limit; what nobody looked at is left out. */
export type MeasuredLimits = Readonly<Partial<Record<HardLimit['limit'], number | undefined>>>;

/** What is left when servers are missing. measured: a search of its own with them taken out; computed: a share of the capacity. */
export interface ServersDown {
  readonly servers: number;
  readonly users: number;
  readonly headroom: number;
  readonly how: 'computed' | 'measured';
  readonly verdict: CapacityVerdict;
  /** Computed: the part of the answer of the whole fleet. Undefined: computed by an earlier version. */
  readonly answer?: Answer | undefined;
  /** With `measured`. */
  readonly out?: readonly string[] | undefined;
  readonly steps?: readonly StepRecord[] | undefined;
}

/** not-known: the search could not tell, for want of steps or of generator, or because what is required lies where runs begin to break. */
export type CapacityVerdict = 'holds' | 'does-not-hold' | 'not-known';

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
  readonly verdict: CapacityVerdict;
  /** Belief that the required load holds more often than not, 0–1; undefined: nothing broke, or nothing held, so there is no curve. */
  readonly confidence: number | undefined;
  /** Capacity ÷ required. */
  readonly headroom: number;
  readonly firstBroken: FirstBroken | undefined;
  /** Undefined: not asked. */
  readonly oneServerDown: ServersDown | undefined;
  readonly fits: readonly CapacityFit[];
  /** Limits known beforehand, at the required load; computed, not measured. */
  readonly limits: readonly HardLimit[];
  readonly environment: Environment;
  readonly steps: readonly StepRecord[];
  readonly asked: Asked;
  /** The capacity report before this one of the same scenario; undefined: none was found. */
  readonly before: Before | undefined;
}

export type CapacityFit = Fit & { readonly atRequired: { /** Users on the fullest server at the required load. */ readonly users: number; readonly waitMs: number; readonly extrapolated: boolean } };

/** Where the steps were run. */
export type Environment = Pick<RunMeta, 'target' | 'machine' | 'firstbell'>;

/** With what the search was begun; enough to begin it again. */
export interface Asked {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly scenarioFile: string;
  readonly seed: number;
  readonly servers: number;
  /** Everything but this server was taken out; undefined: the fleet as it was. */
  readonly onlyServer: string | undefined;
  readonly serversDown: number;
  /** Machines that brought the load, and those of them for browser users only; undefined: the machine of the search alone. */
  readonly workers?: number | undefined;
  readonly browserWorkers?: number | undefined;
  readonly limits: SearchLimits;
  readonly holdMs: number;
  /** To which a step that was not steady is lengthened; undefined: four times `holdMs`, or written by an earlier version. */
  readonly maxHoldMs?: number | undefined;
  /** Between two steps; undefined: written by an earlier version, which left out 0, too. */
  readonly restMs?: number | undefined;
  /** Of the simulator, as they were given. */
  readonly faults?: readonly string[] | undefined;
  readonly ratePerSec: number;
}

/** An earlier answer, to be held against this one. */
export interface Before {
  readonly name: string;
  readonly startedAt: string;
  readonly required: number;
  readonly users: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly exact: boolean;
  readonly firstBroken: string | undefined;
  readonly target: string;
  readonly bbbVersion: string | undefined;
  readonly firstbell: string;
}

export const METHOD =
  'Loads are doubled until one breaks, the gap is halved by ratio, and loads near the knee are repeated. The knee is the median of a logistic curve of the chance to hold over log load, by Bayes on a grid (run-to-run scatter of 2 % of the load at least); the interval is the central 95 % of belief.';

export interface Question {
  readonly scenario: string;
  readonly required: number;
  readonly asked: Asked;
  readonly limits: readonly HardLimit[];
  readonly environment: Environment;
  readonly before: Before | undefined;
}

/** A search that is over. */
export interface Searched {
  readonly state: SearchState;
  readonly answer: Answer;
  readonly steps: readonly StepRecord[];
}

/** `out`: the servers that were taken out. */
export type DownSearched = Searched & { readonly out: readonly string[] };

/** What the steps say. `down`: the search with servers taken out; undefined: it is computed. Pure. */
export function conclude({ scenario, required, asked, limits, environment, before }: Question, whole: Searched, down?: DownSearched): Capacity {
  const { answer, steps } = whole;
  const users = usersOf(answer);
  const fullest = required * fullestShare(steps, asked.servers);
  const verdict = verdictOf(answer, required, isSure(whole, required));
  return {
    schema: 1,
    scenario,
    required,
    method: METHOD,
    answer,
    users,
    exact: 'knee' in answer,
    holdsRequired: verdict === 'holds',
    verdict,
    confidence: confidenceIn(whole, required),
    headroom: users / required,
    firstBroken: firstBrokenOf(steps, 'knee' in answer ? answer.knee.low : 0),
    oneServerDown: serversDown(required, asked, whole, down),
    fits: fitBoth(loadPoints(steps)).map((fit) => ({ ...fit, atRequired: { users: fullest, ...predict(fit, fullest) } })),
    limits,
    environment,
    steps,
    asked,
    before,
  };
}

function confidenceIn({ state, answer }: Searched, required: number): number | undefined {
  return answer.kind !== 'none' && state.trials.some(({ outcome }) => outcome === 'broken') ? beliefOf(state).atLeast(required) : undefined;
}

/** Whether what was held is enough for a yes, where the answer has no interval: by belief if anything broke on the way, else by as many trials as decide. */
function isSure(searched: Searched, required: number): boolean {
  const confidence = confidenceIn(searched, required);
  if (confidence !== undefined) return confidence >= SURE;
  const { trials, limits } = searched.state;
  return trials.filter(({ users, outcome }) => outcome === 'held' && users >= required).length >= limits.repeats;
}

function usersOf(answer: Answer): number {
  return 'knee' in answer ? Math.floor(answer.knee.users) : 'users' in answer ? answer.users : 0;
}

/**
 * Yes or no only where the whole interval lies on one side of what is required: at the knee itself half of the runs break, and a yes at even
 * odds is none. What was held up to the maximum, to what the generator brings, or until the steps were used up is a yes only if that is `sure`. Loads that
 * nobody tried say neither.
 */
export function verdictOf(answer: Answer, required: number, sure = true): CapacityVerdict {
  switch (answer.kind) {
    case 'knee':
    case 'unsure':
      return answer.knee.low >= required ? 'holds' : answer.knee.high < required ? 'does-not-hold' : 'not-known';
    case 'at-least':
    case 'generator':
      return answer.users >= required && sure ? 'holds' : 'not-known';
    case 'none':
      return answer.tried <= required ? 'does-not-hold' : 'not-known';
  }
}

function serversDown(required: number, { servers, serversDown: count }: Asked, whole: Searched, measured: DownSearched | undefined): ServersDown | undefined {
  if (measured) {
    const { answer, out, steps } = measured;
    const users = usersOf(answer);
    return { servers: out.length === 0 ? count : out.length, users, headroom: users / required, how: 'measured', verdict: verdictOf(answer, required, isSure(measured, required)), out, answer, steps };
  }
  if (count === 0) return undefined;
  const part = Math.max(0, servers - count) / servers;
  const answer = partOf(whole.answer, part);
  const users = usersOf(answer);
  // The whole fleet would have to hold so many that the part holds what is required; computed or measured, a yes is as sure.
  return { servers: count, users, headroom: users / required, how: 'computed', verdict: verdictOf(answer, required, isSure(whole, required / part)), answer };
}

/** With servers down, in the form of the whole. Earlier versions kept no answer of what was computed: it is of the kind of the whole. */
export function downAsWhole({ answer: whole, required }: Pick<Capacity, 'answer' | 'required'>, { answer = whole, users, headroom }: ServersDown): Held {
  return { answer, users, exact: 'knee' in answer, headroom, required };
}

/** What is said of a load that is held, by all servers or by those that are left. */
export type Held = Pick<Capacity, 'answer' | 'users' | 'exact' | 'headroom' | 'required'>;

/** Below which headroom lies where not even `tried` users were held. Rounded up to what is shown: less than 0.00 is nothing. */
export const headroomBelow = (tried: number, required: number): number => Math.ceil((tried / required) * 100) / 100;

/** What a part of the servers is taken to answer: the same part of everything. */
function partOf(answer: Answer, part: number): Answer {
  switch (answer.kind) {
    case 'knee':
    case 'unsure': {
      const { users, low, high, level } = answer.knee;
      return { kind: answer.kind, knee: { users: users * part, low: low * part, high: high * part, level } };
    }
    case 'at-least':
    case 'generator':
      return { kind: answer.kind, users: Math.floor(answer.users * part) };
    case 'none':
      return { kind: 'none', tried: Math.ceil(answer.tried * part) };
  }
}

/** A point for each server of each step that brought its load: what users of that server waited while so many were on it. */
function loadPoints(steps: readonly StepRecord[]): readonly LoadPoint[] {
  return steps.flatMap((step, index) =>
    step.outcome === 'undelivered'
      ? []
      : step.servers.flatMap(({ name, peakUsers, joinTimeP95Ms }) => (joinTimeP95Ms === undefined || peakUsers === 0 ? [] : [{ users: peakUsers, waitMs: joinTimeP95Ms, server: name, step: index + 1 }])),
  );
}

/** Share of all users that the fullest server had, the median of the steps; an even share where none said. */
function fullestShare(steps: readonly StepRecord[], servers: number): number {
  const shares = steps
    .flatMap((step) => {
      const users = step.servers.map(({ peakUsers }) => peakUsers);
      const all = users.reduce((sum, count) => sum + count, 0);
      return all === 0 ? [] : [Math.max(...users) / all];
    })
    .sort((a, b) => a - b);
  return shares[Math.floor(shares.length / 2)] ?? 1 / Math.max(1, servers);
}

/** 0 it holds · 3 it does not · 5 no verdict: the generator broke first, or the steps were used up before it could be told. */
export function exitCodeOf({ verdict }: Pick<Capacity, 'verdict'>): number {
  return verdict === 'holds' ? 0 : verdict === 'does-not-hold' ? 3 : 5;
}
