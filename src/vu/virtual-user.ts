import { within } from '../core/deadline.js';
import { codeOf, HarnessError } from '../core/errors.js';
import type { Recorder } from '../metrics/catalogue.js';
import { attend, failed, type AttendanceEnd, type UserListener, type Walk } from './attend.js';
import type { Attendee, AttendeeFactory, AttendeeSpec } from './attendee.js';
import { Interruption } from './interruption.js';
import type { RunClock } from './run-clock.js';
import type { AttendanceScript, UserLimits } from './script.js';
import { UserMeter } from './user-meter.js';

export interface VirtualUserOptions {
  readonly script: AttendanceScript;
  /** BBB's external meeting id. */
  readonly meetingId: string;
  readonly meetingReady: () => Promise<void>;
  readonly factory: AttendeeFactory;
  readonly clock: RunClock;
  readonly recorder: Recorder;
  readonly limits: UserLimits;
  /** No new steps, leave now. */
  readonly stop: AbortSignal;
  /** Away at once. */
  readonly abort: AbortSignal;
  readonly listener: UserListener;
}

type Opened = { readonly ok: true; readonly attendee: Attendee } | { readonly ok: false; readonly error: unknown };

/**
 * One simulated person. `open` prepares the attendee ahead of the due time, so that the cost of a browser is not taken for that
 * of the target; `attend` is called at the due time. A user ends exactly once; its attendee is disposed of in every case.
 */
export class VirtualUser {
  readonly #options: VirtualUserOptions;
  readonly #interruption: Interruption;
  readonly #meter: UserMeter;
  #opening: Promise<Opened> | undefined;

  constructor(options: VirtualUserOptions) {
    this.#options = options;
    this.#interruption = new Interruption(options.stop, options.abort);
    this.#meter = new UserMeter(options.script, options.clock, options.recorder);
  }

  /** Begins to prepare the attendee; the target is not touched. Resolves when that is done, whether or not it succeeded. */
  async open(): Promise<void> {
    await this.#open();
  }

  /**
   * Walks through the meeting; resolves when the attendee is gone, with the end that the listener was told,
   * or with undefined if the run was stopped before the user could start. Never rejects.
   */
  async attend(): Promise<AttendanceEnd | undefined> {
    const opened = await this.#open();
    try {
      if (this.#interruption.cause) return undefined;
      this.#options.listener.started(this.#meter.started());
      const end = opened.ok ? await attend(this.#walk(opened.attendee)) : failed(this.#meter, opened.error, 'open');
      this.#meter.ended(end.outcome);
      this.#options.listener.ended(end);
      return end;
    } finally {
      this.#interruption[Symbol.dispose]();
      if (opened.ok) await this.#close(opened.attendee);
    }
  }

  /** Gives back what was prepared for a user that will not start. */
  async discard(): Promise<void> {
    const opened = await this.#opening;
    if (opened?.ok) await this.#close(opened.attendee);
    this.#interruption[Symbol.dispose]();
  }

  #walk(attendee: Attendee): Walk {
    const { script, meetingReady, clock, limits, abort, listener } = this.#options;
    return { script, attendee, meetingReady, clock, meter: this.#meter, limits, interruption: this.#interruption, abort, listener };
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#create().then(
      (attendee): Opened => ({ ok: true, attendee }),
      (error: unknown): Opened => ({ ok: false, error }),
    );
    return this.#opening;
  }

  #create(): Promise<Attendee> {
    const { factory, script, meetingId, clock, limits } = this.#options;
    const meter = this.#meter;
    this.#interruption.watch();
    const tooSlow = (): HarnessError => new HarnessError(script.kind === 'browser' ? 'BROWSER_FAILED' : 'INTERNAL', `the user was not prepared within ${limits.openTimeoutMs / 1000} s`);
    return within(clock.clock, limits.openTimeoutMs, this.#interruption.signal, tooSlow, async (signal) => {
      const attendee = await factory.create(
        specOf(script, meetingId),
        { sample: (sample) => meter.sample(sample), phase: (phase) => meter.phase(phase) },
        signal,
      );
      // Nobody waits for it any more: what opens late is still closed.
      if (signal.aborted) await this.#close(attendee);
      return attendee;
    });
  }

  /** Has its own deadline, not what is left of the run's. */
  async #close(attendee: Attendee): Promise<void> {
    const { clock, limits } = this.#options;
    const tooSlow = (): HarnessError => new HarnessError('STEP_FAILED', `the user was not gone within ${limits.closeTimeoutMs / 1000} s`);
    try {
      await within(clock.clock, limits.closeTimeoutMs, new AbortController().signal, tooSlow, () => Promise.resolve(attendee[Symbol.asyncDispose]()));
    } catch (error) {
      this.#meter.error(codeOf(error), 'close');
    }
  }
}

/** What the attendee must know of itself; not when it does what. */
function specOf({ seq, name, role, audio, webcam, cameraViews, line, forceTurn, cameraProfile }: AttendanceScript, meetingId: string): AttendeeSpec {
  return {
    seq,
    name,
    role,
    meetingId,
    audio,
    webcam,
    cameraViews,
    ...(line === undefined ? {} : { line }),
    ...(forceTurn === undefined ? {} : { forceTurn }),
    ...(cameraProfile === undefined ? {} : { cameraProfile }),
  };
}
