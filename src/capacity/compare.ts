import type { Random } from '../core/random.js';
import { METRICS, type MetricName, type TagName, type Unit } from '../metrics/catalogue.js';
import { bootstrap, sampleOf, wholeFigure } from './bootstrap.js';
import { cliffsDelta, cohensH, type EffectSize } from './effect-size.js';
import { measures, type Figure, type Measure } from './measures.js';
import type { Block, Blocking, ObservedRun, ObservedSeries } from './observed.js';

export type RowVerdict = 'better' | 'same' | 'worse' | 'too-little-data';

/** One figure of one metric in both runs. Values are in `unit`. */
export interface ComparisonRow {
  readonly metric: MetricName;
  readonly tag?: TagName;
  readonly tagValue?: string;
  readonly figure: Figure;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
  readonly verdict: RowVerdict;
  /** Undefined: nothing was measured in that run. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly counts: { readonly a: number; readonly b: number };
  /** b − a with its confidence interval; undefined with too little data. */
  readonly difference?: { readonly value: number; readonly low: number; readonly high: number };
  /** A change of no more than this is none. */
  readonly tolerance?: number;
  readonly effect?: EffectSize;
  /** Chance of such a difference without a change beyond the tolerance, corrected for the number of comparisons (Benjamini–Hochberg). */
  readonly p?: number;
  /** Over which blocks chance was taken, and how many there are. */
  readonly over?: { readonly blocks: Blocking; readonly a: number; readonly b: number; /** The same blocks were drawn of both, as both had the same plan. */ readonly paired: boolean };
  /** Of too little data: what is missing. */
  readonly why?: string;
}

export interface CompareOptions {
  readonly random: Random;
  /** Of the intervals, 0–1. */
  readonly confidence: number;
  /** Share of false alarms that is accepted among all changes that are told, 0–1. */
  readonly falseAlarms: number;
  /** Factor on every tolerance; 1 as they stand in the table of measures. */
  readonly toleranceFactor: number;
  /** Times that chance is dealt again. */
  readonly replicates: number;
}

export const COMPARE_DEFAULTS = { confidence: 0.95, falseAlarms: 0.05, toleranceFactor: 1, replicates: 2_000 } as const;

/** Fewer blocks tell nothing about chance; fewer values nothing about a figure (a p95 of 20 values is their largest). */
const MIN_BLOCKS = 8;
const MIN_VALUES: Readonly<Record<Figure, number>> = { p50: 20, mean: 20, p95: 60 };

/**
 * Compares two runs figure by figure: b is worse where it lies beyond the tolerance on the bad side, and chance does not explain it.
 * Chance is taken over intervals and over meetings, and the wider of both counts. All comparisons together keep the share of false
 * alarms (Benjamini–Hochberg). Servers that only one of the runs had are left out. Deterministic for a seeded `random`.
 */
export function compareRuns(a: ObservedRun, b: ObservedRun, options: CompareOptions): readonly ComparisonRow[] {
  const index = (run: ObservedRun) => new Map(run.series.map((series) => [keyOf(series), series]));
  const ofA = index(a);
  const ofB = index(b);
  const tested: Tested[] = [];
  for (const { measure, figure, key } of asked(measures(), [...a.series, ...b.series].filter((one) => one.tag !== 'server' || (ofA.has(keyOf(one)) && ofB.has(keyOf(one)))))) {
    // Each row draws for itself, so that a row more does not change the others.
    tested.push(compareSeries({ measure, figure, a: ofA.get(key), b: ofB.get(key) }, { ...options, samePlan: a.planHash === b.planHash, random: options.random.derive(tested.length) }));
  }
  return corrected(tested, options.falseAlarms);
}

interface Asked {
  readonly measure: Measure;
  readonly figure: Figure;
  readonly key: string;
}

const keyOf = ({ metric, tag, tagValue }: Pick<ObservedSeries, 'metric' | 'tag' | 'tagValue'>): string => JSON.stringify([metric, tag ?? '', tagValue ?? '']);

