import { expectedLoad } from './expected-load.js';
import type { Attendance, Plan, UserKind } from './plan.js';

/** What a user costs the machine that plays it, and what such a machine has. */
export interface GeneratorCosts {
  /** Browser users on one core that listen and look, and that share a camera as well. */
  readonly browserListenersPerCore: number;
  readonly browserSendersPerCore: number;
  readonly nativeListenersPerCore: number;
  readonly nativeSendersPerCore: number;
  /** Without media. */
  readonly nativeSilentPerCore: number;
  readonly browserMb: number;
  readonly nativeMb: number;
  /** Share of cores, memory and line that may be planned, so that arrivals stay punctual. */
  readonly usable: number;
  readonly machine: { readonly cores: number; readonly memoryMb: number; readonly lineMbps: number };
}

/**
 * Measured on one core of a server CPU, Node 20, Chromium 156 headless-shell on a bare WebRTC page, libdatachannel 0.24: listening
 * with one video 0.054 core and 30 MB a browser user, sending and viewing about 0.1–0.13 core and 42 MB; native 520–700 users a
 * core receiving audio and one video (bare stack), 290 sending and receiving one of each (bench/results/teachers.json), up to 1.2 MB
 * in a small crowd. The lower ends are taken. Without media only joins cost anything (36,000 users a core once they are in, 75 joins a
 * second; bench/results/signalling.json): a seventh of that is taken.
 * The BBB client itself is heavier than a bare page: measure it with a few users before trusting the browser figures.
 */
export const DEFAULT_COSTS: GeneratorCosts = {
  browserListenersPerCore: 18,
  browserSendersPerCore: 8,
  nativeListenersPerCore: 520,
  nativeSendersPerCore: 280,
  nativeSilentPerCore: 5_000,
  browserMb: 42,
  nativeMb: 1,
  usable: 0.65,
  machine: { cores: 8, memoryMb: 16_384, lineMbps: 1_000 },
};

export interface GeneratorNeed {
  readonly machines: number;
  /** What decides the number of machines. */
  readonly because: 'cores' | 'memory' | 'line';
  /** All at the peak, before the margin. */
  readonly cores: number;
  readonly memoryMb: number;
  /** Greater direction, Mbit/s: what servers send, generators receive. */
  readonly lineMbps: number;
  readonly browserUsers: number;
  readonly nativeUsers: number;
}

/** Machines that it takes to play the plan at its busiest. Each direction of cost is taken at its own peak. */
export function generatorsNeeded(plan: Plan, costs: GeneratorCosts = DEFAULT_COSTS): GeneratorNeed {
  const browser = kindPeak(plan, 'browser', { listening: costs.browserListenersPerCore, sending: costs.browserSendersPerCore, silent: costs.browserListenersPerCore });
  const native = kindPeak(plan, 'native', { listening: costs.nativeListenersPerCore, sending: costs.nativeSendersPerCore, silent: costs.nativeSilentPerCore });
  const { inMbps, outMbps } = expectedLoad(plan).fleet;
  const cores = browser.cores + native.cores;
  const memoryMb = browser.users * costs.browserMb + native.users * costs.nativeMb;
  const lineMbps = Math.max(inMbps.value, outMbps.value);
  const { machine, usable } = costs;
  const needs = [
    ['cores', cores / (machine.cores * usable)],
    ['memory', memoryMb / (machine.memoryMb * usable)],
    ['line', lineMbps / (machine.lineMbps * usable)],
  ] as const;
  const [because, machines] = needs.reduce((most, need) => (need[1] > most[1] ? need : most));
  return { machines: Math.max(1, Math.ceil(machines)), because, cores, memoryMb, lineMbps, browserUsers: browser.users, nativeUsers: native.users };
}

/** Most users of a kind at once, and the cores they take when they take most. */
function kindPeak(plan: Plan, kind: UserKind, perCore: { readonly listening: number; readonly sending: number; readonly silent: number }): { readonly users: number; readonly cores: number } {
  const coresOf = ({ webcam, audio, cameraViews }: Attendance): number => 1 / (webcam ? perCore.sending : audio === 'none' && cameraViews === 0 ? perCore.silent : perCore.listening);
  const changes = plan.attendances
    .filter((attendance) => attendance.kind === kind && attendance.leaveMs > attendance.dueMs)
    .flatMap((attendance) => [
      { atMs: attendance.dueMs, by: 1, cores: coresOf(attendance) },
      { atMs: attendance.leaveMs, by: -1, cores: -coresOf(attendance) },
    ])
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let [users, cores, mostUsers, mostCores] = [0, 0, 0, 0];
  for (const change of changes) {
    users += change.by;
    cores += change.cores;
    mostUsers = Math.max(mostUsers, users);
    mostCores = Math.max(mostCores, cores);
  }
  return { users: mostUsers, cores: mostCores };
}
