import type { Plan } from './plan.js';

/** The longest queue of users before a server that admits only so many new sockets a second. */
export interface SocketRush {
  /** Most arrivals at one server within one second. */
  readonly peakPerSec: number;
  /** When the rush with the longest wait begins, and how many users are in it; without any queue the instant of the peak. */
  readonly atMs: number;
  readonly users: number;
  /** Wait that 95 % of the users in that rush do not exceed, and that of its last user. 0: nobody waits. */
  readonly waitP95Ms: number;
  readonly waitLastMs: number;
}

interface Rush {
  readonly atMs: number;
  readonly waitsMs: number[];
  longestMs: number;
}

/**
 * Users of meeting i come to server i mod n (meetings spread evenly). A server admits one socket every 1/rate s, first come first
 * served: admitted = max(due, admitted before + 1/rate). A rush lasts until nobody waits any more.
 */
export function longestRush(plan: Plan): SocketRush {
  const gapMs = 1_000 / plan.fleet.socketsPerSecondPerServer;
  const servers: number[][] = Array.from({ length: plan.fleet.servers }, () => []);
  for (const { dueMs, meeting, dropped } of plan.attendances) if (!dropped) servers[meeting % servers.length]!.push(dueMs);
  let peak = { perSec: 0, atMs: 0 };
  let worst: Rush | undefined;
  for (const dueMs of servers) {
    const busiest = busiestSecond(dueMs);
    if (busiest.perSec > peak.perSec) peak = busiest;
    for (const rush of rushesOf(dueMs, gapMs)) if (rush.longestMs > (worst?.longestMs ?? 0)) worst = rush;
  }
  if (!worst) return { peakPerSec: peak.perSec, atMs: peak.atMs, users: 0, waitP95Ms: 0, waitLastMs: 0 };
  const sorted = [...worst.waitsMs].sort((a, b) => a - b);
  return { peakPerSec: peak.perSec, atMs: worst.atMs, users: sorted.length, waitP95Ms: sorted[Math.ceil(sorted.length * 0.95) - 1]!, waitLastMs: worst.longestMs };
}

/** Sorted due times → stretches in which somebody waits. */
function rushesOf(dueMs: readonly number[], gapMs: number): readonly Rush[] {
  const rushes: Rush[] = [];
  let freeAtMs = Number.NEGATIVE_INFINITY;
  for (const atMs of dueMs) {
    const waitMs = Math.max(0, freeAtMs - atMs);
    if (waitMs === 0) rushes.push({ atMs, waitsMs: [], longestMs: 0 });
    const rush = rushes.at(-1)!;
    rush.waitsMs.push(waitMs);
    rush.longestMs = Math.max(rush.longestMs, waitMs);
    freeAtMs = Math.max(freeAtMs, atMs) + gapMs;
  }
  return rushes;
}

/** Sorted due times → the second with most of them. */
function busiestSecond(dueMs: readonly number[]): { readonly perSec: number; readonly atMs: number } {
  let first = 0;
  let most = { perSec: 0, atMs: 0 };
  dueMs.forEach((atMs, last) => {
    while (dueMs[first]! <= atMs - 1_000) first++;
    if (last - first + 1 > most.perSec) most = { perSec: last - first + 1, atMs: dueMs[first]! };
  });
  return most;
}
