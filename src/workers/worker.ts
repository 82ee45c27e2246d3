import { parse, SEAT } from './messages.js';
import { SeatWork, type WorkerOptions } from './seat-work.js';

/**
 * Serves runs until `stop`: takes a seat in a crew, brings its share of the users, takes the next; while a share runs it also takes what a lost worker left.
 * Resolves when everybody has left.
 */
export async function serveRuns(options: WorkerOptions & { readonly queues: readonly string[] }): Promise<void> {
  const { bus, queues, stop } = options;
  const running = new Set<Promise<void>>();
  for await (const task of bus.take(queues, stop)) {
    const seat = parse(SEAT, task.text);
    if (!seat) {
      task.drop();
      continue;
    }
    const work = new SeatWork(options, task, seat);
    const done = work.run().finally(() => running.delete(done));
    running.add(done);
    // Another seat of the same crew would otherwise be taken by the quickest worker before the others are there.
    await work.settledIn;
  }
  await Promise.all(running);
}
