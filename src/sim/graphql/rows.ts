import type { Bridge } from '../../bbb/bridges.js';
import type { Topic } from '../state/changes.js';
import type { ChatMessage, SimMeeting, StreamRow } from '../state/meeting.js';
import { PAGES, timestamptz } from '../state/meeting.js';
import type { ConnectionStatus, SimUser } from '../state/user.js';
import { breakoutRows, lastRoomRow, pendingPolls, pollRows, roomsInCommon, roomsSummary } from './lesson-rows.js';
import type { Row } from './select.js';

/** Who sees what of a root field: all the same, each something else, or each only what is their own, whatever becomes of others. */
export type View = 'common' | 'personal' | 'own';

/** A root field of the schema: which topics change it, for whom, and its rows. */
export interface Table {
  readonly topics: readonly Topic[];
  readonly view: View;
  rows(meeting: SimMeeting, user: SimUser, args: Readonly<Record<string, unknown>>): readonly Row[];
}

/** A `…_stream` root: rows newer than the cursor are delivered once. */
export interface StreamTable {
  readonly topics: readonly Topic[];
  rows(meeting: SimMeeting, user: SimUser): readonly StreamRow[];
}

const PRESENTATION_SIZE = { width: 1440, height: 810 } as const;

function voiceRow(user: SimUser): Row | null {
  const { voice } = user;
  if (!voice) return null;
  return { joined: true, listenOnly: voice.listenOnly, muted: voice.muted, talking: voice.talking, deafened: false, floor: voice.talking, lastFloorTime: null, userId: user.userId, voiceUserId: user.userId, listenOnlyInputDevice: user.listenOnlyInput, __typename: 'user_voice' };
}

export function userRow(meeting: SimMeeting, user: SimUser): Row {
  return {
    isDialIn: false,
    userId: user.userId,
    meetingId: meeting.internalId,
    extId: user.extId,
    name: user.name,
    nameSortable: user.name.toLowerCase(),
    isModerator: user.isModerator,
    role: user.role,
    color: user.color,
    avatar: '',
    away: user.away,
    raiseHand: user.raisedHandMs !== undefined,
    raiseHandTime: user.raisedHandMs === undefined ? null : timestamptz(user.raisedHandMs),
    reactionEmoji: user.reactionEmoji,
    presenter: user.presenter,
    pinned: false,
    locked: !user.isModerator,
    authed: true,
    mobile: false,
    bot: false,
    guest: false,
    clientType: 'HTML5',
    disconnected: user.disconnected,
    loggedOut: user.loggedOut,
    registeredAt: timestamptz(user.registeredMs),
    joined: user.joined,
    currentlyInMeeting: user.present,
    speechLocale: '',
    webcamBackground: '',
    voice: voiceRow(user),
    cameras: [...user.cameras].map((streamId) => ({ streamId, __typename: 'user_camera' })),
    whiteboardWriteAccess: meeting.mayWrite(user),
    lastBreakoutRoom: lastRoomRow(meeting, user),
    userLockSettings: { disablePublicChat: false, __typename: 'user_lockSettings' },
    __typename: 'user',
  };
}

