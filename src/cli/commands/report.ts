import { join, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { printPdf } from '../../browser/print-pdf.js';
import { exitCodeOf } from '../../capacity/capacity.js';
import { capacityText } from '../../capacity/capacity-text.js';
import { capacityCsv, capacityMarkdown } from '../../report/capacity/documents.js';
import { CAPACITY_FILES, readCapacity } from '../../report/capacity/read-capacity.js';
import { renderIntervalsCsv, renderMetricsCsv } from '../../report/csv.js';
import { LANGUAGES, type Lang } from '../../report/format.js';
import { renderMarkdown } from '../../report/report-markdown.js';
import { RUN_FILES } from '../../report/run-data.js';
import { writeWhole } from '../../report/write.js';
import { browserHere } from '../browser-here.js';
import type { Command } from '../command.js';
import type { Io } from '../io.js';
import { oneOf, oneText } from '../options.js';
import { isCapacityFolder, remakeCapacity } from '../remake-capacity.js';
import { remakeReport, type RemadeReport } from '../remake-report.js';
import { stepsInLanguage } from '../step-languages.js';

type Format = 'html' | 'pdf' | 'md' | 'json' | 'csv' | 'junit' | 'text';

export interface ReportArgs {
  readonly dir: string;
  readonly format: Format | undefined;
  readonly lang: Lang | undefined;
  readonly json: boolean;
}

const FORMATS: readonly Format[] = ['html', 'pdf', 'md', 'json', 'csv', 'junit', 'text'];

export const command: Command<ReportArgs> = {
  usage: 'report <dir>',
  describe: 'Makes summary.json, report.html, junit.xml and report.txt of a run folder again from what was recorded, also of a run that was killed. Exits with the exit code of that run. Of the folder of a capacity search it makes capacity.html, capacity.txt and junit.xml, and the reports of its steps where they are in another language, and exits as that search did.',
  examples: [
    { line: 'firstbell report reports/latest', about: 'The newest run' },
    { line: 'firstbell report reports/latest --json', about: 'Its summary as JSON' },
    { line: 'firstbell report reports/latest --format pdf', about: 'report.pdf in the run folder, for paper and mail' },
    { line: 'firstbell report reports/capacity-crowd --format pdf --lang de', about: 'capacity.pdf of a capacity search, in German' },
    { line: 'firstbell report reports/latest --lang de', about: 'report.html in German' },
    { line: 'firstbell report reports/latest --format csv', about: 'metrics.csv and intervals.csv, for a spreadsheet' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('dir', { type: 'string', coerce: oneText, demandOption: true, describe: 'Run folder, or folder of a capacity search' })
      .option('format', { coerce: oneOf('format', FORMATS), describe: `One of ${FORMATS.join(', ')}: makes this form too if it is none of the four, prints the paths of its files, and exits with 0` })
      .option('lang', { coerce: oneOf('lang', LANGUAGES), describe: 'Language of the report (HTML, PDF, Markdown): de or en (default en)' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the summary as JSON on stdout' }),
  run: async (args, io) => {
    const dir = resolve(io.cwd, args.dir);
    if (args.format === 'pdf') io.err('Making the report, then printing it …\n');
    if (await isCapacityFolder(dir)) return reportCapacity(dir, args, io);
    const remade = await remakeReport(dir, args.lang);
    if (args.format !== undefined) {
      for (const name of await make(args.format, dir, remade, args.lang, io)) io.out(`${relative(io.cwd, join(dir, name))}\n`);
      return 0;
    }
    const { summary, text } = remade;
    io.out(args.json ? `${JSON.stringify(summary)}\n` : `${text({ width: Math.min(io.columns, 100), colour: io.outIsTty && io.env['NO_COLOR'] === undefined })}\n`);
    return summary.exitCode;
  },
};

/** Writes what a report does not have anyway; resolves with the names of the files of the format. */
async function make(format: Format, dir: string, { summary, data }: RemadeReport, lang: Lang | undefined, io: Io): Promise<readonly string[]> {
  switch (format) {
    case 'html':
      return [RUN_FILES.html];
    case 'json':
      return [RUN_FILES.summary];
    case 'junit':
      return [RUN_FILES.junit];
    case 'text':
      return [RUN_FILES.text];
    case 'md':
      await writeWhole(join(dir, RUN_FILES.markdown), renderMarkdown(summary, lang));
      return [RUN_FILES.markdown];
    case 'csv':
      await writeWhole(join(dir, RUN_FILES.metricsCsv), renderMetricsCsv(summary));
      await writeWhole(join(dir, RUN_FILES.intervalsCsv), renderIntervalsCsv(data.snapshots));
      return [RUN_FILES.metricsCsv, RUN_FILES.intervalsCsv];
    case 'pdf':
      await print(io, join(dir, RUN_FILES.html), join(dir, RUN_FILES.pdf));
      return [RUN_FILES.pdf];
  }
}

async function print(io: Io, htmlPath: string, pdfPath: string): Promise<void> {
  const { executablePath } = await browserHere(io);
  await printPdf({ executablePath, root: process.getuid?.() === 0, htmlPath, pdfPath });
}

async function reportCapacity(dir: string, { format, json, lang = 'en' }: ReportArgs, io: Io): Promise<number> {
  const capacity = await readCapacity(dir);
  await stepsInLanguage({ dir, capacity, lang, clock: io.clock, say: (text) => io.err(`${text}\n`) });
  await remakeCapacity(dir, capacity, lang);
  if (format === undefined) {
    io.out(json ? `${JSON.stringify(capacity)}\n` : capacityText(capacity));
    return exitCodeOf(capacity);
  }
  const name = CAPACITY_NAMES[format];
  if (format === 'md') await writeWhole(join(dir, name), capacityMarkdown(capacity, lang));
  if (format === 'csv') await writeWhole(join(dir, name), capacityCsv(capacity));
  if (format === 'pdf') await print(io, join(dir, CAPACITY_FILES.html), join(dir, name));
  io.out(`${relative(io.cwd, join(dir, name))}\n`);
  return 0;
}

const CAPACITY_NAMES: Readonly<Record<Format, string>> = { html: CAPACITY_FILES.html, pdf: CAPACITY_FILES.pdf, md: CAPACITY_FILES.markdown, json: CAPACITY_FILES.json, csv: CAPACITY_FILES.csv, junit: CAPACITY_FILES.junit, text: CAPACITY_FILES.text };
