import { z } from 'zod';
import { DEFAULT_COSTS, type GeneratorCosts } from './generators.js';

/** What is calibrated: one kind of user after the other. */
export const CALIBRATED_KINDS = ['nativeListener', 'nativeSender', 'nativeSilent', 'browser'] as const;
export type CalibratedKind = (typeof CALIBRATED_KINDS)[number];

/** For people. */
export const KIND_NAMES: Readonly<Record<CalibratedKind, string>> = {
  nativeListener: 'native, listening and looking',
  nativeSender: 'native, sound and camera both ways',
  nativeSilent: 'native, without media',
  browser: 'browser, listening and looking',
};

const kind = z.object({
  /** Most users that this machine brought with every limit kept; where nothing broke it carries at least so many. */
  users: z.number().int().min(0).max(1e6),
  /** Users that were asked for. */
  asked: z.number().int().min(1).max(1e6),
  /** The first limit that did not hold; null: none. */
  broke: z.object({ what: z.string().max(60), value: z.number(), limit: z.number(), unit: z.string().max(20) }).nullable(),
  /** Cores of the generator (without the simulator) for one user who is in, and MB. */
  coresPerUser: z.number().positive().max(64),
  mbPerUser: z.number().positive().max(65_536),
  /** Extrapolated, not measured: users if all cores were the generator's, `usable` of them used. */
  allCoresUsers: z.number().int().min(0).max(1e7),
});

export type CalibratedUsers = Readonly<z.infer<typeof kind>>;

/** calibration.json; docs/files.md explains it. A kind that could not be tried is missing. */
export const CALIBRATION = z.object({
  /** 1: native listeners were measured without a camera to look at. */
  schema: z.union([z.literal(1), z.literal(2)]),
  at: z.iso.datetime(),
  firstbell: z.string().max(60),
  quick: z.boolean(),
  machine: z.object({ name: z.string().max(255), cores: z.number().int().min(1).max(4_096), memoryMb: z.number().positive().max(1e9), cpu: z.string().max(200) }),
  usable: z.number().gt(0).max(1),
  kinds: z.partialRecord(z.enum(CALIBRATED_KINDS), kind),
});

export type Calibration = Readonly<z.infer<typeof CALIBRATION>>;

/** Users on all cores, when so much of them may be used. */
export function allCoresUsers(coresPerUser: number, cores: number, usable: number): number {
  return Math.floor((cores * usable) / coresPerUser);
}

/** Users of a kind that the machine carries: as many as its cores do, but no more than were there when a limit broke, whichever it was. */
export function carriedUsers({ users, broke, allCoresUsers: extrapolated }: CalibratedUsers): number {
  return broke ? Math.min(users, extrapolated) : extrapolated;
}

/** Users of a kind on one core, so that all usable cores together carry `carriedUsers`. */
function perCore(one: CalibratedUsers, { cores }: Calibration['machine'], usable: number): number {
  return one.broke ? Math.min(1 / one.coresPerUser, Math.max(1, one.users) / (cores * usable)) : 1 / one.coresPerUser;
}

/** Largest weight that workers tell each other. */
const MAX_WEIGHT = 1_000_000;

/** Users without media that a machine carries: as calibrated, else by the built-in figure for so many cores, so that both can be compared. At least 1. */
export function usersWithoutMedia(calibration: Calibration | undefined, cores: number): number {
  const silent = calibration?.kinds.nativeSilent;
  const users = silent ? carriedUsers(silent) : allCoresUsers(1 / DEFAULT_COSTS.nativeSilentPerCore, cores, DEFAULT_COSTS.usable);
  return Math.min(MAX_WEIGHT, Math.max(1, users));
}

/**
 * Costs of users as calibrated, on machines like the calibrated one. Where a limit broke before the cores were used up, a user takes its part of what
 * was reached, so that no machine is given more. What was not calibrated keeps the built-in figure; browser users
 * who send as well are taken to cost as many times more than listeners as in the built-in figures, and so is each further camera that somebody looks at.
 */
export function calibratedCosts({ schema, kinds, machine, usable }: Calibration, otherwise: GeneratorCosts = DEFAULT_COSTS): GeneratorCosts {
  const { nativeListener, nativeSender, browser } = kinds;
  const browserListenersPerCore = browser ? perCore(browser, machine, usable) : otherwise.browserListenersPerCore;
  const listening = nativeListener ? perCore(nativeListener, machine, usable) : otherwise.nativeListenersPerCore;
  // Who was measured without looks at a camera in a plan.
  const nativeListenersPerCore = nativeListener && schema === 1 ? 1 / (1 / listening + otherwise.nativeViewCores) : listening;
  const natives = [nativeListener, nativeSender].flatMap((one) => (one ? [one.mbPerUser] : []));
  return {
    ...otherwise,
    browserListenersPerCore,
    browserSendersPerCore: (browserListenersPerCore * otherwise.browserSendersPerCore) / otherwise.browserListenersPerCore,
    nativeListenersPerCore,
    nativeSendersPerCore: nativeSender ? perCore(nativeSender, machine, usable) : otherwise.nativeSendersPerCore,
    nativeSilentPerCore: kinds.nativeSilent ? perCore(kinds.nativeSilent, machine, usable) : otherwise.nativeSilentPerCore,
    browserMb: browser?.mbPerUser ?? otherwise.browserMb,
    nativeMb: natives.length > 0 ? Math.max(...natives) : otherwise.nativeMb,
    browserViewCores: (otherwise.browserViewCores * otherwise.browserListenersPerCore) / browserListenersPerCore,
    nativeViewCores: (otherwise.nativeViewCores * otherwise.nativeListenersPerCore) / nativeListenersPerCore,
    usable,
    machine: { cores: machine.cores, memoryMb: machine.memoryMb, lineMbps: otherwise.machine.lineMbps },
  };
}
