import pLimit, { type LimitFunction } from 'p-limit';
import type { Browser, BrowserContext } from 'playwright';
import { sleep, type Clock } from '../core/clock.js';
import { HarnessError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { launchChromium } from './launch.js';

export interface PoolOptions {
  readonly executablePath: string;
  readonly args: readonly string[];
  /** Pixels painted per CSS pixel, in each direction. */
  readonly pixelDensity: number;
  /** Browsers started at the same time at most. */
  readonly launches: number;
  readonly usersPerBrowser: number;
  readonly launchTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A browser process and the users in it. */
interface Slot {
  readonly opened: Promise<Browser>;
  users: number;
  gone: boolean;
}

/** A context of its own for one user; closing it gives the place back. */
export interface Seat extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Resolves when the whole browser has gone. */
  readonly browserGone: Promise<void>;
}

const CLOSE_LIMIT_MS = 10_000;
/** CSS pixels. */
export const VIEWPORT = { width: 1280, height: 720 } as const;

/** Chromium processes with several users each; started when needed, started anew after a crash, all closed in the end. */
export class BrowserPool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #launch: LimitFunction;
  readonly #slots = new Set<Slot>();
  #closing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#launch = pLimit(options.launches);
  }

  /** A new context in a browser with a free place. Rejects with BROWSER_FAILED. */
  async seat(signal: AbortSignal): Promise<Seat> {
    signal.throwIfAborted();
    const slot = this.#freeSlot();
    slot.users++;
    try {
      const browser = await slot.opened;
      return await this.#place(slot, browser).catch((error: unknown) => {
        // A browser that has just died is still in its slot until it is known to be gone: the user gets another one.
        if (this.#closing || browser.isConnected()) throw error;
        slot.gone = true;
        this.#slots.delete(slot);
        return this.seat(signal);
      });
    } catch (error) {
      slot.users--;
      if (error instanceof HarnessError) throw error;
      throw new HarnessError('BROWSER_FAILED', `a browser could not give a user a place: ${messageOf(error).split('\n')[0]}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#slots].map((slot) => this.#close(slot)));
    this.#slots.clear();
  }

  async #place(slot: Slot, browser: Browser): Promise<Seat> {
    const context = await browser.newContext({ viewport: VIEWPORT, deviceScaleFactor: this.#options.pixelDensity, permissions: ['microphone', 'camera'], ignoreHTTPSErrors: false, locale: 'en-US' });
    let onGone = (): void => undefined;
    const browserGone = new Promise<void>((resolve) => (onGone = resolve));
    browser.once('disconnected', onGone);
    return {
      context,
      browserGone,
      [Symbol.asyncDispose]: async () => {
        await this.#inTime(context.close());
        // The browser goes on with others, user after user.
        browser.off('disconnected', onGone);
        slot.users--;
      },
    };
  }

  #freeSlot(): Slot {
    for (const slot of this.#slots) if (!slot.gone && slot.users < this.#options.usersPerBrowser) return slot;
    const slot: Slot = { opened: this.#launch(() => this.#open(slot)), users: 0, gone: false };
    // The user who waits hears of a failure; the slot must not be used again.
    slot.opened.catch(() => {
      slot.gone = true;
      this.#slots.delete(slot);
    });
    this.#slots.add(slot);
    return slot;
  }

  async #open(slot: Slot): Promise<Browser> {
    const { executablePath, args, launchTimeoutMs, logger } = this.#options;
    if (this.#closing) throw new HarnessError('BROWSER_FAILED', 'the run ends; no browser is started any more');
    let browser: Browser;
    try {
      browser = await launchChromium({ executablePath, args: [...args], headless: true, timeout: launchTimeoutMs, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false });
    } catch (error) {
      throw new HarnessError('BROWSER_FAILED', `the browser ${executablePath} did not start: ${firstLines(messageOf(error))}`, { hint: 'run `firstbell doctor`', cause: error });
    }
    browser.once('disconnected', () => {
      slot.gone = true;
      this.#slots.delete(slot);
      if (!this.#closing) logger.log('warn', `a browser with ${slot.users} users has gone`);
    });
    // It opened late: whoever asked for it closes it.
    if (this.#closing) await browser.close();
    return browser;
  }

  async #close(slot: Slot): Promise<void> {
    const browser = await slot.opened.catch(() => undefined);
    if (browser) await this.#inTime(browser.close());
  }

  /** Waits for a close, but not for ever; never rejects. */
  async #inTime(closing: Promise<void>): Promise<void> {
    const waited = new AbortController();
    await Promise.race([closing.catch(() => undefined), sleep(this.#options.clock, CLOSE_LIMIT_MS, waited.signal).catch(() => undefined)]);
    waited.abort();
  }
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 3).join(' ').slice(0, 300);
}
