import { sleep, type Clock } from '../core/clock.js';
import { unlessAborted } from '../core/deadline.js';
import type { RunEvent } from '../metrics/events.js';
import { countOfPeers, type Count } from '../run/compare-counts.js';
import type { Presence } from '../run/presence.js';
import { Roll, type MeetingRoll } from '../run/roll.js';
import type { Attendance, Plan } from '../schedule/plan.js';
import type { RunBus } from './bus.js';
import { LOOK, MAX_NAME_CHARS, MAX_NAMES, MEETINGS_PER_MESSAGE, parse, PEERS } from './messages.js';

/** Events travel in batches, and may have to be sent again. */
const EVENT_LAG_MS = 5_000;
/** Whoever has not answered by then is not waited for. */
const ANSWER_LIMIT_MS = 3_000;

export interface RemotePresenceOptions {
  readonly bus: RunBus;
  readonly plan: Plan;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Seats whose users are somewhere. */
  readonly seats: () => readonly number[];
}

/** Who is where, of users that workers play: by their events, and by asking what their clients show. */
export class RemotePresence implements Presence {
  readonly lagMs = EVENT_LAG_MS;
  readonly #options: RemotePresenceOptions;
  readonly #roll = new Roll();
  #runClock: { readonly atMs: number } | undefined;
  #look = 0;
  #answers: { readonly waiting: Set<number>; readonly seen: Map<number, Count[]>; readonly all: () => void } | undefined;

  constructor(options: RemotePresenceOptions) {
    this.#options = options;
    options.bus.hear('peers', (text) => this.#hear(text), options.signal);
  }

  /** Events of workers come on the run's clock. */
  keepTime(clock: { readonly atMs: number }): void {
    this.#runClock = clock;
  }

  /** An event of a user that was not known yet. */
  take(event: RunEvent): void {
    if (event.type === 'user-started') this.#with(event.seq, (attendance) => this.#roll.starting(attendance, event.atMs));
    else if (event.type === 'user-joined') this.#with(event.seq, (attendance) => this.#roll.in(attendance, event.atMs, undefined, event.server));
    else if (event.type === 'user-ended') this.#with(event.seq, (attendance) => this.#roll.out(attendance, event.atMs, event.outcome === 'left'));
  }

  rolls(): ReadonlyMap<number, MeetingRoll> {
    return this.#roll.meetings(this.#runClock?.atMs ?? 0);
  }

  async peers(signal: AbortSignal): Promise<ReadonlyMap<number, Count>> {
    const { bus, clock, seats } = this.#options;
    const look = ++this.#look;
    const seen = new Map<number, Count[]>();
    const enough = new AbortController();
    this.#answers = { waiting: new Set(seats()), seen, all: () => enough.abort() };
    bus.tell('look', JSON.stringify({ look }));
    // Not by AbortSignal.any, which would leave an entry of each look in the signal.
    await unlessAborted(sleep(clock, ANSWER_LIMIT_MS, enough.signal), signal).catch(() => undefined);
    enough.abort();
    signal.throwIfAborted();
    this.#answers = undefined;
    return new Map([...seen].flatMap(([meeting, counts]) => {
      const count = countOfPeers(counts.map(({ users, names }) => ({ count: users, names })));
      return count ? [[meeting, count] as const] : [];
    }));
  }

  #hear(text: string): void {
    const answer = parse(PEERS, text);
    const { waiting, seen, all } = this.#answers ?? {};
    if (!answer || !waiting || !seen || answer.look !== this.#look || !waiting.has(answer.seat)) return;
    for (const { meeting, users, names } of answer.meetings) seen.set(meeting, [...(seen.get(meeting) ?? []), { users, names }]);
    if (!answer.done) return;
    waiting.delete(answer.seat);
    if (waiting.size === 0) all?.();
  }

  #with(seq: number, use: (attendance: Attendance) => void): void {
    const attendance = this.#options.plan.attendances[seq];
    if (attendance) use(attendance);
  }
}

/** On a worker: answers each look with what the users of a seat are shown. */
export function answerLooks(bus: RunBus, seat: number, presence: Presence, signal: AbortSignal): void {
  bus.hear('look', (text) => {
    const question = parse(LOOK, text);
    if (!question) return;
    void presence.peers(signal).then((seen) => {
      const meetings = [...seen].map(([meeting, { users, names }]) => ({ meeting, users, ...(names === undefined || names.length > MAX_NAMES ? {} : { names: names.map((name) => name.slice(0, MAX_NAME_CHARS)) }) }));
      for (let from = 0; from === 0 || from < meetings.length; from += MEETINGS_PER_MESSAGE) {
        bus.tell('peers', JSON.stringify({ look: question.look, seat, done: from + MEETINGS_PER_MESSAGE >= meetings.length, meetings: meetings.slice(from, from + MEETINGS_PER_MESSAGE) }));
      }
    });
  }, signal);
}
