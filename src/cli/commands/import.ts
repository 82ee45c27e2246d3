import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../../core/errors.js';
import { checkScenario } from '../../scenario/check.js';
import { IMPORT_LIMITS, type ImportData, type ImportRead } from '../../scenario/import/import-data.js';
import { readCsv } from '../../scenario/import/read-csv.js';
import { readPrometheus } from '../../scenario/import/read-prometheus.js';
import { writeScenario } from '../../scenario/import/write-scenario.js';
import { planScenario } from '../../schedule/plan-scenario.js';
import { userCurve } from '../../schedule/present.js';
import { userChart, whole } from '../../schedule/user-chart.js';
import type { Command } from '../command.js';
import type { Io } from '../io.js';
import { decimal, oneText, wholeNumber } from '../options.js';

export interface ImportArgs {
  readonly files: readonly string[];
  readonly out: string | undefined;
  readonly force: boolean;
  readonly name: string | undefined;
  readonly timeZone: string;
  readonly scale: number;
  readonly speed: number;
  readonly servers: number;
  readonly points: number;
}

export const command: Command<ImportArgs> = {
  usage: 'import <files..>',
  describe:
    'Makes a scenario of what a fleet has carried: the answer of a Prometheus range query (bbb_meetings_participants, bbb_meetings), a CSV table of them over time, or a CSV list of meetings with start, end and size. Prints the scenario, and shows what was asked for beside what is planned.',
  examples: [
    { line: 'firstbell import users.json meetings.json --time-zone Europe/Berlin --out scenarios/our-monday.yaml', about: 'Two range queries: users, and meetings, over the same morning' },
    { line: 'firstbell import meetings.csv --scale 10% --speed 12 > scenarios/small-monday.yaml', about: 'A list of meetings; a tenth of them, twelve times faster' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'JSON or CSV; several of the same fleet and time are put together' })
      .option('out', { alias: 'o', coerce: oneText, describe: 'Write the scenario to this file instead of printing it' })
      .option('force', { type: 'boolean', default: false, describe: 'Overwrite the file if it exists' })
      .option('name', { coerce: oneText, describe: 'Name of the scenario (default: that of the first file)' })
      .option('time-zone', { coerce: oneText, default: 'UTC', describe: 'Zone whose clock the scenario shows, e.g. Europe/Berlin' })
      .option('scale', { coerce: scaleOf, default: '1', describe: 'Share of the users (or of the meetings of a list), e.g. 10% or 0.1' })
      .option('speed', { coerce: decimal('speed', 0.1, 1_000), default: '1', describe: 'So many times faster, e.g. 12' })
      .option('servers', { coerce: wholeNumber('servers', 1, 1_000), default: '4', describe: 'Servers of the fleet' })
      .option('points', { coerce: wholeNumber('points', 2, 2_000), default: '200', describe: 'Points of a curve at most' }),
  run: async (args, io) => {
    const data = together(await Promise.all(args.files.map((file) => readOne(io, file))));
    requireZone(args.timeZone);
    const source = args.files.map((file) => basename(file)).join(', ');
    const written = writeScenario(data, { ...args, name: args.name ?? basename(args.files[0]!).replace(/\.[^.]+$/, ''), source });
    if ('problem' in written) throw new HarnessError('IMPORT_INVALID', `${source}: ${written.problem}`);
    const checked = checkScenario(written.text, source);
    // What was read is bounded, but its sum may be more than a plan carries.
    if (!checked.ok) throw new HarnessError('IMPORT_INVALID', `the scenario would not be sound: ${checked.problems[0]!.message}`, { hint: checked.problems[0]!.help ?? 'give a smaller --scale' });
    if (args.out === undefined) io.out(written.text);
    else await write(io, args.out, written.text, args.force);

    const plan = planScenario(checked.scenario);
    const points = userCurve(plan, COMPARED);
    const off = points.map(({ atMs, users }) => Math.abs(users - written.asked(atMs)));
    const peak = Math.max(...points.map(({ most }) => most));
    io.err(`\n${userChart(plan, Math.min(io.columns, 100), undefined, written.asked).join('\n')}\n\n`);
    io.err(`  line: planned, at most ${whole(peak)} users · dots: asked for, where it differs\n`);
    io.err(`  apart by ${(off.reduce((sum, one) => sum + one, 0) / off.length).toFixed(1)} users on average, ${whole(Math.max(...off))} at most\n`);
    for (const note of written.notes) io.err(`  ${note}\n`);
    if (args.out !== undefined) io.err(`Written: ${relative(io.cwd, resolve(io.cwd, args.out))}; see it with \`firstbell plan\`\n`);
    return 0;
  },
};

/** Instants at which asked and planned are compared. */
const COMPARED = 2_000;

function scaleOf(value: unknown): number {
  const text = oneText(value) ?? '';
  const percent = /^(\d+(?:\.\d+)?)\s?%$/.exec(text);
  const scale = percent ? Number(percent[1]) / 100 : Number(text);
  if (text.trim() === '' || !(scale > 0 && scale <= 100)) throw new HarnessError('USAGE', `--scale takes a share such as 10% or 0.1, got "${text}"`);
  return scale;
}

function requireZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
  } catch {
    throw new HarnessError('USAGE', `there is no time zone "${timeZone.slice(0, 60)}"`, { hint: 'for example Europe/Berlin' });
  }
}

async function readOne(io: Io, file: string): Promise<ImportData> {
  const path = resolve(io.cwd, file);
  const text = await textOf(path, relative(io.cwd, path) || path);
  const read: ImportRead = /^\s*[{[]/.test(text) ? readPrometheus(text) : readCsv(text);
  if (read.ok) return read.data;
  const [first, ...more] = read.problems;
  throw new HarnessError('IMPORT_INVALID', [`${file}: ${first?.where}: ${first?.message}`, ...more.map(({ where, message }) => `${file}: ${where}: ${message}`)].join('\n'), {
    hint: 'docs/school-day.md shows what can be read',
  });
}

async function textOf(path: string, shown: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > IMPORT_LIMITS.bytes) throw new HarnessError('IMPORT_INVALID', `${shown} has ${size} bytes; at most ${IMPORT_LIMITS.bytes} are read`, { hint: 'query with a longer step' });
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${shown}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint: 'give JSON of a range query, or CSV', cause: error });
  }
}

/** Users and meetings often come from two queries. */
function together(all: readonly ImportData[]): ImportData {
  const [first, ...more] = all;
  if (!first || more.length === 0) return first!;
  if (all.some(({ kind }) => kind !== first.kind)) throw new HarnessError('IMPORT_INVALID', 'one file is a series over time, another a list of meetings', { hint: 'import them one by one' });
  const series = all.flatMap((one) => (one.kind === 'series' ? [one] : []));
  if (series.length === 0) return { kind: 'meetings', list: all.flatMap((one) => (one.kind === 'meetings' ? one.list : [])) };
  if (series.filter(({ users }) => users.length > 0).length > 1) throw new HarnessError('IMPORT_INVALID', 'several files have users over time', { hint: 'sum them up in the query, or give one file of users and one of meetings' });
  return { kind: 'series', users: series.flatMap(({ users }) => users), meetings: series.find(({ meetings }) => meetings.length > 0)?.meetings ?? [] };
}

async function write(io: Io, file: string, text: string, force: boolean): Promise<void> {
  const path = resolve(io.cwd, file);
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new HarnessError('FILE_UNWRITABLE', `cannot write ${relative(io.cwd, path)}: ${code ?? 'unwritable'}`, { hint: code === 'EEXIST' ? 'it exists; give --force to overwrite it' : 'give another path', cause: error });
  }
}
