import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { Command } from '../command.js';
import { oneText } from '../options.js';
import { remakeReport } from '../remake-report.js';

export interface ReportArgs {
  readonly dir: string;
  readonly json: boolean;
}

export const command: Command<ReportArgs> = {
  usage: 'report <dir>',
  describe: 'Makes summary.json, report.html, junit.xml and report.txt of a run folder again from what was recorded, also of a run that was killed. Exits with the exit code of that run.',
  examples: [
    { line: 'firstbell report reports/latest', about: 'The newest run' },
    { line: 'firstbell report reports/latest --json', about: 'Its summary as JSON' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('dir', { type: 'string', coerce: oneText, demandOption: true, describe: 'Run folder' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the summary as JSON on stdout' }),
  run: async (args, io) => {
    const { summary, text } = await remakeReport(resolve(io.cwd, args.dir));
    io.out(args.json ? `${JSON.stringify(summary)}\n` : `${text({ width: Math.min(io.columns, 100), colour: io.outIsTty && io.env['NO_COLOR'] === undefined })}\n`);
    return summary.exitCode;
  },
};
