import type { SeriesSet } from '../metrics/series-set.js';

/** What a server said of itself over the run; absent: it did not say. */
export interface ServerAccount {
  readonly name: string;
  readonly scrapes: number;
  /** Scrapes that gave nothing. */
  readonly failedScrapes: number;
  readonly cpuP95?: number;
  readonly memoryMax?: number;
  readonly lineInP95Kbps?: number;
  readonly lineOutP95Kbps?: number;
  readonly lineUseMax?: number;
  readonly peakParticipants?: number;
}

/** One entry for each server that was scraped. */
export function summariseFleet(series: SeriesSet): readonly ServerAccount[] {
  return series.tagValues('server_scrape_failed', 'server').map((server) => {
    const scrapes = series.figures('server_scrape_failed', { server });
    const account = {
      cpuP95: series.figures('server_cpu', { server }).p95,
      memoryMax: series.figures('server_memory', { server }).max,
      lineInP95Kbps: series.figures('server_line_in', { server }).p95,
      lineOutP95Kbps: series.figures('server_line_out', { server }).p95,
      lineUseMax: series.figures('server_line_use', { server }).max,
      peakParticipants: series.figures('server_participants', { server }).max,
    };
    return { name: server, scrapes: scrapes.count, failedScrapes: scrapes.sum ?? 0, ...(Object.fromEntries(Object.entries(account).filter(([, value]) => value !== undefined)) as Partial<ServerAccount>) };
  });
}
