import { buildResponse } from '../../bbb/xml.js';
import type { SimMeeting } from '../state/meeting.js';
import type { SimUser } from '../state/user.js';

/** An HTTP answer of the simulated API. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const XML = 'text/xml;charset=utf-8';

export function xml(children: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, type: XML, body: buildResponse(children) };
}

export function failed(messageKey: string, message: string): Answer {
  return xml({ returncode: 'FAILED', messageKey, message });
}

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json;charset=utf-8', body: JSON.stringify(value) };
}

export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 302, type: 'text/plain', body: '', headers: { location, ...headers } };
}

/** `Mon Aug 03 11:27:00 UTC 2026` */
export function createDate(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}

export function createdBody(meeting: SimMeeting, duplicate: boolean): Record<string, unknown> {
  const { options } = meeting;
  return {
    returncode: 'SUCCESS',
    meetingID: meeting.externalId,
    internalMeetingID: meeting.internalId,
    parentMeetingID: options.parent?.meeting.internalId ?? 'bbb-none',
    attendeePW: options.attendeePw,
    moderatorPW: options.moderatorPw,
    createTime: meeting.createMs,
    voiceBridge: options.voiceBridge,
    dialNumber: '613-555-1234',
    createDate: createDate(meeting.createMs),
    hasUserJoined: meeting.hasUserJoined,
    duration: options.duration,
    hasBeenForciblyEnded: meeting.ended !== undefined,
    messageKey: duplicate ? 'duplicateWarning' : '',
    message: duplicate ? 'This conference was already in existence and may currently be in progress.' : '',
  };
}

/** The fields of getMeetingInfo and of each meeting in getMeetings, in the order of the template. */
export function meetingBody(meeting: SimMeeting): Record<string, unknown> {
  const { options } = meeting;
  const present = meeting.present();
  return {
    meetingName: options.name,
    meetingID: meeting.externalId,
    internalMeetingID: meeting.internalId,
    createTime: meeting.createMs,
    createDate: createDate(meeting.createMs),
    voiceBridge: options.voiceBridge,
    dialNumber: '613-555-1234',
    attendeePW: options.attendeePw,
    moderatorPW: options.moderatorPw,
    running: present.length > 0,
    duration: options.duration,
    hasUserJoined: meeting.hasUserJoined,
    recording: false,
    hasBeenForciblyEnded: meeting.ended !== undefined,
    startTime: meeting.startMs,
    endTime: 0,
    participantCount: present.length,
    listenerCount: present.filter((user) => user.voice?.listenOnly === true).length,
    voiceParticipantCount: present.filter((user) => user.voice?.listenOnly === false).length,
    videoCount: present.reduce((sum, user) => sum + user.cameras.size, 0),
    maxUsers: options.maxParticipants,
    moderatorCount: present.filter((user) => user.isModerator).length,
    attendees: { attendee: present.map(attendeeBody) },
    metadata: options.metadata,
    isBreakout: options.parent !== undefined,
    ...(options.parent ? { parentMeetingID: options.parent.meeting.internalId, sequence: options.parent.sequence, freeJoin: options.parent.freeJoin } : {}),
    ...(meeting.breakouts ? { breakoutRooms: { breakout: meeting.breakouts.rooms.map(({ breakoutRoomId }) => breakoutRoomId) } } : {}),
  };
}

function attendeeBody(user: SimUser): Record<string, unknown> {
  return { userID: user.extId, fullName: user.name, role: user.role, isPresenter: user.presenter, isListeningOnly: user.voice?.listenOnly === true, hasJoinedVoice: user.voice?.listenOnly === false, hasVideo: user.cameras.size > 0, clientType: 'HTML5' };
}
