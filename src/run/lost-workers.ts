import type { RunEvent } from '../metrics/events.js';

/** What workers kept from the target or from the record, one sentence each. A worker that took no running user with it and whose users others brought cost nothing, nor does one that gave its share back to another. */
export function lostWorkers(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event, index) => {
    if (event.type === 'worker-refused') return wasTaken(events.slice(index + 1), event.share) ? [] : [`worker ${event.worker} could not bring its users: ${event.message}`];
    if (event.type === 'share-incomplete') {
      const { worker, message, entriesLost } = event;
      const reports = entriesLost === 1 ? '1 report' : `${entriesLost} reports`;
      return [...(message === undefined ? [] : [`worker ${worker} could not bring its users: ${message}`]), ...(entriesLost === 0 ? [] : [`${reports} of worker ${worker} found no room while the broker was away`])];
    }
    if (event.type !== 'worker-lost' || event.running === 0) return [];
    const users = event.running === 1 ? '1 running user' : `${event.running} running users`;
    return [`worker ${event.worker} was lost with ${users} (a loss of the generator, not of the target)`];
  });
}

function wasTaken(later: readonly RunEvent[], share: number): boolean {
  return later.some((event) => event.type === 'worker-ready' && event.share === share);
}
