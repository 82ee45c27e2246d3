import type { MeasuredLimits } from '../../capacity/capacity.js';
import { peakOf, userRecords } from '../attendance-log.js';
import { grouped } from '../count-users.js';
import type { RunData } from '../run-data.js';
import type { Summary } from '../summary.js';

const SECOND_MS = 1_000;

/**
 * What a run showed of the limits that are known beforehand, each on the server where it was most, in the limit's own unit. Users and connections (each
 * user in a meeting holds one) are counted from events; lines are what scraped servers said of themselves. What nobody looked at is left out.
 */
export function measuredLimits(summary: Summary, { plan, events }: RunData): MeasuredLimits {
  const records = userRecords(plan, events, summary.durationMs).filter(({ joinedAtMs }) => joinedAtMs !== undefined);
  const users = most(summary.servers.map(({ peakUsers }) => peakUsers));
  return {
    'graphql-connections': users,
    'users-per-server': users,
    'users-per-meeting': most([...grouped(records, ({ planned }) => String(planned.meeting)).values()].map(peakOf)),
    'sockets-per-second': most([...grouped(records, ({ server }) => server).values()].map((there) => mostWithin(there.map(({ joinedAtMs }) => joinedAtMs!), SECOND_MS))),
    'line-in': mbps(summary.fleet.map(({ lineInP95Kbps }) => lineInP95Kbps)),
    'line-out': mbps(summary.fleet.map(({ lineOutP95Kbps }) => lineOutP95Kbps)),
  };
}

/** Most instants within any stretch of this length. */
function mostWithin(instants: readonly number[], lengthMs: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  sorted.forEach((atMs, index) => {
    while (sorted[first]! <= atMs - lengthMs) first++;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((top, value) => Math.max(top, value), 0);
}

function mbps(kbps: readonly (number | undefined)[]): number | undefined {
  const top = most(kbps.filter((value) => value !== undefined));
  return top === undefined ? undefined : top / 1_000;
}
