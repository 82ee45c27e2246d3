import type { LoadPart } from './scenario.js';

/** Users of the part at the same time, at most. For an arrival rate: the limit that the file sets. */
export function mostUsers(part: LoadPart): number {
  switch (part.executor) {
    case 'ramping-users':
      return part.stages.reduce((most, stage) => Math.max(most, stage.target), part.startUsers);
    case 'constant-users':
      return part.users;
    case 'ramping-arrival-rate':
      return part.maxUsers;
  }
}

/** How long users come and go, in ms; for an arrival rate without the stay of the last. */
export function loadMs(part: LoadPart): number {
  return part.executor === 'constant-users' ? part.durationMs : part.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
}

/** Arrivals over the whole part, about; people who come back count again. */
export function arrivalsOf(part: LoadPart): number {
  if (part.executor === 'constant-users') return part.users;
  let before = part.executor === 'ramping-users' ? part.startUsers : part.startRatePerSec;
  let arrivals = part.executor === 'ramping-users' ? before : 0;
  for (const { target, durationMs } of part.stages) {
    arrivals += part.executor === 'ramping-users' ? Math.max(0, target - before) : ((before + target) / 2) * (durationMs / 1_000);
    before = target;
  }
  return arrivals;
}
