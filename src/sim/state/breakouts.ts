import type { SimMeeting } from './meeting.js';
import type { SimUser } from './user.js';

/** A breakout room: a meeting of its own with a place in its parent. */
export interface BreakoutRoom {
  readonly breakoutRoomId: string;
  readonly sequence: number;
  readonly shortName: string;
  readonly isDefaultName: boolean;
  readonly freeJoin: boolean;
  readonly meeting: SimMeeting;
  /** Who was sent there. */
  readonly assigned: ReadonlySet<string>;
  /** Users and their way in, once they have one. */
  readonly urls: Map<string, string>;
}

export interface Breakouts {
  readonly rooms: readonly BreakoutRoom[];
  readonly startedMs: number;
  readonly durationSeconds: number;
  readonly inviteModerators: boolean;
}

/** What `breakoutRoomCreate` says of one room. */
export interface AskedRoom {
  readonly name: string;
  readonly shortName: string;
  readonly isDefaultName: boolean;
  readonly sequence: number;
  readonly freeJoin: boolean;
  readonly users: readonly string[];
}

/** bbb-apps-akka takes no more (settings.yml, public.app.breakouts.breakoutRoomLimit is 16; operators raise it). */
const MAX_ROOMS = 50;

/** Rooms from the arguments of the mutation; undefined: the server would refuse them. */
export function askedRooms(rooms: unknown): readonly AskedRoom[] | undefined {
  if (!Array.isArray(rooms) || rooms.length === 0 || rooms.length > MAX_ROOMS) return undefined;
  const asked: AskedRoom[] = [];
  for (const room of rooms as readonly unknown[]) {
    const { name, shortName, isDefaultName, sequence, freeJoin, users } = (typeof room === 'object' && room !== null ? room : {}) as Record<string, unknown>;
    if (typeof name !== 'string' || name === '' || typeof sequence !== 'number' || !Array.isArray(users)) return undefined;
    asked.push({ name: name.slice(0, 100), shortName: typeof shortName === 'string' ? shortName.slice(0, 100) : name.slice(0, 100), isDefaultName: isDefaultName === true, sequence, freeJoin: freeJoin === true, users: users.filter((id): id is string => typeof id === 'string') });
  }
  return asked;
}

/** The external id that a user has in a room, by which it is known to be the same person. */
export function extIdIn(room: Pick<BreakoutRoom, 'sequence'>, user: Pick<SimUser, 'extId'>): string {
  return `${user.extId}-${room.sequence}`;
}

/** Whether the user is in the room now. */
export function isIn(room: BreakoutRoom, user: SimUser): boolean {
  const extId = extIdIn(room, user);
  return room.meeting.present().some((one) => one.extId === extId);
}

/** Rooms that the user is shown: moderators all, others those that they may enter. */
export function roomsFor(breakouts: Breakouts | undefined, user: SimUser): readonly BreakoutRoom[] {
  return (breakouts?.rooms ?? []).filter((room) => user.isModerator || room.freeJoin || room.assigned.has(user.userId));
}

/** The client asks the user to come; moderators only if the one who opened the rooms wanted that. */
export function isInvited(breakouts: Breakouts | undefined, user: SimUser): boolean {
  if (!breakouts || (user.isModerator && !breakouts.inviteModerators)) return false;
  const rooms = roomsFor(breakouts, user);
  return rooms.length > 0 && !rooms.some((room) => isIn(room, user));
}
