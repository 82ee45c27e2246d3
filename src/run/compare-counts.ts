import type { MeetingPresence } from '../metrics/events.js';
import type { Attendance } from '../schedule/plan.js';
import type { Peers } from '../vu/attendee.js';
import type { MeetingRoll } from './roll.js';

/** How somebody else counts a meeting; `names` where it says who. */
export interface Count {
  readonly users: number;
  readonly names: readonly string[] | undefined;
}

/** Named at most in one meeting. */
const MAX_NAMES = 20;
const MAX_NAME_CHARS = 100;

/** What several users of a meeting are shown, as one count: the median, so that one stale list says little. */
export function countOfPeers(seen: readonly Peers[]): Count | undefined {
  if (seen.length === 0) return undefined;
  const inOrder = [...seen].sort((a, b) => a.count - b.count);
  const middle = inOrder[Math.floor((inOrder.length - 1) / 2)]!;
  return { users: middle.count, names: middle.names ?? seen.find(({ count, names }) => names !== undefined && count === middle.count)?.names };
}

/**
 * One meeting counted three times. `before` and `after` are the harness's rolls round the time at which the others were asked: missing
 * are those that must have been counted all along and were not, ghosts those beyond everyone that may have been counted at any time.
 */
export function compareCounts(meeting: number, before: MeetingRoll, after: MeetingRoll, server: Count | undefined, peers: Count | undefined): MeetingPresence {
  const stillIn = new Set(after.present.map(({ seq }) => seq));
  const sure = before.sure.filter(({ seq }) => stillIn.has(seq));
  const possible = new Map([...before.possible, ...after.possible].map((one) => [one.seq, one]));
  const others = [server, peers].filter((count) => count !== undefined);
  const missing = Math.max(0, ...others.map((count) => missingIn(sure, count)));
  const ghosts = Math.max(0, ...others.map((count) => ghostsIn(possible, count)));
  const names = new Set<string>();
  for (const count of others) {
    if (missingIn(sure, count) > 0) for (const { name } of notNamed(sure, count)) names.add(name);
    if (ghostsIn(possible, count) > 0) for (const name of unknownTo(possible, count)) names.add(name);
  }
  return {
    meeting,
    harness: after.present.length,
    ...(server === undefined ? {} : { server: server.users }),
    ...(peers === undefined ? {} : { peers: peers.users }),
    ghosts,
    missing,
    ...(names.size === 0 ? {} : { names: [...names].slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_CHARS)) }),
  };
}

/** By name where there are names: one who is missing and a ghost would hide each other in a count. */
function missingIn(sure: readonly Attendance[], count: Count): number {
  return Math.max(sure.length - count.users, count.names === undefined ? 0 : notNamed(sure, count).length);
}

function ghostsIn(possible: ReadonlyMap<number, Attendance>, count: Count): number {
  return Math.max(count.users - possible.size, unknownTo(possible, count).length);
}

function notNamed(sure: readonly Attendance[], { names }: Count): readonly Attendance[] {
  if (names === undefined) return [];
  const listed = new Set(names);
  return sure.filter(({ name }) => !listed.has(name));
}

function unknownTo(possible: ReadonlyMap<number, Attendance>, { names = [] }: Count): readonly string[] {
  const known = new Set([...possible.values()].map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}
