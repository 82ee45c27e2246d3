import type { Clock } from '../../core/clock.js';
import { seededRandom, type Random } from '../../core/random.js';
import { Changes, type Topic } from './changes.js';
import { REMOVE_AFTER_MS, SimMeeting, type NewMeeting } from './meeting.js';
import type { SimUser } from './user.js';

/** BBB's palette for avatars. */
const COLOURS = ['#7b1fa2', '#6a1b9a', '#4a148c', '#5e35b1', '#512da8', '#4527a0', '#311b92', '#0d47a1', '#0277bd', '#01579b'];
/** An ended meeting is forgotten after this, as BBB's meeting cleanup does. */
const FORGET_AFTER_MS = 15_000;

/** Meetings of one server and who is in them, found by the ids that requests carry. */
export class Store {
  readonly meetings = new Map<string, SimMeeting>();
  readonly #byToken = new Map<string, { readonly meeting: SimMeeting; readonly user: SimUser }>();
  readonly #dirty = new Map<SimMeeting, Changes>();
  readonly #endedAtMs = new Map<SimMeeting, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  #colours = 0;

  constructor(clock: Clock, seed: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  create(options: NewMeeting): SimMeeting {
    const meeting = new SimMeeting(options, (one, topic, user) => this.#mark(one, topic, user));
    this.meetings.set(options.meetingId, meeting);
    return meeting;
  }

  register(meeting: SimMeeting, user: Omit<Parameters<SimMeeting['register']>[0], 'color' | 'nowWallMs'>): SimUser {
    const registered = meeting.register({ ...user, color: COLOURS[this.#colours++ % COLOURS.length]!, nowWallMs: this.#clock.wallMs() });
    this.#byToken.set(registered.sessionToken, { meeting, user: registered });
    return registered;
  }

  bySession(sessionToken: string): { readonly meeting: SimMeeting; readonly user: SimUser } | undefined {
    return this.#byToken.get(sessionToken);
  }

  byInternalId(internalId: string): SimMeeting | undefined {
    for (const meeting of this.meetings.values()) if (meeting.internalId === internalId) return meeting;
    return undefined;
  }

  /** Five digits not in use. */
  newVoiceBridge(): string {
    const used = new Set([...this.meetings.values()].map((one) => one.options.voiceBridge));
    for (;;) {
      const bridge = String(10_000 + this.#random.int(90_000));
      if (!used.has(bridge)) return bridge;
    }
  }

  /** Meetings with changes since the last call. */
  takeDirty(): ReadonlyMap<SimMeeting, Changes> {
    const taken = new Map(this.#dirty);
    for (const meeting of taken.keys()) meeting.pushed();
    this.#dirty.clear();
    return taken;
  }

  /** Once per second: removal after 30 s without a socket, typing marks, expiry; returns users and meetings that are gone. */
  sweep(): { readonly removed: readonly { readonly meeting: SimMeeting; readonly user: SimUser }[]; readonly forgotten: readonly SimMeeting[] } {
    const nowMs = this.#clock.nowMs();
    const removed: { meeting: SimMeeting; user: SimUser }[] = [];
    const forgotten: SimMeeting[] = [];
    for (const meeting of this.meetings.values()) {
      for (const user of meeting.users.values()) {
        if (user.removeAtMs !== undefined && nowMs >= user.removeAtMs) {
          user.removeAtMs = undefined;
          meeting.leave(user, 'loggedOut', nowMs);
          removed.push({ meeting, user });
        }
        if (user.typingUntilMs > 0 && nowMs >= user.typingUntilMs) {
          user.typingUntilMs = 0;
          meeting.touch('typing', user);
        }
      }
      this.#expire(meeting, nowMs);
      if (meeting.ended !== undefined && this.#overdue(meeting, nowMs)) forgotten.push(meeting);
    }
    for (const meeting of forgotten) this.#forget(meeting);
    return { removed, forgotten };
  }

  /** The last socket of a user closed. */
  lostSockets(meeting: SimMeeting, user: SimUser): void {
    if (!user.present) return;
    user.disconnected = true;
    user.removeAtMs = this.#clock.nowMs() + REMOVE_AFTER_MS;
    meeting.touch('users', user);
  }

  #expire(meeting: SimMeeting, nowMs: number): void {
    if (meeting.ended !== undefined || meeting.present().length > 0) return;
    const { expireIfNoUserJoinedMs, expireWhenLastUserLeftMs } = meeting.options;
    const limitMs = meeting.hasUserJoined ? expireWhenLastUserLeftMs : expireIfNoUserJoinedMs;
    if (limitMs > 0 && nowMs - meeting.emptySinceMs >= limitMs) meeting.end(meeting.hasUserJoined ? 'ENDED_WHEN_LAST_USER_LEFT' : 'ENDED_WHEN_NOT_JOINED', null);
  }

  #overdue(meeting: SimMeeting, nowMs: number): boolean {
    const endedMs = this.#endedAtMs.get(meeting);
    if (endedMs === undefined) this.#endedAtMs.set(meeting, nowMs);
    return endedMs !== undefined && nowMs - endedMs >= FORGET_AFTER_MS;
  }

  #forget(meeting: SimMeeting): void {
    this.meetings.delete(meeting.externalId);
    this.#endedAtMs.delete(meeting);
    this.#dirty.delete(meeting);
    for (const user of meeting.users.values()) this.#byToken.delete(user.sessionToken);
  }

  #mark(meeting: SimMeeting, topic: Topic, user?: SimUser): void {
    let changes = this.#dirty.get(meeting);
    if (!changes) {
      changes = new Changes();
      this.#dirty.set(meeting, changes);
    }
    changes.add(topic, user);
    // A meeting shows who is in its breakout rooms.
    if (topic === 'users' && meeting.options.parent) this.#mark(meeting.options.parent.meeting, 'breakouts');
  }
}
