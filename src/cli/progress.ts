import { createLogUpdate } from 'log-update';
import { every } from '../core/clock.js';
import type { Io } from './io.js';

/** What draws itself while a run goes on; made by report/live-text. */
export interface LiveView {
  frame(options: { readonly width: number; readonly colour: boolean; readonly nowMs: number }): readonly string[];
  plainLine(nowMs: number): string;
}

const FRAME_EVERY_MS = 500;
const PLAIN_EVERY_MS = 5_000;

/** Redraws in place on a terminal, prints a line every 5 s elsewhere; `stop` leaves the last state on the screen. */
export function showProgress(io: Io, view: LiveView, nowMs: () => number, quiet: boolean): { stop(): Promise<void> } {
  if (quiet) return { stop: async () => undefined };
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
    stop: async () => {
      done.abort();
      await loop;
      draw();
      if (tty) update.done();
    },
  };
}
