import type { Bridge, Bridges } from '../../bbb/bridges.js';
import { verifyChecksum } from '../../bbb/checksum.js';
import type { Clock } from '../../core/clock.js';
import { uniqueToken } from '../../core/random.js';
import { REMOVE_AFTER_MS, type SimMeeting } from '../state/meeting.js';
import type { Store } from '../state/store.js';
import type { SimRole, SimUser } from '../state/user.js';
import { createdBody, failed, meetingBody, redirect, xml, type Answer } from './answers.js';

export interface CallContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly secret: string;
  /** `http://127.0.0.1:PORT` of this server. */
  readonly origin: string;
  readonly full: boolean;
  /** What carries media unless a create call says otherwise; undefined: there is no LiveKit. */
  readonly bridges: Bridges;
  readonly hasLivekit: boolean;
  /** Cookie of the request; '' if none. */
  readonly httpSession: string;
  end(meeting: SimMeeting, reason: string): void;
  /** A user has been let in. */
  admitted(meeting: SimMeeting, user: SimUser): void;
}

type Call = (context: CallContext, query: URLSearchParams) => Answer;

const MINUTE_MS = 60_000;
const TEXT = { min: 2, max: 256 };

/** Splits `a=1&checksum=…` as BBB does: the checksum covers the rest byte for byte. */
export function withoutChecksum(queryString: string): { readonly signed: string; readonly checksum: string } {
  const match = /(?:^|&)checksum=([^&]*)/.exec(queryString);
  return { signed: match ? queryString.replace(match[0], '').replace(/^&/, '') : queryString, checksum: match?.[1] ?? '' };
}

/** One signed API call: checksum first, then the parameters, one violation reported (ValidationService.java). */
export function answerCall(context: CallContext, call: string, queryString: string): Answer {
  const handler = CALLS[call];
  if (!handler) return failed('unsupportedRequest', 'This request is not supported.');
  const { signed, checksum } = withoutChecksum(queryString);
  const query = new URLSearchParams(signed);
  if (!verifyChecksum(checksum, call, signed, context.secret)) {
    const refusal = failed('checksumError', 'Checksums do not match');
    return call === 'join' ? refusedJoin(context, query, 'checksumError', 'Checksums do not match') : refusal;
  }
  return handler(context, query);
}

