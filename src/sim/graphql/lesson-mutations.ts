import { askedRooms } from '../state/breakouts.js';
import { PAGES, timestamptz } from '../state/meeting.js';
import { pollOf, vote } from '../state/poll.js';
import type { Mutation } from './mutations.js';

const MAX_ANNOTATIONS = 100;
const MAX_BREAKOUT_MINUTES = 24 * 60;

/** Pages, emojis, muting, whiteboard, polls, breakout rooms. */
export const LESSON_MUTATIONS: Readonly<Record<string, Mutation>> = {
  userSetReactionEmoji: ({ meeting, user, nowWallMs }, args) => {
    user.reactionEmoji = typeof args['reactionEmoji'] === 'string' ? args['reactionEmoji'].slice(0, 16) : null;
    if (user.reactionEmoji !== null) meeting.react(user.reactionEmoji, nowWallMs);
    meeting.touch('users', user);
    return true;
  },
  meetingSetMuted: ({ meeting, user, mute }, args) => {
    if (!user.isModerator) return false;
    for (const one of meeting.present()) if (one.voice && !(args['exceptPresenter'] === true && one.presenter)) mute(one.userId, args['muted'] === true);
    return true;
  },
  presentationSetPage: ({ meeting, user }, args) => {
    const page = Number(String(args['pageId']).split('/')[1]);
    if (!user.presenter || args['presentationId'] !== meeting.presentationId || !Number.isInteger(page) || page < 1 || page > PAGES) return false;
    meeting.page = page;
    meeting.touch('presentation');
    return true;
  },
  presentationSetWriters: ({ meeting, user }, args) => {
    const { pageId, usersIds } = args;
    if (!user.presenter || pageId !== meeting.pageId || !Array.isArray(usersIds)) return false;
    meeting.whiteboard.setWriters(pageId, usersIds.filter((id): id is string => typeof id === 'string' && meeting.users.has(id)));
    meeting.touch('writers');
    return true;
  },
  presAnnotationSubmit: ({ meeting, user, nowWallMs }, args) => {
    const { pageId, annotations } = args;
    if (!meeting.mayWrite(user) || pageId !== meeting.pageId || !Array.isArray(annotations) || annotations.length > MAX_ANNOTATIONS) return false;
    const atMs = meeting.stamp(nowWallMs);
    const taken = annotations.map((one) => meeting.whiteboard.draw(pageId, user.userId, one, atMs, timestamptz(atMs)));
    meeting.touch('whiteboard');
    return taken.every(Boolean);
  },
  presentationPublishCursor: ({ meeting, user, nowWallMs }, args) => {
    const { whiteboardId, xPercent, yPercent } = args;
    if (!meeting.mayWrite(user) || whiteboardId !== meeting.pageId || typeof xPercent !== 'number' || typeof yPercent !== 'number') return false;
    const atMs = meeting.stamp(nowWallMs);
    meeting.whiteboard.point(user.userId, whiteboardId, xPercent, yPercent, atMs, timestamptz(atMs));
    meeting.touch('cursors');
    return true;
  },
  pollCreate: ({ meeting, user, nowWallMs }, args) => {
    const poll = user.presenter ? pollOf(args, user.userId, nowWallMs) : undefined;
    if (!poll) return false;
    meeting.ask(poll);
    return true;
  },
  pollSubmitUserVote: ({ meeting, user }, args) => {
    const { poll } = meeting;
    if (poll?.pollId !== args['pollId'] || !poll || poll.askedBy === user.userId || !vote(poll, user.userId, args['answerIds'])) return false;
    meeting.touch('polls');
    return true;
  },
  pollPublishResult: ({ meeting, user, nowWallMs }, args) => {
    const { poll } = meeting;
    if (!user.presenter || !poll || poll.pollId !== args['pollId']) return false;
    meeting.publishPoll(poll, user, nowWallMs);
    return true;
  },
  breakoutRoomCreate: ({ meeting, user, openBreakouts }, args) => {
    const rooms = askedRooms(args['rooms']);
    const minutes = args['durationInMinutes'];
    if (!user.isModerator || !rooms || meeting.breakouts || meeting.options.parent || typeof minutes !== 'number' || !(minutes >= 0 && minutes <= MAX_BREAKOUT_MINUTES)) return false;
    openBreakouts(rooms, minutes, args['sendInviteToModerators'] === true);
    return true;
  },
  breakoutRoomRequestJoinUrl: ({ meeting, user, inviteTo }, args) => {
    const room = meeting.breakouts?.rooms.find(({ breakoutRoomId }) => breakoutRoomId === args['breakoutRoomId']);
    if (!room || !(user.isModerator || room.freeJoin || room.assigned.has(user.userId))) return false;
    inviteTo(room);
    return true;
  },
  breakoutRoomEndAll: ({ meeting, user, endBreakouts }) => {
    if (!user.isModerator || !meeting.breakouts) return false;
    endBreakouts('BREAKOUT_ENDED_BY_MOD');
    return true;
  },
};