function currentRow(meeting: SimMeeting, user: SimUser): Row {
  return {
    ...userRow(meeting, user),
    authToken: user.authToken,
    clientType: user.joined ? 'HTML5' : null,
    ejectReason: user.ejected === undefined ? null : 'Removed from the meeting',
    ejectReasonCode: user.ejected ?? null,
    ejected: user.ejected === undefined ? null : true,
    guestStatus: 'ALLOW',
    inactivityWarningDisplay: false,
    inactivityWarningTimeoutSecs: null,
    isDialIn: user.joined ? false : null,
    logoutUrl: meeting.options.logoutUrl,
    joinErrorCode: null,
    joinErrorMessage: null,
    mobile: user.joined ? false : null,
    pinned: user.joined ? false : null,
    presenter: user.joined ? user.presenter : null,
    speechLocale: user.joined ? '' : null,
    captionLocale: user.joined ? '' : null,
    locked: false,
    meeting: { ended: meeting.ended !== undefined, endedReasonCode: meeting.ended ?? null, endedByUserName: meeting.endedBy, logoutUrl: meeting.options.logoutUrl, __typename: 'meeting' },
    breakoutRoomsSummary: roomsSummary(meeting, user),
    sessionCurrent: { enforceLayout: null, __typename: 'user_session_current' },
    // 3.0 asks for the first, 4.0 for the second.
    livekit: user.livekitToken === undefined ? null : { livekitToken: user.livekitToken, __typename: 'user_livekit' },
    livekitRooms: user.livekitToken === undefined ? [] : [{ purpose: 'primary', roomName: meeting.internalId, token: user.livekitToken, __typename: 'user_livekitRoom' }],
    __typename: 'user_current',
  };
}

function meetingRow(meeting: SimMeeting, user: SimUser): Row {
  return {
    meetingId: meeting.internalId,
    extId: meeting.externalId,
    name: meeting.options.name,
    isBreakout: meeting.options.parent !== undefined,
    ended: meeting.ended !== undefined,
    endedReasonCode: meeting.ended ?? null,
    durationInSeconds: meeting.options.duration * 60,
    ...bridgeColumns(meeting),
    lockSettings: { disableCam: false, disableMic: false, disableNotes: false, disablePrivateChat: false, disablePublicChat: false, hasActiveLockSetting: false, hideUserList: false, hideViewersCursor: false, hideViewersAnnotation: false, webcamsOnlyForModerator: false, lockOnJoin: true, lockOnJoinConfigurable: false, __typename: 'meeting_lockSettings' },
    learningDashboard: { learningDashboardAccessToken: '', __typename: 'meeting_learningDashboard' },
    screenshare: meeting.screenshareSince === undefined ? null : { contentType: 'screenshare', hasAudio: false, screenshareConf: meeting.options.voiceBridge, screenshareId: 'screen', startedAt: meeting.screenshareSince, stoppedAt: null, stream: meeting.screenshareStream, vidHeight: 720, vidWidth: 1280, voiceConf: meeting.options.voiceBridge, __typename: 'screenshare' },
    usersPolicies: { guestPolicy: 'ALWAYS_ACCEPT', guestLobbyMessage: null, webcamsOnlyForModerator: false, __typename: 'meeting_usersPolicies' },
    layout: meeting.layout,
    breakoutRoomsCommonProperties: roomsInCommon(meeting),
    externalVideo: null,
    componentsFlags: { hasBreakoutRoom: meeting.breakouts !== undefined, hasCameraAsContent: false, hasCaption: false, hasCurrentPresentation: true, hasExternalVideo: false, hasPoll: meeting.poll !== undefined, hasScreenshare: meeting.screenshareSince !== undefined, hasScreenshareAsContent: false, hasSharedNotes: true, hasTimer: false, isSharedNotesPinned: false, showRemainingTime: false, __typename: 'meeting_componentFlags' },
    polls: pendingPolls(meeting, user),
    __typename: 'meeting',
  };
}

/** As create parameters, GraphQL and static data name them. */
export function bridgeColumns({ options: { bridges } }: SimMeeting): { readonly audioBridge: string; readonly cameraBridge: string; readonly screenShareBridge: string } {
  const name = (bridge: Bridge): string => (bridge === 'livekit' ? 'livekit' : 'bbb-webrtc-sfu');
  return { audioBridge: name(bridges.audio), cameraBridge: name(bridges.camera), screenShareBridge: name(bridges.screen) };
}

function cameraRows(meeting: SimMeeting): Row[] {
  return meeting.present().flatMap((user) => [...user.cameras].map((streamId) => ({ streamId, user: userRow(meeting, user), voice: voiceRow(user), __typename: 'user_camera' })));
}

