import { parse, SEAT } from './messages.js';
import { SeatWork, type WorkerOptions } from './seat-work.js';

export interface ServeOptions extends WorkerOptions {
  readonly queues: readonly string[];
  /** Ends when it has brought users of so many runs; undefined: goes on until `stop`. */
  readonly runs?: number;
}

/** A seat of a run that is for another worker is offered to it after so long. */
const FOR_OTHERS_MS = 2_000;

/**
 * Serves runs until `stop`: takes a seat in a crew, brings its share of the users, takes the next; while a share runs it also takes what a lost worker left.
 * Resolves when everybody has left.
 */
export async function serveRuns(options: ServeOptions): Promise<void> {
  const { bus, queues, stop, runs = Number.POSITIVE_INFINITY } = options;
  const running = new Set<Promise<void>>();
  const served = new Set<string>();
  /** Runs for which this worker lacks something. */
  const refused = new Set<string>();
  const enough = new AbortController();
  for await (const task of bus.take(queues, AbortSignal.any([stop, enough.signal]))) {
    const seat = parse(SEAT, task.text);
    if (!seat) {
      task.drop();
      continue;
    }
    if (refused.has(seat.run) || (served.size >= runs && !served.has(seat.run))) {
      task.giveBack(FOR_OTHERS_MS);
      continue;
    }
    const work = new SeatWork(options, task, seat, () => served.add(seat.run));
    const done = work.run().finally(() => {
      running.delete(done);
      if (running.size === 0 && served.size >= runs) enough.abort();
    });
    running.add(done);
    // Another seat of the same crew would otherwise be taken by the quickest worker before the others are there.
    await work.settledIn;
    if (work.refused) refused.add(seat.run);
  }
  await Promise.all(running);
}
