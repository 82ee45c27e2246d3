import { counted, quantity, whole } from './format.js';
import { shortNames } from './server-names.js';
import type { Plan } from '../schedule/plan.js';
import { presenceChanges, type UserRecord } from './attendance-log.js';

/** How evenly the load balancer spread the first lesson over the fleet, at the instant when most of its users were in. */
export interface SpreadSummary {
  readonly atMs: number;
  /** Servers of the fleet, by the scenario or by what was seen, whichever is more. */
  readonly fleetServers: number;
  readonly users: number;
  readonly meetings: number;
  /** Share of the users that the fullest server had; an even spread gives 1 ÷ fleetServers. */
  readonly largestShare: number;
  /** Users on the fullest server ÷ users per server if all had the same; 1 is even. */
  readonly largestOverMean: number;
  /** Fullest first; servers of the fleet without users are not named. */
  readonly servers: readonly { readonly name: string; readonly users: number; readonly meetings: number }[];
}

/** Undefined: nobody got in. The first lesson is every meeting that opens before the first of them closes. */
export function spreadOf(plan: Plan, records: readonly UserRecord[]): SpreadSummary | undefined {
  const firstCloses = Math.min(...plan.meetings.filter(({ users }) => users > 0).map(({ closesMs }) => closesMs));
  const first = new Set(plan.meetings.filter(({ opensMs }) => opensMs < firstCloses).map(({ index }) => index));
  const there = records.filter(({ planned, joinedAtMs }) => joinedAtMs !== undefined && first.has(planned.meeting));
  const atMs = fullestAt(there);
  if (atMs === undefined) return undefined;
  const byServer = new Map<string, { users: number; meetings: Set<number> }>();
  for (const { server, joinedAtMs, endedAtMs, planned } of there) {
    if (server === undefined || joinedAtMs! > atMs || (endedAtMs !== undefined && endedAtMs <= atMs)) continue;
    const known = byServer.get(server) ?? { users: 0, meetings: new Set<number>() };
    known.users++;
    known.meetings.add(planned.meeting);
    byServer.set(server, known);
  }
  const servers = [...byServer].map(([name, { users, meetings }]) => ({ name, users, meetings: meetings.size })).sort((a, b) => b.users - a.users || (a.name < b.name ? -1 : 1));
  const users = servers.reduce((sum, server) => sum + server.users, 0);
  const fullest = servers[0];
  if (!fullest) return undefined;
  const fleetServers = Math.max(plan.fleet.servers, new Set(records.flatMap(({ server }) => server ?? [])).size);
  return {
    atMs,
    fleetServers,
    users,
    meetings: servers.reduce((sum, server) => sum + server.meetings, 0),
    largestShare: fullest.users / users,
    largestOverMean: (fullest.users * fleetServers) / users,
    servers,
  };
}

/** In one sentence, for people. */
export function spreadLine({ users, meetings, fleetServers, largestShare, largestOverMean, servers }: SpreadSummary): string {
  const name = shortNames(servers.map((server) => server.name))[0] ?? '';
  const where = `${counted(users, 'user')} in ${counted(meetings, 'meeting')} on ${counted(servers.length, 'server')}${servers.length < fleetServers ? ` of ${whole(fleetServers)}` : ''}`;
  return `First lesson: ${where}; the fullest, ${name}, had ${quantity(largestShare, 'ratio')} of the users, ${quantity(largestOverMean, 'count', 1)} times an even share.`;
}

function fullestAt(records: readonly UserRecord[]): number | undefined {
  let [present, most] = [0, 0];
  let at: number | undefined;
  for (const { atMs, by } of presenceChanges(records)) {
    present += by;
    if (present > most) [most, at] = [present, atMs];
  }
  return at;
}
