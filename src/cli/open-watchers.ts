import { join } from 'node:path';
import { Closer } from '../core/closer.js';
import type { Clock } from '../core/clock.js';
import { recordFleet } from '../fleet/scrape/fleet-samples.js';
import { FleetWatch } from '../fleet/scrape/fleet-watch.js';
import type { RunEvent, RunMeta, RunOutput } from '../metrics/events.js';
import type { FleetRecord } from '../metrics/fleet-record.js';
import type { RunRecorder } from '../metrics/recorder.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { DashboardOptions } from '../report/dashboard/dashboard.js';
import { LineFile } from '../report/line-file.js';
import type { LiveBoard } from '../report/live-board.js';
import { RUN_FILES } from '../report/run-data.js';
import { Lookout } from './lookout.js';
import type { WatchWish } from './watch-options.js';

export interface WatchersOptions {
  readonly wish: WatchWish;
  readonly board: LiveBoard;
  readonly meta: RunMeta;
  /** Run folder. */
  readonly dir: string;
  readonly recorder: RunRecorder;
  readonly cumulative: () => SeriesSet;
  /** The run is a step of a search, whose dashboard and endpoint outlive it; undefined: it has its own. */
  readonly step?: SearchStep | undefined;
  readonly clock: Clock;
  /** On the run's clock. */
  readonly atMs: () => number;
  /** The run is under way already. */
  readonly resumed: boolean;
  readonly ask: DashboardOptions['ask'];
  readonly say: (text: string) => void;
}

/** What a search has for each of its steps. */
export interface SearchStep {
  readonly lookout: Lookout;
  /** Which step it is, for people. */
  readonly title: string;
}

/** Opens what looks on while a run goes on: scrapes of the servers, the endpoint for Prometheus, the dashboard. PORT_IN_USE, FILE_UNWRITABLE. */
export async function openWatchers(options: WatchersOptions): Promise<RunOutput & AsyncDisposable> {
  const { wish, board, meta, dir, cumulative, step, clock, atMs, ask, say } = options;
  const closer = new Closer();
  try {
    const lookout = step?.lookout ?? closer.use(new Lookout({ wish, clock, ask, say }));
    const feed = await lookout.show({ board, meta, dir, cumulative, nowMs: atMs, step: step?.title });
    const begin = wish.fleet.sources.length === 0 ? undefined : await fleetWatch(options, closer);
    if (options.resumed) begin?.();
    return {
      event: (event: RunEvent) => {
        if (event.type === 'run-started') begin?.();
      },
      snapshot: (snapshot: Snapshot) => feed?.snapshot(snapshot),
      [Symbol.asyncDispose]: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** Ready to begin; what was begun ends with the closer. */
async function fleetWatch({ wish, board, dir, recorder, clock, atMs }: WatchersOptions, closer: Closer): Promise<() => void> {
  const file = await LineFile.open(join(dir, RUN_FILES.fleet));
  closer.add(() => file.close());
  const onRecord = (record: FleetRecord): void => {
    file.write(record);
    board.fleet(record);
    recordFleet(recorder, board.plan.fleet.lineMbps, record);
  };
  const watch = closer.use(new FleetWatch({ ...wish.fleet, clock, atMs, onRecord }));
  const over = new AbortController();
  let watching: Promise<void> | undefined;
  closer.add(async () => {
    over.abort();
    await watching;
  });
  return () => {
    watching ??= watch.run(over.signal);
  };
}
