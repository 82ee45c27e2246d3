import type { SimMeeting } from '../state/meeting.js';
import type { AskedRoom, BreakoutRoom } from '../state/breakouts.js';
import { timestamptz } from '../state/meeting.js';
import type { SimUser } from '../state/user.js';
import { LESSON_MUTATIONS } from './lesson-mutations.js';

export interface MutationContext {
  readonly meeting: SimMeeting;
  readonly user: SimUser;
  readonly clientSessionUuid: string;
  readonly nowMs: number;
  readonly nowWallMs: number;
  /** Faults and effects outside the meeting's state. */
  join(): void;
  say(text: string): void;
  mute(userId: string, muted: boolean): void;
  /** The client has sound over LiveKit, or has hung up. */
  hears(sound: boolean): void;
  end(byName: string): void;
  openBreakouts(rooms: readonly AskedRoom[], minutes: number, inviteModerators: boolean): void;
  inviteTo(room: BreakoutRoom): void;
  endBreakouts(reason: string): void;
}

type Args = Readonly<Record<string, unknown>>;
export type Mutation = (context: MutationContext, args: Args) => boolean;

const MAX_MESSAGE_CHARS = 5_000;
const TYPING_MS = 5_000;
const done = (): boolean => true;

/** Effects of the client's mutations on the meeting; false: refused. The answer `true` means queued, the effect follows as a push. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  ...LESSON_MUTATIONS,
  userJoinMeeting: ({ user, join }, args) => {
    if (args['authToken'] !== user.authToken) return false;
    join();
    return true;
  },
  userLeaveMeeting: ({ meeting, user, nowMs }) => {
    meeting.leave(user, 'loggedOut', nowMs);
    return true;
  },
  chatSendMessage: ({ say }, args) => {
    const text = args['chatMessageInMarkdownFormat'];
    if (typeof text !== 'string' || text === '' || text.length > MAX_MESSAGE_CHARS) return false;
    say(text);
    return true;
  },
  chatSetTyping: ({ meeting, user, nowMs }) => {
    if (!user.present) return false;
    user.typingUntilMs = nowMs + TYPING_MS;
    meeting.touch('typing', user);
    return true;
  },
  chatSetLastSeen: ({ meeting, user }, args) => {
    user.lastSeenChat = typeof args['lastSeenAt'] === 'string' ? args['lastSeenAt'].slice(0, 40) : null;
    meeting.touch('chat', user);
    return true;
  },
  userSetRaiseHand: ({ meeting, user, nowWallMs }, args) => {
    const target = meeting.users.get(String(args['userId'])) ?? user;
    if (target !== user && !user.isModerator) return false;
    target.raisedHandMs = args['raiseHand'] === true ? nowWallMs : undefined;
    meeting.touch('users', target);
    return true;
  },
  userSetAway: ({ meeting, user }, args) => {
    user.away = args['away'] === true;
    meeting.touch('users', user);
    return true;
  },
  userSetMuted: ({ meeting, user, mute }, args) => {
    const userId = typeof args['userId'] === 'string' ? args['userId'] : user.userId;
    if (userId !== user.userId && !user.isModerator) return false;
    if (meeting.users.get(userId)?.voice) mute(userId, args['muted'] === true);
    return true;
  },
  userSetListenOnlyInput: ({ meeting, user }, args) => {
    user.listenOnlyInput = args['listenOnlyInputDevice'] === true;
    meeting.touch('voice', user);
    return true;
  },
  userSetDeafened: ({ hears }, args) => {
    hears(args['deafened'] !== true);
    return true;
  },
  userSetTalking: ({ meeting, user, nowWallMs }, args) => {
    if (!user.voice) return false;
    user.voice.talking = args['talking'] === true;
    user.voice.changedMs = nowWallMs;
    meeting.touch('voice', user);
    return true;
  },
  userSetEchoTestRunning: ({ user, nowMs }) => {
    user.echoTestMs = nowMs;
    return true;
  },
  cameraBroadcastStart: ({ meeting, user }, args) => {
    const stream = args['stream'];
    // LiveKit's own word of the track may come later than the client's.
    const up = typeof stream === 'string' && (user.mediaUp.has(stream) || (meeting.options.bridges.camera === 'livekit' && stream.startsWith(user.userId)));
    if (!up) return false;
    user.cameras.add(stream);
    meeting.touch('cameras', user);
    return true;
  },
  cameraBroadcastStop: ({ meeting, user }, args) => {
    if (user.cameras.delete(String(args['stream']))) meeting.touch('cameras', user);
    return true;
  },
  userSetConnectionAlive: ({ meeting, user, clientSessionUuid, nowWallMs }, args) => {
    const status = user.statuses.get(clientSessionUuid);
    if (!status) return false;
    status.networkRttMs = typeof args['networkRttInMs'] === 'number' ? args['networkRttInMs'] : null;
    status.applicationRttMs = typeof args['applicationRttInMs'] === 'number' ? args['applicationRttInMs'] : null;
    status.traceLog = typeof args['traceLog'] === 'string' ? args['traceLog'].slice(0, 500) : null;
    status.updatedMs = nowWallMs;
    meeting.touch('status', user);
    return true;
  },
  meetingLayoutSetProps: ({ meeting, user, nowWallMs }, args) => {
    if (!user.presenter) return false;
    meeting.layout = { ...meeting.layout, cameraDockPlacement: args['cameraPosition'] ?? '', cameraWithFocus: args['focusedCamera'] ?? 'none', presentationMinimized: args['presentationIsOpen'] !== true, propagateLayout: args['syncWithPresenterLayout'] === true, updatedAt: timestamptz(nowWallMs) };
    meeting.touch('layout');
    meeting.notify({ notificationType: 'info', icon: 'user', messageId: 'app.layoutUpdate.label', messageValues: {}, isSingleUserNotification: true, createdAt: new Date(nowWallMs).toISOString(), __typename: 'notification' }, nowWallMs);
    return true;
  },
  presentationSetUploadCompletionNotified: ({ meeting }) => {
    meeting.presentationNotified = true;
    meeting.touch('presentation');
    return true;
  },
  userSetPresenter: ({ meeting, user }, args) => {
    const target = meeting.users.get(String(args['userId']));
    if (!user.isModerator || target?.present !== true) return false;
    for (const one of meeting.users.values()) one.presenter = one === target;
    meeting.touch('users');
    return true;
  },
  userEjectFromMeeting: ({ meeting, user, nowMs }, args) => {
    const target = meeting.users.get(String(args['userId']));
    if (!user.isModerator || target?.present !== true) return false;
    meeting.leave(target, { ejected: 'user_requested_eject_reason' }, nowMs);
    return true;
  },
  meetingEnd: ({ user, end }) => {
    if (!user.isModerator) return false;
    end(user.name);
    return true;
  },
  userSetClientSettings: done,
  userSetSpeechOptions: done,
  userSetExitReason: done,
  userSendActivitySign: done,
};
