import { sleep, type Clock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import type { RunBus } from './bus.js';

const RETRY_AFTER_MS = 1_000;

/** Writes state of a run until the broker has it, however long that is away; of a key that changes meanwhile, the newest value only. */
export class StateKeeper {
  readonly #parts: { readonly bus: RunBus; readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal };
  /** What the broker does not have yet. */
  readonly #wanted = new Map<string, string>();

  /** Gives up when `signal` aborts. */
  constructor(parts: { readonly bus: RunBus; readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal }) {
    this.#parts = parts;
  }

  /** `what`: for the log, e.g. "the workers could not be told of meeting 3". */
  keep(key: string, value: object, what: string): void {
    const underWay = this.#wanted.has(key);
    this.#wanted.set(key, JSON.stringify(value));
    if (!underWay) void this.#write(key, what);
  }

  async #write(key: string, what: string): Promise<void> {
    const { bus, clock, logger, signal } = this.#parts;
    for (let text = this.#wanted.get(key); text !== undefined; text = this.#wanted.get(key)) {
      try {
        await bus.put(key, text);
        if (this.#wanted.get(key) === text) this.#wanted.delete(key);
      } catch (error) {
        if (!signal.aborted) logger.log('warn', `${what}, trying again: ${messageOf(error)}`);
        await sleep(clock, RETRY_AFTER_MS, signal).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  }
}
