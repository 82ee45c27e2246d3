import { signedUrl } from '../bbb/api-url.js';
import type { Clock } from '../core/clock.js';
import { uniqueToken } from '../core/random.js';
import { extIdIn, type AskedRoom, type BreakoutRoom } from './state/breakouts.js';
import type { SimMeeting } from './state/meeting.js';
import type { Store } from './state/store.js';
import type { SimUser } from './state/user.js';

export interface BreakoutHost {
  readonly store: Store;
  readonly clock: Clock;
  readonly secret: string;
  readonly apiUrl: string;
  end(meeting: SimMeeting, reason: string): void;
}

/** Who never comes into a room does not keep it; who leaves may come again. The rooms' own time ends them. */
const MINUTE_MS = 60_000;

/** Opens breakout rooms as bbb-apps-akka does: each is a meeting of its own on the same server, and each user gets a signed way in. */
export function openBreakouts({ store, clock, ...host }: BreakoutHost, parent: SimMeeting, asked: readonly AskedRoom[], minutes: number, inviteModerators: boolean): void {
  const rooms = asked.map((one): BreakoutRoom => {
    const meetingId = `${parent.internalId}-${one.sequence}-${uniqueToken(8)}`;
    const meeting = store.create({
      meetingId,
      name: one.name,
      attendeePw: uniqueToken(8),
      moderatorPw: uniqueToken(8),
      voiceBridge: store.newVoiceBridge(),
      duration: minutes,
      maxParticipants: 0,
      logoutUrl: '',
      metadata: {},
      expireIfNoUserJoinedMs: minutes * MINUTE_MS,
      expireWhenLastUserLeftMs: minutes * MINUTE_MS,
      nowWallMs: clock.wallMs(),
      nowMs: clock.nowMs(),
      bridges: parent.options.bridges,
      parent: { meeting: parent, sequence: one.sequence, freeJoin: one.freeJoin },
    });
    return { breakoutRoomId: meetingId, sequence: one.sequence, shortName: one.shortName, isDefaultName: one.isDefaultName, freeJoin: one.freeJoin, meeting, assigned: new Set(one.users.filter((userId) => parent.users.has(userId))), urls: new Map() };
  });
  parent.breakouts = { rooms, startedMs: clock.wallMs(), durationSeconds: minutes * 60, inviteModerators };
  for (const room of rooms) for (const userId of room.assigned) inviteTo(host, room, parent.users.get(userId)!);
  parent.touch('breakouts');
}

/** Gives a user a way into a room. */
export function inviteTo({ secret, apiUrl }: Pick<BreakoutHost, 'secret' | 'apiUrl'>, room: BreakoutRoom, user: SimUser): void {
  const params = { fullName: user.name, isBreakout: true, meetingID: room.meeting.externalId, parentMeetingID: room.meeting.options.parent!.meeting.internalId, redirect: true, role: user.role, sequence: room.sequence, userID: extIdIn(room, user) };
  room.urls.set(user.userId, signedUrl(apiUrl, 'join', params, secret));
  room.meeting.options.parent!.meeting.touch('breakouts');
}

/** Ends all rooms of a meeting; harmless without. */
export function endBreakouts({ end }: Pick<BreakoutHost, 'end'>, parent: SimMeeting, reason: string): void {
  const { breakouts } = parent;
  if (!breakouts) return;
  parent.breakouts = undefined;
  for (const { meeting } of breakouts.rooms) end(meeting, reason);
  parent.touch('breakouts');
}

/** Ends rooms whose time, or whose meeting, is over; to be called once per second. */
export function endOverdueBreakouts(host: Pick<BreakoutHost, 'store' | 'clock' | 'end'>): void {
  const nowMs = host.clock.wallMs();
  for (const meeting of [...host.store.meetings.values()]) {
    const { breakouts } = meeting;
    const isOver = breakouts && (meeting.ended !== undefined || (breakouts.durationSeconds > 0 && nowMs >= breakouts.startedMs + breakouts.durationSeconds * 1_000));
    if (isOver) endBreakouts(host, meeting, 'BREAKOUT_ENDED_EXCEEDING_DURATION');
  }
}
