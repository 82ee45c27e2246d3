import { redact } from '../core/redact.js';
import type { RunEvent } from '../metrics/events.js';
import type { Plan } from '../schedule/plan.js';
import type { PresenceSummary } from './summary.js';

type Presence = Extract<RunEvent, { type: 'presence' }>;

/** Meetings that a summary names. */
const MAX_MEETINGS = 200;

export function presenceEvents(events: readonly RunEvent[]): readonly Presence[] {
  return events.filter((event) => event.type === 'presence');
}

/** What the census found; undefined if nobody counted. */
export function summarisePresence(plan: Plan, events: readonly RunEvent[]): PresenceSummary | undefined {
  const looks = presenceEvents(events);
  if (looks.length === 0) return undefined;
  const worst = new Map<number, PresenceSummary['meetings'][number]>();
  for (const { atMs, meetings } of looks) {
    for (const { meeting, harness, server, peers, missing, ghosts, names = [] } of meetings) {
      const known = worst.get(meeting);
      if (known && known.missing + known.ghosts >= missing + ghosts) continue;
      worst.set(meeting, { name: plan.meetings[meeting]?.name ?? `meeting ${meeting}`, atMs, harness, server, peers, missing, ghosts, names: names.map((name) => redact(name)) });
    }
  }
  return {
    looks: looks.length,
    missing: looks.reduce((most, { missing }) => Math.max(most, missing), 0),
    ghosts: looks.reduce((most, { ghosts }) => Math.max(most, ghosts), 0),
    meetings: [...worst.values()].sort((a, b) => b.missing + b.ghosts - (a.missing + a.ghosts) || (a.name < b.name ? -1 : 1)).slice(0, MAX_MEETINGS),
  };
}
