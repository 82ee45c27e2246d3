import { access, constants, readFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { tryBrowser } from '../../browser/try-browser.js';
import { HarnessError, messageOf } from '../../core/errors.js';
import { raiseOpenFiles } from '../../core/own-limits.js';
import type { Check } from '../../fleet/check.js';
import { probeTarget } from '../../fleet/probe.js';
import type { Scenario } from '../../scenario/scenario.js';
import { DEFAULT_COSTS } from '../../schedule/generators.js';
import { planScenario } from '../../schedule/plan-scenario.js';
import { browserHere } from '../browser-here.js';
import type { Command } from '../command.js';
import { listenForInterrupts } from '../interrupts.js';
import type { Io } from '../io.js';
import { loadScenario } from '../load-scenario.js';
import { thisMachine } from '../machine.js';
import { oneText } from '../options.js';
import { namedTarget } from '../site-config.js';
import { siteOptions, type SiteArgs } from '../target-options.js';
import { resolveTarget } from '../target.js';

export interface DoctorArgs extends SiteArgs {
  readonly scenario: string | undefined;
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly json: boolean;
}

type Line = Omit<Check, 'name'> & { readonly name: string };

/** Open files that a run of a few hundred browser users needs. */
const WANTED_FILES = 4_096;
const MARKS = { true: 'ok  ', false: 'FAIL', warn: 'warn', skipped: 'skip' } as const;

export const command: Command<DoctorArgs> = {
  usage: 'doctor [scenario]',
  describe: 'Says line by line whether this machine and a target are fit for a run, and what to do if not. On the target it creates one meeting, joins it, and ends it.',
  examples: [
    { line: 'firstbell doctor', about: 'This machine only' },
    { line: 'firstbell doctor scenarios/smoke.yaml', about: 'This machine and the target of a scenario' },
    { line: 'firstbell doctor --url https://bbb.example.org/bigbluebutton/api', about: 'A target by URL; the shared secret is in BBB_SECRET' },
  ],
  options: (yargs: Argv) =>
    siteOptions(yargs)
      .positional('scenario', { type: 'string', coerce: oneText, describe: 'Scenario file: its target is looked at, and whether the browser is there that it needs' })
      .option('url', { coerce: oneText, describe: 'API URL of the target; wins over the scenario' })
      .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret' })
      .option('json', { type: 'boolean', default: false, describe: 'Print { "checks": [...] } on stdout' }),
  run: async (args, io) => {
    using interrupts = listenForInterrupts(io);
    const loaded = args.scenario === undefined ? undefined : await loadScenario(io, args.scenario, args.json);
    if (args.scenario !== undefined && !loaded) throw new HarnessError('SCENARIO_INVALID', `${args.scenario} has problems`, { hint: `firstbell check ${args.scenario}` });
    const named = await namedTarget(io, args);
    const lines: Line[] = [];
    const tell = (line: Line): void => {
      lines.push(line);
      if (args.json) return;
      io.out(`${MARKS[String(line.ok) as keyof typeof MARKS]}  ${line.name.padEnd(15)} ${line.detail}\n`);
      if (line.help !== undefined && line.ok !== true) io.out(`      ${' '.repeat(15)}help: ${line.help}\n`);
    };
    for (const check of [nodeCheck, memoryCheck, filesCheck]) tell(await check());
    tell(await browserCheck(io, loaded?.scenario, interrupts.stop));
    tell(await reportsCheck(io));
    await lookAtTarget({ ...args, ...named }, loaded?.scenario, io, tell, interrupts.stop);
    const failures = lines.filter((line) => line.ok === false).length;
    if (args.json) io.out(`${JSON.stringify({ checks: lines })}\n`);
    else io.out(failures === 0 ? '\nFit for a run.\n' : `\n${failures} ${failures === 1 ? 'thing stands' : 'things stand'} in the way of a run.\n`);
    return failures === 0 ? 0 : 4;
  },
};

async function lookAtTarget(args: Pick<DoctorArgs, 'url' | 'secretEnv'>, scenario: Scenario | undefined, io: Io, tell: (line: Line) => void, signal: AbortSignal): Promise<void> {
  if (!scenario && args.url === undefined) {
    tell({ name: 'target', ok: 'skipped', detail: 'none given', help: 'give a scenario, --url or --target' });
    return;
  }
  await using target = await resolveTarget(io, scenario, { ...args, fault: [] });
  await probeTarget({ target, clock: io.clock, onCheck: tell }, signal);
}

async function nodeCheck(): Promise<Line> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? { name: 'node', ok: true, detail: process.version } : { name: 'node', ok: false, detail: `${process.version} is too old`, help: 'install Node 20.19, 22.12 or newer' };
}

async function memoryCheck(): Promise<Line> {
  const { cores, memoryGb, cpu } = thisMachine();
  const detail = `${cores} cores (${cpu}), ${memoryGb} GB`;
  return memoryGb >= 4 ? { name: 'machine', ok: true, detail } : { name: 'machine', ok: 'warn', detail, help: `browser users need ${DEFAULT_COSTS.browserMb} MB each on a bare page, in the real client more` };
}

async function filesCheck(): Promise<Line> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const match = /^Max open files\s+(\d+|unlimited)/m.exec(limits);
  if (!match) return { name: 'open files', ok: 'skipped', detail: 'this system does not tell' };
  const limit = match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
  return limit >= WANTED_FILES ? { name: 'open files', ok: true, detail: `limit ${match[1]}` } : { name: 'open files', ok: 'warn', detail: `limit ${limit}`, help: `before a large run raise it: ${raiseOpenFiles(WANTED_FILES * 4)}` };
}

/**
 * A browser that says its version may still not start: it is started, as for a user, and closed again. That there is none stands in the way of who needs it:
 * of the scenario's users, or, where no scenario is given, of whoever has named one.
 */
async function browserCheck(io: Io, scenario: Scenario | undefined, signal: AbortSignal): Promise<Line> {
  try {
    const { executablePath, kind, version } = await browserHere(io);
    await tryBrowser({ executablePath }, signal);
    return { name: 'browser', ok: true, detail: `${version} (${kind}, ${executablePath}) starts and opens a page` };
  } catch (error) {
    if (signal.aborted) throw error;
    const hint = error instanceof HarnessError ? error.hint : undefined;
    const needed = scenario === undefined ? Boolean(io.env['FIRSTBELL_BROWSER']) : needsBrowser(scenario);
    if (!needed) return { name: 'browser', ok: 'warn', detail: messageOf(error), help: ['only browser users need one', ...(hint === undefined ? [] : [hint])].join('; ') };
    return { name: 'browser', ok: false, detail: messageOf(error), ...(hint === undefined ? {} : { help: hint }) };
  }
}

/** As `firstbell run` does on this machine alone: for browser users, and to learn what native ones say. */
function needsBrowser(scenario: Scenario): boolean {
  const kinds = new Set(planScenario(scenario).attendances.map(({ kind }) => kind));
  return kinds.has('browser') || (kinds.has('native') && scenario.wire.kind === 'learn');
}

async function reportsCheck(io: Io): Promise<Line> {
  try {
    await access(io.cwd, constants.W_OK);
    return { name: 'reports', ok: true, detail: `${io.cwd} can be written` };
  } catch {
    return { name: 'reports', ok: false, detail: `${io.cwd} cannot be written`, help: 'change to a folder that can be written, or give --reports to `firstbell run`' };
  }
}
