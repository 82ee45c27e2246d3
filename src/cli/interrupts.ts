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

/** Turns Ctrl-C and SIGTERM into the two signals of a run. */
export function listenForInterrupts(io: Io): Interrupts {
  const stop = new AbortController();
  const abort = new AbortController();
  let presses = 0;
  const press = (): void => {
    presses++;
    if (presses === 1) {
      io.err('\nStopping: no new users, everyone leaves, meetings are ended. Ctrl-C again to abort.\n');
      stop.abort(new HarnessError('STOPPED', 'stopped by the user'));
    } else if (presses === 2) {
      io.err('\nAborting: ending the meetings, then out.\n');
      abort.abort(new HarnessError('STOPPED', 'aborted by the user'));
    } else io.exitNow(130);
  };
  const unlisten = io.onInterrupt(press);
  const ask = (how: 'stop' | 'end'): void => {
    while (presses < (how === 'end' ? 2 : 1)) press();
  };
  return { stop: stop.signal, abort: abort.signal, ask, [Symbol.dispose]: unlisten };
}
