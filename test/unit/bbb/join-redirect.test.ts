import { describe, expect, it } from 'vitest';
import { joinErrorOf } from '../../../src/bbb/join-redirect.js';

const refusal = (errors: string): string => `https://bbb03.example.org/?${new URLSearchParams({ errors }).toString()}`;

describe('joinErrorOf', () => {
  it.each(['https://bbb03.example.org/html5client/?sessionToken=abcdefgh12345678&shouldWaitForLayout=false', 'https://bbb.example.org/html5client/join?sessionToken=abcdefgh12345678'])('is nothing for the client at %s', (url) => {
    expect(joinErrorOf('join', url)).toBeUndefined();
  });

  it.each([
    ['notFound', 'MEETING_NOT_FOUND'],
    ['meetingForciblyEnded', 'MEETING_ENDED'],
    ['maxParticipantsReached', 'MEETING_FULL'],
    ['checksumError', 'API_CHECKSUM'],
    ['guestDeniedAccess', 'JOIN_DENIED'],
  ])('reads %s from the redirect as %s', (key, code) => {
    expect(joinErrorOf('join "Pupil 7"', refusal(JSON.stringify([{ key, message: 'Sorry' }])))).toMatchObject({ code, message: `join "Pupil 7": refused with ${key} ("Sorry")` });
  });

  it('goes by the first of several', () => {
    expect(joinErrorOf('join', refusal('[{"key":"notFound","message":""},{"key":"sizeError","message":""}]'))).toMatchObject({ code: 'MEETING_NOT_FOUND' });
  });

  it.each(['', '[]', 'null', '{}', '[1]', '[{"key":5,"message":[]}]', 'no JSON', '[{"key":"notFound"', JSON.stringify([{ key: 'notFound', message: 'x'.repeat(5_000) }])])('is still a refusal when the errors are %j', (errors) => {
    expect(joinErrorOf('join', refusal(errors.slice(0, 5_200)))).toMatchObject({ code: 'API_REFUSED' });
  });

  it('takes errors for a refusal even beside a session token', () => {
    expect(joinErrorOf('join', `${refusal('[{"key":"notFound","message":""}]')}&sessionToken=abcdefgh12345678`)).toMatchObject({ code: 'MEETING_NOT_FOUND' });
  });

  it.each(['https://www.example.org/goodbye?from=secretplace', 'https://www.example.org/goodbye?sessionToken=', 'https://www.example.org/goodbye'])('is JOIN_DENIED without a session, and says where it led without the query: %s', (url) => {
    expect(joinErrorOf('join', url)).toMatchObject({ code: 'JOIN_DENIED', message: 'join: redirected to www.example.org/goodbye without a session' });
  });

  it('is TARGET_NOT_BBB for what is no URL', () => {
    expect(joinErrorOf('join', 'nowhere')).toMatchObject({ code: 'TARGET_NOT_BBB' });
  });
});
