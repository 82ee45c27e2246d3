import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { z } from 'zod';
import { findBrowser } from '../../browser/find-browser.js';
import { capacityText, conclude, exitCodeOf, type StepRecord } from '../../capacity/capacity.js';
import { beginSearch, nextStep, withTrial, type SearchState } from '../../capacity/search.js';
import { HarnessError } from '../../core/errors.js';
import { uniqueToken } from '../../core/random.js';
import { durationText } from '../../scenario/quantity.js';
import { planScenario } from '../../schedule/plan-scenario.js';
import { hardLimits } from '../../schedule/hard-limits.js';
import type { StepShape } from '../../schedule/scale-load.js';
import { stepRecord, stepScenario } from '../capacity-step.js';
import { carryOut } from '../carry-out.js';
import type { Command } from '../command.js';
import { requireFaults } from '../happenings.js';
import { listenForInterrupts } from '../interrupts.js';
import { loadScenario } from '../load-scenario.js';
import { cliLogger } from '../logger.js';
import { runIdFor } from '../machine.js';
import { decimal, oneText, textList, wholeNumber } from '../options.js';
import { askPermission, holdToCeilings } from '../permission.js';
import { lookAt, metaOf, wireFor } from '../prepare-run.js';
import { readSiteConfig, targetNamed } from '../site-config.js';
import { resolveTarget } from '../target.js';

