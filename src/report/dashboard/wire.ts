import type { BoardState } from '../live-board.js';
import type { HistoryPoint } from '../live-history.js';

/** What the page is told over `/live`: everything at first, then each second what has changed. */
export interface Hello {
  readonly scenario: string;
  readonly run: string;
  readonly durationMs: number;
  readonly startOfDayMs?: number;
  readonly points: readonly HistoryPoint[];
  readonly state: BoardState;
}

export interface Tick {
  readonly state: BoardState;
  /** Absent: as before. */
  readonly points?: readonly HistoryPoint[];
}
