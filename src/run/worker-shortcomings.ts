import type { RunEvent } from '../metrics/events.js';

/**
 * What workers kept from the target, or from the report, one sentence each. A worker that was lost without a running user and whose users
 * others brought cost nothing.
 */
export function workerShortcomings(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type === 'worker-failed') return [...(event.message === undefined ? [] : [`worker ${event.worker} could not bring its users: ${event.message}`]), ...lostReports(event.worker, event.reportsLost)];
    if (event.type !== 'worker-lost' || event.running === 0) return [];
    const users = event.running === 1 ? '1 running user' : `${event.running} running users`;
    return [`worker ${event.worker} was lost with ${users} (a loss of the generator, not of the target)`];
  });
}

function lostReports(worker: string, lost: number): readonly string[] {
  return lost === 0 ? [] : [`${lost === 1 ? '1 report' : `${lost} reports`} of worker ${worker} ${lost === 1 ? 'was' : 'were'} lost while the broker was away`];
}
