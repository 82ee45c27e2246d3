import pLimit from 'p-limit';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf, type ErrorCode } from '../core/errors.js';
import type { MetricName, Tags } from '../metrics/catalogue.js';
import type { RunEvent } from '../metrics/events.js';
import type { PlannedMeeting } from '../schedule/plan.js';
import type { RunClock } from '../vu/run-clock.js';
import { meetingIdOf, openMeetings, type LedgerEntry } from './ledger.js';
import type { Meetings } from './ports.js';
import type { RunOptions } from './run-context.js';
import type { MeetingCounts } from './run-result.js';

/**
 * planned → opening → open → ended, or opening → refused (surely not on the target) | doubtful (an answer is missing: it may be there).
 * open and doubtful meetings are ended on whatever way out.
 */
type State = 'planned' | 'opening' | 'open' | 'refused' | 'doubtful' | 'ended';

interface Entry {
  readonly meeting: PlannedMeeting;
  readonly meetingId: string;
  /** Users of the plan that are neither gone nor given up. */
  remaining: number;
  state: State;
  ready: Promise<void> | undefined;
  ending: Promise<void> | undefined;
  /** Why it could not be ended. */
  problem: { readonly code: ErrorCode; readonly message: string } | undefined;
}

export interface MeetingBookOptions {
  readonly run: Pick<RunOptions, 'plan' | 'runId' | 'host' | 'ledger' | 'recorder' | 'logger'>;
  readonly clock: RunClock;
  readonly emit: (event: RunEvent) => void;
  /** No meeting is created any more. */
  readonly stop: AbortSignal;
  /** Ends a create call that is under way. */
  readonly abort: AbortSignal;
}

const CONCURRENT_CALLS = 8;
const CREATE_LIMIT_MS = 30_000;
const END_LIMIT_MS = 20_000;

/** After these the target may have created the meeting although we did not hear so. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set(['TARGET_TIMEOUT', 'TARGET_UNREACHABLE', 'TARGET_HTTP_STATUS', 'TARGET_NOT_BBB', 'TARGET_ANSWER_TOO_LARGE', 'STOPPED', 'INTERNAL']);

/** The meetings of a run: created before their first user, in the ledger before they are created, ended after their last user. */
export class MeetingBook implements Meetings {
  readonly #options: MeetingBookOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #creates = pLimit(CONCURRENT_CALLS);
  readonly #ends = pLimit(CONCURRENT_CALLS);
  #created = 0;
  #ended = 0;
  #open = 0;

  constructor(options: MeetingBookOptions) {
    this.#options = options;
    const { plan, runId } = options.run;
    const users = new Map<number, number>();
    for (const { meeting } of plan.attendances) users.set(meeting, (users.get(meeting) ?? 0) + 1);
    for (const meeting of plan.meetings) {
      const remaining = users.get(meeting.index) ?? 0;
      if (remaining === 0) continue;
      this.#entries.set(meeting.index, { meeting, meetingId: meetingIdOf(runId, meeting.index), remaining, state: 'planned', ready: undefined, ending: undefined, problem: undefined });
    }
  }

  /** Takes up the books of a run that was cut short: what its events and its ledger say of meetings, and who has gone. */
  restore(events: readonly RunEvent[], ledger: readonly LedgerEntry[]): void {
    for (const event of events) {
      if (event.type === 'user-ended' || event.type === 'user-dropped') {
        const meeting = this.#options.run.plan.attendances[event.seq]?.meeting;
        const entry = meeting === undefined ? undefined : this.#entries.get(meeting);
        if (entry) entry.remaining--;
      } else if (event.type === 'meeting-created') this.#created++;
      else if (event.type === 'meeting-ended') this.#ended++;
    }
    const created = new Set(events.flatMap((event) => (event.type === 'meeting-created' ? [event.meetingId] : [])));
    const open = new Set(openMeetings(ledger).map(({ meetingId }) => meetingId));
    const known = new Set(ledger.map(({ meetingId }) => meetingId));
    for (const entry of this.#entries.values()) {
      if (entry.remaining <= 0) entry.ready = Promise.resolve();
      if (!known.has(entry.meetingId)) continue;
      entry.state = open.has(entry.meetingId) ? (created.has(entry.meetingId) ? 'open' : 'doubtful') : 'ended';
      if (entry.state !== 'doubtful') entry.ready = Promise.resolve();
      if (entry.state === 'open') this.#open++;
      if (entry.remaining <= 0 && isThere(entry)) void this.#end(entry, new AbortController().signal);
    }
  }

