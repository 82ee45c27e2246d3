import { join } from 'node:path';
import { BbbApi } from '../bbb/api.js';
import { BrowserAttendees } from '../browser/attendees.js';
import type { FoundBrowser } from '../browser/find-browser.js';
import { usageOfTrees } from '../browser/process-tree.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { recordApiCalls } from '../fleet/api-samples.js';
import { ApiMeetingHost } from '../fleet/meetings.js';
import type { RunEvent, RunMeta, RunOutput } from '../metrics/events.js';
import { createRecorder } from '../metrics/recorder.js';
import { createLiveState } from '../report/live-text.js';
import { NativeAttendees } from '../native/attendees.js';
import { RECORDED_PROFILE, type WireProfile } from '../native/wire-profile.js';
import { RUN_FILES } from '../report/run-data.js';
import { createRunFolder } from '../report/run-folder.js';
import { openLedger } from '../run/ledger.js';
import type { Usage } from '../run/run-context.js';
import { runPlan } from '../run/run.js';
import type { Plan } from '../schedule/plan.js';
import type { Threshold } from '../metrics/threshold.js';
import type { Interrupts } from './interrupts.js';
import type { Io } from './io.js';
import { showProgress } from './progress.js';
import type { ResolvedTarget } from './target.js';
import { wireText } from './wire-file.js';

export interface RunJob {
  readonly io: Io;
  readonly plan: Plan;
  readonly thresholds: readonly Threshold[];
  readonly scenarioText: string;
  readonly meta: RunMeta;
  readonly target: ResolvedTarget;
  /** What native users say. */
  readonly wire: WireProfile;
  /** Undefined: the plan has no browser users. */
  readonly browser: FoundBrowser | undefined;
  readonly reportsDir: string;
  readonly allowForeign: boolean;
  readonly quiet: boolean;
  readonly interrupts: Interrupts;
  readonly logger: Logger;
}

const MAX_SERIES = 5_000;

/** Connects the parts and runs; resolves with the run folder when nothing is left running. */
export async function carryOut(job: RunJob): Promise<string> {
  const { io, plan, target, meta, interrupts, logger } = job;
  const start = { ms: undefined as number | undefined };
  const atMs = (): number => (start.ms === undefined ? 0 : io.clock.nowMs() - start.ms);
  await using folder = await createRunFolder({ baseDir: job.reportsDir, meta, scenarioText: job.scenarioText, plan, clock: io.clock, secrets: [target.secret] });
  if (job.wire !== RECORDED_PROFILE) await folder.keep(RUN_FILES.wire, wireText(job.wire));
  using recorder = createRecorder({ maxSeries: MAX_SERIES, onCapped: (message) => logger.log('warn', message) });
  await using ledger = await openLedger(join(folder.dir, RUN_FILES.ledger));
  await using api = new BbbApi(target, { clock: io.clock, onCall: recordApiCalls(recorder, atMs) });
  await using browsers = job.browser && plan.attendances.some(({ kind }) => kind === 'browser') ? browserUsers(job, job.browser, api, folder.evidenceDir) : undefined;
  await using natives = plan.attendances.some(({ kind }) => kind === 'native')
    ? new NativeAttendees({ api, profile: job.wire, clock: io.clock, logger, onLoopDelay: (value) => recorder.record({ metric: 'event_loop_delay', value, atMs: atMs() }) })
    : undefined;
  const live = createLiveState(plan);
  const clockKeeper: RunOutput = {
    event: (event: RunEvent) => {
      if (event.type === 'run-started') start.ms = io.clock.nowMs();
    },
    snapshot: () => undefined,
  };
  const progress = showProgress(io, live, atMs, job.quiet);
  try {
    await runPlan({
      plan,
      runId: meta.run,
      clock: io.clock,
      factories: { ...(browsers === undefined ? {} : { browser: browsers }), ...(natives === undefined ? {} : { native: natives }) },
      host: new ApiMeetingHost(api),
      ledger,
      recorder,
      outputs: [clockKeeper, folder, live],
      thresholds: job.thresholds,
      intervalMs: meta.intervalMs,
      stop: interrupts.stop,
      abort: interrupts.abort,
      allowForeign: job.allowForeign,
      usage: () => usage(target.pid),
      logger,
    });
  } finally {
    await progress.stop();
  }
  await folder.close().catch((error: unknown) => logger.log('error', messageOf(error)));
  return folder.dir;
}

function browserUsers({ io, plan, logger, target }: RunJob, found: FoundBrowser, api: BbbApi, evidenceDir: string): BrowserAttendees {
  const { limits } = plan;
  return new BrowserAttendees({
    api,
    executablePath: found.executablePath,
    root: process.getuid?.() === 0,
    launches: limits.browserLaunches,
    usersPerBrowser: limits.usersPerBrowser,
    limits: { readyTimeoutMs: limits.joinTimeoutMs, audioTimeoutMs: limits.joinTimeoutMs, stepTimeoutMs: STEP_TIMEOUT_MS },
    evidence: { dir: evidenceDir, name: RUN_FILES.evidence, maxScreenshots: limits.maxScreenshots, secrets: [target.secret] },
    clock: io.clock,
    logger,
  });
}

const STEP_TIMEOUT_MS = 20_000;

/** This process and its browsers, without the embedded simulator. */
async function usage(simulatorPid: number | undefined): Promise<Usage> {
  const tree = await usageOfTrees([process.pid], simulatorPid === undefined ? [] : [simulatorPid]);
  if (tree) return { cpuSeconds: tree.cpuSeconds, rssMb: tree.pssMb };
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, rssMb: process.memoryUsage.rss() / 2 ** 20 };
}
