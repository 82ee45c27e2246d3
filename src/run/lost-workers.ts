import type { RunEvent } from '../metrics/events.js';

/** What lost workers kept from the target, one sentence each. A worker that took no running user with it and whose users others brought cost nothing. */
export function lostWorkers(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== 'worker-lost' || event.running === 0) return [];
    const users = event.running === 1 ? '1 running user' : `${event.running} running users`;
    return [`worker ${event.worker} was lost with ${users} (a loss of the generator, not of the target)`];
  });
}
