import { every, type Clock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import type { LogEntry, RunBus } from './bus.js';
import { ENTRY, parse, type Entry } from './messages.js';

const CONFIRM_EVERY_MS = 1_000;

export interface CrewLogOptions {
  readonly bus: RunBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** May throw, e.g. at a damaged histogram. */
  readonly onEntry: (entry: Entry) => void;
  /** Resolves when everything received is on its way to the disk. */
  readonly flush: () => Promise<void>;
}

/** The log of a run as its coordinator reads it: each entry is confirmed when it is kept. */
export class CrewLog {
  readonly #options: CrewLogOptions;
  readonly #unconfirmed: LogEntry[] = [];

  constructor(options: CrewLogOptions) {
    this.#options = options;
  }

  /** Until `signal` aborts; never rejects because of an entry or of the broker. */
  async read(signal: AbortSignal): Promise<void> {
    const { bus, clock, logger } = this.#options;
    const confirming = every(clock, CONFIRM_EVERY_MS, signal, () => this.#confirm());
    try {
      for await (const entry of bus.read(signal)) {
        this.#take(entry.text);
        this.#unconfirmed.push(entry);
      }
    } catch (error) {
      logger.log('error', `the log of the run cannot be read: ${messageOf(error)}`);
    }
    await confirming;
    await this.#confirm();
  }

  /** Only what is on its way to the disk is confirmed: what a killed coordinator had not written comes again. */
  async #confirm(): Promise<void> {
    const entries = this.#unconfirmed.splice(0);
    if (entries.length === 0) return;
    await this.#options.flush();
    for (const entry of entries) entry.confirm();
  }

  /** One entry that is not as it should be costs nothing but itself. */
  #take(text: string): void {
    const { onEntry, logger } = this.#options;
    const entry = parse(ENTRY, text);
    if (!entry) return logger.log('warn', 'an entry in the log of the run could not be read');
    try {
      onEntry(entry);
    } catch (error) {
      logger.log('warn', `an entry of ${entry.worker} in the log of the run is of no use: ${messageOf(error)}`);
    }
  }
}
