import type { MetricName, TagName } from '../metrics/catalogue.js';

/**
 * Values that belong together, as what happened within one interval or to one meeting: they are alike, so chance is taken over
 * blocks, not over values. `values[i]` occurred `counts[i]` times; values ascend.
 */
export interface Block {
  readonly values: readonly number[];
  readonly counts: readonly number[];
}

/** intervals: blocks in the order of time, neighbours alike too · meetings: independent of each other */
export type Blocking = 'intervals' | 'meetings';

/** One metric of one run, of everybody or of one value of a tag, cut into blocks in one or two ways. */
export interface ObservedSeries {
  readonly metric: MetricName;
  readonly tag?: TagName;
  readonly tagValue?: string;
  readonly blocks: Readonly<Partial<Record<Blocking, readonly Block[]>>>;
}

/** What a comparison needs of a run; small enough to keep as a baseline. JSON-safe. */
export interface ObservedRun {
  readonly schema: 1;
  readonly run: string;
  readonly scenario: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seed: number;
  /** Of the scenario's text, and of everything planned; equal hashes mean equal load. */
  readonly scenarioHash: string;
  readonly planHash: string;
  readonly verdict: string;
  readonly users: { readonly planned: number; readonly joined: number; readonly peakConcurrent: number };
  readonly durationMs: number;
  /** Named facts that may explain a difference: versions, machine, target. */
  readonly environment: Readonly<Record<string, string>>;
  readonly series: readonly ObservedSeries[];
}

/** Most blocks that are kept; neighbouring intervals of longer runs are joined. */
export const MAX_BLOCKS = 300;

/** Rounded to three digits, as the histograms are: fewer different values cost less. */
export function blockOf(points: Iterable<{ readonly value: number; readonly count: number }>): Block {
  const counts = new Map<number, number>();
  for (const { value, count } of points) {
    const rounded = Number(value.toPrecision(3));
    counts.set(rounded, (counts.get(rounded) ?? 0) + count);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { values: sorted.map(([value]) => value), counts: sorted.map(([, count]) => count) };
}