function pageRow(meeting: SimMeeting): Row {
  const { width, height } = PRESENTATION_SIZE;
  return { height, width, isCurrentPage: true, num: meeting.page, pageId: meeting.pageId, scaledHeight: height, scaledViewBoxHeight: height, scaledViewBoxWidth: width, scaledWidth: width, urlsJson: '/html5client/slide.svg', xOffset: 0, yOffset: 0, presentationId: meeting.presentationId, content: '', downloadFileUri: null, totalPages: PAGES, downloadable: false, presentationName: 'default.pdf', isDefaultPresentation: true, infiniteWhiteboard: false, nextPagesSvg: null, fitToWidth: false, __typename: 'pres_page_curr' };
}

function presentationRow(meeting: SimMeeting): Row {
  return { uploadTemporaryId: '', uploadInProgress: false, current: true, downloadFileUri: null, downloadable: false, uploadErrorDetailsJson: null, uploadErrorMsgKey: null, filenameConverted: 'default.pdf', isDefault: true, name: 'default.pdf', totalPages: PAGES, totalPagesUploaded: PAGES, presentationId: meeting.presentationId, removable: true, uploadCompletionNotified: meeting.presentationNotified, uploadCompleted: true, exportToChatInProgress: false, exportToChatStatus: null, exportToChatCurrentPage: null, exportToChatHasError: null, __typename: 'pres_presentation' };
}

function messageRow(meeting: SimMeeting, message: ChatMessage): Row {
  const sender = meeting.users.get(message.senderId);
  return { messageId: message.messageId, messageSequence: message.sequence, chatId: PUBLIC_CHAT, chatEmphasizedText: true, message: message.text, messageAsHtml: message.text, messageType: message.type, messageMetadata: message.metadata, createdAt: timestamptz(message.sentMs), editedAt: null, deletedAt: null, replyToMessage: null, reactions: [], senderId: message.senderId, senderName: message.senderName, senderRole: message.senderRole, user: sender ? userRow(meeting, sender) : null, __typename: 'chat_message_public' };
}

export const PUBLIC_CHAT = 'MAIN-PUBLIC-GROUP-CHAT';

const none: Table = { topics: [], view: 'common', rows: () => [] };
const table = (topics: readonly Topic[], rows: Table['rows'], view: View = 'common'): Table => ({ topics, view, rows });

