import { METRICS, type MetricInfo, type Tags } from '../metrics/catalogue.js';
import type { RunEvent } from '../metrics/events.js';
import { compares, judge } from '../metrics/judge.js';
import { mergeAll } from '../metrics/merge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';
import { WindowedSeries } from '../metrics/windows.js';
import type { Attendance } from '../schedule/plan.js';

/** On which servers a threshold was broken, each asked alone. */
export interface BrokeOn {
  /** one: on one only, or on one twice as far beyond the limit as on any other · all: on each about alike · some: on several, not on all. */
  readonly kind: 'one' | 'some' | 'all';
  /** Those on which it was broken, the worst first. */
  readonly servers: readonly string[];
  /** How many servers could be asked. */
  readonly of: number;
}

/** What a run recorded, as far as it tells servers apart. */
export interface ServerFacts {
  readonly snapshots: readonly Snapshot[];
  readonly events: readonly RunEvent[];
  readonly attendances: readonly Attendance[];
}

/** From so many times as far beyond the limit on a server stands out among others that are beyond it, too. */
const STANDS_OUT = 2;

interface Asked {
  readonly server: string;
  readonly observed: number;
}

/**
 * Asks each server alone what the threshold asks of all. Amounts (counters, gauges, counts) add up over servers, so each may have its part of the
 * limit. Who did not get in and was sent nowhere has no server of its own: the meeting is on one server, so it is that of others in the same meeting.
 * Undefined: the metric does not tell servers apart, or most of what it counts has no server.
 */
export function brokeOn(threshold: Threshold, facts: ServerFacts): BrokeOn | undefined {
  const named = threshold.tags.server;
  if (named !== undefined) return { kind: 'one', servers: [named], of: 1 };
  const servers = serversOf(facts.events);
  const additive = addsUp(threshold);
  const asked = isOfJoins(threshold) ? askedOfJoins(threshold, facts) : askedOfSeries(threshold, facts, servers, additive);
  if (asked === undefined || asked.length === 0) return undefined;
  // A part of 0 is 0: nobody may be lost on any server.
  const limit = additive && threshold.each !== 'server' ? threshold.limit / asked.length : threshold.limit;
  const broken = asked.filter(({ observed }) => !compares(observed, threshold.comparison, limit)).sort((a, b) => beyond(b) - beyond(a));
  function beyond({ observed }: Asked): number {
    return Math.abs(observed - limit);
  }
  const [worst, next] = broken;
  if (worst === undefined) return undefined;
  const standsOut = next === undefined || beyond(worst) >= STANDS_OUT * beyond(next);
  return { kind: standsOut ? 'one' : broken.length === asked.length ? 'all' : 'some', servers: broken.map(({ server }) => server), of: asked.length };
}

/** Users that did not get in, by the server to which they or others of their meeting were sent; those of meetings of which nobody was sent anywhere are under undefined. */
export function failedByServer(facts: Pick<ServerFacts, 'events' | 'attendances'>, tags: Tags = {}): ReadonlyMap<string | undefined, number> {
  return count(facts, tags).failed;
}

function count({ events, attendances }: Pick<ServerFacts, 'events' | 'attendances'>, tags: Tags): { readonly failed: ReadonlyMap<string | undefined, number>; readonly joined: ReadonlyMap<string, number> } {
  const serverOf = new Map<number, string>();
  for (const event of events) {
    const sent = sentTo(event);
    const meeting = sent && attendances[sent.seq]?.meeting;
    if (sent && meeting !== undefined) serverOf.set(meeting, sent.server);
  }
  const failed = new Map<string | undefined, number>();
  const joined = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'user-joined' && event.type !== 'user-ended') continue;
    const user = attendances[event.seq];
    if (user === undefined || (tags.role ?? user.role) !== user.role || (tags.kind ?? user.kind) !== user.kind) continue;
    if (event.type === 'user-joined') joined.set(event.server, (joined.get(event.server) ?? 0) + 1);
    else if (event.outcome === 'failed') {
      const server = event.server ?? serverOf.get(user.meeting);
      failed.set(server, (failed.get(server) ?? 0) + 1);
    }
  }
  return { failed, joined };
}

const isOfJoins = ({ metric }: Threshold): boolean => metric === 'join_failed' || metric === 'users_failed' || metric === 'users_joined';

function askedOfJoins({ metric, tags, aggregation }: Threshold, facts: ServerFacts): readonly Asked[] | undefined {
  const { failed, joined } = count(facts, tags);
  const nowhere = failed.get(undefined) ?? 0;
  const somewhere = [...failed.values()].reduce((sum, users) => sum + users, 0) - nowhere;
  if (nowhere > somewhere) return undefined;
  const servers = [...new Set([...joined.keys(), ...[...failed.keys()].filter((server) => server !== undefined)])];
  return servers.map((server) => {
    const [out, into] = [failed.get(server) ?? 0, joined.get(server) ?? 0];
    if (metric === 'users_failed') return { server, observed: out };
    if (metric === 'users_joined') return { server, observed: into };
    return { server, observed: aggregation.of === 'rate' ? out / (out + into) : out + into };
  });
}

function askedOfSeries(threshold: Threshold, { snapshots }: ServerFacts, servers: readonly string[], additive: boolean): readonly Asked[] | undefined {
  const series = threshold.window === undefined ? mergeAll(snapshots) : WindowedSeries.of([threshold], snapshots).get(threshold.window)?.series;
  if (series === undefined) return undefined;
  const { metric, aggregation } = threshold;
  const tags = tagsOf(threshold, series);
  const tagged = series.tagValues(metric, 'server');
  // Calls to the API go to the load balancer where there is one, and it is no server.
  const known = metric === 'api_time' ? tagged.filter((server) => servers.includes(server)) : tagged;
  if (known.length === 0) return undefined;
  if (!additive) {
    return known.flatMap((server) => {
      const observed = series.aggregate(metric, { ...tags, server }, aggregation);
      return observed === undefined ? [] : [{ server, observed }];
    });
  }
  const all = [...new Set([...known, ...servers])].map((server) => ({ server, observed: series.aggregate(metric, { ...tags, server }, aggregation) ?? 0 }));
  const told = all.reduce((sum, { observed }) => sum + observed, 0);
  return told * 2 < (series.aggregate(metric, tags, aggregation) ?? 0) ? undefined : all;
}

/** With a threshold of each role or kind: the tags of the worst of them. */
function tagsOf(threshold: Threshold, series: SeriesSet): Tags {
  const { each, tags } = threshold;
  if (each === undefined || each === 'server') return tags;
  const { window: _, ...whole } = threshold;
  const worst = judge([whole], series)[0]?.worst;
  return worst === undefined ? tags : { ...tags, [each]: worst };
}

/** Whether what is observed of all is the sum over servers. */
function addsUp({ metric, aggregation }: Threshold): boolean {
  const { kind }: MetricInfo = METRICS[metric];
  return kind === 'counter' || kind === 'gauge' || aggregation.of === 'count' || aggregation.of === 'sum';
}

/** Servers that users were sent to. */
function serversOf(events: readonly RunEvent[]): readonly string[] {
  return [...new Set(events.flatMap((event) => sentTo(event)?.server ?? []))];
}

/** That a user was sent to a server, whether or not it got in. */
function sentTo(event: RunEvent): { readonly seq: number; readonly server: string } | undefined {
  if (event.type !== 'user-joined' && event.type !== 'user-ended') return undefined;
  return event.server === undefined ? undefined : { seq: event.seq, server: event.server };
}