const CALLS: Readonly<Record<string, Call>> = {
  create: (context, query) => {
    const wrong = invalid(query, 'name') ?? invalid(query, 'meetingID') ?? wrongBridge(context, query);
    if (wrong) return wrong;
    const existing = context.store.meetings.get(query.get('meetingID')!);
    if (existing) return again(existing, query);
    return xml(createdBody(context.store.create(newMeeting(context, query)), false));
  },
  join: (context, query) => {
    const refuse = (key: string, message: string): Answer => refusedJoin(context, query, key, message);
    if ((query.get('fullName') ?? '') === '') return refuse('validationError', 'You must provide your name');
    const meeting = context.store.meetings.get(query.get('meetingID') ?? '');
    if (!meeting) return refuse('notFound', 'A meeting with that ID does not exist');
    if (meeting.ended !== undefined) return refuse('meetingForciblyEnded', 'You can not join a meeting that has already been forcibly ended');
    const role = roleOf(query, meeting);
    if (!role) return failed('Params required', 'You must provide a role or a password');
    const createTime = query.get('createTime');
    if (createTime !== null && createTime !== String(meeting.createMs)) return either(query, refuse, 'mismatchCreateTimeParam', 'The createTime parameter submitted mismatches with the current meeting.');
    const { maxParticipants } = meeting.options;
    if (context.full || (maxParticipants > 0 && meeting.present().length >= maxParticipants)) return either(query, refuse, 'maxParticipantsReached', 'The number of participants allowed for this meeting has been reached.');
    return joined(context, query, meeting, role);
  },
  isMeetingRunning: ({ store }, query) => xml({ returncode: 'SUCCESS', running: (store.meetings.get(query.get('meetingID') ?? '')?.present().length ?? 0) > 0 }),
  end: (context, query) => {
    const meeting = context.store.meetings.get(query.get('meetingID') ?? '');
    if (!meeting || meeting.ended !== undefined) return failed('notFound', 'A meeting with that ID does not exist');
    context.end(meeting, 'ENDED_FROM_API');
    return xml({ returncode: 'SUCCESS', messageKey: 'sentEndMeetingRequest', message: 'A request to end the meeting was sent. Please wait a few seconds, and then use the getMeetingInfo or isMeetingRunning API calls to verify that it was ended.' });
  },
  getMeetingInfo: ({ store }, query) => {
    const meeting = store.meetings.get(query.get('meetingID') ?? '');
    if (!meeting || meeting.ended !== undefined) return failed('notFound', 'A meeting with that ID does not exist');
    return xml({ returncode: 'SUCCESS', ...meetingBody(meeting) });
  },
  getMeetings: ({ store }) => {
    const meetings = [...store.meetings.values()].filter((one) => one.ended === undefined);
    if (meetings.length === 0) return xml({ returncode: 'SUCCESS', meetings: '', messageKey: 'noMeetings', message: 'No meetings were found on this server.' });
    return xml({ returncode: 'SUCCESS', meetings: { meeting: meetings.map(meetingBody) } });
  },
  sendChatMessage: ({ store, clock }, query) => {
    const meeting = store.meetings.get(query.get('meetingID') ?? '');
    if (!meeting || meeting.present().length === 0) return failed('meetingNotFound', 'A meeting with that ID does not exist');
    const [sender] = meeting.present();
    meeting.say(sender!, (query.get('message') ?? '').slice(0, 5_000), clock.wallMs());
    return xml({ returncode: 'SUCCESS', messageKey: '', message: '' });
  },
};

function invalid(query: URLSearchParams, name: string): Answer | undefined {
  const value = query.get(name);
  if (value === null || value === '') return failed('validationError', `You must provide a ${name}`);
  if (value.length < TEXT.min || value.length > TEXT.max) return failed('validationError', `${name} must be between ${TEXT.min} and ${TEXT.max} characters`);
  return name === 'meetingID' && value.includes(',') ? failed('validationError', 'meetingID must not contain a comma') : undefined;
}

function again(meeting: SimMeeting, query: URLSearchParams): Answer {
  if (meeting.ended !== undefined) return failed('meetingForciblyEnded', 'The meeting has already been forcibly ended');
  const differs = (name: string, value: string): boolean => query.get(name) !== null && query.get(name) !== value;
  if (differs('attendeePW', meeting.options.attendeePw) || differs('moderatorPW', meeting.options.moderatorPw)) return failed('idNotUnique', 'A meeting already exists with that meeting ID. Please use a different meeting ID.');
  return xml(createdBody(meeting, true));
}

function newMeeting({ store, clock, bridges }: CallContext, query: URLSearchParams): Parameters<Store['create']>[0] {
  const minutes = (name: string, otherwise: number): number => wholeOr(query.get(name), otherwise) * MINUTE_MS;
  return {
    meetingId: query.get('meetingID')!,
    name: query.get('name')!,
    attendeePw: query.get('attendeePW') ?? uniqueToken(8),
    moderatorPw: query.get('moderatorPW') ?? uniqueToken(8),
    voiceBridge: query.get('voiceBridge') ?? store.newVoiceBridge(),
    duration: wholeOr(query.get('duration'), 0),
    maxParticipants: wholeOr(query.get('maxParticipants'), 0),
    logoutUrl: query.get('logoutURL') ?? '',
    metadata: Object.fromEntries([...query].filter(([name]) => /^meta_[a-z][a-z0-9-]{0,63}$/i.test(name)).map(([name, value]) => [name.slice('meta_'.length), value.slice(0, 1_000)])),
    expireIfNoUserJoinedMs: minutes('meetingExpireIfNoUserJoinedInMinutes', 5),
    expireWhenLastUserLeftMs: minutes('meetingExpireWhenLastUserLeftInMinutes', 1),
    nowWallMs: clock.wallMs(),
    nowMs: clock.nowMs(),
    bridges: { audio: bridgeOf(query.get('audioBridge'), bridges.audio), camera: bridgeOf(query.get('cameraBridge'), bridges.camera), screen: bridgeOf(query.get('screenShareBridge'), bridges.screen) },
  };
}

