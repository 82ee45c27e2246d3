import { expectedLoad } from './expected-load.js';
import type { Attendance, Plan, UserKind } from './plan.js';

/** What a user costs the machine that plays it, and what such a machine has. */
export interface GeneratorCosts {
  /** Browser users on one core that listen and look at one camera, and that share one as well. */
  readonly browserListenersPerCore: number;
  readonly browserSendersPerCore: number;
  readonly nativeListenersPerCore: number;
  readonly nativeSendersPerCore: number;
  /** Without media. */
  readonly nativeSilentPerCore: number;
  readonly browserMb: number;
  readonly nativeMb: number;
  /** What each camera beyond the first that a user looks at costs, cores and MB. */
  readonly browserViewCores: number;
  readonly browserViewMb: number;
  readonly nativeViewCores: number;
  readonly nativeViewMb: number;
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
 * A further camera: a native user who listens takes 1.05 ms of a core each second (947 a core; bench/results/listeners.json), one who looks at a
 * camera as well 1.92 ms (520 a core), so the camera 0.87 ms, rounded up to 1 ms; teachers.json agrees (2.42 ms with a camera sent and one received, so
 * 0.68 ms for each). Memory: 1.07 MB there, 0.38 MB of listeners, 0.35 MB for each of the two cameras. A browser on the bare page took 0.083 core and 99 MB
 * with one video and 0.112 core and 115 MB with three, 0.148 and 0.181 core when sending: up to 0.017 core and 8 MB for each.
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
  browserViewCores: 0.017,
  browserViewMb: 8,
  nativeViewCores: 0.001,
  nativeViewMb: 0.4,
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
  /** Machines where each kind has its own (`--browser-workers`); the line is shared out by their users. 0: there is no such user. */
  readonly apart: { readonly browser: number; readonly native: number };
}

/** In the currency of the price of a machine's hour. */
export interface GeneratorPrice {
  readonly hour: number;
  /** The run by started hours, without setting up. */
  readonly run: number;
}

const HOUR_MS = 3_600_000;

export function priceOf({ durationMs }: Pick<Plan, 'durationMs'>, { machines }: Pick<GeneratorNeed, 'machines'>, pricePerHour: number): GeneratorPrice {
  return { hour: machines * pricePerHour, run: machines * pricePerHour * Math.max(1, Math.ceil(durationMs / HOUR_MS)) };
}

/** Machines that it takes to play the plan at its busiest. Each direction of cost is taken at its own peak. */
export function generatorsNeeded(plan: Plan, costs: GeneratorCosts = DEFAULT_COSTS): GeneratorNeed {
  const browser = kindPeak(plan, 'browser', { listening: costs.browserListenersPerCore, sending: costs.browserSendersPerCore, silent: costs.browserListenersPerCore, viewCores: costs.browserViewCores });
  const native = kindPeak(plan, 'native', { listening: costs.nativeListenersPerCore, sending: costs.nativeSendersPerCore, silent: costs.nativeSilentPerCore, viewCores: costs.nativeViewCores });
  const { inMbps, outMbps } = expectedLoad(plan).fleet;
  const lineMbps = Math.max(inMbps.value, outMbps.value);
  const ofKind = ({ users, furtherViews, cores }: KindPeak, mb: number, viewMb: number): Takes => ({ cores, memoryMb: users * mb + furtherViews * viewMb, lineMbps: (lineMbps * users) / Math.max(1, browser.users + native.users) });
  const [ofBrowsers, ofNatives] = [ofKind(browser, costs.browserMb, costs.browserViewMb), ofKind(native, costs.nativeMb, costs.nativeViewMb)];
  const all = { cores: ofBrowsers.cores + ofNatives.cores, memoryMb: ofBrowsers.memoryMb + ofNatives.memoryMb, lineMbps };
  const apart = { browser: browser.users === 0 ? 0 : machinesFor(ofBrowsers, costs).machines, native: native.users === 0 ? 0 : machinesFor(ofNatives, costs).machines };
  return { ...machinesFor(all, costs), ...all, browserUsers: browser.users, nativeUsers: native.users, apart };
}

type Takes = Pick<GeneratorNeed, 'cores' | 'memoryMb' | 'lineMbps'>;

function machinesFor({ cores, memoryMb, lineMbps }: Takes, { machine, usable }: GeneratorCosts): Pick<GeneratorNeed, 'machines' | 'because'> {
  const needs = [
    ['cores', cores / (machine.cores * usable)],
    ['memory', memoryMb / (machine.memoryMb * usable)],
    ['line', lineMbps / (machine.lineMbps * usable)],
  ] as const;
  const [because, machines] = needs.reduce((most, need) => (need[1] > most[1] ? need : most));
  return { machines: Math.max(1, Math.ceil(machines)), because };
}

interface KindPeak {
  readonly users: number;
  /** Cameras that they look at, without the first of each user. */
  readonly furtherViews: number;
  readonly cores: number;
}

interface KindCosts {
  readonly listening: number;
  readonly sending: number;
  readonly silent: number;
  readonly viewCores: number;
}

/** One meeting: its cameras, and the users of a kind who look at so many of them at most, with and without a camera of their own. */
interface Room {
  cameras: number;
  readonly lookers: Map<number, { camera: number; none: number }>;
  furtherViews: number;
}

/** Most users of a kind at once, most further cameras that they look at, and the cores they take when they take most. */
function kindPeak(plan: Plan, kind: UserKind, costs: KindCosts): KindPeak {
  const coresOf = ({ webcam, audio, cameraViews }: Attendance): number => 1 / (webcam ? costs.sending : audio === 'none' && cameraViews === 0 ? costs.silent : costs.listening);
  const rooms = plan.meetings.map((): Room => ({ cameras: 0, lookers: new Map(), furtherViews: 0 }));
  const changes = plan.attendances
    .filter((attendance) => (attendance.kind === kind || attendance.webcam) && attendance.leaveMs > attendance.dueMs)
    .flatMap((attendance) => [
      { atMs: attendance.dueMs, by: 1 as const, attendance },
      { atMs: attendance.leaveMs, by: -1 as const, attendance },
    ])
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let [users, ownCores, views] = [0, 0, 0];
  const most = { users: 0, furtherViews: 0, cores: 0 };
  for (const { by, attendance } of changes) {
    const room = rooms[attendance.meeting]!;
    if (attendance.webcam) room.cameras += by;
    if (attendance.kind === kind) {
      users += by;
      ownCores += by * coresOf(attendance);
      const lookers = room.lookers.get(attendance.cameraViews) ?? { camera: 0, none: 0 };
      lookers[attendance.webcam ? 'camera' : 'none'] += by;
      room.lookers.set(attendance.cameraViews, lookers);
    }
    views -= room.furtherViews;
    room.furtherViews = furtherViewsIn(room);
    views += room.furtherViews;
    most.users = Math.max(most.users, users);
    most.furtherViews = Math.max(most.furtherViews, views);
    most.cores = Math.max(most.cores, ownCores + views * costs.viewCores);
  }
  return most;
}

/** Nobody looks at their own camera, nor at more than there are. */
function furtherViewsIn({ cameras, lookers }: Room): number {
  let views = 0;
  for (const [most, { camera, none }] of lookers) views += none * Math.max(0, Math.min(most, cameras) - 1) + camera * Math.max(0, Math.min(most, cameras - 1) - 1);
  return views;
}
