import type { PlannedMeeting } from './plan.js';

/** BBB ends a meeting a minute after its last user has left (`meetingExpireWhenLastUserLeftInMinutes` = 1). */
export const EMPTY_MEETING_LIVES_MS = 60_000;

export interface Stay {
  readonly dueMs: number;
  readonly leaveMs: number;
}

/** What the meetings of one place have in common. */
export interface PlaceInDay {
  /** E.g. "lessons 3". */
  readonly name: string;
  /** Index of the part. */
  readonly part: number;
  readonly template: string;
}

/** One meeting from its creation to its end. */
interface Session {
  opensMs: number;
  closesMs: number;
  users: number;
}

/**
 * The meetings of one place in the timetable ("lessons 3"), from the stays of its users sorted by due time: one, or several when
 * everybody leaves for so long that BBB ends it. `stays[i]` is in the meeting with the index `meetingOf[i]`, counted from `firstIndex`.
 */
export function sessionsOf({ name, part, template }: PlaceInDay, stays: readonly Stay[], firstIndex: number): { readonly meetings: readonly PlannedMeeting[]; readonly meetingOf: readonly number[] } {
  const sessions: Session[] = [];
  const meetingOf = stays.map(({ dueMs, leaveMs }) => {
    const open = sessions.at(-1);
    if (open && dueMs < open.closesMs + EMPTY_MEETING_LIVES_MS) {
      open.closesMs = Math.max(open.closesMs, leaveMs);
      open.users++;
    } else sessions.push({ opensMs: dueMs, closesMs: leaveMs, users: 1 });
    return firstIndex + sessions.length - 1;
  });
  const meetings = sessions.map(({ opensMs, closesMs, users }, index) => ({
    index: firstIndex + index,
    name: index > 0 ? `${name} (${index + 1})` : name,
    part,
    template,
    users,
    opensMs,
    closesMs,
  }));
  return { meetings, meetingOf };
}
