import { within } from '../core/deadline.js';
import { codeOf, HarnessError } from '../core/errors.js';
import type { Recorder, Sample } from '../metrics/catalogue.js';
import { attend, failed, type AttendanceEnd, type UserListener, type Walk } from './attend.js';
import type { Attendee, AttendeeFactory, AttendeeSpec, Peers } from './attendee.js';
import { Interruption } from './interruption.js';
import type { Sight } from './notice.js';
import type { Company } from './media-watch.js';
import type { NoticeBoard } from './notice-board.js';
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
  /** Where it notes what others are to see, and what it is shown. Undefined: nobody asks. */
  readonly board?: NoticeBoard;
  /** The meeting has users of both kinds; default false. */
  readonly witnessed?: boolean;
  /** Who sends sound and pictures beside it. Undefined: nobody asks whether any came. */
  readonly company?: () => Company;
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
  /** Known while it is in use. */
  #attendee: Attendee | undefined;

  constructor(options: VirtualUserOptions) {
    this.#options = options;
    this.#interruption = new Interruption(options.stop, options.abort);
    this.#meter = new UserMeter(options.script, options.clock, options.recorder, options.witnessed);
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
      const how = opened.ok ? await attend(this.#walk(opened.attendee)) : failed(this.#meter, opened.error, 'open');
      const { board, meetingId, script } = this.#options;
      board?.leave(meetingId, script.seq);
      const received = this.#meter.ended(how.outcome);
      // Those who got in have said it.
      const server = how.outcome === 'failed' ? this.#meter.server : undefined;
      const end: AttendanceEnd = { ...how, ...(received === undefined ? {} : { received }), ...(server === undefined ? {} : { server }) };
      this.#options.listener.ended(end);
      return end;
    } finally {
      this.#interruption[Symbol.dispose]();
      if (opened.ok) await this.#close(opened.attendee);
    }
  }

  /** Who is in the meeting, as this user's client shows. */
  peers(): Peers | undefined {
    return this.#attendee?.peers?.();
  }

  /** Gives back what was prepared for a user that will not start. */
  async discard(): Promise<void> {
    const opened = await this.#opening;
    if (opened?.ok) await this.#close(opened.attendee);
    this.#interruption[Symbol.dispose]();
  }

  #walk(attendee: Attendee): Walk {
    const { script, meetingId, meetingReady, clock, board, company, limits, abort, listener } = this.#options;
    this.#attendee = attendee;
    return { script, attendee, meetingId, meetingReady, clock, board, company, meter: this.#meter, limits, interruption: this.#interruption, abort, listener };
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
        {
          sample: (sample) => meter.sample(sample),
          phase: (phase) => meter.phase(phase),
          received: (media) => meter.received(media),
          sees: (sight) => this.#sees(sight),
          sentTo: (server) => {
            meter.server = server;
          },
        },
        signal,
      );
      // Nobody waits for it any more: what opens late is still closed.
      if (signal.aborted) await this.#close(attendee);
      return attendee;
    });
  }

  /** What happens after the user's end concerns nobody. */
  #sees(sight: Sight): void {
    const { board, meetingId, script } = this.#options;
    if (!board || this.#meter.over) return;
    const reader = { seq: script.seq, record: this.#record };
    if (sight.is === 'watching') board.watch(meetingId, sight.kind, reader, sight.on);
    else if (sight.is === 'connected') board.connected(meetingId, script.seq, sight.on);
    else board.seen(meetingId, reader, sight.kind, sight.key, sight.agoMs);
  }

  readonly #record = (sample: Omit<Sample, 'atMs'>): void => this.#meter.sample(sample);

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
function specOf({ seq, name, role, audio, webcam, cameraViews, chatAtMs, line, forceTurn, cameraProfile }: AttendanceScript, meetingId: string): AttendeeSpec {
  return {
    seq,
    name,
    role,
    meetingId,
    audio,
    webcam,
    cameraViews,
    chats: chatAtMs.length > 0,
    ...(line === undefined ? {} : { line }),
    ...(forceTurn === undefined ? {} : { forceTurn }),
    ...(cameraProfile === undefined ? {} : { cameraProfile }),
  };
}
