import { mkdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { conclude, exitCodeOf, type Capacity, type Searched } from '../../capacity/capacity.js';
import { capacityText } from '../../capacity/capacity-text.js';
import { beginSearch } from '../../capacity/search.js';
import { codeOf, exitCodeOf as exitCodeOfError, HarnessError, messageOf } from '../../core/errors.js';
import { uniqueToken } from '../../core/random.js';
import { LANGUAGES, type Lang } from '../../report/format.js';
import type { Plan } from '../../schedule/plan.js';
import { planScenario } from '../../schedule/plan-scenario.js';
import { hardLimits, onServers } from '../../schedule/hard-limits.js';
import { askedOf, meansOptions, requireSame, resumeCommand } from '../capacity-asked.js';
import { earlierCapacity } from '../capacity-before.js';
import { restBetweenSteps, search, stepShape, type SearchEnd, type SearchJob } from '../capacity-search.js';
import { readCalibration } from '../calibration-file.js';
import { DEFAULT_MAX_STEPS, keepState, readState, STEPS_DIR, withMaxSteps, type KeptSearch, type SearchPart } from '../capacity-state.js';
import { stepScenario } from '../capacity-step.js';
import { browserHere } from '../browser-here.js';
import type { Command } from '../command.js';
import { isLoopback } from '../embedded-sim.js';
import { crewOptions, requireWorkersFor, waitMsOf, type CrewArgs } from '../crew-options.js';
import { requireFaults } from '../happenings.js';
import { ownFolder } from '../folder-owner.js';
import { beyondCalibration, holdToMachine } from '../hold-to-machine.js';
import { hookRunner } from '../hooks.js';
import { listenForInterrupts } from '../interrupts.js';
import type { Io } from '../io.js';
import { loadScenario } from '../load-scenario.js';
import { Lookout } from '../lookout.js';
import { runIdFor } from '../machine.js';
import { natsOptions, openBus, type NatsArgs } from '../nats.js';
import { requireKnownSecret } from '../open-crew.js';
import { decimal, oneOf, oneText, wholeNumber } from '../options.js';
import { askPermission, holdToCeilings } from '../permission.js';
import { lookAt, metaOf, wireFor } from '../prepare-run.js';
import { writeCapacity } from '../remake-capacity.js';
import { readSiteConfig, targetNamed } from '../site-config.js';
import { stepsInLanguage } from '../step-languages.js';
import { canTakeDown, takeDown, type Outage, type TakeDown } from '../take-down.js';
import { loadOptions, type LoadArgs } from '../target-options.js';
import { resolveTarget } from '../target.js';
import { watchOptions, watchWish, type WatchArgs } from '../watch-options.js';

export interface CapacityArgs extends LoadArgs, NatsArgs, WatchArgs, CrewArgs {
  readonly scenario: string;
  readonly require: number;
  readonly max: number | undefined;
  readonly start: number | undefined;
  readonly serversDown: number;
  readonly onlyServer: string | undefined;
  readonly takeDown: string | undefined;
  readonly bringBack: string | undefined;
  readonly stepHold: number;
  readonly maxHold: number | undefined;
  readonly rate: number;
  readonly rest: number | undefined;
  readonly repeats: number;
  readonly tolerance: number;
  readonly maxSteps: number | undefined;
  readonly before: string | undefined;
  readonly resume: string | undefined;
  readonly lang: Lang | undefined;
}

/** A little more than the minute between two looks of Scalelite. */
const BALANCER_LOOKS_S = 65;

export const command: Command<CapacityArgs> = {
  usage: 'capacity [scenario]',
  describe: 'Searches for the largest load at which every threshold of a scenario holds: runs it with more and more users, then halves the gap and repeats near the knee. Says the knee with its interval, what broke first, and whether the required number of users is held. Writes reports/<capacity>/. Ctrl-C stops; --resume goes on. Workers bring the load with --workers, as for `firstbell run`.',
  examples: [
    { line: 'firstbell capacity scenarios/crowd.yaml --require 100 --max 400', about: 'Of a simulated fleet on this machine' },
    { line: 'firstbell capacity scenarios/crowd.yaml --require 100 --dashboard', about: 'Watched in a browser on this machine, step after step' },
    { line: 'firstbell capacity scenarios/darmstadt-morning.yaml --require 5000 --workers 6 --nats nats://10.0.0.5:4222 --url https://bbb.example.org/bigbluebutton/api', about: 'From six machines, on each of which `firstbell worker` runs' },
    { line: 'firstbell capacity scenarios/darmstadt-morning.yaml --require 5000 --servers-down 1 --url https://bbb.example.org/bigbluebutton/api', about: 'Does the fleet hold 5,000, and with one server down?' },
  ],
  options: (yargs: Argv) =>
    loadOptions(crewOptions(watchOptions(natsOptions(yargs))), { json: 'capacity.json' })
      .positional('scenario', { type: 'string', coerce: oneText, describe: 'Scenario file, also as --scenario FILE; its load is scaled, its meetings keep their kind and size' })
      .demandOption('scenario')
      .option('require', { coerce: wholeNumber('require', 1, 1_000_000), demandOption: true, describe: 'Users at once that the fleet must hold' })
      .option('max', { coerce: wholeNumber('max', 1, 1_000_000), describe: 'Largest load tried (default: twice what is required)' })
      .option('start', { coerce: wholeNumber('start', 1, 1_000_000), describe: 'First load (default: an eighth of what is required)' })
      .option('servers-down', { default: 0, coerce: wholeNumber('servers-down', 0, 1_000), describe: 'Say also what is left with so many servers down: searched again without them on the simulator or with --take-down, else computed' })
      .option('only-server', { coerce: oneText, describe: 'Search one server: all others are taken out first, on the simulator or with --take-down' })
      .option('take-down', { coerce: oneText, describe: 'Command that takes {count} servers out of the target, or all but {keep}; run without a shell, must end with 0 once they are out' })
      .option('bring-back', { coerce: oneText, describe: 'Command that brings them back in the end, and when the other one fails' })
      .option('step-hold', { default: 60, coerce: wholeNumber('step-hold', 5, 86_400), describe: 'Seconds that all users of a step stay' })
      .option('max-hold', { coerce: wholeNumber('max-hold', 5, 86_400), describe: 'A step that is not steady is run again for twice as long, up to so many seconds (default: four times --step-hold)' })
      .option('rest', { coerce: wholeNumber('rest', 0, 3_600), describe: `Seconds between two steps, in which a load balancer finds the servers empty again (default: ${BALANCER_LOOKS_S}, as Scalelite looks once a minute; on this machine none)` })
      .option('rate', { default: 10, coerce: decimal('rate', 0.1, 10_000), describe: 'Users who arrive in a second' })
      .option('repeats', { default: 3, coerce: wholeNumber('repeats', 1, 20), describe: 'How often a load that decides is tried; near the knee twice as often' })
      .option('tolerance', { default: 0.05, coerce: decimal('tolerance', 0.01, 0.5), describe: 'The search ends when the interval reaches no further to either side, as a share of the knee' })
      .option('max-steps', { coerce: wholeNumber('max-steps', 3, 500), describe: `Steps at most, of each search (default ${DEFAULT_MAX_STEPS}); with --resume, if it is more than before` })
      .option('before', { coerce: oneText, describe: 'Folder of an earlier search to compare with (default: the newest of this scenario and target in --reports)' })
      .option('resume', { coerce: oneText, describe: 'Folder of a search that was stopped, or has used up its steps (--max-steps): goes on with it' })
      .option('lang', { coerce: oneOf('lang', LANGUAGES), describe: 'Language of capacity.html and of the reports of the steps: de or en (default en)' }),
  run: async (args, io) => {
    requireWorkersFor(args);
    const loaded = await loadScenario(io, args.scenario, args.json);
    if (!loaded) return 2;
    const { scenario } = loaded;
    const max = args.max ?? args.require * 2;
    if (max < args.require) throw new HarnessError('USAGE', `--max ${max} is below --require ${args.require}`, { hint: 'what is not tried cannot be said to hold; give a larger --max' });
    if (args.onlyServer !== undefined && args.serversDown > 0) throw new HarnessError('USAGE', '--only-server leaves no server that could be down', { hint: 'leave out --servers-down' });
    if (args.serversDown >= scenario.fleet.servers && args.serversDown > 0) throw new HarnessError('USAGE', `--servers-down ${args.serversDown} leaves nothing of a fleet of ${scenario.fleet.servers}`, { hint: 'the scenario says how many servers there are (fleet.servers)' });
    const begun = new Date(io.clock.wallMs()).toISOString();
    const dir = args.resume === undefined ? resolve(io.cwd, args.reports, `capacity-${runIdFor(scenario.name, io.clock.wallMs(), uniqueToken(4))}`) : resolve(io.cwd, args.resume);
    const fresh = (): KeptSearch => ({ scenarioText: loaded.text, startedAt: begun, state: beginSearch({ start: Math.min(max, args.start ?? Math.max(1, Math.ceil(args.require / 8))), max, required: args.require, repeats: args.repeats, tolerance: args.tolerance, maxSteps: args.maxSteps ?? DEFAULT_MAX_STEPS }), steps: [] });
    let kept = args.resume === undefined ? fresh() : withMaxSteps(await readState(dir), args.maxSteps);
    if (kept.scenarioText !== loaded.text) throw new HarnessError('USAGE', 'the scenario is not the one that this search began with', { hint: 'restore the file, or begin a new search' });
    const stepsDir = join(dir, STEPS_DIR);
    await mkdir(stepsDir, { recursive: true });
    await using _owner = await ownFolder(dir);
    const say = (text: string): void => {
      if (!args.quiet) io.err(`${text}\n`);
    };
    using interrupts = listenForInterrupts(io);
    const planOf = (users: number) => planScenario(stepScenario(loaded.text, scenario, users, stepShape(args.rate, args.stepHold)).scenario);
    const largest = planOf(kept.state.limits.max);
    requireFaults(largest);
    if (args.workers === undefined) await holdSearchToMachine(io, { largest, max: kept.state.limits.max, required: planOf(args.require), require: args.require }, say);
    const learns = scenario.wire.kind === 'learn' && largest.attendances.some(({ kind }) => kind === 'native');
    // Where workers bring the users, the browsers are theirs.
    const browser = learns || (args.workers === undefined && largest.attendances.some(({ kind }) => kind === 'browser')) ? await browserHere(io) : undefined;
    const config = await readSiteConfig(io, args.config);
    holdToCeilings(largest, config.ceilings, config.file);
    const named = args.target === undefined ? undefined : targetNamed(config, args.target);
    await using target = await resolveTarget(io, scenario, { ...args, ...named, placeBy: 'meetings' });
    const restS = args.rest ?? (isLoopback(target.url) ? 0 : BALANCER_LOOKS_S);
    const before = await earlierCapacity(io, { named: args.before, dir, scenario: scenario.name, startedAt: kept.startedAt, target, onlyServer: args.onlyServer });
    if (args.workers !== undefined) requireKnownSecret(io, target);
    const asking = askedOf(args, target);
    requireSame(kept.asked, asking);
    kept = { ...kept, asked: asking };
    await askPermission(io, { url: target.url, users: kept.state.limits.max, config, allowed: args.iAmAllowedToTest, confirm: args.confirm, stop: interrupts.stop });
    const seen = await lookAt(io, target, interrupts.stop, say);
    await using bus = args.workers === undefined ? undefined : await openBus(io, args, 'firstbell coordinator');
    const watch = watchWish(io, args, scenario, target);
    await using lookout = new Lookout({ wish: watch, clock: io.clock, ask: interrupts.ask, say });
    const wire = await wireFor({ io, file: args.scenario, scenario, learns, browser, target, reportsDir: resolve(io.cwd, args.reports), signal: interrupts.stop, say });
    const left: { notBack?: HarnessError } = {};
    const means: TakeDown = {
      takeDown: args.takeDown,
      bringBack: args.bringBack,
      target,
      faults: args.fault,
      hooks: hookRunner({ io, dir, runId: basename(dir), targetUrl: target.url, secrets: [target.secret] }),
      onNotBack: (error) => {
        left.notBack = error;
        // Whatever else is kept quiet: a fleet without its servers is worse than anything a search can find.
        io.err(`\nWARNING: ${error.message}; servers of the fleet may still be out. Bring them back by hand: \`${args.bringBack ?? ''}\` (${error.hint ?? ''}).\n\n`);
      },
    };

    const goOn = (): string => `\`${resumeCommand(args.scenario, asking, relative(io.cwd, dir), [...meansOptions(args), ...(args.rest === undefined ? [] : [`--rest ${args.rest}`])])}\` goes on\n`;

    const rest = restBetweenSteps({ clock: io.clock, seconds: restS, stop: interrupts.stop, say });

    /** One search, without the servers that are out. */
    const searchWithout = async (outage: Outage | undefined, part: SearchPart, keep: (part: SearchPart) => KeptSearch): Promise<SearchEnd & { readonly out: readonly string[] }> => {
      await using gone = outage && (await takeDown(outage, means, interrupts.stop));
      const job: SearchJob = {
        io,
        scenarioFile: args.scenario,
        scenarioText: loaded.text,
        scenario,
        ratePerSec: args.rate,
        holdS: args.stepHold,
        maxHoldS: args.maxHold ?? args.stepHold * 4,
        target,
        wire,
        browser,
        seen,
        crew: bus && args.workers !== undefined ? { bus, workers: args.workers, browserWorkers: args.browserWorkers, waitMs: waitMsOf(args), say } : undefined,
        watch,
        lookout,
        stepsDir,
        lang: args.lang,
        allowForeign: args.allowForeignMeetings || (named?.allowForeignMeetings ?? target.allowForeignMeetings),
        faults: gone?.faults ?? args.fault,
        quiet: args.quiet,
        interrupts,
        rest,
        say,
        keep: (found) => {
          kept = keep(found);
          return keepState(dir, kept);
        },
      };
      return { ...(await search(job, part)), out: gone?.out ?? [] };
    };
    const searchOf: typeof searchWithout = (...which) =>
      searchWithout(...which).catch((error: unknown) => {
        // Ctrl-C while servers were taken out.
        if (codeOf(error) === 'STOPPED') return { exitCode: exitCodeOfError('STOPPED'), reason: messageOf(error), out: [] };
        // E.g. the broker is gone. What was found is kept, whatever ends the search.
        if (kept.steps.length > 0) io.err(goOn());
        throw error;
      });
    const stopped = async (exitCode: number, reason: string): Promise<number> => {
      await keepState(dir, kept);
      io.err(`${reason}; ${goOn()}`);
      return exitCode;
    };

    const whole = await searchOf(args.onlyServer === undefined ? undefined : { kind: 'all-but', server: args.onlyServer, of: scenario.fleet.servers }, kept, (found) => ({ ...kept, ...found }));
    if (!('ended' in whole)) return stopped(whole.exitCode, whole.reason);
    let down: (Searched & { readonly out: readonly string[] }) | undefined;
    if (args.serversDown > 0 && canTakeDown(means)) {
      say(`Now with ${args.serversDown === 1 ? 'one server' : `${args.serversDown} servers`} taken out.`);
      const end = await searchOf({ kind: 'some', count: args.serversDown }, kept.down ?? partWithout(whole.ended, scenario.fleet.servers, args.serversDown), (found) => ({ ...kept, down: found }));
      if (!('ended' in end)) return stopped(end.exitCode, end.reason);
      down = { ...end.ended, out: end.out };
    }
    const required = planOf(args.require);
    const { target: where, machine, firstbell } = metaOf(io, args.scenario, required, target, browser, seen);
    const asked: Capacity['asked'] = { startedAt: kept.startedAt, scenarioFile: args.scenario, seed: scenario.seed, servers: args.onlyServer === undefined ? scenario.fleet.servers : 1, onlyServer: args.onlyServer, serversDown: args.serversDown, workers: args.workers, browserWorkers: args.workers === undefined || args.browserWorkers === 0 ? undefined : args.browserWorkers, limits: kept.state.limits, holdMs: args.stepHold * 1_000, restMs: restS * 1_000, maxHoldMs: args.maxHold === undefined ? undefined : args.maxHold * 1_000, faults: target.kind === 'simulator' && args.fault.length > 0 ? args.fault : undefined, ratePerSec: args.rate };
    const capacity = conclude({ scenario: scenario.name, required: args.require, asked, limits: hardLimits(onServers(required, asked.servers)), environment: { target: where, machine, firstbell }, before }, whole.ended, down);
    const lang = args.lang ?? 'en';
    // Those from before the search was resumed may be in another.
    await stepsInLanguage({ dir, capacity, lang, clock: io.clock, say });
    await writeCapacity(dir, capacity, lang);
    io.out(args.json ? `${JSON.stringify(capacity)}\n` : `\n${capacityText(capacity)}`);
    say(`Folder: ${relative(io.cwd, dir) || dir}`);
    return left.notBack ? exitCodeOfError(left.notBack.code) : exitCodeOf(capacity);
  },
};

interface Loads {
  readonly require: number;
  readonly required: Plan;
  readonly max: number;
  readonly largest: Plan;
}

/** Refuses what this machine cannot bring alone whatever happens (GENERATOR_LIMIT), and says beforehand where by its calibration it will be the limit itself. */
async function holdSearchToMachine(io: Io, { require, required, max, largest }: Loads, say: (text: string) => void): Promise<void> {
  await holdToMachine(largest, { what: `a step of ${max} users (--max)` });
  const calibration = await readCalibration(io);
  const beyond = calibration && beyondCalibration(largest, calibration);
  if (!calibration || !beyond) return;
  const evenRequired = beyondCalibration(required, calibration);
  const what = evenRequired ? `${require} users (--require)` : `${max} users (--max)`;
  const { machines, because } = evenRequired ?? beyond;
  say(`By its calibration of ${calibration.at.slice(0, 10)} this machine cannot bring ${what} alone: that takes ${machines} like it (${because}). It may break before the fleet does; bring the load from more (--workers)${evenRequired ? '' : ', or lower --max'}.`);
}

/** The second search begins where the answer is expected: at four fifths of the part of the capacity that is left. */
function partWithout({ state, answer }: Searched, servers: number, count: number): SearchPart {
  const most = 'knee' in answer ? answer.knee.users : 'users' in answer ? answer.users : answer.tried;
  return { state: beginSearch({ ...state.limits, start: Math.max(1, Math.round((most * (servers - count) * EXPECTED) / servers)) }), steps: [] };
}

const EXPECTED = 0.8;
