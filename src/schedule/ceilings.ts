import { expectedLoad } from './expected-load.js';
import type { Attendance, Plan } from './plan.js';

/** What no plan may pass, whatever its scenario says. */
export interface Ceilings {
  /** Users at once. */
  readonly users: number;
  /** Arrivals per second, over any ten seconds; who loads the page anew, comes back after its network broke, or goes into a breakout room, arrives again. */
  readonly joinsPerSecond: number;
  /** Media of all servers together, in or out, as the forecast counts it. */
  readonly mbps: number;
}

/** Twice what the largest mornings known bring to a city's fleet. */
export const DEFAULT_CEILINGS: Ceilings = { users: 20_000, joinsPerSecond: 500, mbps: 20_000 };

const WINDOW_MS = 10_000;

/** One sentence for each ceiling that a plan passes. */
export function aboveCeilings(plan: Plan, ceilings: Ceilings): readonly string[] {
  const { fleet } = expectedLoad(plan);
  const asked: Ceilings = { users: fleet.users.value, joinsPerSecond: mostArrivalsPerSecond(plan), mbps: Math.max(fleet.inMbps.value, fleet.outMbps.value) };
  const names = { users: 'users at once', joinsPerSecond: 'joins per second', mbps: 'Mbit/s' } as const;
  return (Object.keys(names) as (keyof Ceilings)[]).filter((key) => asked[key] > ceilings[key]).map((key) => `${Math.ceil(asked[key])} ${names[key]}, the ceiling is ${ceilings[key]}`);
}

/** Over the busiest ten seconds. */
function mostArrivalsPerSecond({ attendances }: Plan): number {
  const arrivals = attendances
    .filter(({ dropped }) => !dropped)
    .flatMap(arrivalsOf)
    .sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  arrivals.forEach((atMs, index) => {
    while (arrivals[from]! <= atMs - WINDOW_MS) from++;
    most = Math.max(most, index - from + 1);
  });
  return most / (WINDOW_MS / 1_000);
}

/** A breakout room is a meeting of its own: a user comes there by a join, with sockets of its own. */
function arrivalsOf({ dueMs, reloadAtMs, networkLoss, actions = [] }: Attendance): readonly number[] {
  const breakouts = actions.filter(({ action }) => action.do === 'enter-breakout').map(({ atMs }) => atMs);
  return [dueMs, ...(reloadAtMs === undefined ? [] : [reloadAtMs]), ...(networkLoss ? [networkLoss.atMs + networkLoss.forMs] : []), ...breakouts];
}
