import type { CheckpointEvent, RunEvent, ServerAtCheckpoint } from '../metrics/events.js';
import { counted, duration, whole } from './format.js';
import { shortNames } from './server-names.js';

export function checkpointsIn(events: readonly RunEvent[]): readonly CheckpointEvent[] {
  return events.filter((event): event is CheckpointEvent => event.type === 'checkpoint');
}

/** The state of the whole fleet in one line, for terminals, logs and report.txt. */
export function checkpointLine(checkpoint: Omit<CheckpointEvent, 'type'>, time: string): string {
  const { present, meetings, errorsSince } = checkpoint;
  const parts = [
    `${counted(present, 'user')} in ${counted(meetings, 'meeting')}`,
    ...loadOf(checkpoint),
    worstOf(checkpoint),
    ...(errorsSince === undefined ? [] : [`${counted(errorsSince, 'error')} since the last`]),
    ...standing(checkpoint),
  ];
  return `${time} checkpoint: ${parts.join(' · ')}`;
}

/** `3 servers, most on bbb02 (31 users, 2 meetings)`; nothing where servers were not recorded. */
export function loadOf({ servers }: Pick<CheckpointEvent, 'servers'>): readonly string[] {
  if (servers === undefined) return [];
  const names = shortNames(servers.map(({ server }) => server));
  const busiest = servers[0];
  if (!busiest || busiest.users === 0) return ['nobody on any server'];
  const busy = servers.filter(({ users }) => users > 0).length;
  return [`${counted(busy, 'server')}, most on ${names[0]} (${counted(busiest.users, 'user')}, ${counted(busiest.meetings, 'meeting')})`];
}

/** Where joining took longest so far. */
export function worstServer(servers: readonly ServerAtCheckpoint[]): ServerAtCheckpoint | undefined {
  return servers.reduce<ServerAtCheckpoint | undefined>((worst, one) => ((one.joinTimeP95Ms ?? -1) > (worst?.joinTimeP95Ms ?? -1) ? one : worst), undefined);
}

function worstOf({ servers = [], joinTimeP95Ms }: Pick<CheckpointEvent, 'servers' | 'joinTimeP95Ms'>): string {
  const names = shortNames(servers.map(({ server }) => server));
  const worst = worstServer(servers);
  if (worst?.joinTimeP95Ms !== undefined) return `worst join p95 ${duration(worst.joinTimeP95Ms)} on ${names[servers.indexOf(worst)]}`;
  return joinTimeP95Ms === undefined ? 'nobody has joined yet' : `join p95 ${duration(joinTimeP95Ms)}`;
}

/** `thresholds: 5 hold, 1 broken (join_time p(95) < 4 s)`; nothing where there are none. */
export function standing({ held = 0, broken = [], pending = 0 }: Pick<CheckpointEvent, 'held' | 'broken' | 'pending'>): readonly string[] {
  if (held + broken.length + pending === 0) return [];
  const parts = [`${whole(held)} held`, ...(broken.length > 0 ? [`${whole(broken.length)} broken (${broken.join('; ')})`] : []), ...(pending > 0 ? [`${whole(pending)} without measurements`] : [])];
  return [`thresholds ${parts.join(', ')}`];
}
