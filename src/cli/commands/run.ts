import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../../core/errors.js';
import { LANGUAGES, type Lang } from '../../report/format.js';
import { planScenario } from '../../schedule/plan-scenario.js';
import { browserHere } from '../browser-here.js';
import { carryOut } from '../carry-out.js';
import type { Command } from '../command.js';
import { crewOptions, requireWorkersFor, waitMsOf, type CrewArgs } from '../crew-options.js';
import { requireAllowed, requireFaults } from '../happenings.js';
import { holdToMachine } from '../hold-to-machine.js';
import { listenForInterrupts } from '../interrupts.js';
import { loadScenario } from '../load-scenario.js';
import { cliLogger } from '../logger.js';
import { natsOptions, openBus, type NatsArgs } from '../nats.js';
import { oneOf, oneText } from '../options.js';
import { askPermission, holdToCeilings } from '../permission.js';
import { lookAt, metaOf, wireFor } from '../prepare-run.js';
import { resumeRun, showResult } from '../resume-run.js';
import { readSiteConfig, targetNamed } from '../site-config.js';
import { loadOptions, type LoadArgs } from '../target-options.js';
import { resolveTarget } from '../target.js';
import { watchOptions, watchWish, type WatchArgs } from '../watch-options.js';

export interface RunArgs extends LoadArgs, NatsArgs, WatchArgs, CrewArgs {
  readonly scenario: string | undefined;
  readonly resume: string | undefined;
  readonly allowHooks: boolean;
  readonly lang: Lang | undefined;
  readonly debug: boolean;
}

