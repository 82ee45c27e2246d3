import { mergeAll } from '../metrics/merge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { RunData } from '../report/run-data.js';
import { allCoresUsers, type CalibratedKind, type CalibratedUsers } from '../schedule/calibration.js';

/** How a kind is tried: so many users for each core, come within `rampS`, stay for `holdS`. */
export interface Ramp {
  readonly users: number;
  readonly rampS: number;
  readonly holdS: number;
}

/** Users per core that are asked for: more than built-in figures hold for, but for the quick way, which asks how much one costs. */
const PER_CORE: Readonly<Record<CalibratedKind, { readonly quick: number; readonly full: number }>> = {
  nativeListener: { quick: 50, full: 300 },
  nativeSender: { quick: 15, full: 150 },
  nativeSilent: { quick: 100, full: 1_000 },
  browser: { quick: 2, full: 12 },
};
const TIMES = { quick: { rampS: 10, holdS: 8 }, full: { rampS: 60, holdS: 20 } } as const;
/** An embedded simulator shares the machine: beyond this it would be its limits that are found. */
const MOST_USERS = 5_000;

export function rampFor(kind: CalibratedKind, cores: number, quick: boolean): Ramp {
  const way = quick ? 'quick' : 'full';
  return { users: Math.min(MOST_USERS, PER_CORE[kind][way] * cores), ...TIMES[way] };
}

interface Room {
  readonly size: number;
  readonly teacher: string;
  readonly pupil: string;
}

const SILENT = 'audio: none, webcamShare: 0%, cameraViews: 0';
const ROOMS: Readonly<Record<CalibratedKind, Room>> = {
  nativeListener: { size: 25, teacher: 'audio: microphone, webcamShare: 100%, cameraViews: 0', pupil: 'audio: listen-only, webcamShare: 0%, cameraViews: 1' },
  nativeSender: { size: 5, teacher: 'audio: microphone, webcamShare: 100%, cameraViews: 1', pupil: 'audio: microphone, webcamShare: 100%, cameraViews: 1' },
  nativeSilent: { size: 25, teacher: SILENT, pupil: SILENT },
  browser: { size: 4, teacher: 'audio: microphone, webcamShare: 100%, cameraViews: 0', pupil: 'audio: listen-only, webcamShare: 0%, cameraViews: 1' },
};

/** The scenario that tries a kind on simulated servers without limits of their own. */
export function rampScenario(kind: CalibratedKind, { users, rampS, holdS }: Ramp): string {
  const { size, teacher, pupil } = ROOMS[kind];
  return `name: Calibrate ${kind}
target: simulator
fleet: { servers: 2, graphqlConnectionsPerServer: 20000, socketsPerSecondPerServer: 5000 }
users: { ${kind === 'browser' ? 'browser' : 'native'}: rest }
meetings:
  room: { size: ${size}, teachers: 1, teacher: { ${teacher} }, pupil: { ${pupil} } }
load:
  - name: ramp
    executor: ramping-users
    meetings: room
    meetingCount: ${Math.ceil(users / size)}
    stages: [{ duration: ${rampS}s, target: ${users} }, { duration: ${holdS}s, target: ${users} }, { duration: 1s, target: 0 }]
checkpointEvery: 1h
`;
}

/** Seconds that are judged together. */
const WINDOW_S = 4;

interface Limit {
  readonly what: string;
  readonly unit: string;
  readonly limit: number;
  value(window: Window): number | undefined;
}

/** What must hold in every window but the first, in which everything starts: the limits by which a run says that it was not delivered, and the share of the cores. */
function limitsOf({ plan: { limits }, meta: { machine } }: RunData, usable: number): readonly Limit[] {
  const p99 = (what: string, metric: 'lateness' | 'event_loop_delay' | 'send_lateness', limit: number): Limit => ({ what, unit: 'ms', limit, value: ({ series }) => series.figures(metric).p99 });
  const rate = (what: string, metric: 'send_limited' | 'join_failed', limit: number): Limit => ({ what, unit: 'ratio', limit, value: ({ series }) => series.figures(metric).rate });
  return [
    p99('users started late', 'lateness', limits.maxLatenessMs),
    p99('event-loop delay', 'event_loop_delay', limits.maxEventLoopDelayMs),
    ...(limits.maxSendLatenessMs === undefined ? [] : [p99('media left late', 'send_lateness', limits.maxSendLatenessMs)]),
    ...(limits.maxSendLimited === undefined ? [] : [rate('cameras held back', 'send_limited', limits.maxSendLimited)]),
    rate('joins failed', 'join_failed', MAX_FAILED),
    { what: 'CPU of the generator', unit: 'cores', limit: machine.cores * usable, value: (window) => window.cores },
  ];
}

