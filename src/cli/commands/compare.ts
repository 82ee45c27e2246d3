import type { Argv } from 'yargs';
import { COMPARE_DEFAULTS } from '../../capacity/compare.js';
import { seededRandom } from '../../core/random.js';
import { compareObserved, type Comparison } from '../../report/comparison.js';
import { renderComparisonJunit, renderComparisonMarkdown } from '../../report/comparison-files.js';
import { renderComparisonText } from '../../report/comparison-text.js';
import type { Command } from '../command.js';
import { loadObserved } from '../load-observed.js';
import { decimal, oneOf, oneText, wholeNumber } from '../options.js';

export interface CompareArgs {
  readonly before: string;
  readonly after: string;
  readonly format: 'text' | 'md' | 'junit';
  readonly json: boolean;
  readonly failOn: 'worse' | 'change' | 'doubt' | 'never';
  readonly confidence: number;
  readonly falseAlarms: number;
  readonly tolerance: number;
  readonly seed: number;
}

const BROKEN = 3;

export const command: Command<CompareArgs> = {
  usage: 'compare <before> <after>',
  describe: 'Says what changed between two runs of a scenario, e.g. before and after an upgrade: each metric as better, same or worse, with the interval of the difference and the size of the effect. A change counts if it is beyond the tolerance of its metric and chance does not explain it. Exits with 3 if anything is worse.',
  examples: [
    { line: 'firstbell compare reports/20261123-070000-demo reports/latest', about: 'Two run folders' },
    { line: 'firstbell compare baseline.json reports/latest --format junit > compare.xml', about: 'With a baseline (see `firstbell baseline`), for CI' },
    { line: 'firstbell compare baseline.json reports/latest --tolerance 2 --fail-on doubt', about: 'Twice the tolerances; too little data fails too' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('before', { type: 'string', coerce: oneText, demandOption: true, describe: 'Run folder, or baseline file' })
      .positional('after', { type: 'string', coerce: oneText, demandOption: true, describe: 'Run folder, or baseline file' })
      .option('format', { coerce: oneOf('format', ['text', 'md', 'junit']), default: 'text', describe: 'text, md (Markdown) or junit' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the comparison as JSON on stdout' })
      .option('fail-on', { coerce: oneOf('fail-on', ['worse', 'change', 'doubt', 'never']), default: 'worse', describe: 'Exit 3 if anything is worse; `change`: or better; `doubt`: worse, or any figure has too little data; `never`: exit 0' })
      .option('confidence', { coerce: decimal('confidence', 0.5, 0.999), default: COMPARE_DEFAULTS.confidence, describe: 'Of the intervals' })
      .option('false-alarms', { coerce: decimal('false-alarms', 0.0001, 0.5), default: COMPARE_DEFAULTS.falseAlarms, describe: 'Share of false alarms among the changes that are told' })
      .option('tolerance', { coerce: decimal('tolerance', 0, 100), default: COMPARE_DEFAULTS.toleranceFactor, describe: 'Factor on every tolerance of docs/compare.md' })
      .option('seed', { coerce: wholeNumber('seed', 0, 4_294_967_295), default: 1, describe: 'Of the random draws: same seed, same answer' }),
  run: async (args, io) => {
    io.err('Reading the runs …\n');
    const [before, after] = [await loadObserved(io, args.before), await loadObserved(io, args.after)];
    io.err('Comparing …\n');
    const { confidence, falseAlarms } = args;
    const comparison = compareObserved(before, after, { random: seededRandom(args.seed), confidence, falseAlarms, toleranceFactor: args.tolerance, replicates: COMPARE_DEFAULTS.replicates });
    io.out(args.json ? `${JSON.stringify(comparison)}\n` : rendered(comparison, args.format, io.outIsTty && io.env['NO_COLOR'] === undefined));
    return fails(comparison, args.failOn) ? BROKEN : 0;
  },
};

function rendered(comparison: Comparison, format: CompareArgs['format'], colour: boolean): string {
  if (format === 'md') return renderComparisonMarkdown(comparison);
  return `${format === 'junit' ? renderComparisonJunit(comparison) : renderComparisonText(comparison, { colour })}\n`;
}

function fails({ rows }: Comparison, failOn: CompareArgs['failOn']): boolean {
  const any = (verdict: Comparison['verdict']): boolean => rows.some((row) => row.verdict === verdict);
  switch (failOn) {
    case 'worse':
      return any('worse');
    case 'change':
      return any('worse') || any('better');
    case 'doubt':
      return any('worse') || any('too-little-data') || rows.length === 0;
    case 'never':
      return false;
  }
}
