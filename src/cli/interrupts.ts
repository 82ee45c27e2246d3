import { HarnessError } from '../core/errors.js';
import type { Io } from './io.js';

export interface Interrupts extends Disposable {
  /** First Ctrl-C: no new users, everyone leaves, meetings are ended. */
  readonly stop: AbortSignal;
  /** Second: now. A third ends the process on the spot. */
  readonly abort: AbortSignal;
  /** Does what Ctrl-C does: `stop` as the first, `end` as the second. However often it is asked, never what a third does, which leaves meetings behind. */
  ask(how: 'stop' | 'end'): void;
}

/** One Ctrl-C may arrive twice: from the terminal and again from a launcher that passes it on (npx, a shell). Who means it presses again after this. */
const SAME_PRESS_MS = 1_000;

/** Turns Ctrl-C, SIGTERM and SIGHUP into the two signals of a run. */
export function listenForInterrupts(io: Io): Interrupts {
  const stop = new AbortController();
  const abort = new AbortController();
  let presses = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const press = (): void => {
    presses++;
    lastMs = io.clock.nowMs();
    if (presses === 1) {
      io.err('\nStopping: no new users, everyone leaves, meetings are ended. Ctrl-C again to abort.\n');
      stop.abort(new HarnessError('STOPPED', 'stopped by the user'));
    } else if (presses === 2) {
      io.err('\nAborting: ending the meetings, then out.\n');
      abort.abort(new HarnessError('STOPPED', 'aborted by the user'));
    } else io.exitNow(130);
  };
  const unlisten = io.onInterrupt((by) => {
    // A line that breaks is nobody's wish for haste: shell and kernel both tell of it, and whoever had stopped the run before wants its meetings ended.
    if (by === 'hang-up' && presses > 0) return;
    if (io.clock.nowMs() - lastMs >= SAME_PRESS_MS) press();
  });
  const ask = (how: 'stop' | 'end'): void => {
    while (presses < (how === 'end' ? 2 : 1)) press();
  };
  return { stop: stop.signal, abort: abort.signal, ask, [Symbol.dispose]: unlisten };
}
