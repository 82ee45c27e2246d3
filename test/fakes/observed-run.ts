import { blockOf, type ObservedRun, type ObservedSeries } from '../../src/capacity/observed.js';
import { seededRandom, type Random } from '../../src/core/random.js';

export interface Made {
  readonly seed: number;
  readonly meetings: number;
  readonly usersPerMeeting: number;
  /** Factor on every time to join. */
  readonly slower: number;
  /** Share of users that do not get in. */
  readonly failing: number;
  /** Factor on the round trip of one server. */
  readonly slowServer: number;
}

const EQUAL: Made = { seed: 1, meetings: 24, usersPerMeeting: 12, slower: 1, failing: 0.002, slowServer: 1 };

/** Log-normal, by Box and Muller. */
function noisy(random: Random, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return median * Math.exp(spread * normal);
}

/**
 * A run with the noise that real ones have: times to join are log-normal with a long tail, alike within a meeting, and drift with the
 * storm; round trips follow each other in time.
 */
export function observedRun(differences: Partial<Made> = {}): ObservedRun {
  const made = { ...EQUAL, ...differences };
  const random = seededRandom(made.seed);
  const users = Array.from({ length: made.meetings * made.usersPerMeeting }, (_, index) => ({ meeting: index % made.meetings, interval: Math.floor(index / 10) }));
  const meetingFactor = Array.from({ length: made.meetings }, () => noisy(random, 1, 0.15));
  const joins = users.map(({ meeting, interval }) => {
    const storm = 1 + 0.6 * Math.exp(-(((interval - 10) / 5) ** 2));
    return noisy(random, 1_500, 0.3) * meetingFactor[meeting]! * storm * made.slower * (random.next() < 0.02 ? 3 : 1);
  });
  const failed = users.map(() => (random.next() < made.failing ? 1 : 0));
  const series: ObservedSeries[] = [perUser('join_time', users, joins), perUser('join_failed', users, failed)];
  for (const server of ['bbb01', 'bbb02']) {
    let level = 0;
    const blocks = Array.from({ length: 60 }, () => {
      level = 0.7 * level + 0.3 * (random.next() - 0.5);
      const factor = (1 + level) * (server === 'bbb02' ? made.slowServer : 1);
      return blockOf(Array.from({ length: 10 }, () => ({ value: noisy(random, 60, 0.3) * factor, count: 1 })));
    });
    series.push({ metric: 'rtt', tag: 'server', tagValue: server, blocks: { intervals: blocks } });
  }
  return {
    schema: 1,
    run: `run-${made.seed}`,
    scenario: 'made',
    startedAt: '2026-11-23T07:00:00.000Z',
    seed: 7,
    scenarioHash: 'a',
    planHash: 'a',
    verdict: 'held',
    users: { planned: users.length, joined: users.length, peakConcurrent: users.length },
    durationMs: 300_000,
    environment: { BigBlueButton: '3.0.19' },
    series,
  };
}

function perUser(metric: ObservedSeries['metric'], users: readonly { readonly meeting: number; readonly interval: number }[], values: readonly number[]): ObservedSeries {
  const by = (key: 'meeting' | 'interval') => {
    const groups = new Map<number, { value: number; count: number }[]>();
    users.forEach((user, index) => groups.set(user[key], [...(groups.get(user[key]) ?? []), { value: values[index]!, count: 1 }]));
    return [...groups].sort(([a], [b]) => a - b).map(([, points]) => blockOf(points));
  };
  return { metric, blocks: { meetings: by('meeting'), intervals: by('interval') } };
}
