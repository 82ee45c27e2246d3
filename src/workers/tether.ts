import { sleep, type Clock } from '../core/clock.js';
import { TASK_SILENCE_MS, WORKING_EVERY_MS } from './bus.js';
import { GRACE_MS } from './take-over.js';

/** After so long without a word another may begin to bring the users of the share, and no sooner: this worker's last sign of life may have been a little older than the word. */
const DOUBT_AFTER_MS = TASK_SILENCE_MS - WORKING_EVERY_MS + GRACE_MS;
const RETRY_MS = 500;
/** Users that were held back for so long come one after the other: a crowd at one instant was not planned. */
const HELD_MS = 1_000;
const BETWEEN_MS = 50;

export interface TetherOptions {
  readonly clock: Clock;
  /** Asks the broker who has the share. Rejects while it cannot be reached; aborts `stop` if it is another by now. */
  readonly confirm: () => Promise<void>;
  /** No user starts any more. */
  readonly stop: AbortSignal;
  /** Users are held back, or come again. */
  readonly onHeld: (held: boolean) => void;
}

/**
 * What ties a worker to its run: word from the coordinator, through the broker. A worker that is cut off cannot hear that its share was given to another, and must
 * not start users whom that one brings. Its running users stay.
 */
export class Tether {
  readonly #options: TetherOptions;
  /** When it was last known whose the share is. */
  #sureMs: number;
  #doubt = false;
  #behind = false;

  constructor(options: TetherOptions) {
    this.#options = options;
    this.#sureMs = options.clock.nowMs();
  }

  /** The coordinator was heard. What happened in a long silence before is to be asked, not supposed. */
  heard(): void {
    this.#doubt ||= this.#isLong;
    this.#sureMs = this.#options.clock.nowMs();
  }

  /** Called before a user is started that is late by so much; undefined: at once. */
  pass(lateMs: number): Promise<void> | undefined {
    if (this.#doubt || this.#isLong) return this.#untilSure(lateMs);
    if (this.#behind && lateMs >= BETWEEN_MS) return this.#pause(BETWEEN_MS);
    this.#behind = false;
    return undefined;
  }

  get #isLong(): boolean {
    return this.#options.clock.nowMs() - this.#sureMs >= DOUBT_AFTER_MS;
  }

  async #untilSure(lateMs: number): Promise<void> {
    const { clock, confirm, stop, onHeld } = this.#options;
    const sinceMs = clock.nowMs();
    let held = false;
    while (!stop.aborted) {
      try {
        await confirm();
        break;
      } catch {
        if (!held) onHeld((held = true));
        await this.#pause(RETRY_MS);
      }
    }
    this.#doubt = false;
    this.#sureMs = clock.nowMs();
    this.#behind = lateMs + this.#sureMs - sinceMs >= HELD_MS;
    if (held && !stop.aborted) onHeld(false);
  }

  async #pause(ms: number): Promise<void> {
    const { clock, stop } = this.#options;
    await sleep(clock, ms, stop).catch(() => undefined);
  }
}
