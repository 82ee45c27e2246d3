import type { Attendance, Plan } from './plan.js';

/**
 * Files that the process of native users has open at the busiest instant of a plan, at the very least: one socket for each user that is in a meeting,
 * one more for its audio and one for its camera. What joining, views of cameras and the process itself need comes on top.
 */
export function leastOpenFiles({ attendances }: Plan): number {
  const changes = attendances.flatMap((one) => {
    const sockets = one.kind === 'native' && one.dropped !== true ? socketsOf(one) : 0;
    return sockets === 0 ? [] : [{ atMs: one.dueMs, by: sockets }, { atMs: one.leaveMs, by: -sockets }];
  });
  // Who leaves at an instant has gone before the next one comes.
  changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let [open, most] = [0, 0];
  for (const { by } of changes) most = Math.max(most, (open += by));
  return most;
}

function socketsOf({ audio, webcam }: Attendance): number {
  return 1 + (audio === 'none' ? 0 : 1) + (webcam ? 1 : 0);
}
