import { conclude, type Asked, type Capacity, type Searched, type StepRecord } from '../../src/capacity/capacity.js';
import { beginSearch, nextStep, withTrial, type SearchLimits } from '../../src/capacity/search.js';
import { seededRandom } from '../../src/core/random.js';
import { modelledFleet } from './modelled-fleet.js';

export interface CapacitySpec {
  readonly model: string;
  readonly knee: number;
  readonly required: number;
  readonly servers: number;
  readonly limits: Partial<SearchLimits>;
  /** Knee without one of the servers; undefined: computed. */
  readonly kneeDown: number | undefined;
  readonly serversDown: number;
  readonly before: Capacity['before'];
  readonly target: Capacity['environment']['target'];
  readonly withDetails: boolean;
  readonly hardLimits: Capacity['limits'];
}

const SPEC: CapacitySpec = {
  model: 'cpu',
  knee: 5_600,
  required: 5_000,
  servers: 10,
  limits: {},
  kneeDown: undefined,
  serversDown: 0,
  before: undefined,
  target: { kind: 'bbb', url: 'https://lb.schulen.example/bigbluebutton/api', secretEnv: 'BBB_SECRET', bbbVersion: '3.0.19' },
  withDetails: true,
  hardLimits: [
    { limit: 'graphql-connections', title: 'GraphQL connections', allowed: 500, needed: 512, unit: 'connections', atMs: 1, level: 'breaks', breaks: true, explanation: 'every user in a meeting holds one', help: 'raise max_connections' },
    { limit: 'line-out', title: 'Line, out', allowed: 1_000, needed: 431.5, unit: 'Mbit/s', atMs: 1, level: 'fine', breaks: false, explanation: 'above 80 % bursts queue', help: 'fewer cameras' },
  ],
};

/** What a search of a modelled fleet answers, with steps that look like those of real runs. */
export function buildCapacity(change: Partial<CapacitySpec> = {}): Capacity {
  const spec = { ...SPEC, ...change };
  const limits: SearchLimits = { start: Math.max(1, Math.round(spec.required / 8)), max: spec.required * 2, repeats: 3, tolerance: 0.05, maxSteps: 40, ...spec.limits };
  const whole = searched(spec, limits, spec.knee, spec.servers, 1);
  const names = serverNames(spec.servers);
  const down = spec.kneeDown === undefined ? undefined : { ...searched(spec, limits, spec.kneeDown, spec.servers - spec.serversDown, 2), out: names.slice(spec.servers - spec.serversDown) };
  const asked: Asked = { startedAt: '2026-11-23T18:00:00.000Z', scenarioFile: 'scenarios/darmstadt-morning.yaml', seed: 7, servers: spec.servers, onlyServer: undefined, serversDown: spec.serversDown, limits, holdMs: 60_000, ratePerSec: 50 };
  const environment = { target: spec.target, machine: { cores: 16, memoryGb: 64, cpu: 'AMD EPYC 7313P', os: 'Debian 12' }, firstbell: { version: '0.1.0', commit: 'abc1234', node: 'v20.20.2', browser: 'Chromium 142' } };
  return conclude({ scenario: 'Darmstadt morning', required: spec.required, asked, limits: spec.hardLimits, environment, before: spec.before }, whole, down);
}

const serverNames = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `bbb${String(n + 1).padStart(2, '0')}.schulen.example`);

function searched(spec: CapacitySpec, limits: SearchLimits, knee: number, servers: number, seed: number): Searched {
  const random = seededRandom(seed);
  const fleet = modelledFleet(spec.model, knee);
  let state = beginSearch(limits);
  const steps: StepRecord[] = [];
  for (;;) {
    const next = nextStep(state);
    if (next.kind === 'done') return { state, answer: next.answer, steps };
    const { held, broke } = fleet.step(next.users, random);
    steps.push(stepOf({ spec, users: next.users, knee, servers, phase: next.phase, broke: held ? undefined : broke, number: steps.length + 1 }));
    state = withTrial(state, { users: next.users, outcome: held ? 'held' : 'broken' });
  }
}

interface StepSpec {
  readonly spec: CapacitySpec;
  readonly users: number;
  readonly knee: number;
  readonly servers: number;
  readonly phase: StepRecord['phase'];
  readonly broke: string | undefined;
  readonly number: number;
}

function stepOf({ spec, users, knee, servers, phase, broke, number }: StepSpec): StepRecord {
  const names = serverNames(servers);
  // The first server always has a tenth more than its share.
  const shares = names.map((_, index) => (index === 0 ? 1.1 : (servers - 1.1) / (servers - 1)) / servers);
  const wait = (share: number): number => 900 / Math.max(0.02, 1 - Math.min(0.97, (0.9 * users * share * servers) / knee));
  const failed = broke?.startsWith('join_failed') === true ? Math.round(users * 0.03) : 0;
  const at = { users, outcome: broke === undefined ? 'held' : 'broken', phase, run: `run-${number}`, holdMs: 60_000, steady: number % 7 === 0 ? undefined : true, steadyBy: number % 7 === 0 ? {} : { users: true, rtt: true }, peakUsers: users - failed } as const;
  const joinTimeP95Ms = wait(1 / servers);
  const step: StepRecord = {
    ...at,
    joinTimeP95Ms,
    thresholds: [
      { expression: 'join_time p(95) < 10 s', held: broke?.startsWith('join_time') !== true, observed: joinTimeP95Ms },
      { expression: 'join_failed rate < 1%', held: failed === 0, observed: failed / users },
      { expression: 'audio_loss p(95) < 2%', held: broke?.startsWith('audio_loss') !== true, observed: undefined },
    ],
    firstBroken: broke,
    worstServer: broke === undefined ? undefined : names[0],
    brokeOn: broke === undefined ? undefined : { kind: 'one', servers: [names[0]!], of: servers },
    slowestPhase: 'ready',
    brokePhase: broke === undefined ? undefined : failed > 0 ? 'socket' : broke.startsWith('audio_loss') ? 'meeting' : 'ready',
    servers: names.map((name, index) => ({ name, peakUsers: Math.round(users * shares[index]!), failed: index === 0 ? failed : 0, lost: 0, joinTimeP95Ms: wait(shares[index]!) * (1 + 0.04 * Math.sin(number * 3 + index)) })),
  };
  if (!spec.withDetails) return step;
  return {
    ...step,
    startedAt: '2026-11-23T18:00:00.000Z',
    delivered: { started: users, joined: users - failed, failed, lost: 0 },
    errors: failed > 0 ? [{ code: 'GRAPHQL_REFUSED', phase: 'socket', count: failed }] : [],
    phases: ['api', 'socket', 'ready', 'audio'].map((name, index) => ({ phase: name, p50Ms: joinTimeP95Ms * [0.05, 0.15, 0.5, 0.6][index]!, p95Ms: joinTimeP95Ms * [0.1, 0.3, 0.9, 1][index]! })),
    generator: { latenessP99Ms: 4 + number, eventLoopDelayP99Ms: 11.5, cpuCores: users / 900, peakRssMb: 900 + users / 3, dropped: 0 },
  };
}
