import { Closer } from '../core/closer.js';
import type { Clock } from '../core/clock.js';
import type { RunMeta } from '../metrics/events.js';
import type { SeriesSet } from '../metrics/series-set.js';
import { openDashboard, type Dashboard, type DashboardOptions, type ShownRun } from '../report/dashboard/dashboard.js';
import { openMetricsEndpoint } from '../report/metrics-endpoint.js';
import { MetricsFeed } from '../report/metrics-feed.js';
import type { WatchWish } from './watch-options.js';

export interface LookoutOptions {
  readonly wish: Pick<WatchWish, 'metricsPort' | 'dashboardPort' | 'host'>;
  readonly clock: Clock;
  readonly ask: DashboardOptions['ask'];
  readonly say: (text: string) => void;
}

export interface SeenRun extends Omit<ShownRun, 'run'> {
  readonly meta: RunMeta;
  readonly cumulative: () => SeriesSet;
}

/** Dashboard and endpoint for Prometheus, on one address each from the first run that they show. */
export class Lookout implements AsyncDisposable {
  readonly #options: LookoutOptions;
  readonly #closer = new Closer();
  #dashboard: Dashboard | undefined;
  #feed: MetricsFeed | undefined;

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /** Shows this run from now on; resolves with what wants its snapshots. PORT_IN_USE. */
  async show({ meta, cumulative, ...run }: SeenRun): Promise<MetricsFeed | undefined> {
    const { wish } = this.#options;
    if (wish.metricsPort !== undefined) await this.#feedWith(new MetricsFeed({ board: run.board, cumulative, run: meta.run, scenario: meta.scenario, version: meta.firstbell.version, nowMs: run.nowMs }), wish.metricsPort);
    if (wish.dashboardPort !== undefined) await this.#paint({ ...run, run: meta.run }, wish.dashboardPort);
    return this.#feed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closer.close();
  }

  async #feedWith(feed: MetricsFeed, port: number): Promise<void> {
    const { wish, say } = this.#options;
    const open = this.#feed !== undefined;
    this.#feed = feed;
    if (open) return;
    const { origin } = this.#closer.use(await openMetricsEndpoint({ text: (format) => (this.#feed ?? feed).text(format) }, { host: wish.host, port }));
    say(`Metrics for Prometheus: ${origin}/metrics`);
  }

  async #paint(run: ShownRun, port: number): Promise<void> {
    const { wish, clock, ask, say } = this.#options;
    if (this.#dashboard) return this.#dashboard.show(run);
    this.#dashboard = this.#closer.use(await openDashboard({ ...run, host: wish.host, port, clock, ask }));
    say(`Dashboard: ${this.#dashboard.url}`);
  }
}
