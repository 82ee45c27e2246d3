import { durationText } from '../scenario/quantity.js';
import { expectedLoad, firstAbove, type Quantity } from './expected-load.js';
import { FIGURES } from './figures.js';
import type { Plan } from './plan.js';
import { longestRush } from './socket-queue.js';

export type LimitName = 'graphql-connections' | 'sockets-per-second' | 'users-per-meeting' | 'line-out' | 'line-in' | 'users-per-server';

/** fine: far enough away · hint: above a rule of thumb · warning: close, or users wait · breaks: the target will refuse or fail. */
export type LimitLevel = 'fine' | 'hint' | 'warning' | 'breaks';

/** A limit known beforehand, held against the plan before any load is sent. Per server unless the name says otherwise. */
export interface HardLimit {
  readonly limit: LimitName;
  readonly title: string;
  readonly allowed: number;
  /** What the plan needs at its peak, meetings spread evenly. */
  readonly needed: number;
  readonly unit: string;
  /** When the plan first goes beyond; when it comes closest, if it never does. */
  readonly atMs: number;
  readonly level: LimitLevel;
  readonly breaks: boolean;
  readonly explanation: string;
  readonly help: string;
}

/** Every known limit, the broken ones first. */
export function hardLimits(plan: Plan): readonly HardLimit[] {
  const load = expectedLoad(plan);
  const limits = [graphqlConnections, socketsPerSecond, usersPerMeeting, lineOut, lineIn, usersPerServer].map((limit) => limit(plan, load));
  const order: readonly LimitLevel[] = ['breaks', 'warning', 'hint', 'fine'];
  return [...limits].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

/** The same plan on so many servers of its fleet, the others being out. */
export const onServers = (plan: Plan, servers: number): Plan => ({ ...plan, fleet: { ...plan.fleet, servers } });

type Load = ReturnType<typeof expectedLoad>;

const made = (limit: Omit<HardLimit, 'breaks'>): HardLimit => ({ ...limit, breaks: limit.level === 'breaks' });

/** When the fleet as a whole first carries more than `perServer` on each server; its peak if it never does. */
function since(plan: Plan, load: Load, quantity: Quantity, perServer: number): number {
  return firstAbove(plan, quantity, perServer * plan.fleet.servers) ?? load.fleet[quantity].atMs;
}

function graphqlConnections(plan: Plan, load: Load): HardLimit {
  const allowed = plan.fleet.graphqlConnectionsPerServer;
  const needed = Math.ceil(load.perServer.users.value);
  const level = needed > allowed ? 'breaks' : needed > allowed * 0.9 ? 'warning' : 'fine';
  return made({
    limit: 'graphql-connections',
    title: 'GraphQL connections',
    allowed,
    needed,
    unit: 'connections',
    atMs: since(plan, load, 'users', level === 'warning' ? allowed * 0.9 : allowed),
    level,
    explanation: 'every user in a meeting holds one; beyond the limit the server refuses new ones (connections_limit_exceeded) and the join fails',
    help: 'raise max_connections in /etc/bigbluebutton/bbb-graphql-middleware.yml on each server, or plan more servers',
  });
}

function socketsPerSecond(plan: Plan): HardLimit {
  const rush = longestRush(plan);
  const allowed = plan.fleet.socketsPerSecondPerServer;
  const level = rush.waitLastMs > FIGURES.socketWaitMs.value ? 'breaks' : rush.waitLastMs >= 1_000 ? 'warning' : 'fine';
  const tenths = (ms: number): string => durationText(Math.round(ms / 100) * 100);
  const explanation =
    rush.waitLastMs === 0
      ? 'nobody waits to be let in'
      : `${rush.users} users in one rush: 95 % are let in within ${tenths(rush.waitP95Ms)}, the last after ${tenths(rush.waitLastMs)}`;
  return made({
    limit: 'sockets-per-second',
    title: 'Sockets admitted a second',
    allowed,
    needed: rush.peakPerSec,
    unit: 'sockets/s',
    atMs: rush.atMs,
    level,
    explanation: level === 'breaks' ? `${explanation}; the client gives up after ${durationText(FIGURES.socketWaitMs.value)} and comes again` : explanation,
    help: 'let users come over a longer time, raise max_connections_per_second, or plan more servers',
  });
}

function usersPerMeeting(plan: Plan, { largestMeeting }: Load): HardLimit {
  const allowed = plan.fleet.usersPerMeeting;
  const level = largestMeeting.value > allowed ? 'breaks' : 'fine';
  return made({
    limit: 'users-per-meeting',
    title: 'Users in one meeting',
    allowed,
    needed: largestMeeting.value,
    unit: 'users',
    atMs: largestMeeting.atMs,
    level,
    explanation: `the largest is "${plan.meetings[largestMeeting.meeting]?.name ?? ''}"; the BBB FAQ advises against sessions above 200`,
    help: 'split the meeting, or raise fleet.usersPerMeeting if that fleet is known to bear it',
  });
}

function lineOut(plan: Plan, load: Load): HardLimit {
  return line(plan, load, 'outMbps', 'line-out', 'Line, out');
}

function lineIn(plan: Plan, load: Load): HardLimit {
  return line(plan, load, 'inMbps', 'line-in', 'Line, in');
}

function line(plan: Plan, load: Load, quantity: 'outMbps' | 'inMbps', limit: LimitName, title: string): HardLimit {
  const allowed = plan.fleet.lineMbps;
  const needed = Number(load.perServer[quantity].value.toFixed(1));
  const level = needed >= allowed ? 'breaks' : needed >= allowed * FIGURES.lineWarning.value ? 'warning' : 'fine';
  return made({
    limit,
    title,
    allowed,
    needed,
    unit: 'Mbit/s',
    atMs: since(plan, load, quantity, level === 'warning' ? allowed * FIGURES.lineWarning.value : allowed),
    level,
    explanation: `audio ${FIGURES.audioMbps.value} and cameras ${FIGURES.cameraMbps.value} Mbit/s a stream; above ${FIGURES.lineWarning.value * 100} % bursts queue and media suffers`,
    help: 'fewer cameras looked at (cameraViews), fewer cameras (webcamShare), or more servers',
  });
}

function usersPerServer(plan: Plan, load: Load): HardLimit {
  const allowed = FIGURES.usersPerServer.value;
  const needed = Math.ceil(load.perServer.users.value);
  return made({
    limit: 'users-per-server',
    title: 'Users on one server',
    allowed,
    needed,
    unit: 'users',
    atMs: since(plan, load, 'users', allowed),
    level: needed > allowed ? 'hint' : 'fine',
    explanation: `the BBB FAQ counts on ${allowed} for a server of the minimum size; fast ones have carried 600`,
    help: 'this is what the run will show',
  });
}
