import { createHash } from 'node:crypto';
import { measures, type Measure } from '../capacity/measures.js';
import { blockOf, MAX_BLOCKS, type Block, type ObservedRun, type ObservedSeries } from '../capacity/observed.js';
import { redact } from '../core/redact.js';
import type { MetricName, TagName, Tags } from '../metrics/catalogue.js';
import { userRecords, type UserRecord } from './attendance-log.js';
import { bucketsOf, type Bucket } from './charts/chart-data.js';
import type { RunData } from './run-data.js';
import type { Summary } from './summary.js';

/** What a comparison needs of a run: values of each metric by interval, and those of users by meeting too. */
export function observeRun(data: RunData, summary: Summary): ObservedRun {
  const { meta, plan, scenarioText } = data;
  const records = userRecords(plan, data.events, summary.durationMs);
  const buckets = bucketsOf(data.snapshots, meta.intervalMs, MAX_BLOCKS);
  return {
    schema: 1,
    run: meta.run,
    scenario: meta.scenario,
    startedAt: meta.startedAt,
    seed: meta.seed,
    scenarioHash: hashOf(scenarioText),
    planHash: hashOf(JSON.stringify([plan.meetings, plan.attendances])),
    verdict: summary.verdict,
    users: { planned: summary.users.planned, joined: summary.users.joined, peakConcurrent: summary.users.peakConcurrent },
    durationMs: summary.durationMs,
    environment: environmentOf(data),
    series: measures().flatMap((measure) => seriesOf(measure, records, buckets, meta.intervalMs)),
  };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

function environmentOf({ meta: { target, firstbell, machine } }: RunData): ObservedRun['environment'] {
  return {
    Target: target.kind === 'simulator' ? 'simulator' : redact(target.url),
    BigBlueButton: target.bbbVersion ?? 'not told',
    Firstbell: `${firstbell.version}${firstbell.commit === undefined ? '' : ` (${firstbell.commit})`}`,
    Node: firstbell.node,
    Browser: firstbell.browser ?? 'none',
    Machine: `${machine.cpu}, ${machine.cores} cores, ${machine.os}`,
  };
}

function seriesOf(measure: Measure, records: readonly UserRecord[], buckets: readonly Bucket[], intervalMs: number): readonly ObservedSeries[] {
  const perUser = USER_VALUES[measure.metric];
  const groups: readonly Tags[] = [...(measure.figures.length > 0 ? [{}] : []), ...(Object.keys(measure.by) as TagName[]).flatMap((tag) => (perUser ? usersTags(records, tag) : bucketTags(buckets, measure.metric, tag)))];
  return groups.flatMap((tags): ObservedSeries[] => {
    const blocks = perUser ? userBlocks(records, perUser, tags, intervalMs) : { intervals: bucketBlocks(buckets, measure.metric, tags) };
    const [tag, tagValue] = (Object.entries(tags)[0] ?? []) as [TagName?, string?];
    return blocks.intervals.length === 0 ? [] : [{ metric: measure.metric, ...(tag === undefined ? {} : { tag }), ...(tagValue === undefined ? {} : { tagValue }), blocks }];
  });
}

/** Metrics that events tell user by user: undefined where a user says nothing of it. */
const USER_VALUES: Readonly<Partial<Record<MetricName, (user: UserRecord) => number | undefined>>> = {
  join_time: ({ planned, joinedAtMs }) => (joinedAtMs === undefined ? undefined : Math.max(0, joinedAtMs - planned.dueMs)),
  join_failed: ({ joinedAtMs, endedAs }) => (joinedAtMs !== undefined ? 0 : endedAs === 'failed' ? 1 : undefined),
  users_lost: ({ joinedAtMs, endedAs }) => (joinedAtMs === undefined || endedAs === 'aborted' ? undefined : endedAs === 'lost' ? 1 : 0),
};

const tagOf = (user: UserRecord, tag: string): string | undefined => (tag === 'role' ? user.planned.role : tag === 'kind' ? user.planned.kind : tag === 'server' ? user.server : undefined);

function usersTags(records: readonly UserRecord[], tag: TagName): readonly Tags[] {
  const values = new Set(records.flatMap((user) => tagOf(user, tag) ?? []));
  return [...values].sort().map((value) => ({ [tag]: value }));
}

function userBlocks(records: readonly UserRecord[], valueOf: (user: UserRecord) => number | undefined, tags: Tags, intervalMs: number): { readonly intervals: readonly Block[]; readonly meetings: readonly Block[] } {
  const byInterval = new Map<number, { value: number; count: number }[]>();
  const byMeeting = new Map<number, { value: number; count: number }[]>();
  for (const user of records) {
    const value = valueOf(user);
    if (value === undefined || Object.entries(tags).some(([tag, wanted]) => tagOf(user, tag) !== wanted)) continue;
    for (const [groups, key] of [[byInterval, Math.floor(user.planned.dueMs / intervalMs)], [byMeeting, user.planned.meeting]] as const) {
      const group = groups.get(key);
      if (group) group.push({ value, count: 1 });
      else groups.set(key, [{ value, count: 1 }]);
    }
  }
  const inOrder = (groups: ReadonlyMap<number, { value: number; count: number }[]>): readonly Block[] => [...groups].sort(([a], [b]) => a - b).map(([, points]) => blockOf(points));
  return { intervals: inOrder(byInterval), meetings: inOrder(byMeeting) };
}

function bucketTags(buckets: readonly Bucket[], metric: MetricName, tag: TagName): readonly Tags[] {
  const values = new Set(buckets.flatMap(({ series }) => series.tagValues(metric, tag)));
  return [...values].sort().map((value) => ({ [tag]: value }));
}

function bucketBlocks(buckets: readonly Bucket[], metric: MetricName, tags: Tags): readonly Block[] {
  return buckets.map(({ series }) => blockOf(series.distribution(metric, tags))).filter(({ values }) => values.length > 0);
}