const BRIDGES: Readonly<Record<string, Bridge>> = { livekit: 'livekit', 'bbb-webrtc-sfu': 'sfu', freeswitch: 'sfu' };

function bridgeOf(value: string | null, otherwise: Bridge): Bridge {
  return (value === null ? undefined : BRIDGES[value]) ?? otherwise;
}

function wrongBridge({ hasLivekit }: CallContext, query: URLSearchParams): Answer | undefined {
  for (const name of ['audioBridge', 'cameraBridge', 'screenShareBridge']) {
    const value = query.get(name);
    if (value === null || (Object.hasOwn(BRIDGES, value) && (value !== 'livekit' || hasLivekit))) continue;
    return failed('validationError', `${name} must be one of those that this server has`);
  }
  return undefined;
}

function wholeOr(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

function roleOf(query: URLSearchParams, meeting: SimMeeting): SimRole | undefined {
  const role = query.get('role')?.toUpperCase();
  if (role === 'MODERATOR' || role === 'VIEWER') return role;
  const password = query.get('password');
  if (password === meeting.options.moderatorPw) return 'MODERATOR';
  return password === meeting.options.attendeePw ? 'VIEWER' : undefined;
}

function joined(context: CallContext, query: URLSearchParams, meeting: SimMeeting, role: SimRole): Answer {
  const userdata = Object.fromEntries([...query].filter(([name]) => name.startsWith('userdata-')).map(([name, value]) => [name.slice('userdata-'.length, 100), value.slice(0, 500)]));
  const user = context.store.register(meeting, { name: query.get('fullName')!.slice(0, TEXT.max), role, extId: query.get('userID') ?? undefined, userdata });
  context.admitted(meeting, user);
  user.httpSession = context.httpSession === '' ? uniqueToken(32).toUpperCase() : context.httpSession;
  // Who never opens the client is forgotten (enteredUsersTimeout is 45 s; the removal after a lost socket is the same mechanism here).
  user.removeAtMs = context.clock.nowMs() + REMOVE_AFTER_MS + 15_000;
  const url = `${context.origin}/html5client/?sessionToken=${user.sessionToken}&shouldWaitForLayout=false`;
  const cookie = { 'set-cookie': `JSESSIONID=${user.httpSession}; Path=/; HttpOnly` };
  if (query.get('redirect') === 'false') return { ...xml(joinedBody(meeting, user, url)), headers: cookie };
  return redirect(url, cookie);
}

function joinedBody(meeting: SimMeeting, user: SimUser, url: string): Record<string, unknown> {
  return { returncode: 'SUCCESS', messageKey: 'successfullyJoined', message: 'You have joined successfully.', meeting_id: meeting.internalId, user_id: user.userId, auth_token: user.authToken, session_token: user.sessionToken, guestStatus: 'ALLOW', url };
}

/** Found by validation: 302 always, even with redirect=false, with the errors in the query. */
function refusedJoin(context: CallContext, query: URLSearchParams, key: string, message: string): Answer {
  const base = query.get('errorRedirectUrl') ?? query.get('logoutURL') ?? context.origin;
  const errors = encodeURIComponent(JSON.stringify([{ key, message }]));
  return redirect(`${base}${base.includes('?') ? '&' : '/?'}errors=${errors}`);
}

/** These honour redirect=false. */
function either(query: URLSearchParams, refuse: (key: string, message: string) => Answer, key: string, message: string): Answer {
  return query.get('redirect') === 'false' ? failed(key, message) : refuse(key, message);
}
