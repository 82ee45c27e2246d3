import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { HttpClient } from '../../bbb/http.js';
import { every, type Clock } from '../../core/clock.js';
import { codeOf, HarnessError } from '../../core/errors.js';
import type { FleetFigures, FleetRecord } from '../../metrics/fleet-record.js';
import { allowed } from './allow-list.js';
import { readExposition, type ExposedSample } from './exposition.js';
import { joinRanges, QUERIES, readRange, type Newest } from './range-query.js';
import type { ScrapeSource } from './scrape-list.js';
import { figuresOf, totalsOf, type Totals } from './server-figures.js';

export interface FleetWatchOptions {
  readonly sources: readonly ScrapeSource[];
  /** Names of series to keep besides the usual ones. */
  readonly keep: readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
  /** On the run's clock. */
  readonly atMs: () => number;
  readonly onRecord: (record: FleetRecord) => void;
}

const AT_ONCE = 16;
const MAX_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Of one scrape; a machine of 128 cores has 1,024 of node_cpu_seconds_total alone. */
const MAX_SAMPLES = 4_000;
/** How far back a Prometheus server is asked for the newest values, and in which steps. */
const LOOK_BACK_MS = 60_000;
const STEP_SECONDS = 15;
const PLAIN = 'text/plain;version=0.0.4;q=1,*/*;q=0.1';

/** Asks every source at regular times how its servers are doing, until the signal aborts. What fails is a record too; it never rejects. */
export class FleetWatch implements AsyncDisposable {
  readonly #options: FleetWatchOptions;
  readonly #http: HttpClient;
  readonly #before = new Map<ScrapeSource, Totals>();
  /** Of Prometheus servers: the newest instant that a server's values were taken for. */
  readonly #newest = new Map<string, number>();

  constructor(options: FleetWatchOptions) {
    this.#options = options;
    this.#http = new HttpClient(options.clock, { timeoutMs: Math.min(MAX_TIMEOUT_MS, options.everyMs), maxAnswerBytes: MAX_ANSWER_BYTES });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.look(signal);
    await every(this.#options.clock, this.#options.everyMs, signal, () => this.look(signal));
  }

  /** One look at every source. */
  async look(signal: AbortSignal): Promise<void> {
    // Each source that is asked listens to it; Node warns of more than ten.
    setMaxListeners(0, signal);
    const limit = pLimit(AT_ONCE);
    await Promise.all(this.#options.sources.map((source) => limit(() => (signal.aborted ? undefined : source.kind === 'exporter' ? this.#scrape(source, signal) : this.#query(source, signal)))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  async #scrape(source: Extract<ScrapeSource, { kind: 'exporter' }>, signal: AbortSignal): Promise<void> {
    const { keep, atMs, onRecord } = this.#options;
    const base = { server: source.server, source: 'exporter' } as const;
    try {
      const text = await this.#get(`scrape of ${source.server}`, source.url, source.token, signal);
      const now = atMs();
      const { samples } = readExposition(text, allowed(keep), MAX_SAMPLES);
      const totals = totalsOf(samples, now);
      const figures = figuresOf(samples, totals, this.#before.get(source));
      this.#before.set(source, totals);
      onRecord({ ...base, atMs: now, up: true, figures, series: totalSeries(samples) });
    } catch (error) {
      if (!signal.aborted) onRecord({ ...base, atMs: atMs(), up: false, code: codeOf(error), figures: {} });
    }
  }

  async #query(source: Extract<ScrapeSource, { kind: 'prometheus' }>, signal: AbortSignal): Promise<void> {
    const { clock, atMs, onRecord } = this.#options;
    const wallMs = clock.wallMs();
    const base = { source: 'prometheus' } as const;
    try {
      const answers: Partial<Record<keyof FleetFigures, Newest>> = {};
      for (const [figure, query] of Object.entries(QUERIES) as [keyof FleetFigures, string][]) {
        const range = new URLSearchParams({ query, start: String((wallMs - LOOK_BACK_MS) / 1_000), end: String(wallMs / 1_000), step: String(STEP_SECONDS) });
        answers[figure] = readRange(await this.#get(`range query for ${figure}`, `${source.url}/api/v1/query_range?${range}`, source.token, signal));
      }
      for (const [server, { wallMs: valueMs, figures }] of joinRanges(answers)) {
        // Asked again before it has scraped anew, it gives the same value: that is no further measurement.
        if ((this.#newest.get(server) ?? 0) >= valueMs) continue;
        this.#newest.set(server, valueMs);
        onRecord({ ...base, server, atMs: Math.max(0, atMs() - (wallMs - valueMs)), up: true, figures });
      }
    } catch (error) {
      if (!signal.aborted) onRecord({ ...base, server: new URL(source.url).host, atMs: atMs(), up: false, code: codeOf(error), figures: {} });
    }
  }

  async #get(attempted: string, url: string, token: string | undefined, signal: AbortSignal): Promise<string> {
    const { status, text } = await this.#http.get(attempted, url, signal, { accept: PLAIN, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) });
    if (status !== 200) throw new HarnessError('TARGET_HTTP_STATUS', `${attempted}: HTTP status ${status} from ${new URL(url).host}`, { hint: 'is this the page of an exporter?' });
    return text;
  }
}

/** Series that figures are made of in pieces (per core, per device) would fill the file. */
const IN_PIECES = /^node_(cpu_seconds_total|network_(receive|transmit)_bytes_total)$/;

function totalSeries(samples: readonly ExposedSample[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const { name, value } of samples) if (!IN_PIECES.test(name)) totals[name] = (totals[name] ?? 0) + value;
  return totals;
}
