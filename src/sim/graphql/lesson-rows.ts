import { isIn, isInvited, roomsFor, type BreakoutRoom } from '../state/breakouts.js';
import { timestamptz, type SimMeeting } from '../state/meeting.js';
import { countsOf } from '../state/poll.js';
import type { SimUser } from '../state/user.js';
import type { Row } from './select.js';

/** Polls that wait for the user's answer, as `hasPendingPoll` asks for them. */
export function pendingPolls(meeting: SimMeeting, user: SimUser): readonly Row[] {
  const { poll } = meeting;
  if (!poll || poll.votes.has(user.userId) || poll.askedBy === user.userId) return [];
  return [
    {
      pollId: poll.pollId,
      type: poll.type,
      questionText: poll.question,
      secret: poll.secret,
      multipleResponses: poll.multiple,
      users: [{ userId: user.userId, responded: false, __typename: 'poll_user' }],
      options: poll.options.map((option) => ({ ...option, pollId: poll.pollId, __typename: 'poll_option' })),
      __typename: 'poll',
    },
  ];
}

export function pollRows(meeting: SimMeeting): readonly Row[] {
  return meeting.polls.map((poll) => {
    const voters = [...poll.votes].map(([userId, chosen]) => ({ user: { name: meeting.users.get(userId)?.name ?? '', userId, __typename: 'user_ref' }, optionDescIds: chosen.map((id) => poll.options[id]!.optionDesc), __typename: 'poll_user' }));
    return {
      pollId: poll.pollId,
      published: poll.published,
      ended: poll.ended,
      secret: poll.secret,
      questionText: poll.question,
      multipleResponses: poll.multiple,
      type: poll.type,
      createdAt: timestamptz(poll.createdMs),
      users: voters,
      responses: countsOf(poll).map(({ optionDesc, count }) => ({ optionDesc, optionResponsesCount: count, pollResponsesCount: poll.votes.size, __typename: 'poll_response' })),
      users_aggregate: { aggregate: { count: voters.length, __typename: 'poll_user_aggregate_fields' }, __typename: 'poll_user_aggregate' },
      __typename: 'poll',
    };
  });
}

export function breakoutRows(meeting: SimMeeting, user: SimUser): readonly Row[] {
  const { breakouts } = meeting;
  const showInvitation = isInvited(breakouts, user);
  return roomsFor(breakouts, user).map((room) => ({
    breakoutRoomId: room.breakoutRoomId,
    sequence: room.sequence,
    shortName: room.shortName,
    isDefaultName: room.isDefaultName,
    showInvitation,
    isLastAssignedRoom: room.assigned.has(user.userId),
    joinURL: room.urls.get(user.userId) ?? null,
    isUserCurrentlyInRoom: isIn(room, user),
    participants: peopleIn(room, meeting),
    __typename: 'breakoutRoom',
  }));
}

function peopleIn(room: BreakoutRoom, parent: SimMeeting): readonly Row[] {
  return parent
    .present()
    .filter((user) => isIn(room, user))
    .map((user) => ({ userId: user.userId, isAudioOnly: false, user: { name: user.name, nameSortable: user.name.toLowerCase(), __typename: 'user_ref' }, __typename: 'breakoutRoom_participant' }));
}

export function roomsSummary({ breakouts }: SimMeeting, user: SimUser): Row {
  const rooms = roomsFor(breakouts, user);
  return {
    totalOfBreakoutRooms: rooms.length,
    totalOfIsUserCurrentlyInRoom: rooms.filter((room) => isIn(room, user)).length,
    totalOfShowInvitation: isInvited(breakouts, user) ? rooms.length : 0,
    totalOfJoinURL: rooms.filter((room) => room.urls.has(user.userId)).length,
    __typename: 'breakoutRoom_user_summary',
  };
}

export function lastRoomRow({ breakouts }: SimMeeting, user: SimUser): Row | null {
  const room = breakouts?.rooms.find((one) => isIn(one, user));
  return room ? { isDefaultName: room.isDefaultName, sequence: room.sequence, shortName: room.shortName, currentlyInRoom: true, __typename: 'breakoutRoom_user' } : null;
}

export function roomsInCommon({ breakouts }: SimMeeting): Row | null {
  const first = breakouts?.rooms[0];
  if (!breakouts || !first) return null;
  return { durationInSeconds: breakouts.durationSeconds, freeJoin: first.freeJoin, sendInvitationToModerators: breakouts.inviteModerators, startedAt: timestamptz(breakouts.startedMs), __typename: 'meeting_breakoutRooms' };
}
