import { mergeAll } from '../../metrics/merge.js';
import type { SeriesSet } from '../../metrics/series-set.js';
import { userRecords, type UserRecord } from '../attendance-log.js';
import { bucketsOf, type Bucket } from '../charts/chart-data.js';
import { failuresIn, type Failure } from '../count-errors.js';
import type { Evidence } from '../evidence.js';
import { formatsIn, type Formats, type Lang } from '../format.js';
import type { RunData } from '../run-data.js';
import type { Summary } from '../summary.js';
import type { RunWords } from '../words/run-en.js';
import { RUN_WORDS } from '../words/run-words.js';

/** What every part of the page draws from, worked out once. */
export interface ReportView {
  readonly summary: Summary;
  readonly data: RunData;
  readonly records: readonly UserRecord[];
  readonly failures: readonly Failure[];
  readonly evidence: readonly Evidence[];
  readonly total: SeriesSet;
  readonly buckets: readonly Bucket[];
  /** Time axis of all charts: the plan, or the run if it lasted longer. */
  readonly spanMs: number;
  /** Of the run, for commands; undefined: not known. */
  readonly folder: string | undefined;
  readonly startOfDayMs: number | undefined;
  readonly lang: Lang;
  /** Numbers and words in that language. */
  readonly f: Formats;
  readonly t: RunWords;
}

export function viewOf(summary: Summary, data: RunData, evidence: readonly Evidence[], lang: Lang, folder: string | undefined): ReportView {
  const { plan, events, snapshots, meta } = data;
  return {
    summary,
    data,
    records: userRecords(plan, events, summary.durationMs),
    failures: failuresIn(events),
    evidence,
    total: mergeAll(snapshots),
    buckets: bucketsOf(snapshots, meta.intervalMs),
    spanMs: Math.max(summary.durationMs, Math.min(plan.durationMs, MAX_SPAN_MS), 1_000),
    folder,
    // Of a compressed day the report tells the time since the beginning of the run.
    startOfDayMs: plan.speed === undefined ? plan.startOfDayMs : undefined,
    lang,
    f: formatsIn(lang),
    t: RUN_WORDS[lang],
  };
}

/** A plan of more than a week is drawn as far as the run went. */
const MAX_SPAN_MS = 7 * 86_400_000;