function asked(all: readonly Measure[], series: readonly ObservedSeries[]): readonly Asked[] {
  const known = new Map<string, ObservedSeries>();
  for (const one of series) known.set(keyOf(one), one);
  return all.flatMap((measure) => {
    const mine = [...known].filter(([, { metric }]) => metric === measure.metric).sort(([x], [y]) => (x < y ? -1 : 1));
    return mine.flatMap(([key, { tag }]) => {
      const figure = tag === undefined ? undefined : measure.by[tag];
      const figures = tag === undefined ? measure.figures : figure === undefined ? [] : [figure];
      return figures.map((one) => ({ measure, figure: one, key }));
    });
  });
}

interface Tested {
  readonly row: ComparisonRow;
  /** One-sided, of the side on which the difference lies; undefined: not tested. */
  readonly p: number | undefined;
  readonly side: 'better' | 'worse';
}

interface Pair {
  readonly measure: Measure;
  readonly figure: Figure;
  readonly a: ObservedSeries | undefined;
  readonly b: ObservedSeries | undefined;
}

function compareSeries({ measure, figure, a, b }: Pair, options: DealOptions): Tested {
  const { metric, better } = measure;
  const { tag, tagValue } = (a ?? b)!;
  const all = { a: anyBlocks(a), b: anyBlocks(b) };
  const value = (blocks: readonly Block[]): number | undefined => (blocks.length === 0 ? undefined : wholeFigure(sampleOf(blocks, figure)));
  const base = {
    metric,
    ...(tag === undefined ? {} : { tag }),
    ...(tagValue === undefined ? {} : { tagValue }),
    figure,
    unit: METRICS[metric].kind === 'counter' ? ('ratio' as const) : METRICS[metric].unit,
    better,
    a: value(all.a),
    b: value(all.b),
    counts: { a: countOf(all.a), b: countOf(all.b) },
  };
  const why = missing(base, figure);
  const dealt = why === undefined ? widest(a!, b!, figure, options) : undefined;
  if (dealt === undefined || base.a === undefined || base.b === undefined) {
    return { row: { ...base, verdict: 'too-little-data', why: why ?? `fewer than ${MIN_BLOCKS} intervals or meetings with values` }, p: undefined, side: 'worse' };
  }
  const sign = better === 'lower' ? 1 : -1;
  const toleranceAt = (before: number): number => options.toleranceFactor * Math.max(measure.relative * Math.abs(before), measure.absolute);
  const difference = base.b - base.a;
  const side = difference * sign > 0 ? 'worse' : 'better';
  const towards = side === 'worse' ? sign : -sign;
  const beyond = dealt.pairs.map(([before, after]) => (after - before) * towards - toleranceAt(before));
  const row: ComparisonRow = {
    ...base,
    verdict: 'same',
    difference: { value: difference, ...intervalOf(dealt.pairs, options.confidence) },
    tolerance: toleranceAt(base.a),
    effect: figure === 'mean' && isShare(metric) ? cohensH(base.a, base.b) : cliffsDelta(all.a, all.b),
    over: dealt.over,
  };
  const p = Math.abs(difference) <= toleranceAt(base.a) ? 1 : chanceOf(beyond);
  return { row, p, side };
}

/**
 * Two-sided chance that there is no change beyond the tolerance, from how far the draws lie beyond it: the share of those that do not.
 * If all do, draws alone could not tell 1 in 1,000 from 1 in a million, which many comparisons need: then the normal tail at their mean,
 * from above (Mills ratio, φ(z) ÷ z).
 */
