import { describe, expect, it } from 'vitest';
import { errorForKey, MESSAGE_KEYS, serverWords } from '../../../src/bbb/message-keys.js';
import type { ErrorCode } from '../../../src/core/errors.js';

/** Every key with which BBB (ApiController, ValidationService) or Scalelite (bbb_errors.rb) answers FAILED, and what it means to a run. */
const EXPECTED: Readonly<Record<string, ErrorCode>> = {
  checksumError: 'API_CHECKSUM',
  validationError: 'API_VALIDATION',
  emptyError: 'API_VALIDATION',
  nullError: 'API_VALIDATION',
  sizeError: 'API_VALIDATION',
  invalidPassword: 'API_VALIDATION',
  'Params required': 'API_VALIDATION',
  parentMeetingIDMissing: 'API_VALIDATION',
  invalidSharedNotesEditor: 'API_VALIDATION',
  missingParamMeetingID: 'API_VALIDATION',
  missingParamRecordID: 'API_VALIDATION',
  missingParamPublish: 'API_VALIDATION',
  missingParameters: 'API_VALIDATION',
  notFound: 'MEETING_NOT_FOUND',
  meetingNotFound: 'MEETING_NOT_FOUND',
  parentMeetingDoesNotExist: 'MEETING_NOT_FOUND',
  meetingForciblyEnded: 'MEETING_ENDED',
  idNotUnique: 'MEETING_ID_TAKEN',
  nonUniqueVoiceBridge: 'MEETING_ID_TAKEN',
  maxParticipantsReached: 'MEETING_FULL',
  mismatchCreateTimeParam: 'JOIN_DENIED',
  guestDeniedAccess: 'JOIN_DENIED',
  guestDeny: 'JOIN_DENIED',
  missingToken: 'JOIN_DENIED',
  missingSession: 'JOIN_DENIED',
  sessionMissing: 'JOIN_DENIED',
  apiNotEnabled: 'API_REFUSED',
  unsupportedRequest: 'API_REFUSED',
  unsupportedContentType: 'API_REFUSED',
  internalError: 'API_REFUSED',
  serverTagUnavailable: 'NO_SERVER_AVAILABLE',
  serverUnavailable: 'NO_SERVER_AVAILABLE',
};

describe('errorForKey', () => {
  it.each(Object.entries(EXPECTED))('gives %s the code %s and a hint', (key, code) => {
    const error = errorForKey('join "Pupil 7" at lb.example.org', key, 'Words of the server');
    expect(error).toMatchObject({ code, message: `join "Pupil 7" at lb.example.org: refused with ${key} ("Words of the server")` });
    expect(error.hint).toMatch(/\w/);
  });

  it('has no key in its table that is not expected here', () => {
    expect(Object.keys(MESSAGE_KEYS).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it('tells a balancer without servers from its other internal errors', () => {
    expect(errorForKey('create', 'internalError', 'Could not find any available servers.').code).toBe('NO_SERVER_AVAILABLE');
    expect(errorForKey('create', 'internalError', 'Unable to create meeting on server.').code).toBe('API_REFUSED');
  });

  it.each(['somethingNew', '', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])('gives %j, which it does not know, API_REFUSED', (key) => {
    expect(errorForKey('create', key, 'why')).toMatchObject({ code: 'API_REFUSED', message: `create: refused with ${key || 'no messageKey'} ("why")`, hint: expect.stringContaining('bbb-web') });
  });

  it('keeps the words of a server short, on one line, harmless to a terminal and free of credentials', () => {
    const { message } = errorForKey('create', 'validationError', `\u001b[2Jbad\r\nparameter sessionToken=abcdefgh12345678 ${'x'.repeat(1_000)}`);
    expect(message).not.toMatch(/\p{Cc}|abcdefgh12345678/u);
    expect(message.length).toBeLessThan(300);
    expect(message).toContain('bad parameter sessionToken=[redacted]');
  });
});

describe('serverWords', () => {
  it('drops direction overrides and line breaks', () => {
    expect(serverWords(' a\u202eb\u0000c\n\td ')).toBe('a b c d');
  });
});
