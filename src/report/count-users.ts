import { peakOf, type UserRecord } from './attendance-log.js';
import type { Summary, UserCounts } from './summary.js';

/** planned = started + dropped + not started; started = left + failed + lost + aborted. Exact: counted from events, not from samples. */
export function countUsers(records: readonly UserRecord[]): Summary['users'] {
  return {
    ...countsOf(records),
    byKind: groupCounts(records, ({ planned }) => planned.kind),
    byRole: groupCounts(records, ({ planned }) => planned.role),
  };
}

export function countsOf(records: readonly UserRecord[]): UserCounts {
  const ended = { left: 0, failed: 0, lost: 0, aborted: 0 };
  let started = 0;
  let joined = 0;
  for (const record of records) {
    if (record.startedAtMs !== undefined) started++;
    if (record.joinedAtMs !== undefined) joined++;
    if (record.endedAs !== undefined) ended[record.endedAs]++;
  }
  return { planned: records.length, started, joined, ...ended, peakConcurrent: peakOf(records) };
}

function groupCounts(records: readonly UserRecord[], keyOf: (record: UserRecord) => string): Record<string, UserCounts> {
  return Object.fromEntries([...grouped(records, keyOf)].sort(byKey).map(([key, members]) => [key, countsOf(members)]));
}

/** Members by key, in the order of first appearance. */
export function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Orders entries by key as people count: server 2 before server 10. */
export function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return COLLATOR.compare(a[0], b[0]);
}

const COLLATOR = new Intl.Collator('en', { numeric: true });
