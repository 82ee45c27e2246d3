import { join, relative, resolve } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { RECORDED_PROFILE } from '../native/wire-profile.js';
import type { Lang } from '../report/format.js';
import { readRunFolder } from '../report/read-run-folder.js';
import { RUN_FILES } from '../report/run-data.js';
import { readLedger } from '../run/ledger.js';
import { checkScenario } from '../scenario/check.js';
import { planScenario } from '../schedule/plan-scenario.js';
import type { Bus } from '../workers/bus.js';
import { parse, PHASE, SPLIT } from '../workers/messages.js';
import { carryOut, type Resumed } from './carry-out.js';
import { requireNoOwner } from './folder-owner.js';
import { requireAllowed } from './happenings.js';
import { listenForInterrupts } from './interrupts.js';
import type { Io } from './io.js';
import { cliLogger } from './logger.js';
import { openBus, type NatsArgs } from './nats.js';
import { remakeReport } from './remake-report.js';
import { secretFrom, type ResolvedTarget } from './target.js';
import { watchWish, type WatchArgs } from './watch-options.js';

export interface ResultArgs {
  /** Of report.html; undefined: English. */
  readonly lang: Lang | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface ResumeArgs extends NatsArgs, ResultArgs, WatchArgs {
  readonly secretEnv: string | undefined;
  readonly allowForeignMeetings: boolean;
  readonly allowHooks: boolean;
  readonly debug: boolean;
}

/** Goes on with a run whose coordinator died while its workers did not: reads the folder, takes the workers' reports from where they were confirmed, and ends as the run would have. */
export async function resumeRun(io: Io, args: ResumeArgs, folder: string): Promise<number> {
  const dir = resolve(io.cwd, folder);
  await requireNoOwner(dir);
  const data = await readRunFolder(dir);
  const { meta, events, snapshots, scenarioText } = data;
  if (events.some(({ type }) => type === 'run-ended')) throw new HarnessError('USAGE', `the run ${meta.run} is over`, { hint: '`firstbell report` makes its report again' });
  if (meta.target.kind === 'simulator') throw new HarnessError('USAGE', 'the simulator of that run ended with its coordinator', { hint: 'run it again; against `firstbell sim` or a real fleet a run can be gone on with' });
  const checked = checkScenario(scenarioText, RUN_FILES.scenario);
  if (!checked.ok) throw new HarnessError('FILE_UNREADABLE', `the scenario in ${folder} is not the one that was run`);
  const plan = planScenario(checked.scenario);
  requireAllowed(plan, args.allowHooks);
  const secretEnv = args.secretEnv ?? meta.target.secretEnv ?? 'BBB_SECRET';
  const secret = secretFrom(io, secretEnv);
  const ledger = await readLedger(join(dir, RUN_FILES.ledger));
  const say = (text: string): void => {
    if (!args.quiet) io.err(`${text}\n`);
  };
  using interrupts = listenForInterrupts(io);
  await using bus = await openBus(io, args, 'firstbell coordinator');
  // What was allowed stays allowed.
  const allowForeign = args.allowForeignMeetings || meta.allowForeign === true;
  const target: ResolvedTarget = { kind: 'bbb', url: meta.target.url, secret, secretEnv, allowForeignMeetings: allowForeign, pid: undefined, [Symbol.asyncDispose]: async () => undefined };
  const where = await whereItStands(io, bus, meta.run);
  await carryOut({
    io,
    plan,
    thresholds: checked.scenario.thresholds,
    scenarioText,
    meta,
    target,
    // The workers have theirs.
    wire: RECORDED_PROFILE,
    browser: undefined,
    crew: { bus, workers: where.seats.length, browserWorkers: 0, waitMs: 0, say },
    resumed: { ...where, dir, events, snapshots, ledger },
    reportsDir: resolve(dir, '..'),
    watch: watchWish(io, args, checked.scenario, target),
    allowForeign,
    allowHooks: args.allowHooks,
    quiet: args.quiet,
    interrupts,
    logger: cliLogger(io, args.debug ? 'debug' : 'warn', [secret]),
  });
  return showResult(io, args, dir);
}

async function whereItStands(io: Io, bus: Bus, run: string): Promise<Pick<Resumed, 'agoMs' | 'seats'>> {
  const state = bus.run(run);
  const phase = parse(PHASE, await state.get('phase'));
  const split = parse(SPLIT, await state.get('split'));
  if (phase?.startWallMs === undefined || !split) {
    throw new HarnessError('USAGE', `the broker knows nothing of ${run} that could be gone on with`, { hint: 'it never began, or is over; `firstbell report` makes its report, `firstbell cleanup` ends what it left' });
  }
  return { agoMs: io.clock.wallMs() - phase.startWallMs, seats: split.seats.map(({ kinds }) => ({ queue: 'any', kinds })) };
}

/** Makes the report of a run and shows it; resolves with the exit code. */
export async function showResult(io: Io, args: ResultArgs, dir: string): Promise<number> {
  const { summary, text } = await remakeReport(dir, args.lang);
  if (args.json) io.out(`${JSON.stringify(summary)}\n`);
  else io.out(`\n${text({ width: Math.min(io.columns, 100), colour: io.outIsTty && io.env['NO_COLOR'] === undefined })}\n`);
  if (!args.quiet) io.err(`Run folder: ${relative(io.cwd, dir) || dir}\n`);
  return summary.exitCode;
}
