import { sleep, type Clock } from '../../src/core/clock.js';
import { HarnessError, type ErrorCode } from '../../src/core/errors.js';
import type { ForeignMeeting, MeetingHost, MeetingRequest } from '../../src/run/ports.js';

export interface FakeHostScript {
  readonly createDelayMs?: number;
  readonly endDelayMs?: number;
  /** Whether creating a meeting fails; it is then not on the target unless `createdAnyway`. */
  readonly failCreate?: (meeting: MeetingRequest) => ErrorCode | undefined;
  readonly createdAnyway?: boolean;
  /** Whether the n-th call (from 1) to end a meeting fails. */
  readonly failEnd?: (meetingId: string, call: number) => ErrorCode | undefined;
  readonly foreign?: (atMs: number) => readonly ForeignMeeting[];
  /** Meetings of other runs of Firstbell. */
  readonly otherRuns?: readonly ForeignMeeting[];
  /** Duration of listing the meetings of others, from the second time on. */
  readonly foreignDelayMs?: number;
  readonly failForeign?: (atMs: number) => ErrorCode | undefined;
  /** Lists an ended meeting for so long. */
  readonly lingerMs?: number;
}

/** A target that keeps its meetings in memory. */
export class FakeMeetingHost implements MeetingHost {
  /** Meetings that are on the target now. */
  readonly open = new Map<string, string>();
  readonly log: { readonly call: 'create' | 'end'; readonly meetingId: string; readonly atMs: number }[] = [];
  readonly #clock: Clock;
  readonly #script: FakeHostScript;
  readonly #endCalls = new Map<string, number>();
  readonly #lingering: { readonly meetingId: string; readonly runId: string; readonly untilMs: number }[] = [];

  constructor(clock: Clock, script: FakeHostScript = {}) {
    this.#clock = clock;
    this.#script = script;
  }

  async create(meeting: MeetingRequest, signal: AbortSignal): Promise<void> {
    this.log.push({ call: 'create', meetingId: meeting.meetingId, atMs: this.#clock.nowMs() });
    const code = this.#script.failCreate?.(meeting);
    if (code === undefined || this.#script.createdAnyway) this.open.set(meeting.meetingId, meeting.runId);
    await this.#wait(this.#script.createDelayMs, signal);
    if (code) throw new HarnessError(code, `create of ${meeting.name} fails as the script says`);
  }

  async end(meetingId: string, signal: AbortSignal): Promise<void> {
    this.log.push({ call: 'end', meetingId, atMs: this.#clock.nowMs() });
    const call = (this.#endCalls.get(meetingId) ?? 0) + 1;
    this.#endCalls.set(meetingId, call);
    await this.#wait(this.#script.endDelayMs, signal);
    const code = this.#script.failEnd?.(meetingId, call);
    if (code) throw new HarnessError(code, `end of ${meetingId} fails as the script says`);
    const runId = this.open.get(meetingId);
    if (runId !== undefined && this.#script.lingerMs !== undefined) this.#lingering.push({ meetingId, runId, untilMs: this.#clock.nowMs() + this.#script.lingerMs });
    this.open.delete(meetingId);
  }

  async foreign(signal: AbortSignal): Promise<readonly ForeignMeeting[]> {
    if (this.#clock.nowMs() > 0) await this.#wait(this.#script.foreignDelayMs, signal);
    const code = this.#script.failForeign?.(this.#clock.nowMs());
    if (code) throw new HarnessError(code, 'listing meetings fails as the script says');
    return this.#script.foreign?.(this.#clock.nowMs()) ?? [];
  }

  async otherRuns(): Promise<readonly ForeignMeeting[]> {
    return this.#script.otherRuns ?? [];
  }

  async ours(runId: string): Promise<readonly string[]> {
    const lingering = this.#lingering.filter((meeting) => meeting.runId === runId && meeting.untilMs > this.#clock.nowMs());
    return [...[...this.open].filter(([, run]) => run === runId).map(([meetingId]) => meetingId), ...lingering.map((meeting) => meeting.meetingId)];
  }

  async #wait(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (durationMs !== undefined && durationMs > 0) await sleep(this.#clock, durationMs, signal);
  }
}
