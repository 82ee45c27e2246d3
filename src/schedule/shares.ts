import type { Attendance, Plan, UserKind } from './plan.js';
import { partsOfShare } from './share-maxima.js';

/** Somebody who brings a share of a plan's users. */
export interface ShareHolder {
  /** How many users, compared with the others. */
  readonly weight: number;
  readonly kinds: readonly UserKind[];
}

/**
 * The users of a plan that holder `index` brings, with its part of the maximum of each open part; plan and meetings stay as they are. Pure: the same on every machine. Every user that somebody can bring is in exactly one share.
 * The users of one kind in one meeting stay together: meeting by meeting, in the order in which they open, they are dealt to who then has
 * fewest users for its weight in meetings that are still open, and of several to who had fewest until then. So each share has its
 * part of every hour, and nobody gets all of the first lesson.
 */
export function shareOf(plan: Plan, index: number, holders: readonly ShareHolder[]): Plan {
  const dealt = dealOut(plan, holders);
  const holderOf = ({ meeting, kind }: Attendance): number | undefined => dealt.get(`${kind} ${meeting}`);
  return { ...plan, parts: partsOfShare(plan, index, holders.length, holderOf), attendances: plan.attendances.filter((attendance) => holderOf(attendance) === index) };
}

interface Group {
  readonly kind: UserKind;
  readonly opensMs: number;
  closesMs: number;
  users: number;
}

/** Sums of users divided by weights miss equality by rounding. */
const EPSILON = 1e-9;

function dealOut(plan: Plan, holders: readonly ShareHolder[]): ReadonlyMap<string, number> {
  const books = holders.map(() => new Book());
  const holderOf = new Map<string, number>();
  for (const [key, { kind, users, opensMs, closesMs }] of groupsOf(plan)) {
    let best: number | undefined;
    let [least, leastInAll] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    holders.forEach(({ kinds, weight }, holder) => {
      if (!kinds.includes(kind)) return;
      const load = (books[holder]!.usersAt(opensMs) + users) / weight;
      const inAll = (books[holder]!.total + users) / weight;
      if (load < least - EPSILON || (load <= least + EPSILON && inAll < leastInAll - EPSILON)) [best, least, leastInAll] = [holder, load, inAll];
    });
    if (best === undefined) continue;
    books[best]!.add(users, closesMs);
    holderOf.set(key, best);
  }
  return holderOf;
}

/** In the order in which the meetings get their first user. */
function groupsOf(plan: Plan): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const { meeting, kind, dueMs, leaveMs, dropped } of plan.attendances) {
    const key = `${kind} ${meeting}`;
    const group = groups.get(key);
    // Arrivals for which nobody is free are counted by somebody, and cost nothing.
    const users = dropped ? 0 : 1;
    if (group) {
      group.users += users;
      group.closesMs = Math.max(group.closesMs, leaveMs);
    } else groups.set(key, { kind, opensMs: dueMs, closesMs: leaveMs, users });
  }
  return groups;
}

/** What one holder has. */
class Book {
  #open: { readonly users: number; readonly untilMs: number }[] = [];
  /** When the next of them closes. */
  #nextMs = Number.POSITIVE_INFINITY;
  #users = 0;
  #total = 0;

  /** Users in all. */
  get total(): number {
    return this.#total;
  }

  /** Users in meetings that are open at an instant; instants must not go back. */
  usersAt(atMs: number): number {
    if (this.#nextMs <= atMs) {
      this.#open = this.#open.filter(({ untilMs }) => untilMs > atMs);
      this.#users = this.#open.reduce((sum, { users }) => sum + users, 0);
      this.#nextMs = this.#open.reduce((next, { untilMs }) => Math.min(next, untilMs), Number.POSITIVE_INFINITY);
    }
    return this.#users;
  }

  add(users: number, untilMs: number): void {
    this.#open.push({ users, untilMs });
    this.#nextMs = Math.min(this.#nextMs, untilMs);
    this.#users += users;
    this.#total += users;
  }
}
