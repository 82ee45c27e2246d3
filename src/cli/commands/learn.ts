import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../../core/errors.js';
import { diffProfiles, renderWireDiff } from '../../native/wire-diff.js';
import { RECORDED_PROFILE } from '../../native/wire-profile.js';
import { browserHere } from '../browser-here.js';
import type { Command } from '../command.js';
import { listenForInterrupts } from '../interrupts.js';
import { learnWire } from '../learn-wire.js';
import { loadScenario } from '../load-scenario.js';
import { cliLogger } from '../logger.js';
import { oneText } from '../options.js';
import { askPermission } from '../permission.js';
import { readSiteConfig, targetNamed } from '../site-config.js';
import { permissionOptions, targetOption, type PermissionArgs, type SiteArgs } from '../target-options.js';
import { resolveTarget } from '../target.js';
import { wireText } from '../wire-file.js';

export interface LearnArgs extends PermissionArgs, SiteArgs {
  readonly scenario: string | undefined;
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly output: string;
  readonly reports: string;
  readonly debug: boolean;
}

export const command: Command<LearnArgs> = {
  usage: 'learn [scenario]',
  describe: 'Learns how the client of a target speaks: two browser users join one meeting, and what their client sends becomes a wire profile that native users follow. Ends the meeting. Do it after an upgrade; `firstbell wire-diff` says what has changed.',
  examples: [
    { line: 'firstbell learn scenarios/first-bell-demo.yaml --output wire.json', about: 'From the target of a scenario, here the simulator' },
    { line: 'firstbell learn --url https://bbb.example.org/bigbluebutton/api --output wire-3.0.20.json', about: 'From a server; the shared secret is in BBB_SECRET' },
  ],
  options: (yargs: Argv) =>
    permissionOptions(targetOption(yargs))
      .positional('scenario', { type: 'string', coerce: oneText, describe: 'Scenario file whose target is learned from' })
      .option('url', { coerce: oneText, describe: 'API URL of the target; wins over the scenario' })
      .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret' })
      .option('output', { alias: 'o', coerce: oneText, default: 'wire-profile.json', describe: 'File for the wire profile' })
      .option('reports', { coerce: oneText, default: 'reports', describe: 'Folder of the run folders: the ledger of the meeting is there as long as it is open, for `firstbell cleanup`' }),
  run: async (args, io) => {
    if (args.scenario === undefined && args.url === undefined && args.target === undefined) throw new HarnessError('USAGE', 'no target: name a scenario file, --url or --target', { hint: 'firstbell learn --url https://bbb.example.org/bigbluebutton/api' });
    const loaded = args.scenario === undefined ? undefined : await loadScenario(io, args.scenario, false);
    if (args.scenario !== undefined && !loaded) return 2;
    const config = await readSiteConfig(io, args.config);
    const named = args.target === undefined ? undefined : targetNamed(config, args.target);
    using interrupts = listenForInterrupts(io);
    const browser = await browserHere(io);
    await using target = await resolveTarget(io, loaded?.scenario, { ...args, ...named, fault: [] });
    await askPermission(io, { url: target.url, users: 2, config, allowed: args.iAmAllowedToTest, confirm: args.confirm, stop: interrupts.stop });
    const profile = await learnWire({ io, target, browser, reportsDir: resolve(io.cwd, args.reports), signal: interrupts.stop, logger: cliLogger(io, args.debug ? 'debug' : 'warn', [target.secret]), say: (text) => io.err(`${text}\n`) });
    const text = wireText(profile);
    const path = resolve(io.cwd, args.output);
    try {
      await writeFile(path, text);
    } catch (error) {
      throw new HarnessError('FILE_UNWRITABLE', `cannot write ${relative(io.cwd, path) || path}: ${(error as NodeJS.ErrnoException).code ?? 'not writable'}`, { cause: error });
    }
    const references = profile.join.filter((step) => 'start' in step && JSON.stringify(step.variables).includes('"$from"')).length;
    io.out(`${relative(io.cwd, path) || path}: BigBlueButton ${profile.bbb}, ${profile.join.length} frames of a join with ${profile.operations.length} operations, ${references} of them with values from the server, ${profile.sfu?.length ?? 0} kinds of SFU frames.\n\n`);
    io.out(`Compared with the built-in profile: ${renderWireDiff(diffProfiles(RECORDED_PROFILE, profile), { before: wireText(RECORDED_PROFILE), after: text })}`);
    return 0;
  },
};