const MAX_FAILED = 0.01;
/** Below what /proc tells apart. */
const LEAST = { cores: 1e-6, mb: 0.01 } as const;

interface Window {
  readonly series: SeriesSet;
  /** At its end. */
  readonly users: number;
  /** In the mean, as the two below, which are of the generator. */
  readonly meanUsers: number;
  readonly cores: number | undefined;
  readonly mb: number | undefined;
}

/** What a run of `rampScenario` says about its kind: costs by what was measured while the load was delivered; undefined: nobody was in, or this system does not say what processes cost. */
export function judgeRamp(data: RunData, { users: asked, rampS, holdS }: Ramp, usable: number): CalibratedUsers | undefined {
  const { cores } = data.meta.machine;
  const windows = windowsOf(data);
  const limits = limitsOf(data, usable);
  let users = 0;
  let broke: CalibratedUsers['broke'] = null;
  let delivered = windows.slice(0, 1);
  for (const window of windows.slice(1)) {
    const broken = limits.flatMap((limit) => {
      const value = limit.value(window);
      return value !== undefined && value > limit.limit ? [{ what: limit.what, unit: limit.unit, limit: limit.limit, value }] : [];
    });
    if (broken[0]) {
      broke = broken[0];
      break;
    }
    users = Math.max(users, window.users);
    delivered = [...delivered, window];
  }
  // What the generator takes before anyone is in is not the users'.
  const [empty] = windows;
  // Once everyone is in, joins cost nothing any more.
  const held = (of: readonly Window[]): readonly Window[] => of.filter((_, index) => index * WINDOW_S >= rampS && (index + 1) * WINDOW_S <= rampS + holdS);
  const costs = judged(held(delivered), delivered.slice(1), held(windows)).flatMap(({ cores, mb, meanUsers: there }) => {
    const came = there - (empty?.meanUsers ?? 0);
    return came > 0 && cores !== undefined && mb !== undefined ? [{ cores: cores / there, mb: (mb - (empty?.mb ?? 0)) / came }] : [];
  });
  if (costs.length === 0) return undefined;
  const mean = (of: (cost: { cores: number; mb: number }) => number): number => costs.reduce((sum, one) => sum + of(one), 0) / costs.length;
  const coresPerUser = Math.max(LEAST.cores, mean((one) => one.cores));
  return { users, asked, broke, coresPerUser, mbPerUser: Math.max(LEAST.mb, mean((one) => one.mb)), allCoresUsers: allCoresUsers(coresPerUser, cores, usable) };
}

/** Stretches that say what a user costs: everyone is in and the limits held; else the last with users still joining, which is rather too much; else nothing was carried, and it hardly matters. */
function judged(held: readonly Window[], delivered: readonly Window[], broken: readonly Window[]): readonly Window[] {
  if (held.length > 0) return held;
  return delivered.length > 0 ? delivered.slice(-1) : broken;
}

function windowsOf({ snapshots, meta }: RunData): readonly Window[] {
  const groups: (typeof snapshots)[number][][] = [];
  for (const snapshot of snapshots) (groups[Math.floor((snapshot.interval * meta.intervalMs) / (WINDOW_S * 1_000))] ??= []).push(snapshot);
  return groups.map((group) => {
    const series = mergeAll(group);
    return { series, users: series.figures('users_present').last ?? 0, meanUsers: gaugeMean(group, 'users_present') ?? 0, cores: gaugeMean(group, 'generator_cpu'), mb: gaugeMean(group, 'generator_rss') };
  });
}

/** One generator alone has one series of each. */
function gaugeMean(group: RunData['snapshots'], metric: 'users_present' | 'generator_cpu' | 'generator_rss'): number | undefined {
  const all = group.flatMap(({ series }) => series.filter((one) => one.metric === metric));
  const count = all.reduce((total, one) => total + one.count, 0);
  return count === 0 ? undefined : all.reduce((total, one) => total + one.sum, 0) / count;
}
