import type { RunEvent } from '../metrics/events.js';

/** As what a lost worker cost is told. */
const WHOSE = '(a loss of the generator, not of the target)';

/**
 * What workers kept from the target or from the record, one sentence each. A worker that took no running user with it and whose users others brought in time cost
 * nothing, nor does one that gave its share back to another. `toItsEnd`: the run was not stopped, so that whoever was to come should have.
 */
export function lostWorkers(events: readonly RunEvent[], toItsEnd = true): readonly string[] {
  return events.flatMap((event, index) => {
    if (event.type === 'worker-refused') return wasTaken(events.slice(index + 1), event.share) ? [] : [`worker ${event.worker} could not bring its users: ${event.message}`];
    if (event.type === 'share-incomplete') {
      const { worker, message, entriesLost } = event;
      const reports = entriesLost === 1 ? '1 report' : `${entriesLost} reports`;
      return [...(message === undefined ? [] : [`worker ${worker} could not bring its users: ${message}`]), ...(entriesLost === 0 ? [] : [`${reports} of worker ${worker} found no room while the broker was away`])];
    }
    return event.type === 'worker-lost' ? costOf(event, events.slice(index + 1), toItsEnd) : [];
  });
}

function costOf({ worker, share, running, waiting }: Extract<RunEvent, { readonly type: 'worker-lost' }>, later: readonly RunEvent[], toItsEnd: boolean): readonly string[] {
  const costs = running === 0 ? [] : [`worker ${worker} was lost with ${running === 1 ? '1 running user' : `${running} running users`} ${WHOSE}`];
  const next = later.find((event) => event.type === 'share-taken-over' && event.share === share);
  if (next?.type === 'share-taken-over') {
    const { overdue = 0 } = next;
    if (overdue > 0) costs.push(`worker ${worker} was lost, and ${overdue === 1 ? '1 user that was due' : `${overdue} users that were due`} came late or not at all ${WHOSE}`);
  } else if (waiting > 0 && toItsEnd) costs.push(`worker ${worker} was lost, and nobody brought ${waiting === 1 ? '1 user that was' : `${waiting} users that were`} still to come ${WHOSE}`);
  return costs;
}

function wasTaken(later: readonly RunEvent[], share: number): boolean {
  return later.some((event) => event.type === 'worker-ready' && event.share === share);
}
