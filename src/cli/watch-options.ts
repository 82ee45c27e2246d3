import type { Argv } from 'yargs';
import { HarnessError } from '../core/errors.js';
import { exporterSource, prometheusSource, type ScrapeSource } from '../fleet/scrape/scrape-list.js';
import type { Scenario } from '../scenario/scenario.js';
import type { Io } from './io.js';
import { oneText, textList, wholeNumber } from './options.js';
import type { ResolvedTarget } from './target.js';

export interface WatchArgs {
  readonly scrape: readonly string[];
  readonly prometheus: readonly string[];
  readonly scrapeEvery: number | undefined;
  readonly scrapeTokenEnv: string | undefined;
  readonly metricsPort: number | undefined;
  readonly dashboard: number | undefined;
  readonly watchHost: string;
}

/** What looks on while a run goes on. */
export interface WatchWish {
  readonly fleet: { readonly sources: readonly ScrapeSource[]; readonly keep: readonly string[]; readonly everyMs: number };
  /** Port of the endpoint for Prometheus. */
  readonly metricsPort: number | undefined;
  readonly dashboardPort: number | undefined;
  /** Address that both listen on. */
  readonly host: string;
}

const DASHBOARD_PORT = 8465;
const DEFAULT_EVERY_MS = 10_000;
const MAX_PORT = 65_535;

export const watchOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('dashboard', { coerce: dashboardPort, describe: `Show the run in a browser: serves a page on this port (--dashboard alone: ${DASHBOARD_PORT}; 0: any)` })
    .option('metrics-port', { coerce: wholeNumber('metrics-port', 0, MAX_PORT), describe: 'Serve live metrics for Prometheus at /metrics on this port, e.g. 9464' })
    .option('watch-host', { coerce: oneText, default: '127.0.0.1', describe: 'Address that --dashboard and --metrics-port listen on; other than loopback, the page takes a token in its URL, /metrics none' })
    .option('scrape', { coerce: textList, default: [], describe: 'Exporter of a server, [NAME=]URL, repeatable: node_exporter, bigbluebutton-exporter, bbb-webrtc-sfu, …' })
    .option('prometheus', { coerce: textList, default: [], describe: 'Prometheus server that scrapes the fleet already, its base URL, repeatable' })
    .option('scrape-every', { coerce: wholeNumber('scrape-every', 1, 3_600), describe: 'Seconds between two looks at the exporters (default: as the scenario says, else 10)' })
    .option('scrape-token-env', { coerce: oneText, describe: 'Environment variable with a bearer token for exporters and Prometheus servers' });

function dashboardPort(value: unknown): number | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true || value === '') return DASHBOARD_PORT;
  try {
    return wholeNumber('dashboard', 0, MAX_PORT)(value);
  } catch (cause) {
    throw new HarnessError('USAGE', `--dashboard takes a port, got "${String(value)}"`, { hint: `put --dashboard behind the scenario, or write --dashboard=${DASHBOARD_PORT}`, cause });
  }
}

/** Scenario and command line together; the embedded simulator is scraped without being asked. Throws USAGE, SECRET_MISSING. */
export function watchWish(io: Io, args: WatchArgs, scenario: Scenario, target: ResolvedTarget): WatchWish {
  const { scrape } = scenario;
  const tokenEnv = args.scrapeTokenEnv ?? scrape?.tokenEnv;
  const token = tokenEnv === undefined ? undefined : io.env[tokenEnv];
  if (tokenEnv !== undefined && (token === undefined || token === '')) throw new HarnessError('SECRET_MISSING', `the environment variable ${tokenEnv} is not set`, { hint: 'it should hold the bearer token of the exporters' });
  const named = [...(scrape?.exporters ?? []).map(exporterSource), ...args.scrape.map(exporterSource), ...(scrape?.prometheus ?? []).map(prometheusSource), ...args.prometheus.map(prometheusSource)];
  const sources = named.map((source) => (token === undefined ? source : { ...source, token }));
  const everyMs = args.scrapeEvery === undefined ? (scrape?.everyMs ?? DEFAULT_EVERY_MS) : args.scrapeEvery * 1_000;
  return {
    fleet: { sources: [...(target.exporters ?? []), ...sources], keep: scrape?.keep ?? [], everyMs },
    metricsPort: args.metricsPort,
    dashboardPort: args.dashboard,
    host: args.watchHost,
  };
}