function chanceOf(beyond: readonly number[]): number {
  const within = beyond.filter((excess) => excess <= 0).length;
  const share = (2 * (within + 1)) / (beyond.length + 1);
  if (within > 0) return Math.min(1, share);
  const mean = beyond.reduce((sum, excess) => sum + excess, 0) / beyond.length;
  const deviation = Math.sqrt(beyond.reduce((sum, excess) => sum + (excess - mean) ** 2, 0) / beyond.length);
  const z = deviation === 0 ? Number.POSITIVE_INFINITY : mean / deviation;
  return Math.min(share, 2 * (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI) / z));
}

const isShare = (metric: MetricName): boolean => METRICS[metric].kind !== 'histogram';

function missing({ a, b, counts }: Pick<ComparisonRow, 'a' | 'b' | 'counts'>, figure: Figure): string | undefined {
  if (a === undefined || b === undefined) return `not measured in the ${a === undefined ? 'first' : 'second'} run`;
  const fewest = Math.min(counts.a, counts.b);
  return fewest < MIN_VALUES[figure] ? `${fewest} values; ${figure === 'mean' ? 'a mean' : figure} needs ${MIN_VALUES[figure]}` : undefined;
}

interface Dealt {
  /** Figure before and after, for each replicate. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly over: NonNullable<ComparisonRow['over']>;
}

interface DealOptions extends CompareOptions {
  readonly samePlan: boolean;
}

/**
 * Deals over each kind of blocks that both runs have enough of; the one that leaves most to chance counts. A storm is in the plan, not
 * chance: where both runs had the same plan, the same blocks are drawn of both, so that a draw with much storm has it on both sides.
 */
function widest(a: ObservedSeries, b: ObservedSeries, figure: Figure, { random, replicates, confidence, samePlan }: DealOptions): Dealt | undefined {
  let answer: (Dealt & { readonly width: number }) | undefined;
  for (const [number, over] of (['intervals', 'meetings'] as const).entries()) {
    const before = a.blocks[over];
    const after = b.blocks[over];
    if (before === undefined || after === undefined || Math.min(before.length, after.length) < MIN_BLOCKS) continue;
    const paired = samePlan && before.length === after.length;
    const dealtA = bootstrap(sampleOf(before, figure), over, replicates, random.derive(number, 0));
    const dealtB = bootstrap(sampleOf(after, figure), over, replicates, random.derive(number, paired ? 0 : 1));
    const pairs = Array.from(dealtA, (value, index) => [value, dealtB[index]!] as const).filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y));
    const { low, high } = intervalOf(pairs, confidence);
    if (answer === undefined || high - low > answer.width) answer = { pairs, over: { blocks: over, a: before.length, b: after.length, paired }, width: high - low };
  }
  return answer;
}

function intervalOf(pairs: Dealt['pairs'], confidence: number): { readonly low: number; readonly high: number } {
  const differences = pairs.map(([before, after]) => after - before).sort((x, y) => x - y);
  const at = (share: number): number => differences[Math.min(differences.length - 1, Math.max(0, Math.round(share * (differences.length - 1))))] ?? Number.NaN;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

/** Benjamini and Hochberg 1995: among all changes that are told, at most that share is chance. */
function corrected(tested: readonly Tested[], falseAlarms: number): readonly ComparisonRow[] {
  const order = tested.flatMap(({ p }, index) => (p === undefined ? [] : [{ p, index }])).sort((x, y) => y.p - x.p);
  const adjusted = new Map<number, number>();
  let smallest = 1;
  order.forEach(({ p, index }, fromLargest) => {
    smallest = Math.min(smallest, (p * order.length) / (order.length - fromLargest));
    adjusted.set(index, smallest);
  });
  return tested.map(({ row, side }, index) => {
    const p = adjusted.get(index);
    return p === undefined ? row : { ...row, p, verdict: p <= falseAlarms ? side : 'same' };
  });
}

/** Every value once: both kinds of blocks hold the same ones. */
const anyBlocks = (series: ObservedSeries | undefined): readonly Block[] => series?.blocks.meetings ?? series?.blocks.intervals ?? [];

const countOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { counts }) => sum + counts.reduce((all, count) => all + count, 0), 0);