export const command: Command<RunArgs> = {
  usage: 'run [scenario]',
  describe: 'Runs a scenario: brings its users into real meetings, measures what each of them experiences, ends the meetings, and says whether every threshold held. Writes reports/<run>/. Ctrl-C stops cleanly.',
  examples: [
    { line: 'firstbell run scenarios/first-bell-demo.yaml', about: 'The demo: a simulated fleet on this machine' },
    { line: 'firstbell run scenarios/smoke.yaml --url https://bbb.example.org/bigbluebutton/api', about: 'Against a real fleet; the shared secret is in BBB_SECRET' },
    { line: 'firstbell run scenarios/darmstadt-morning.yaml --workers 6 --nats nats://10.0.0.5:4222 --url https://bbb.example.org/bigbluebutton/api', about: 'From six machines, on each of which `firstbell worker` runs' },
    { line: 'firstbell run scenarios/first-bell-demo.yaml --dashboard --metrics-port 9464', about: 'Watched in a browser on this machine, and by Prometheus' },
    { line: 'firstbell run scenarios/first-bell-demo.yaml --fault bbb01:api-delay=3000 --json', about: 'With a fault in the simulator; the summary as JSON' },
  ],
  options: (yargs: Argv) =>
    loadOptions(crewOptions(watchOptions(natsOptions(yargs))), { json: 'the summary' })
      .positional('scenario', { type: 'string', coerce: oneText, describe: 'Scenario file' })
      .option('resume', { coerce: oneText, describe: 'Goes on with a run with --workers whose coordinator died, while its workers are still there: its run folder; --dashboard, --metrics-port and --scrape as for a new run' })
      .option('lang', { coerce: oneOf('lang', LANGUAGES), describe: 'Language of report.html: de or en (default en); `firstbell report --lang` makes it again in the other' })
      .option('allow-hooks', { type: 'boolean', default: false, describe: 'Run the commands that the scenario has as exec events' }),
  run: async (args, io) => {
    if (args.resume !== undefined) {
      requireNothingOfNewRun(args);
      return resumeRun(io, args, args.resume);
    }
    if (args.scenario === undefined) throw new HarnessError('USAGE', 'no scenario was named', { hint: 'e.g. `firstbell run scenarios/first-bell-demo.yaml`; --resume FOLDER goes on with a run' });
    requireWorkersFor(args);
    const file = args.scenario;
    const loaded = await loadScenario(io, file, args.json);
    if (!loaded) return 2;
    const plan = planScenario(loaded.scenario);
    requireAllowed(plan, args.allowHooks);
    requireFaults(plan);
    const say = (text: string): void => {
      if (!args.quiet) io.err(`${text}\n`);
    };
    using interrupts = listenForInterrupts(io);
    // Where workers bring the users, the browsers are theirs.
    const needsBrowser = args.workers === undefined && plan.attendances.some(({ kind }) => kind === 'browser');
    const learns = loaded.scenario.wire.kind === 'learn' && plan.attendances.some(({ kind }) => kind === 'native');
    const browser = needsBrowser || learns ? await browserHere(io) : undefined;
    const config = await readSiteConfig(io, args.config);
    holdToCeilings(plan, config.ceilings, config.file);
    if (args.workers === undefined) await holdToMachine(plan);
    const named = args.target === undefined ? undefined : targetNamed(config, args.target);
    if (args.url === undefined && !named && loaded.scenario.target.kind === 'simulator') say(`Starting a simulated fleet of ${loaded.scenario.fleet.servers} servers …`);
    await using target = await resolveTarget(io, loaded.scenario, { ...args, ...named });
    await askPermission(io, { url: target.url, users: plan.attendances.length, config, allowed: args.iAmAllowedToTest, confirm: args.confirm, stop: interrupts.stop });
    const seen = await lookAt(io, target, interrupts.stop, say);
    const { bbbVersion } = seen;
    say(`Target ${target.url}${bbbVersion === undefined ? '' : ` (BigBlueButton ${bbbVersion})`}, ${plan.attendances.length} users in ${plan.meetings.length} meetings${browser === undefined ? '' : `, ${browser.version}`}`);
    await using bus = args.workers === undefined ? undefined : await openBus(io, args, 'firstbell coordinator');
    const reportsDir = resolve(io.cwd, args.reports);
    const wire = await wireFor({ io, file, scenario: loaded.scenario, learns, browser, target, reportsDir, signal: interrupts.stop, say });
    const allowForeign = args.allowForeignMeetings || (named?.allowForeignMeetings ?? target.allowForeignMeetings);
    const meta = {
      ...metaOf(io, file, plan, target, browser, seen),
      ...(allowForeign ? { allowForeign } : {}),
      ...(args.workers === undefined ? {} : { workers: { any: args.workers, browser: args.browserWorkers } }),
    };
    const dir = await carryOut({
      io,
      plan,
      thresholds: loaded.scenario.thresholds,
      scenarioText: loaded.text,
      meta,
      target,
      wire,
      browser,
      crew: bus && args.workers !== undefined ? { bus, workers: args.workers, browserWorkers: args.browserWorkers, waitMs: waitMsOf(args), say } : undefined,
      reportsDir,
      watch: watchWish(io, args, loaded.scenario, target),
      allowForeign,
      allowHooks: args.allowHooks,
      faults: args.fault,
      quiet: args.quiet,
      interrupts,
      logger: cliLogger(io, args.debug ? 'debug' : 'warn', [target.secret]),
    });
    return showResult(io, args, dir);
  },
};

/** Throws USAGE for what a run that is gone on with takes from its folder, however it was meant: it would go on with what it began with. */
function requireNothingOfNewRun({ scenario, url, target, workers, browserWorkers, waitForWorkers, fault }: RunArgs): void {
  const given = [
    scenario !== undefined && 'scenario',
    url !== undefined && '--url',
    target !== undefined && '--target',
    workers !== undefined && '--workers',
    browserWorkers > 0 && '--browser-workers',
    waitForWorkers !== undefined && '--wait-for-workers',
    fault.length > 0 && '--fault',
  ].find((name) => name !== false);
  if (given === undefined) return;
  throw new HarnessError('USAGE', `--resume goes on with a run as it was begun, and takes no ${given}`, { hint: 'leave it out; scenario, target and workers are those of the run folder' });
}
