import { createLogUpdate } from 'log-update';
import { every } from '../core/clock.js';
import type { Io } from './io.js';

/** What draws itself while a run goes on; made by report/live-text. */
export interface LiveView {
  frame(options: { readonly width: number; readonly colour: boolean; readonly nowMs: number }): readonly string[];
  plainLine(nowMs: number): string;
}

export interface Progress {
  /** A line that stays, above what is redrawn. */
  note(text: string): void;
  stop(): Promise<void>;
}

const FRAME_EVERY_MS = 500;
const PLAIN_EVERY_MS = 5_000;

/** Redraws in place on a terminal, prints a line every 5 s elsewhere; `stop` leaves the last state on the screen. */
export function showProgress(io: Io, view: LiveView, nowMs: () => number, quiet: boolean): Progress {
  if (quiet) return { note: () => undefined, stop: async () => undefined };
  const done = new AbortController();
  const tty = io.errIsTty;
  const colour = tty && io.env['NO_COLOR'] === undefined;
  const update = createLogUpdate(process.stderr, { showCursor: true });
  const draw = (): void => {
    if (tty) update(view.frame({ width: Math.min(io.columns, 100), colour, nowMs: nowMs() }).join('\n'));
    else io.err(`${view.plainLine(nowMs())}\n`);
  };
  const loop = every(io.clock, tty ? FRAME_EVERY_MS : PLAIN_EVERY_MS, done.signal, draw);
  return {
    note: (text) => {
      if (tty) update.clear();
      io.err(`${text}\n`);
      if (tty) draw();
    },
    stop: async () => {
      done.abort();
      await loop;
      draw();
      if (tty) update.done();
    },
  };
}
