import type { SeriesSet } from '../metrics/series-set.js';
import type { UserRecord } from './attendance-log.js';
import { byKey, countsOf, grouped } from './count-users.js';
import type { ServerSummary, Summary } from './summary.js';

const SERVER_METRICS = ['join_time', 'users_failed', 'rtt', 'audio_loss', 'video_fps'] as const;

/** Users that did not get in and of whom no server is known. */
export function failedUnplaced({ users, servers }: Pick<Summary, 'users' | 'servers'>): number {
  return Math.max(0, users.failed - servers.reduce((sum, { failed }) => sum + failed, 0));
}

/**
 * One entry for each server that a user was sent to. Users and meetings are counted from events; who failed on which server is known
 * from samples only, as a user that did not get in has no join event; times and media are those of the series tagged with the server.
 */
export function summariseServers(records: readonly UserRecord[], series: SeriesSet): readonly ServerSummary[] {
  const members = grouped(records, ({ server }) => server);
  for (const metric of SERVER_METRICS) for (const name of series.tagValues(metric, 'server')) if (!members.has(name)) members.set(name, []);
  return [...members].sort(byKey).map(([name, users]) => {
    const { joined, lost, peakConcurrent } = countsOf(users);
    return {
      name,
      meetings: new Set(users.map(({ planned }) => planned.meeting)).size,
      peakUsers: peakConcurrent,
      joined,
      failed: series.figures('users_failed', { server: name }).sum ?? 0,
      lost,
      joinTimeP95Ms: series.figures('join_time', { server: name }).p95,
      rttP95Ms: series.figures('rtt', { server: name }).p95,
      audioLossP95: series.figures('audio_loss', { server: name }).p95,
      videoFpsP50: series.figures('video_fps', { server: name }).p50,
      mosP50: series.figures('mos', { server: name }).p50,
      chatDeliveryP95Ms: series.figures('chat_delivery', { server: name }).p95,
      interruptions: series.figures('errors', { server: name, code: 'CONNECTION_INTERRUPTED' }).sum ?? 0,
      reconnectTimeP95Ms: series.figures('reconnect_time', { server: name }).p95,
    };
  });
}
