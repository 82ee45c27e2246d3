import { HarnessError, type ErrorCode } from '../core/errors.js';
import { redact } from '../core/redact.js';

interface KeyMeaning {
  readonly code: ErrorCode;
  readonly hint: string;
}

const key = (code: ErrorCode, hint: string): KeyMeaning => ({ code, hint });

const PARAMETERS = 'this is a parameter that Firstbell sent; please report it with the BBB version';

/**
 * What each FAILED messageKey means for a load test. Keys of BBB (ApiController.groovy, ValidationService.java, api.md) and of
 * Scalelite (bbb_errors.rb).
 */
export const MESSAGE_KEYS: Readonly<Record<string, KeyMeaning>> = {
  checksumError: key('API_CHECKSUM', 'compare the shared secret with `bbb-conf --secret` on the server (behind a load balancer: the balancer\'s secret); `firstbell doctor` says which checksum algorithms it allows'),
  validationError: key('API_VALIDATION', PARAMETERS),
  emptyError: key('API_VALIDATION', PARAMETERS),
  nullError: key('API_VALIDATION', PARAMETERS),
  sizeError: key('API_VALIDATION', PARAMETERS),
  missingParameters: key('API_VALIDATION', PARAMETERS),
  missingParamMeetingID: key('API_VALIDATION', PARAMETERS),
  missingParamRecordID: key('API_VALIDATION', PARAMETERS),
  missingParamPublish: key('API_VALIDATION', PARAMETERS),
  'Params required': key('API_VALIDATION', 'join needs a role or a password that matches'),
  invalidPassword: key('API_VALIDATION', 'join needs a role or a password that matches'),
  notFound: key('MEETING_NOT_FOUND', 'the meeting ended, expired before anyone joined, or the balancer lost it'),
  meetingNotFound: key('MEETING_NOT_FOUND', 'the meeting is not running'),
  meetingForciblyEnded: key('MEETING_ENDED', 'someone ended the meeting; look for who called `end`'),
  idNotUnique: key('MEETING_ID_TAKEN', 'a meeting with this id exists; `firstbell cleanup` ends what earlier runs left'),
  nonUniqueVoiceBridge: key('MEETING_ID_TAKEN', 'the voice bridge is in use; try again'),
  parentMeetingIDMissing: key('API_VALIDATION', PARAMETERS),
  parentMeetingDoesNotExist: key('MEETING_NOT_FOUND', 'the parent of a breakout room is gone'),
  invalidSharedNotesEditor: key('API_VALIDATION', PARAMETERS),
  mismatchCreateTimeParam: key('JOIN_DENIED', 'the join link is older than the meeting'),
  maxParticipantsReached: key('MEETING_FULL', 'raise maxParticipants or the server\'s limit, or plan fewer users'),
  guestDeniedAccess: key('JOIN_DENIED', 'the guest policy of the meeting keeps users out'),
  guestDeny: key('JOIN_DENIED', 'the guest policy of the meeting keeps users out'),
  missingToken: key('JOIN_DENIED', 'the session is not known to the server any more'),
  missingSession: key('JOIN_DENIED', 'the session is not known to the server any more'),
  sessionMissing: key('JOIN_DENIED', 'the session is not known to the server any more'),
  apiNotEnabled: key('API_REFUSED', 'the API is switched off in the server\'s configuration'),
  unsupportedRequest: key('API_REFUSED', 'the load balancer does not know this call'),
  unsupportedContentType: key('API_REFUSED', PARAMETERS),
  internalError: key('API_REFUSED', 'the load balancer could not serve the call; look at its log'),
  serverTagUnavailable: key('NO_SERVER_AVAILABLE', 'no server with the required tag is online'),
  serverUnavailable: key('NO_SERVER_AVAILABLE', 'the server of this meeting is disabled or offline'),
};

const MAX_CHARS = 200;
const MAX_KEY_CHARS = 64;

/** Text of a server as a message may carry it: short, on one line, without control characters (terminals obey them) and credentials. */
export function serverWords(text: string, maxChars = MAX_CHARS): string {
  return redact(
    text
      .slice(0, maxChars)
      .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
      .trim(),
  );
}

/** The error for a FAILED answer. Keys that we do not know become API_REFUSED with the server's own words. */
export function errorForKey(attempted: string, messageKey: string, message: string): HarnessError {
  if (messageKey === 'internalError' && /available servers/i.test(message)) {
    return new HarnessError('NO_SERVER_AVAILABLE', `${attempted}: the load balancer has no available server`, { hint: 'enable servers in the balancer and look at its poll log' });
  }
  const meaning = Object.hasOwn(MESSAGE_KEYS, messageKey) ? MESSAGE_KEYS[messageKey] : undefined;
  const { code, hint } = meaning ?? key('API_REFUSED', 'see the log of bbb-web on that server');
  const words = serverWords(message);
  return new HarnessError(code, `${attempted}: refused with ${serverWords(messageKey, MAX_KEY_CHARS) || 'no messageKey'}${words === '' ? '' : ` ("${words}")`}`, { hint });
}