/** Tables of ordinary roots; `<name>_aggregate` of each exists, too. */
export const TABLES: Readonly<Record<string, Table>> = {
  user_current: table(['users', 'voice', 'cameras', 'meeting', 'presentation', 'writers', 'breakouts'], (meeting, user) => [currentRow(meeting, user)], 'own'),
  user: table(['users', 'voice', 'cameras', 'presentation', 'writers', 'breakouts'], (meeting) => meeting.present().map((one) => userRow(meeting, one))),
  // Polls that wait for an answer differ per user, but who asks for them says for whom: no two have the same variables.
  meeting: table(['meeting', 'layout', 'polls', 'breakouts'], (meeting, user) => [meetingRow(meeting, user)]),
  poll: table(['polls'], (meeting) => pollRows(meeting)),
  breakoutRoom: table(['breakouts', 'users'], (meeting, user) => breakoutRows(meeting, user), 'personal'),
  user_camera: table(['cameras', 'users', 'voice'], (meeting) => cameraRows(meeting)),
  chat: table(['chat'], (meeting, user) => [{ chatId: PUBLIC_CHAT, participant: null, totalMessages: meeting.chat.length, totalUnread: unread(meeting, user), public: true, lastSeenAt: user.lastSeenChat, __typename: 'chat' }], 'own'),
  chat_message_public: table(['chat'], (meeting) => meeting.chat.map((one) => messageRow(meeting, one))),
  user_typing_public: table(['typing'], (meeting) => meeting.present().filter((one) => one.typingUntilMs > 0).map((one) => ({ userId: one.userId, isCurrentlyTyping: true, user: userRow(meeting, one), __typename: 'user_typing_public' }))),
  pres_page_curr: table(['presentation'], (meeting) => [pageRow(meeting)]),
  pres_presentation: table(['presentation'], (meeting) => [presentationRow(meeting)]),
  user_connectionStatus: table(['status'], (meeting, user) => [...user.statuses.values()].map((one) => ({ meetingId: meeting.internalId, userId: user.userId, sessionToken: user.sessionToken, clientSessionUUID: one.clientSessionUuid, traceLog: traceOf(one), networkRttInMs: one.networkRttMs, applicationRttInMs: one.applicationRttMs, statusUpdatedAt: timestamptz(one.updatedMs), __typename: 'user_connectionStatus' })), 'own'),
  sharedNotes: table([], () => [{ sharedNotesExtId: 'notes', lastRev: null, __typename: 'sharedNotes' }]),
  user_whiteboardCursorAccess: table(['users'], (meeting) => meeting.present().filter((one) => one.presenter).map((one) => ({ ...userRow(meeting, one), __typename: 'user_whiteboardCursorAccess' }))),
  user_whiteboardWriteAccess: table(['users', 'presentation', 'writers'], (meeting) => meeting.present().filter((one) => meeting.mayWrite(one)).map((one) => ({ ...userRow(meeting, one), __typename: 'user_whiteboardWriteAccess' }))),
  timer: none,
  plugin: none,
  pluginDataChannelEntry_public: none,
  pluginDataChannelEntry_private: none,
  meeting_recording: none,
  caption_activeLocales: none,
  pres_annotation_curr: table(['whiteboard', 'presentation'], (meeting) => meeting.whiteboard.shapes(meeting.pageId)),
  user_guest: none,
  user_mediaGroup: none,
};

export const STREAMS: Readonly<Record<string, StreamTable>> = {
  notification_stream: { topics: ['notifications'], rows: (meeting) => meeting.notifications },
  user_reaction_stream: { topics: ['reactions'], rows: (meeting) => meeting.reactions },
  user_voice_activity_stream: { topics: ['voice'], rows: (meeting) => voiceActivity(meeting) },
  pres_page_cursor_stream: { topics: ['cursors'], rows: (meeting) => meeting.whiteboard.cursors.filter(({ row }) => row['pageId'] === meeting.pageId) },
  pres_annotation_history_curr_stream: { topics: ['whiteboard'], rows: (meeting) => meeting.whiteboard.history },
};

/** One row per user with a microphone, at the instant of its last change: the stream's cursor picks what is new. */
function voiceActivity(meeting: SimMeeting): StreamRow[] {
  return meeting
    .present()
    .filter((user) => user.voice !== undefined && !user.voice.listenOnly)
    .map((user) => {
      const voice = user.voice!;
      const changed = timestamptz(voice.changedMs);
      return { atMs: voice.changedMs, row: { muted: voice.muted, startTime: voice.talking ? changed : null, endTime: voice.talking ? null : changed, talking: voice.talking, userId: user.userId, voiceUserId: user.userId, voiceActivityAt: changed, leftVoiceConf: false, user: { role: user.role, color: user.color, name: user.name, speechLocale: '', __typename: 'user_ref' }, __typename: 'user_voice_activity_stream' } };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** With the times of the stages that bbb-graphql-middleware appends as it sends the row. */
function traceOf({ traceLog, updatedMs }: ConnectionStatus): string | null {
  return traceLog === null || traceLog === '' ? traceLog : `${traceLog}@pg|${timestamptz(updatedMs)}@gqlmiddleware|${new Date(updatedMs).toISOString()}`;
}

function unread(meeting: SimMeeting, user: SimUser): number {
  if (user.lastSeenChat === null) return meeting.chat.length;
  const seenMs = Date.parse(user.lastSeenChat);
  return meeting.chat.filter((one) => one.sentMs > seenMs && one.senderId !== user.userId).length;
}
