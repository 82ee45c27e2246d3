import { readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError, messageOf } from '../../core/errors.js';
import { CAPACITY_FILES, readCapacity } from '../../report/capacity/read-capacity.js';
import { LANGUAGES, plain, type Lang } from '../../report/format.js';
import { renderHistory, type HistoryEntry } from '../../report/html/history.js';
import type { PastSearch } from '../../report/html/history-searches.js';
import { unwritable } from '../../report/line-file.js';
import { readSummary } from '../../report/read-summary.js';
import { RUN_FILES } from '../../report/run-data.js';
import { HISTORY_EN } from '../../report/words/history-en.js';
import type { Command } from '../command.js';
import { oneOf, oneText, textList } from '../options.js';
import { isCapacityFolder } from '../remake-capacity.js';

export interface HistoryArgs {
  readonly runs: readonly string[];
  readonly scenario: string | undefined;
  readonly output: string;
  readonly lang: Lang | undefined;
}

export const command: Command<HistoryArgs> = {
  usage: 'history [runs..]',
  describe: 'Makes one page of many runs and capacity searches: verdicts, users, time to join, errors and each metric from run to run, the users that each search found to be held, with links to the reports. One file without scripts or network. What cannot be read is named and left out.',
  examples: [
    { line: 'firstbell history', about: 'Every run and capacity search in reports/, as reports/history.html' },
    { line: 'firstbell history --lang de', about: 'The same in German' },
    { line: 'firstbell history reports --scenario first-bell-demo', about: 'Only runs of one scenario' },
    { line: 'firstbell history reports/20261123-070000-demo reports/latest -o trend.html', about: 'These two' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('runs', { type: 'string', array: true, coerce: textList, default: ['reports'], describe: 'Folders of runs or capacity searches, or folders that have some' })
      .option('scenario', { coerce: oneText, describe: 'Only runs and searches of the scenario with this name' })
      .option('output', { alias: 'o', coerce: oneText, default: join('reports', 'history.html'), describe: 'File to write; an older one is replaced' })
      .option('lang', { coerce: oneOf('lang', LANGUAGES), describe: 'Language of the page: de or en (default en)' }),
  run: async (args, io) => {
    const path = resolve(io.cwd, args.output);
    const wanted = ({ scenario }: { readonly scenario: string }): boolean => args.scenario === undefined || scenario === args.scenario;
    const leftOut = (error: unknown): undefined => void io.err(`left out: ${messageOf(error)}\n`);
    const runs = new Map<string, HistoryEntry>();
    const searches = new Map<string, PastSearch>();
    for (const { dir, kind } of await foldersIn(args.runs.map((one) => resolve(io.cwd, one)))) {
      if (kind === 'run') {
        const run = await readSummary(dir).catch(leftOut);
        // `latest` leads to a run that is there by its own name too.
        if (run && wanted(run) && !runs.has(run.run)) runs.set(run.run, { run, href: await hrefOf(join(dir, RUN_FILES.html), path) });
      } else {
        const capacity = await readCapacity(dir).catch(leftOut);
        const real = await realpath(dir);
        if (capacity && wanted(capacity) && !searches.has(real)) searches.set(real, { name: basename(real), capacity, href: await hrefOf(join(dir, CAPACITY_FILES.html), path) });
      }
    }
    if (runs.size + searches.size === 0) throw new HarnessError('FILE_UNREADABLE', `no finished run was found in ${args.runs.join(', ')}${args.scenario === undefined ? '' : ` for the scenario "${args.scenario}"`}`, { hint: HINT });
    await writeFile(path, renderHistory({ runs: [...runs.values()], searches: [...searches.values()] }, args.lang)).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    io.out(`${args.output}: ${plain(HISTORY_EN.both(runs.size, searches.size))}\n`);
    return 0;
  },
};

const HINT = 'name folders of runs or of capacity searches, or a folder that has some';

interface Found {
  readonly dir: string;
  readonly kind: 'run' | 'search';
}

/** Folders that are runs or capacity searches, and those in folders that are neither; each name of a run before its shortcut. The steps of a search are its own. */
async function foldersIn(dirs: readonly string[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const dir of dirs) {
    const kind = await kindOf(dir);
    if (kind !== undefined) {
      found.push({ dir, kind });
      continue;
    }
    const inside = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
      throw new HarnessError('FILE_UNREADABLE', `cannot read ${dir}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint: HINT });
    });
    for (const entry of inside) {
      const one = join(dir, entry.name);
      const kindInside = entry.isDirectory() ? await kindOf(one) : undefined;
      if (kindInside !== undefined) found.push({ dir: one, kind: kindInside });
    }
  }
  return found;
}

async function kindOf(dir: string): Promise<Found['kind'] | undefined> {
  if (await exists(join(dir, RUN_FILES.meta))) return 'run';
  return (await isCapacityFolder(dir)) ? 'search' : undefined;
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

/** Address of a report from the page; undefined: it is not there. */
async function hrefOf(report: string, page: string): Promise<string | undefined> {
  if (!(await exists(report))) return undefined;
  const steps = relative(dirname(page), report).split(sep);
  return `./${steps.map((step) => encodeURIComponent(step)).join('/')}`;
}
