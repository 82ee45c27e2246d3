import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { unwritable } from '../../report/line-file.js';
import { renderBaseline } from '../../report/baseline.js';
import type { Command } from '../command.js';
import { loadObserved } from '../load-observed.js';
import { oneText } from '../options.js';

export interface BaselineArgs {
  readonly run: string;
  readonly output: string;
}

export const command: Command<BaselineArgs> = {
  usage: 'baseline <run>',
  describe: 'Keeps what a comparison needs of a run in one file, so that CI can compare with it when the run folder is gone. It holds figures, no names of users or meetings.',
  examples: [
    { line: 'firstbell baseline reports/latest', about: 'Writes baseline.json' },
    { line: 'firstbell baseline reports/20261123-070000-demo --output baselines/3.0.19.json', about: 'One for each version of the target' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('run', { type: 'string', coerce: oneText, demandOption: true, describe: 'Run folder' })
      .option('output', { alias: 'o', coerce: oneText, default: 'baseline.json', describe: 'File to write; an older one is replaced' }),
  run: async (args, io) => {
    const observed = await loadObserved(io, args.run);
    const path = resolve(io.cwd, args.output);
    await writeFile(path, renderBaseline(observed)).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    io.err(`${args.output}: ${observed.run}, ${observed.series.length} series, verdict ${observed.verdict}\n`);
    return 0;
  },
};
