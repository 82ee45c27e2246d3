import { BrowserAttendees } from '../browser/attendees.js';
import type { FoundBrowser } from '../browser/find-browser.js';
import { usageOfTrees } from '../browser/process-tree.js';
import type { BbbApi } from '../bbb/api.js';
import type { Clock } from '../core/clock.js';
import { Closer } from '../core/closer.js';
import type { Logger } from '../core/log.js';
import { NativeAttendees } from '../native/attendees.js';
import type { WireProfile } from '../native/wire-profile.js';
import { RUN_FILES } from '../report/run-data.js';
import type { RunOptions, Usage } from '../run/run-context.js';
import type { Plan } from '../schedule/plan.js';

export interface UsersOptions {
  readonly plan: Plan;
  readonly api: BbbApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined: there are no browser users here. */
  readonly browser: FoundBrowser | undefined;
  /** What native users say. */
  readonly wire: WireProfile;
  readonly evidenceDir: string;
  readonly secret: string;
  /** What the wall clock of this machine is ahead of the coordinator's; default 0: there is none, or it is the same machine. */
  readonly clockOffsetMs?: number;
  readonly onLoopDelay: (delayMs: number) => void;
  readonly onSendLateness: (latenessMs: number) => void;
}

export interface Users extends AsyncDisposable {
  readonly factories: RunOptions['factories'];
}

const STEP_TIMEOUT_MS = 20_000;

/** What makes the users of a plan in this process, of each kind that it has. */
export function openUsers(options: UsersOptions): Users {
  const { plan, api, clock, logger, browser, wire, clockOffsetMs = 0, onLoopDelay, onSendLateness } = options;
  const closer = new Closer();
  const has = (kind: 'browser' | 'native'): boolean => plan.attendances.some((attendance) => attendance.kind === kind);
  const browsers = browser && has('browser') ? closer.use(browserUsers(options, browser)) : undefined;
  const natives = has('native') ? closer.use(new NativeAttendees({ api, profile: wire, clock, logger, clockOffsetMs, onLoopDelay, onSendLateness })) : undefined;
  return {
    factories: { ...(browsers === undefined ? {} : { browser: browsers }), ...(natives === undefined ? {} : { native: natives }) },
    [Symbol.asyncDispose]: () => closer.close(),
  };
}

function browserUsers({ plan, api, clock, logger, evidenceDir, secret, clockOffsetMs = 0 }: UsersOptions, found: FoundBrowser): BrowserAttendees {
  const { limits } = plan;
  return new BrowserAttendees({
    api,
    executablePath: found.executablePath,
    root: process.getuid?.() === 0,
    launches: limits.browserLaunches,
    usersPerBrowser: limits.usersPerBrowser,
    limits: { readyTimeoutMs: limits.joinTimeoutMs, audioTimeoutMs: limits.joinTimeoutMs, stepTimeoutMs: STEP_TIMEOUT_MS },
    evidence: { dir: evidenceDir, name: RUN_FILES.evidence, maxScreenshots: limits.maxScreenshots, secrets: [secret] },
    clockOffsetMs,
    clock,
    logger,
  });
}

/** This process and its browsers, without the embedded simulator. */
export async function usageWithout(simulatorPid: number | undefined): Promise<Usage> {
  const tree = await usageOfTrees([process.pid], simulatorPid === undefined ? [] : [simulatorPid]);
  if (tree) return { cpuSeconds: tree.cpuSeconds, rssMb: tree.pssMb, sockets: tree.sockets };
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, rssMb: process.memoryUsage.rss() / 2 ** 20 };
}
