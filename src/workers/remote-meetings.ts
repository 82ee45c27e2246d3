import { HarnessError, type ErrorCode, ERROR_CODES } from '../core/errors.js';
import { meetingIdOf } from '../run/ledger.js';
import type { Meetings } from '../run/ports.js';
import type { RunBus } from './bus.js';
import { MEETING_STATE, parse, type MeetingState } from './messages.js';

/** The meetings of a run as a worker knows them: the coordinator creates and ends them and says so. */
export class RemoteMeetings implements Meetings {
  readonly #runId: string;
  readonly #known = new Map<number, MeetingState>();
  readonly #waiting = new Map<number, (() => void)[]>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  async follow(bus: RunBus, signal: AbortSignal): Promise<void> {
    await bus.watch(
      'meeting.*',
      (key, text) => {
        const index = Number(key.slice('meeting.'.length));
        const state = parse(MEETING_STATE, text);
        if (!state || !Number.isInteger(index)) return;
        this.#known.set(index, state);
        for (const look of this.#waiting.get(index) ?? []) look();
        this.#waiting.delete(index);
      },
      signal,
    );
  }

  idOf(index: number): string {
    return meetingIdOf(this.#runId, index);
  }

  /** Waits as long as its caller does: a user gives up after its own time. */
  async ready(index: number): Promise<void> {
    if (!this.#known.has(index)) await new Promise<void>((resolve) => this.#waiting.set(index, [...(this.#waiting.get(index) ?? []), resolve]));
    const state = this.#known.get(index)!;
    if (!state.ok) throw new HarnessError(state.code in ERROR_CODES ? (state.code as ErrorCode) : 'INTERNAL', state.message);
  }

  release(): void {
    // The coordinator hears of each user's end and counts for itself.
  }
}