  get counts(): MeetingCounts {
    return { planned: this.#entries.size, created: this.#created, ended: this.#ended, leftOpen: this.leftOpen.length };
  }

  get openNow(): number {
    return this.#open;
  }

  /** Meetings that are, or may be, on the target. */
  get leftOpen(): readonly string[] {
    return [...this.#entries.values()].filter(isThere).map((entry) => entry.meetingId);
  }

  /** Meetings in the order in which they open. */
  inOrder(): readonly PlannedMeeting[] {
    return [...this.#entries.values()].map((entry) => entry.meeting).sort((a, b) => a.opensMs - b.opensMs || a.index - b.index);
  }

  idOf(index: number): string {
    return this.#entry(index).meetingId;
  }

  /** Resolves once the meeting exists, creating it if nobody has; rejects with why it does not. */
  ready(index: number): Promise<void> {
    const entry = this.#entry(index);
    if (!entry.ready) {
      entry.ready = this.#creates(() => this.#create(entry));
      // Whoever waits hears of it; if nobody does, it is still an event and a sample.
      entry.ready.catch(() => undefined);
    }
    return entry.ready;
  }

  /** A user of the meeting is gone or will not come; after the last one the meeting is ended. */
  release(index: number): void {
    const entry = this.#entry(index);
    entry.remaining--;
    if (entry.remaining === 0 && isThere(entry)) void this.#end(entry, new AbortController().signal);
  }

  /** Ends whatever is, or may be, on the target, until `deadline` aborts; what was tried in vain before is tried again. Never rejects. */
  async endAll(deadline: AbortSignal): Promise<void> {
    const giveUp = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    const endOne = async (entry: Entry): Promise<void> => {
      await entry.ready?.catch(() => undefined);
      await entry.ending;
      if (isThere(entry)) await this.#end(entry, deadline);
    };
    await Promise.race([giveUp, Promise.all([...this.#entries.values()].map(endOne))]);
  }

  /** Names the meetings that could not be ended; `firstbell cleanup` finds them in the ledger. */
  reportLeftOpen(): void {
    const { clock, emit } = this.#options;
    for (const entry of this.#entries.values()) {
      if (!isThere(entry)) continue;
      const { code, message } = entry.problem ?? { code: 'TARGET_TIMEOUT', message: 'the time to end it was over' };
      emit({ type: 'meeting-left-open', atMs: clock.atMs, meeting: entry.meeting.index, meetingId: entry.meetingId, code, message });
    }
  }

  /** The target still lists a meeting that it said it had ended. */
  reopen(meetingId: string): void {
    const entry = [...this.#entries.values()].find((candidate) => candidate.meetingId === meetingId);
    if (entry?.state !== 'ended') return;
    entry.state = 'open';
    entry.problem = { code: 'TARGET_TIMEOUT', message: 'the target still lists it after ending it' };
    this.#ended--;
    this.#countOpen(1);
  }

  #entry(index: number): Entry {
    const entry = this.#entries.get(index);
    if (!entry) throw new HarnessError('INTERNAL', `the plan has no users in meeting ${index}`);
    return entry;
  }

  async #create(entry: Entry): Promise<void> {
    const { run, clock, emit, stop, abort } = this.#options;
    const { meetingId, meeting } = entry;
    stop.throwIfAborted();
    entry.state = 'opening';
    let sent = false;
    try {
      await run.ledger.write({ type: 'intent', run: run.runId, meetingId, wallMs: clock.clock.wallMs() });
      sent = true;
      const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not create ${meeting.name} within ${CREATE_LIMIT_MS / 1000} s`);
      await within(clock.clock, CREATE_LIMIT_MS, abort, tooSlow, (signal) => run.host.create({ meetingId, name: meeting.name, runId: run.runId }, signal));
    } catch (error) {
      const code = codeOf(error);
      entry.state = sent && DOUBTFUL.has(code) ? 'doubtful' : 'refused';
      this.#record('errors', 1, { code, phase: 'create' });
      emit({ type: 'meeting-failed', atMs: clock.atMs, meeting: meeting.index, code, message: messageOf(error) });
      if (sent && entry.state === 'refused') await this.#note('ended', meetingId);
      throw error;
    }
    entry.state = 'open';
    this.#created++;
    this.#countOpen(1);
    await this.#note('created', meetingId);
    emit({ type: 'meeting-created', atMs: clock.atMs, meeting: meeting.index, meetingId });
    // Its users may all have been dropped meanwhile.
    if (entry.remaining === 0) void this.#end(entry, new AbortController().signal);
  }

  #end(entry: Entry, parent: AbortSignal): Promise<void> {
    entry.ending = this.#ends(() => this.#endOnce(entry, parent));
    return entry.ending;
  }

  /** Never rejects: a meeting that could not be ended stays open and is tried again by `endAll`. */
  async #endOnce(entry: Entry, parent: AbortSignal): Promise<void> {
    if (!isThere(entry)) return;
    const { run, clock, emit } = this.#options;
    const { meetingId, meeting } = entry;
    const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not end ${meeting.name} within ${END_LIMIT_MS / 1000} s`);
    try {
      await within(clock.clock, END_LIMIT_MS, parent, tooSlow, (signal) => run.host.end(meetingId, signal));
    } catch (error) {
      entry.problem = { code: codeOf(error), message: messageOf(error) };
      this.#record('errors', 1, { code: entry.problem.code, phase: 'end' });
      return;
    }
    const wasOpen = entry.state === 'open';
    entry.state = 'ended';
    if (wasOpen) {
      this.#ended++;
      this.#countOpen(-1);
      emit({ type: 'meeting-ended', atMs: clock.atMs, meeting: meeting.index, meetingId });
    }
    await this.#note('ended', meetingId);
  }

  /** Only an intent must reach the disk: without the other lines cleanup ends a meeting once more, which is harmless. */
  async #note(type: 'created' | 'ended', meetingId: string): Promise<void> {
    const { run, clock } = this.#options;
    try {
      await run.ledger.write({ type, run: run.runId, meetingId, wallMs: clock.clock.wallMs() });
    } catch (error) {
      run.logger.log('warn', messageOf(error));
    }
  }

  #countOpen(change: 1 | -1): void {
    this.#open += change;
    this.#record('meetings_open', this.#open);
  }

  #record(metric: MetricName, value: number, tags: Tags = {}): void {
    this.#options.run.recorder.record({ metric, value, atMs: this.#options.clock.atMs, tags });
  }
}

function isThere(entry: Entry): boolean {
  return entry.state === 'open' || entry.state === 'doubtful';
}
