import type { BoardState } from '../live-board.js';
import type { HistoryPoint } from '../live-history.js';

/** What the page is told over `/live`: everything at first, then each second what has changed. */
export interface Hello {
  /** Another than before: another process serves this address now, and its page has to be asked for anew. */
  readonly served: string;
  readonly scenario: string;
  readonly run: string;
  readonly durationMs: number;
  /** Time of day of instant 0; absent: times count from the beginning of the run. */
  readonly startOfDayMs?: number;
  /** Of a search, for people; absent: a run by itself. */
  readonly step?: string;
  readonly points: readonly HistoryPoint[];
  readonly state: BoardState;
}

export interface Tick {
  readonly state: BoardState;
  /** Absent: as before. */
  readonly points?: readonly HistoryPoint[];
}
