import type { Moment } from './moment.js';

/** What a file was found to hold. */
export type ImportData = { readonly kind: 'series'; readonly users: readonly SeriesPoint[]; readonly meetings: readonly SeriesPoint[] } | { readonly kind: 'meetings'; readonly list: readonly ImportedMeeting[] };

export interface SeriesPoint {
  readonly at: Moment;
  readonly value: number;
}

export interface ImportedMeeting {
  readonly start: Moment;
  readonly end: Moment;
  readonly size: number;
}

/** One thing wrong with a file: "line 7, column size: …" or "data.result[3].values[17]: …". */
export interface ImportProblem {
  readonly where: string;
  readonly message: string;
}

export type ImportRead = { readonly ok: true; readonly data: ImportData } | { readonly ok: false; readonly problems: readonly ImportProblem[] };

/** Bounds of what is read: a month of one fleet, minute by minute, and no more. */
export const IMPORT_LIMITS = { bytes: 20 * 1024 * 1024, series: 2_000, points: 1_000_000, rows: 100_000, users: 1_000_000, problems: 10 } as const;

/** Names of the series of bigbluebutton-exporter, and what people call them in a table. */
export const SERIES_NAMES = {
  users: ['bbb_meetings_participants', 'users', 'participants'],
  meetings: ['bbb_meetings', 'meetings'],
} as const;

/** Which series a name says; labels in braces behind it do not count. */
export function seriesOf(name: string): keyof typeof SERIES_NAMES | undefined {
  const bare = name.trim().replace(/\{.*$/s, '').toLowerCase();
  return (['users', 'meetings'] as const).find((series) => (SERIES_NAMES[series] as readonly string[]).includes(bare));
}

/** Sums up values at the same instant, sorted by time: a fleet has a series for each server. */
export function summedUp(points: readonly SeriesPoint[]): readonly SeriesPoint[] {
  const sums = new Map<number, { at: Moment; value: number }>();
  for (const { at, value } of points) {
    const there = sums.get(at.ms);
    if (there) there.value += value;
    else sums.set(at.ms, { at, value });
  }
  return [...sums.values()].sort((a, b) => a.at.ms - b.at.ms);
}
