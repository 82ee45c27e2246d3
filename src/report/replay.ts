import type { RunEvent, RunOutput } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';

/** Tells an output what was recorded of a run as it was told then: before the measurements of an interval what had happened until its end, so that a course shows who was there. */
export function replay({ events, snapshots }: { readonly events: readonly RunEvent[]; readonly snapshots: readonly Snapshot[] }, output: RunOutput): void {
  let next = 0;
  const tellUntil = (endMs: number): void => {
    for (let event = events[next]; event && event.atMs <= endMs; event = events[++next]) output.event(event);
  };
  for (const snapshot of snapshots) {
    tellUntil(snapshot.endMs);
    output.snapshot(snapshot);
  }
  tellUntil(Number.POSITIVE_INFINITY);
}
