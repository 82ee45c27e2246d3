import { meanSize } from './class-size.js';
import type { LoadPart, Stage } from './scenario.js';

/** Users of the part at the same time, at most. For an arrival rate: the limit that the file sets; where sizes are drawn: what chance can give. */
export function mostUsers(part: LoadPart): number {
  switch (part.executor) {
    case 'ramping-users':
      return part.stages.reduce((most, stage) => Math.max(most, stage.target), part.startUsers);
    case 'constant-users':
      return part.users;
    case 'ramping-arrival-rate':
      return part.maxUsers;
    case 'curve':
      return mostOf(part.points) * (part.of === 'meetings' ? part.classSize.max : 1);
    case 'timetable':
      return part.meetingCount * part.classSize.max;
    case 'meeting-list':
      return part.list.reduce((sum, { size }) => sum + size, 0);
  }
}

/** The largest number of users, or meetings, that points ask for. */
export function mostOf(points: readonly { readonly value: number }[]): number {
  return points.reduce((most, { value }) => Math.max(most, value), 0);
}

/** How long users come and go, in ms; for an arrival rate without the stay of the last. */
export function loadMs(part: LoadPart): number {
  switch (part.executor) {
    case 'constant-users':
      return part.durationMs;
    case 'ramping-users':
    case 'ramping-arrival-rate':
      return part.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
    case 'curve':
      return part.points.at(-1)!.atMs - part.points[0]!.atMs;
    case 'timetable':
      return Math.max(...part.lessons.map(({ bellMs, lengthMs }) => bellMs + lengthMs)) - part.startMs;
    case 'meeting-list':
      return part.list.reduce((last, { endMs }) => Math.max(last, endMs), part.startMs) - part.startMs;
  }
}

/** Instant of the run at which the last user has left, at the latest. */
export function endMs(part: LoadPart): number {
  const moreMs = part.executor === 'ramping-arrival-rate' ? part.stayMs : part.executor === 'timetable' ? part.bellSpreadMs + part.comings.leaveWithinMs : 'comings' in part ? part.comings.leaveWithinMs : 0;
  return part.startMs + loadMs(part) + moreMs;
}

/** The longest that one user stays, in ms, about. */
export function longestStayMs(part: LoadPart): number {
  switch (part.executor) {
    case 'ramping-arrival-rate':
      return part.stayMs;
    case 'timetable':
      return Math.max(...part.lessons.map(({ lengthMs }) => lengthMs)) + part.comings.teachersMostMs + part.comings.leaveWithinMs;
    default:
      return loadMs(part);
  }
}

/** Arrivals over the whole part, about; people who come back count again. */
export function arrivalsOf(part: LoadPart): number {
  switch (part.executor) {
    case 'constant-users':
      return part.users;
    case 'ramping-users':
      return part.startUsers + rises(part.startUsers, part.stages.map(({ target }) => target));
    case 'ramping-arrival-rate':
      return area(part.startRatePerSec, part.stages);
    case 'curve': {
      const values = part.points.map(({ value }) => value);
      return (values[0]! + rises(values[0]!, values)) * (part.of === 'meetings' ? meanSize(part.classSize) : 1);
    }
    case 'timetable':
      return part.meetingCount * part.lessons.length * meanSize(part.classSize);
    case 'meeting-list':
      return mostUsers(part);
  }
}

function rises(from: number, targets: readonly number[]): number {
  let before = from;
  let sum = 0;
  for (const target of targets) {
    sum += Math.max(0, target - before);
    before = target;
  }
  return sum;
}

function area(from: number, stages: readonly Stage[]): number {
  let before = from;
  let sum = 0;
  for (const { target, durationMs } of stages) {
    sum += ((before + target) / 2) * (durationMs / 1_000);
    before = target;
  }
  return sum;
}
