import { availableParallelism, hostname, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../../core/errors.js';
import { packageVersion } from '../../core/paths.js';
import { CALIBRATED_KINDS, KIND_NAMES, type CalibratedKind, type CalibratedUsers, type Calibration } from '../../schedule/calibration.js';
import { DEFAULT_COSTS } from '../../schedule/generators.js';
import { browserHere } from '../browser-here.js';
import { judgeRamp, rampFor, rampScenario } from '../calibrate-ramp.js';
import { calibrationPath, writeCalibration } from '../calibration-file.js';
import type { Command } from '../command.js';
import { listenForInterrupts } from '../interrupts.js';
import type { Io } from '../io.js';
import { thisMachine } from '../machine.js';
import { oneText } from '../options.js';
import { runInChild } from '../run-child.js';

export interface CalibrateArgs {
  readonly quick: boolean;
  readonly out: string | undefined;
  readonly json: boolean;
}

export const command: Command<CalibrateArgs> = {
  usage: 'calibrate',
  describe:
    'Finds how many users of each kind this machine carries with every limit kept by which a run says that it was delivered: brings more and more of them to a simulator on the same machine. The simulator takes a part of the cores that is not counted as cost of the users, so a machine of its own carries more than is measured here. `firstbell plan` and `firstbell worker` use what it writes, and give the machine no more users than it carried when a limit broke.',
  examples: [
    { line: 'firstbell calibrate', about: 'About six minutes; leave the machine alone meanwhile' },
    { line: 'firstbell calibrate --quick', about: 'Under two minutes: what a user costs, hardly ever where the limit is' },
    { line: 'firstbell calibrate --quick --out generator.json', about: 'For `firstbell plan SCENARIO --calibration generator.json` elsewhere' },
  ],
  options: (yargs: Argv) =>
    yargs
      .option('quick', { type: 'boolean', default: false, describe: 'Fewer users for a shorter time' })
      .option('out', { coerce: oneText, describe: 'File to write (default: $XDG_CONFIG_HOME/firstbell/calibration.json, else ~/.config/firstbell/calibration.json)' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the calibration as JSON on stdout, too' }),
  run: async (args, io) => {
    const path = args.out === undefined ? calibrationPath(io) : resolve(io.cwd, args.out);
    if (path === undefined) throw new HarnessError('USAGE', 'the environment names no home for the calibration', { hint: 'name a file with --out' });
    using interrupts = listenForInterrupts(io);
    const kinds: Partial<Record<CalibratedKind, CalibratedUsers>> = {};
    for (const kind of CALIBRATED_KINDS) {
      const users = await calibrated(io, kind, args.quick, interrupts.stop);
      if (users) kinds[kind] = users;
    }
    const calibration: Calibration = {
      schema: 2,
      at: new Date(io.clock.wallMs()).toISOString(),
      firstbell: packageVersion(),
      quick: args.quick,
      machine: { name: hostname(), cores: availableParallelism(), memoryMb: Math.round(totalmem() / 2 ** 20), cpu: thisMachine().cpu },
      usable: DEFAULT_COSTS.usable,
      kinds,
    };
    await writeCalibration(path, calibration);
    io.out(args.json ? `${JSON.stringify(calibration)}\n` : renderCalibration(calibration));
    io.err(`Written to ${path}\n`);
    return 0;
  },
};

async function calibrated(io: Io, kind: CalibratedKind, quick: boolean, stop: AbortSignal): Promise<CalibratedUsers | undefined> {
  const ramp = rampFor(kind, availableParallelism(), quick);
  if (kind === 'browser' && !(await hasBrowser(io))) {
    io.err(`${KIND_NAMES[kind]}: left out, there is no browser here (FIRSTBELL_BROWSER)\n`);
    return undefined;
  }
  io.err(`${KIND_NAMES[kind]}: up to ${ramp.users} users in ${ramp.rampS} s, held for ${ramp.holdS} s …\n`);
  const users = judgeRamp(await runInChild(io, rampScenario(kind, ramp), stop), ramp, DEFAULT_COSTS.usable);
  if (!users) io.err(`${KIND_NAMES[kind]}: nothing to say, nobody was in or this system does not tell what processes cost\n`);
  return users;
}

async function hasBrowser(io: Io): Promise<boolean> {
  return browserHere(io).then(
    () => true,
    () => false,
  );
}

/** A table for people. */
export function renderCalibration({ machine, kinds, usable, quick }: Calibration): string {
  const rows = CALIBRATED_KINDS.flatMap((kind) => {
    const one = kinds[kind];
    if (!one) return [];
    const { users, broke, coresPerUser, mbPerUser, allCoresUsers } = one;
    const why = broke ? `${broke.what}: ${figure(broke.value)} ${broke.unit}, limit ${figure(broke.limit)}` : 'nothing broke';
    return [[KIND_NAMES[kind], broke ? String(users) : `${users} or more`, `${(coresPerUser * 1_000).toFixed(coresPerUser < 0.01 ? 2 : 0)} ms/s`, `${mbPerUser.toFixed(1)} MB`, String(allCoresUsers), why]];
  });
  const table = [['Users', 'carried', 'CPU each', 'memory', 'all cores*', 'what broke first'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
  return `${machine.name}: ${machine.cores} cores, ${Math.round(machine.memoryMb / 1_024)} GB (${machine.cpu})\n\n${lines.join('\n')}\n
Carried: with a simulator on the same machine, which takes cores too${quick ? '; --quick asks for few users' : ''}.
* Extrapolated from the CPU of one user: all ${machine.cores} cores for users, ${Math.round(usable * 100)} % of them used, the target elsewhere.\n`;
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}
