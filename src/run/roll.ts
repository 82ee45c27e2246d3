import type { Attendance } from '../schedule/plan.js';
import type { Peers } from '../vu/attendee.js';

/** A user that is in: what its own client shows of the others. */
export interface Present {
  peers(): Peers | undefined;
}

interface Entry {
  readonly attendance: Attendance;
  readonly state: 'starting' | 'in' | 'out';
  /** Run clock, when it came into this state. */
  readonly sinceMs: number;
  /** out: how long others may rightly go on counting it. */
  readonly lingerMs: number;
  readonly user: Present | undefined;
  readonly server: string | undefined;
}

/** Who is in for less than this may not be counted yet; who left, still. */
export const GRACE_MS = 10_000;
/** Who is in for so long has been told of the others. */
const INFORMED_MS = 3_000;
/** BBB removes who vanished 30 s after the last connection closed. */
const VANISHED_MS = 30_000 + GRACE_MS;

/** Who of a meeting is there, as the harness knows at one instant. */
export interface MeetingRoll {
  /** In now. */
  readonly present: readonly Attendance[];
  /** In for so long, and for a while to come, that everyone must count them. */
  readonly sure: readonly Attendance[];
  /** Those that may rightly be counted: in, on the way in, or just gone. */
  readonly possible: readonly Attendance[];
  /** Users that can be asked whom they see. */
  readonly witnesses: readonly Present[];
  readonly server: string | undefined;
}

/** The harness's own list of who is in which meeting. */
export class Roll {
  readonly #meetings = new Map<number, Map<number, Entry>>();

  starting(attendance: Attendance, atMs: number): void {
    this.#set({ attendance, state: 'starting', sinceMs: atMs, lingerMs: 0, user: undefined, server: undefined });
  }

  /** `user` undefined: it is played by another process. */
  in(attendance: Attendance, atMs: number, user: Present | undefined, server: string): void {
    this.#set({ attendance, state: 'in', sinceMs: atMs, lingerMs: 0, user, server });
  }

  /** `asPlanned`: it said good-bye. Else the servers find out by themselves. */
  out(attendance: Attendance, atMs: number, asPlanned: boolean): void {
    this.#set({ attendance, state: 'out', sinceMs: atMs, lingerMs: asPlanned ? GRACE_MS : VANISHED_MS, user: undefined, server: undefined });
  }

  /** Meetings with users that are in, may be, or were a moment ago; forgets those that are empty. */
  meetings(atMs: number): ReadonlyMap<number, MeetingRoll> {
    const rolls = new Map<number, MeetingRoll>();
    for (const [meeting, entries] of this.#meetings) {
      for (const [seq, { state, sinceMs, lingerMs }] of entries) if (state === 'out' && atMs - sinceMs > lingerMs) entries.delete(seq);
      if (entries.size === 0) this.#meetings.delete(meeting);
      else rolls.set(meeting, rollOf([...entries.values()], atMs));
    }
    return rolls;
  }

  #set(entry: Entry): void {
    const { meeting, seq } = entry.attendance;
    let entries = this.#meetings.get(meeting);
    if (!entries) this.#meetings.set(meeting, (entries = new Map()));
    entries.set(seq, entry);
  }
}

function rollOf(entries: readonly Entry[], atMs: number): MeetingRoll {
  const within = entries.filter(({ state }) => state === 'in');
  const settled = within.filter(({ attendance, sinceMs }) => atMs - sinceMs >= GRACE_MS && atMs < attendance.leaveMs);
  return {
    present: within.map(({ attendance }) => attendance),
    sure: settled.map(({ attendance }) => attendance),
    possible: entries.map(({ attendance }) => attendance),
    // A teacher sees everyone, also where pupils may not.
    witnesses: within
      .filter(({ sinceMs }) => atMs - sinceMs >= INFORMED_MS)
      .sort((a, b) => Number(b.attendance.role === 'teacher') - Number(a.attendance.role === 'teacher'))
      .flatMap(({ user }) => (user ? [user] : [])),
    server: within.find(({ server }) => server !== undefined)?.server,
  };
}
