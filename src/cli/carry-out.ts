import { join } from 'node:path';
import { BbbApi } from '../bbb/api.js';
import { algorithmNamed } from '../bbb/checksum.js';
import type { FoundBrowser } from '../browser/find-browser.js';
import { codeOf, messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { uniqueToken } from '../core/random.js';
import { recordApiCalls } from '../fleet/api-samples.js';
import { ApiMeetingHost } from '../fleet/meetings.js';
import type { RunEvent, RunMeta, RunOutput } from '../metrics/events.js';
import { createRecorder } from '../metrics/recorder.js';
import { RunningTotal } from '../metrics/running-total.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { LiveBoard } from '../report/live-board.js';
import { createLiveState } from '../report/live-text.js';
import { RECORDED_PROFILE, type WireProfile } from '../native/wire-profile.js';
import { replay } from '../report/replay.js';
import { RUN_FILES } from '../report/run-data.js';
import { createRunFolder, noteIncomplete, openRunFolder } from '../report/run-folder.js';
import { openLedger } from '../run/ledger.js';
import type { ResumedRun } from '../run/run-context.js';
import { runPlan } from '../run/run.js';
import type { Plan } from '../schedule/plan.js';
import type { Threshold } from '../metrics/threshold.js';
import type { SeatKind } from '../workers/seat-book.js';
import { faultControl } from './happenings.js';
import { ownFolder } from './folder-owner.js';
import { hookRunner } from './hooks.js';
import type { Interrupts } from './interrupts.js';
import { openCrew, type CrewWish } from './open-crew.js';
import { openWatchers, type SearchStep } from './open-watchers.js';
import { openUsers, usageWithout } from './open-users.js';
import type { Io } from './io.js';
import { showProgress } from './progress.js';
import type { ResolvedTarget } from './target.js';
import type { WatchWish } from './watch-options.js';
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
  /** The users are brought by workers; undefined: by this process. */
  readonly crew: CrewWish | undefined;
  /** A run that a coordinator which died had begun; undefined: a new one. */
  readonly resumed?: Resumed;
  /** What looks on; undefined: nothing. */
  readonly watch?: WatchWish;
  /** The run is a step of a search; undefined: a run by itself. */
  readonly step?: SearchStep;
  readonly allowForeign: boolean;
  /** The operator has allowed the commands of the scenario. */
  readonly allowHooks?: boolean;
  /** Faults that the embedded simulator was started with. */
  readonly faults?: readonly string[];
  readonly quiet: boolean;
  readonly interrupts: Interrupts;
  readonly logger: Logger;
}

/** Where a run stands that is gone on with. */
export interface Resumed extends ResumedRun {
  readonly dir: string;
  readonly snapshots: readonly Snapshot[];
  readonly seats: readonly SeatKind[];
}

const MAX_SERIES = 5_000;

/** An output that waits for one type of event. */
const onEvent = (awaited: RunEvent['type'], act: () => void): RunOutput => ({
  event: ({ type }) => {
    if (type === awaited) act();
  },
  snapshot: () => undefined,
});

/** Connects the parts and runs; resolves with the run folder when nothing is left running. */
export async function carryOut(job: RunJob): Promise<string> {
  const { io, plan, target, meta, interrupts, logger } = job;
  const { resumed } = job;
  const start = { ms: resumed && io.clock.nowMs() - resumed.agoMs };
  const atMs = (): number => (start.ms === undefined ? 0 : io.clock.nowMs() - start.ms);
  await using folder = resumed ? await openRunFolder(resumed.dir, io.clock, [target.secret]) : await createRunFolder({ baseDir: job.reportsDir, meta, scenarioText: job.scenarioText, plan, clock: io.clock, secrets: [target.secret] });
  await using _owner = await ownFolder(folder.dir);
  if (job.wire !== RECORDED_PROFILE) await folder.keep(RUN_FILES.wire, wireText(job.wire));
  using recorder = createRecorder({ maxSeries: MAX_SERIES, onCapped: (message) => logger.log('warn', message) });
  await using ledger = await openLedger(join(folder.dir, RUN_FILES.ledger));
  await using api = new BbbApi({ ...target, algorithm: algorithmNamed(meta.target.algorithm) }, { clock: io.clock, onCall: recordApiCalls(recorder, atMs) });
  const total = new RunningTotal(job.thresholds);
  await using users = job.crew ? undefined : openUsers({ plan, api, clock: io.clock, logger, browser: job.browser, wire: job.wire, evidenceDir: folder.evidenceDir, secret: target.secret, onLoopDelay: (value) => recorder.record({ metric: 'event_loop_delay', value, atMs: atMs() }), onSendLateness: (value) => recorder.record({ metric: 'send_lateness', value, atMs: atMs() }) });
  const board = new LiveBoard(plan);
  const live = createLiveState(plan, board);
  const clockKeeper = onEvent('run-started', () => {
    start.ms = io.clock.nowMs();
  });
  if (resumed) replay(resumed, { event: (event) => live.event(event), snapshot: (snapshot) => [live, total].forEach((output) => output.snapshot(snapshot)) });
  const received: RunOutput[] = [folder, live];
  await using remote = job.crew && openCrew(job, job.crew, folder, total, (snapshot) => [...received, total].forEach((output) => output.snapshot(snapshot)));
  const addsUp: RunOutput = { event: () => undefined, snapshot: (snapshot) => total.snapshot(snapshot) };
  const outputs: RunOutput[] = [clockKeeper, ...received, ...(remote ? [remote, addsUp] : [])];
  const say = (text: string): void => (job.quiet ? undefined : io.err(`${text}\n`));
  await using watchers = job.watch && (await openWatchers({ wish: job.watch, board, meta, dir: folder.dir, recorder, cumulative: () => (remote ? total.series : recorder.cumulative), step: job.step, clock: io.clock, atMs, resumed: resumed !== undefined, ask: interrupts.ask, say }));
  const progress = showProgress(io, live, atMs, job.quiet);
  const teller = onEvent('checkpoint', () => progress.note(board.checkpoint ?? ''));
  try {
    await runPlan({
      plan,
      runId: meta.run,
      ...(resumed === undefined ? {} : { resumed, worker: `resumed-${uniqueToken(4)}` }),
      clock: io.clock,
      factories: users?.factories ?? {},
      ...(remote === undefined ? {} : { crew: (context) => remote.attach(context) }),
      host: new ApiMeetingHost(api),
      ledger,
      recorder,
      outputs: [...outputs, ...(watchers ? [watchers] : []), teller],
      thresholds: job.thresholds,
      intervalMs: meta.intervalMs,
      stop: interrupts.stop,
      abort: interrupts.abort,
      allowForeign: job.allowForeign,
      ...(job.allowHooks ? { hooks: hookRunner({ io, dir: folder.dir, runId: meta.run, targetUrl: target.url, secrets: [target.secret] }) } : {}),
      ...(target.kind === 'simulator' ? { faults: faultControl(target.url, job.faults ?? []) } : {}),
      usage: () => usageWithout(target.pid),
      logger,
    });
  } finally {
    await progress.stop();
  }
  await folder.close().catch(async (error: unknown) => {
    logger.log('error', `${codeOf(error)}: ${messageOf(error)}`);
    // The report is made of what is there, and must not take that for everything.
    await noteIncomplete(folder.dir, meta, error);
  });
  return folder.dir;
}
