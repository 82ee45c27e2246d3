import Table from 'cli-table3';
import pc from 'picocolors';
import type { ComparisonRow } from '../capacity/compare.js';
import { redact } from '../core/redact.js';
import { comparisonHeadline, rowTitle, runLine, type Comparison } from './comparison.js';
import { plain, quantity } from './format.js';

const MARKS = { worse: '✗', better: '▲', same: '=', 'too-little-data': '?' } as const;
const NO_BORDERS = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' };

/** A comparison for a terminal: what changed first, then the rest. No trailing newline. */
export function renderComparisonText(comparison: Comparison, { colour }: { readonly colour: boolean }): string {
  const colours = pc.createColors(colour);
  const paint = { worse: colours.red, better: colours.green, same: (text: string) => text, 'too-little-data': colours.dim };
  const table = new Table({ chars: NO_BORDERS, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] }, colAligns: ['left', 'left', 'right', 'right', 'right', 'left', 'left'] });
  table.push(['', '', 'first', 'second', 'change', 'interval', 'effect'].map((title) => colours.dim(title)));
  const [told, untold] = [inOrder(comparison.rows).filter(({ why }) => why === undefined), comparison.rows.filter(({ why }) => why !== undefined)];
  for (const row of told) table.push([MARKS[row.verdict], rowTitle(row), quantity(row.a, row.unit), quantity(row.b, row.unit), changeOf(row), intervalText(row), effectOf(row)].map((cell) => paint[row.verdict](cell)));
  const { method } = comparison;
  const lines = [
    paint[comparison.verdict](colours.bold(`${MARKS[comparison.verdict]} ${comparison.verdict.replaceAll('-', ' ').toUpperCase()}`)),
    comparisonHeadline(comparison),
    '',
    `First   ${runLine(comparison.a)}`,
    `Second  ${runLine(comparison.b)}`,
    ...comparison.differences.map(({ what, a, b }) => `  ${what}: ${a} → ${b}`),
    ...comparison.warnings.map((warning) => colours.yellow(`! ${warning}`)),
    '',
    ...(told.length === 0 ? [] : table.toString().split('\n').map((line) => line.trimEnd())),
    ...(untold.length === 0 ? [] : ['', 'Too little data:', ...untold.map((row) => paint['too-little-data'](`?  ${rowTitle(row)}: ${row.why}`))]),
    '',
    colours.dim(methodLine(method)),
  ];
  return redact(plain(lines.join('\n')));
}

/** How it was worked out, for all written forms. */
export function methodLine({ confidence, falseAlarms, replicates, toleranceFactor, correction }: Comparison['method']): string {
  const times = toleranceFactor === 1 ? '' : ` × ${toleranceFactor}`;
  return `${Math.round(confidence * 100)} % intervals by bootstrap over intervals and meetings (${replicates} draws); effect: Cliff's delta (δ) or Cohen's h; false alarms at most ${falseAlarms * 100} % of changes (${correction}); tolerances of docs/compare.md${times}.`;
}

/** Changes first. */
export function inOrder(rows: readonly ComparisonRow[]): readonly ComparisonRow[] {
  const order = ['worse', 'better', 'same', 'too-little-data'] as const;
  return order.flatMap((verdict) => rows.filter((row) => row.verdict === verdict));
}

/** `+800 ms (+40 %)`; why not where there is too little data. */
export function changeOf({ difference, a, unit, why }: ComparisonRow): string {
  if (difference === undefined) return why ?? '';
  const percent = a === undefined || a === 0 || unit === 'ratio' ? '' : ` (${signed(difference.value, `${Math.abs(Math.round((difference.value / a) * 100))} %`)})`;
  return `${signedQuantity(difference.value, unit)}${percent}`;
}

export function intervalText({ difference, unit }: ComparisonRow): string {
  return difference === undefined ? '' : `${signedQuantity(difference.low, unit)} … ${signedQuantity(difference.high, unit)}`;
}

export function effectOf({ effect }: ComparisonRow): string {
  return effect === undefined ? '' : `${effect.size} (${effect.name === "Cohen's h" ? 'h' : 'δ'} ${effect.value.toFixed(2)})`;
}

/** Shares change by percentage points. */
function signedQuantity(value: number, unit: ComparisonRow['unit']): string {
  if (unit === 'ratio') return signed(value, `${Number((Math.abs(value) * 100).toFixed(2))} pp`);
  return signed(value, quantity(Math.abs(value), unit));
}

const signed = (value: number, text: string): string => (/^0(\.0*)?\D*$/.test(text) ? text : `${value < 0 ? '−' : '+'}${text}`);
