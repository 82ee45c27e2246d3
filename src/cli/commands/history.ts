import { readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../../core/errors.js';
import { messageOf } from '../../core/errors.js';
import { renderHistory, type HistoryEntry } from '../../report/html/history.js';
import { unwritable } from '../../report/line-file.js';
import { readSummary, type PastRun } from '../../report/read-summary.js';
import { RUN_FILES } from '../../report/run-data.js';
import type { Command } from '../command.js';
import { oneText, textList } from '../options.js';

export interface HistoryArgs {
  readonly runs: readonly string[];
  readonly scenario: string | undefined;
  readonly output: string;
}

export const command: Command<HistoryArgs> = {
  usage: 'history [runs..]',
  describe: 'Makes one page of many runs: verdicts, users, time to join, errors and each metric from run to run, with links to the reports. One file without scripts or network. Runs that cannot be read are named and left out.',
  examples: [
    { line: 'firstbell history', about: 'Every run in reports/, as reports/history.html' },
    { line: 'firstbell history reports --scenario first-bell-demo', about: 'Only runs of one scenario' },
    { line: 'firstbell history reports/20261123-070000-demo reports/latest -o trend.html', about: 'These two' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('runs', { type: 'string', array: true, coerce: textList, default: ['reports'], describe: 'Run folders, or folders of run folders' })
      .option('scenario', { coerce: oneText, describe: 'Only runs of the scenario with this name' })
      .option('output', { alias: 'o', coerce: oneText, default: join('reports', 'history.html'), describe: 'File to write; an older one is replaced' }),
  run: async (args, io) => {
    const path = resolve(io.cwd, args.output);
    const byId = new Map<string, HistoryEntry>();
    for (const dir of await runFolders(args.runs.map((one) => resolve(io.cwd, one)))) {
      const run = await readSummary(dir).catch((error: unknown) => {
        io.err(`left out: ${messageOf(error)}\n`);
      });
      // `latest` leads to a run that is there by its own name too.
      if (run && matches(run, args.scenario) && !byId.has(run.run)) byId.set(run.run, { run, href: await hrefOf(dir, path) });
    }
    if (byId.size === 0) throw new HarnessError('FILE_UNREADABLE', `no finished run was found in ${args.runs.join(', ')}${args.scenario === undefined ? '' : ` for the scenario "${args.scenario}"`}`, { hint: 'name run folders, or a folder that has some' });
    await writeFile(path, renderHistory([...byId.values()])).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    io.out(`${args.output}: ${byId.size} ${byId.size === 1 ? 'run' : 'runs'}\n`);
    return 0;
  },
};

const matches = ({ scenario }: PastRun, wanted: string | undefined): boolean => wanted === undefined || scenario === wanted;

/** Folders that are runs, and the runs in folders that are none; each name of a run before its shortcut. */
async function runFolders(dirs: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const dir of dirs) {
    if (await exists(join(dir, RUN_FILES.meta))) found.push(dir);
    else {
      const inside = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
        throw new HarnessError('FILE_UNREADABLE', `cannot read ${dir}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint: 'name run folders, or a folder that has some' });
      });
      for (const entry of inside) if (entry.isDirectory() && (await exists(join(dir, entry.name, RUN_FILES.meta)))) found.push(join(dir, entry.name));
    }
  }
  return found;
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

async function hrefOf(dir: string, page: string): Promise<string | undefined> {
  const report = join(dir, RUN_FILES.html);
  if (!(await exists(report))) return undefined;
  const steps = relative(dirname(page), report).split(sep);
  return `./${steps.map((step) => encodeURIComponent(step)).join('/')}`;
}