export interface CapacityArgs {
  readonly scenario: string;
  readonly require: number;
  readonly max: number | undefined;
  readonly start: number | undefined;
  readonly serversDown: number;
  readonly stepHold: number;
  readonly maxHold: number | undefined;
  readonly rate: number;
  readonly repeats: number;
  readonly tolerance: number;
  readonly maxSteps: number;
  readonly resume: string | undefined;
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly fault: readonly string[];
  readonly reports: string;
  readonly allowForeignMeetings: boolean;
  readonly target: string | undefined;
  readonly config: string | undefined;
  readonly iAmAllowedToTest: readonly string[];
  readonly confirm: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Everybody leaves within this. */
const LEAVE_MS = 5_000;
const STATE_FILE = 'search.json';
const MAX_STATE_BYTES = 16 * 1024 * 1024;

export const command: Command<CapacityArgs> = {
  usage: 'capacity <scenario>',
  describe: 'Searches for the largest load at which every threshold of a scenario holds: runs it with more and more users, then halves the gap and repeats near the knee. Says the knee with its interval, what broke first, and whether the required number of users is held. Writes reports/<capacity>/. Ctrl-C stops; --resume goes on.',
  examples: [
    { line: 'firstbell capacity scenarios/crowd.yaml --require 100 --max 400', about: 'Of a simulated fleet on this machine' },
    { line: 'firstbell capacity scenarios/darmstadt-morning.yaml --require 5000 --servers-down 1 --url https://bbb.example.org/bigbluebutton/api', about: 'Does the fleet hold 5,000, and with one server down?' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', coerce: oneText, describe: 'Scenario file; its load is scaled, its meetings keep their kind and size' })
      .option('require', { coerce: wholeNumber('require', 1, 1_000_000), demandOption: true, describe: 'Users at once that the fleet must hold' })
      .option('max', { coerce: wholeNumber('max', 1, 1_000_000), describe: 'Largest load tried (default: twice what is required)' })
      .option('start', { coerce: wholeNumber('start', 1, 1_000_000), describe: 'First load (default: an eighth of what is required)' })
      .option('servers-down', { default: 0, coerce: wholeNumber('servers-down', 0, 1_000), describe: 'Say also what is left with so many servers down (computed)' })
      .option('step-hold', { default: 60, coerce: wholeNumber('step-hold', 5, 86_400), describe: 'Seconds that all users of a step stay' })
      .option('max-hold', { coerce: wholeNumber('max-hold', 5, 86_400), describe: 'A step that is not steady is run again for twice as long, up to so many seconds (default: four times --step-hold)' })
      .option('rate', { default: 10, coerce: decimal('rate', 0.1, 10_000), describe: 'Users who arrive in a second' })
      .option('repeats', { default: 3, coerce: wholeNumber('repeats', 1, 20), describe: 'How often a load that decides is tried; near the knee twice as often' })
      .option('tolerance', { default: 0.05, coerce: decimal('tolerance', 0.01, 0.5), describe: 'The search ends when the interval reaches no further to either side, as a share of the knee' })
      .option('max-steps', { default: 40, coerce: wholeNumber('max-steps', 3, 500), describe: 'Steps at most' })
      .option('resume', { coerce: oneText, describe: 'Folder of a search that was stopped: goes on with it' })
      .option('url', { coerce: oneText, describe: 'API URL of the target; wins over the scenario' })
      .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret' })
      .option('fault', { coerce: textList, default: [], describe: 'Fault of the embedded simulator, repeatable' })
      .option('reports', { coerce: oneText, default: 'reports', describe: 'Folder for results' })
      .option('allow-foreign-meetings', { type: 'boolean', default: false, describe: 'Run although meetings of others are on the target' })
      .option('target', { coerce: oneText, describe: 'Target by its name in the site’s file (docs/safety.md)' })
      .option('config', { coerce: oneText, describe: 'The site’s file' })
      .option('i-am-allowed-to-test', { coerce: textList, default: [], describe: 'Host that may be tested, repeatable' })
      .option('confirm', { coerce: oneText, describe: 'Phrase of the target, where the site’s file asks for one' })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress' })
      .option('json', { type: 'boolean', default: false, describe: 'Print capacity.json on stdout' }),
  run: async (args, io) => {
    const loaded = await loadScenario(io, args.scenario, args.json);
    if (!loaded) return 2;
    const { scenario } = loaded;
    const max = args.max ?? args.require * 2;
    if (max < args.require) throw new HarnessError('USAGE', `--max ${max} is below --require ${args.require}`, { hint: 'what is not tried cannot be said to hold; give a larger --max' });
    const limits = { start: Math.min(max, args.start ?? Math.max(1, Math.round(args.require / 8))), max, repeats: args.repeats, tolerance: args.tolerance, maxSteps: args.maxSteps };
    const resumed = args.resume === undefined ? undefined : await readState(resolve(io.cwd, args.resume));
    const dir = args.resume === undefined ? resolve(io.cwd, args.reports, `capacity-${runIdFor(scenario.name, io.clock.wallMs(), uniqueToken(4))}`) : resolve(io.cwd, args.resume);
    if (resumed && resumed.scenarioText !== loaded.text) throw new HarnessError('USAGE', 'the scenario is not the one that this search began with', { hint: 'restore the file, or begin a new search' });
    let state: SearchState = resumed ? resumed.state : beginSearch(limits);
    const steps: StepRecord[] = resumed ? [...resumed.steps] : [];
    const stepsDir = join(dir, 'steps');
    await mkdir(stepsDir, { recursive: true });
    const say = (text: string): void => {
      if (!args.quiet) io.err(`${text}\n`);
    };
    using interrupts = listenForInterrupts(io);
    const largest = planScenario(stepScenario(loaded.text, scenario, state.limits.max, shapeOf(args, args.stepHold)).scenario);
    requireFaults(largest);
    const learns = scenario.wire.kind === 'learn' && largest.attendances.some(({ kind }) => kind === 'native');
    const browser = learns || largest.attendances.some(({ kind }) => kind === 'browser') ? await findBrowser({ wanted: io.env['FIRSTBELL_BROWSER'], path: io.env['PATH'], platform: process.platform }) : undefined;
    const config = await readSiteConfig(io, args.config);
    holdToCeilings(largest, config.ceilings, config.file);
    const named = args.target === undefined ? undefined : targetNamed(config, args.target);
    await using target = await resolveTarget(io, scenario, { ...args, ...named });
    await askPermission(io, { url: target.url, users: state.limits.max, config, allowed: args.iAmAllowedToTest, confirm: args.confirm });
    const bbbVersion = await lookAt(io, target, interrupts.stop);
    const wire = await wireFor({ io, file: args.scenario, scenario, learns, browser, target, signal: interrupts.stop, say });
    let holdS = args.stepHold;
    for (;;) {
      const next = nextStep(state);
      if (next.kind === 'done') {
        const required = planScenario(stepScenario(loaded.text, scenario, args.require, shapeOf(args, args.stepHold)).scenario);
        const { target: where, machine, firstbell } = metaOf(io, args.scenario, required, target, browser, bbbVersion);
        const capacity = conclude({ limits: hardLimits(required), environment: { target: where, machine, firstbell }, scenario: scenario.name, required: args.require, servers: scenario.fleet.servers, serversDown: args.serversDown }, state, next.answer, steps);
        await keep(dir, 'capacity.json', `${JSON.stringify(capacity, undefined, 2)}\n`);
        await keep(dir, 'capacity.txt', capacityText(capacity));
        io.out(args.json ? `${JSON.stringify(capacity)}\n` : `\n${capacityText(capacity)}`);
        say(`Folder: ${relative(io.cwd, dir) || dir}`);
        return exitCodeOf(capacity);
      }
      const shape = shapeOf(args, holdS);
      const step = stepScenario(loaded.text, scenario, next.users, shape);
      const plan = planScenario(step.scenario);
      say(`Step ${state.trials.length + 1} (${next.phase}): ${next.users} users, held for ${durationText(shape.holdMs)} …`);
      const runDir = await carryOut({ io, plan, thresholds: step.scenario.thresholds, scenarioText: step.text, meta: metaOf(io, args.scenario, plan, target, browser, bbbVersion), target, wire, browser, crew: undefined, reportsDir: stepsDir, allowForeign: args.allowForeignMeetings || (named?.allowForeignMeetings ?? target.allowForeignMeetings), faults: args.fault, quiet: args.quiet, interrupts, logger: cliLogger(io, 'warn', [target.secret]) });
      const { summary, record } = await stepRecord(runDir, next.users, shape, { phase: next.phase, scenario: step.scenario });
      if (!record) {
        await keepState(dir, { state, steps, scenarioText: loaded.text });
        io.err(`${summary.reasons[0] ?? summary.verdict}; \`firstbell capacity ${args.scenario} --require ${args.require} --resume ${relative(io.cwd, dir)}\` goes on\n`);
        return summary.exitCode;
      }
      if (record.outcome === 'held' && record.steady === false && holdS * 2 <= (args.maxHold ?? args.stepHold * 4)) {
        holdS *= 2;
        say(`  held, but was not steady yet; again for ${holdS} s`);
        continue;
      }
      holdS = args.stepHold;
      steps.push(record);
      state = withTrial(state, { users: record.users, outcome: record.outcome });
      await keepState(dir, { state, steps, scenarioText: loaded.text });
      say(`  ${record.outcome}${record.firstBroken === undefined ? '' : `: ${record.firstBroken}`}`);
    }
  },
};

function shapeOf({ rate }: CapacityArgs, holdS: number): StepShape {
  return { ratePerSec: rate, holdMs: holdS * 1_000, leaveMs: LEAVE_MS };
}

interface Kept {
  readonly state: SearchState;
  readonly steps: readonly StepRecord[];
  readonly scenarioText: string;
}

const keepState = (dir: string, kept: Kept): Promise<void> => keep(dir, STATE_FILE, `${JSON.stringify(kept)}\n`);

/** Whole or not at all: a kill must not leave half a state. */
async function keep(dir: string, name: string, text: string): Promise<void> {
  await writeFile(join(dir, `.${name}`), text);
  await rename(join(dir, `.${name}`), join(dir, name));
}

const whole = z.number().int().min(1).max(1_000_000);
const outcome = z.enum(['held', 'broken', 'undelivered']);
const KEPT = z.object({
  scenarioText: z.string().max(256 * 1024),
  state: z.object({
    schema: z.literal(1),
    limits: z.object({ start: whole, max: whole, repeats: whole, tolerance: z.number().min(0.01).max(0.5), maxSteps: whole }),
    trials: z.array(z.object({ users: whole, outcome })).max(500),
  }),
  steps: z.array(z.looseObject({ users: whole, outcome, run: z.string().max(200) })).max(500),
});

async function readState(dir: string): Promise<Kept> {
  const path = join(dir, STATE_FILE);
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_STATE_BYTES) throw new Error('too large');
    return KEPT.parse(JSON.parse(text)) as unknown as Kept;
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `${path} is not the state of a search`, { hint: 'name the folder that `firstbell capacity` has made, e.g. reports/capacity-…', cause: error });
  }
}
