import { compareRuns, type CompareOptions, type ComparisonRow } from '../capacity/compare.js';
import type { ObservedRun } from '../capacity/observed.js';
import { counted, dateTime, whole } from './format.js';
import { METRIC_TITLES } from './metric-titles.js';

export type ComparisonVerdict = 'worse' | 'better' | 'same' | 'too-little-data';

/** Two runs beside each other. `firstbell compare --json` prints it (docs/compare.md). */
export interface Comparison {
  readonly schema: 1;
  readonly verdict: ComparisonVerdict;
  /** Why the figures may differ for other reasons than the servers, a sentence each. */
  readonly warnings: readonly string[];
  readonly a: RunLabel;
  readonly b: RunLabel;
  /** Facts that are not the same in both. */
  readonly differences: readonly { readonly what: string; readonly a: string; readonly b: string }[];
  readonly method: { readonly confidence: number; readonly falseAlarms: number; readonly toleranceFactor: number; readonly replicates: number; readonly correction: 'Benjamini-Hochberg' };
  readonly rows: readonly ComparisonRow[];
}

export interface RunLabel {
  readonly run: string;
  readonly scenario: string;
  readonly startedAt: string;
  readonly verdict: string;
  readonly users: ObservedRun['users'];
}

/** Puts two runs beside each other; see `compareRuns` for how a row is judged. */
export function compareObserved(a: ObservedRun, b: ObservedRun, options: CompareOptions): Comparison {
  const rows = compareRuns(a, b, options);
  const { confidence, falseAlarms, toleranceFactor, replicates } = options;
  return {
    schema: 1,
    verdict: verdictOf(rows),
    warnings: warningsOf(a, b),
    a: labelOf(a),
    b: labelOf(b),
    differences: differencesOf(a, b),
    method: { confidence, falseAlarms, toleranceFactor, replicates, correction: 'Benjamini-Hochberg' },
    rows,
  };
}

/** Worse if anything is. Nothing could be tested: too little data, never "same". */
function verdictOf(rows: readonly ComparisonRow[]): ComparisonVerdict {
  for (const verdict of ['worse', 'better', 'same'] as const) if (rows.some((row) => row.verdict === verdict)) return verdict;
  return 'too-little-data';
}

const labelOf = ({ run, scenario, startedAt, verdict, users }: ObservedRun): RunLabel => ({ run, scenario, startedAt, verdict, users });

function warningsOf(a: ObservedRun, b: ObservedRun): readonly string[] {
  const warnings: string[] = [];
  for (const [which, { run, verdict }] of [['first', a], ['second', b]] as const) {
    if (verdict === 'not-delivered') warnings.push(`The generator of the ${which} run (${run}) did not deliver its load: its figures say little about the servers.`);
    if (verdict === 'interrupted' || verdict === 'could-not-run') warnings.push(`The ${which} run (${run}) was not carried out to its end.`);
  }
  if (a.planHash !== b.planHash) {
    if (a.scenarioHash !== b.scenarioHash) warnings.push(`The scenarios differ (${a.scenario}, ${counted(a.users.planned, 'user')}; ${b.scenario}, ${counted(b.users.planned, 'user')}): differences may come from the load.`);
    else warnings.push('The scenario is the same, but the plans differ: another version of Firstbell, or another seed.');
  }
  const [less, more] = [Math.min(a.users.joined, b.users.joined), Math.max(a.users.joined, b.users.joined)];
  if (more > 0 && less < more * 0.9) warnings.push(`${whole(a.users.joined)} users joined in the first run, ${whole(b.users.joined)} in the second.`);
  if (a.environment['Machine'] !== b.environment['Machine']) warnings.push('The runs were made on different machines.');
  return warnings;
}

function differencesOf(a: ObservedRun, b: ObservedRun): Comparison['differences'] {
  const facts = ({ scenario, seed, users, environment, series }: ObservedRun): Readonly<Record<string, string>> => ({ Scenario: scenario, Seed: String(seed), 'Users planned': whole(users.planned), ...environment, Servers: serversOf(series) });
  const ofA = facts(a);
  const ofB = facts(b);
  return [...new Set([...Object.keys(ofA), ...Object.keys(ofB)])].map((what) => ({ what, a: ofA[what] ?? '–', b: ofB[what] ?? '–' })).filter((one) => one.a !== one.b);
}

/** Names of the servers that users were on; many are cut. */
function serversOf(series: ObservedRun['series']): string {
  const names = [...new Set(series.flatMap(({ tag, tagValue }) => (tag === 'server' && tagValue !== undefined ? [tagValue] : [])))].sort();
  const more = names.length - MAX_SERVERS;
  return `${names.slice(0, MAX_SERVERS).join(', ')}${more > 0 ? ` and ${whole(more)} more` : ''}`;
}

const MAX_SERVERS = 10;

/** `Time to join, p95 (server bbb01)`. */
export function rowTitle({ metric, figure, tag, tagValue }: Pick<ComparisonRow, 'metric' | 'figure' | 'tag' | 'tagValue'>): string {
  const name = tag === undefined || tagValue === undefined ? '' : ` (${tag} ${tagValue})`;
  return `${METRIC_TITLES[metric]}, ${FIGURES[figure]}${name}`;
}

const FIGURES = { p50: 'median', p95: 'p95', mean: 'mean' } as const;

/** One sentence on the whole. */
export function comparisonHeadline({ verdict, rows }: Comparison): string {
  const of = (wanted: ComparisonRow['verdict']): number => rows.filter((row) => row.verdict === wanted).length;
  switch (verdict) {
    case 'worse':
      return `The second run is worse in ${whole(of('worse'))} of ${counted(rows.length, 'figure')}${of('better') > 0 ? `, better in ${whole(of('better'))}` : ''}.`;
    case 'better':
      return `The second run is better in ${whole(of('better'))} of ${counted(rows.length, 'figure')}, and worse in none.`;
    case 'same':
      return `No change beyond the tolerances in ${counted(of('same'), 'figure')}${of('too-little-data') > 0 ? `; too little data for ${whole(of('too-little-data'))}` : ''}.`;
    case 'too-little-data':
      return 'Too little data to compare anything.';
  }
}

/** `20261123-070000-demo, 23 November 2026 at 07:00 UTC, held`. */
export const runLine = ({ run, startedAt, verdict }: RunLabel): string => `${run}, ${dateTime(startedAt)}, ${verdict}`;
