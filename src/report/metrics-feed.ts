import type { RunOutput } from '../metrics/events.js';
import { mergeAll } from '../metrics/merge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { LiveBoard } from './live-board.js';
import { renderExposition, type ExtraGauge } from './openmetrics.js';

export interface MetricsFeedOptions {
  readonly board: LiveBoard;
  readonly cumulative: () => SeriesSet;
  readonly run: string;
  readonly scenario: string;
  readonly version: string;
  /** On the run's clock. */
  readonly nowMs: () => number;
}

/** Quantiles are of so many intervals of each worker, but of none that is older than this. */
const RECENT_INTERVALS = 6;
const RECENT_MS = 60_000;
/** Decoding a histogram takes about 60 µs and holds up the event loop that starts users: of larger runs only the last interval is taken. */
const MAX_DECODED = 400;

/** What the endpoint for Prometheus tells; made when it is asked. */
export class MetricsFeed implements RunOutput {
  readonly #options: MetricsFeedOptions;
  #snapshots: Snapshot[] = [];
  #recent: SeriesSet | undefined;

  constructor(options: MetricsFeedOptions) {
    this.#options = options;
  }

  event(): void {
    // The board has them.
  }

  snapshot(snapshot: Snapshot): void {
    const newest = Math.max(snapshot.endMs, ...this.#snapshots.map(({ endMs }) => endMs));
    const distributions = snapshot.series.filter(({ hist }) => hist !== undefined).length;
    const kept = Math.min(RECENT_INTERVALS, Math.max(1, Math.floor(MAX_DECODED / Math.max(1, distributions))));
    const own = [...this.#snapshots.filter(({ worker }) => worker === snapshot.worker), snapshot].slice(-kept);
    const others = this.#snapshots.filter(({ worker }) => worker !== snapshot.worker);
    this.#snapshots = [...others, ...own].filter((one) => one === snapshot || one.endMs > newest - RECENT_MS);
    this.#recent = undefined;
  }

  text(format: 'prometheus' | 'openmetrics'): string {
    this.#recent ??= mergeAll(this.#snapshots);
    return renderExposition({ cumulative: this.#options.cumulative(), recent: this.#recent, extra: this.#extra() }, format);
  }

  #extra(): readonly ExtraGauge[] {
    const { board, run, scenario, version, nowMs } = this.#options;
    const { users, servers } = board.state(nowMs());
    const one = (name: string, help: string, value: number): ExtraGauge => ({ name, help, values: [{ labels: {}, value }] });
    return [
      { name: 'firstbell_run_info', help: 'The run that is going on', values: [{ labels: { run, scenario, version }, value: 1 }] },
      one('firstbell_run_elapsed_seconds', 'Time since the first instant of the plan', Math.max(0, nowMs()) / 1_000),
      one('firstbell_users_planned', 'Users that the plan has in meetings now', users.planned),
      one('firstbell_users_inside', 'Users in meetings now, by events: newer than users_present', users.present),
      { name: 'firstbell_server_users', help: 'Users of this run on each server now', values: servers.map(({ name, users: value }) => ({ labels: { server: name }, value })) },
      { name: 'firstbell_server_lessons', help: 'Meetings of this run with users on each server now', values: servers.map(({ name, meetings: value }) => ({ labels: { server: name }, value })) },
    ];
  }
}
