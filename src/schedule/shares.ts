import type { Plan, UserKind } from './plan.js';

/** Somebody who brings a share of a plan's users. */
export interface ShareHolder {
  /** How many users, compared with the others. */
  readonly weight: number;
  readonly kinds: readonly UserKind[];
}

/**
 * The users of a plan that holder `index` brings; plan and meetings stay as they are. Pure: the same on every machine. Every user that somebody can bring is in exactly one share.
 * The users of one kind in one meeting stay together (they are dealt out meeting by meeting, always to who has least for its weight at that time), so
 * that each share has its part of every hour.
 */
export function shareOf(plan: Plan, index: number, holders: readonly ShareHolder[]): Plan {
  const holderOf = dealOut(plan, holders);
  return { ...plan, attendances: plan.attendances.filter(({ meeting, kind }) => holderOf.get(`${kind} ${meeting}`) === index) };
}

function dealOut(plan: Plan, holders: readonly ShareHolder[]): ReadonlyMap<string, number> {
  const groups = new Map<string, { readonly kind: UserKind; users: number }>();
  for (const { meeting, kind } of plan.attendances) {
    const key = `${kind} ${meeting}`;
    const group = groups.get(key);
    if (group) group.users++;
    else groups.set(key, { kind, users: 1 });
  }
  const load = holders.map(() => 0);
  const holderOf = new Map<string, number>();
  // In the order in which the meetings get their first user.
  for (const [key, { kind, users }] of groups) {
    let best: number | undefined;
    holders.forEach(({ kinds, weight }, holder) => {
      if (!kinds.includes(kind)) return;
      if (best === undefined || (load[holder]! + users) / weight < (load[best]! + users) / holders[best]!.weight) best = holder;
    });
    if (best === undefined) continue;
    load[best]! += users;
    holderOf.set(key, best);
  }
  return holderOf;
}
