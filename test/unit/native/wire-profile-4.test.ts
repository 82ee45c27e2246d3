import { describe, expect, it } from 'vitest';
import { diffProfiles, renderWireDiff, sameWire } from '../../../src/native/wire-diff.js';
import { operationsOf, RECORDED_PROFILE } from '../../../src/native/wire-profile.js';
import { profileFor, WRITTEN_PROFILE_4 } from '../../../src/native/wire-profile-4.js';

describe('the profile of 4.0', () => {
  it('is for servers that say they are of 4.0, and gives way to one that was learned', () => {
    expect(profileFor(RECORDED_PROFILE, '4.0')).toBe(WRITTEN_PROFILE_4);
    expect(profileFor(RECORDED_PROFILE, '3.0')).toBe(RECORDED_PROFILE);
    expect(profileFor(RECORDED_PROFILE, undefined)).toBe(RECORDED_PROFILE);
    const learned = { ...RECORDED_PROFILE, bbb: '4.0.1' };
    expect(profileFor(learned, '4.0')).toBe(learned);
  });

  it('asks for the rooms instead of the token, by the streams of the middleware', () => {
    const operations = operationsOf(WRITTEN_PROFILE_4);
    expect(operations.get('Patched_userCurrentSubscription')!.query).toContain('livekitRooms {\n      purpose\n      roomName\n      token');
    expect(operations.get('Patched_userCurrentSubscription')!.query).not.toContain('livekitToken');
    expect([operations.has('UserVoiceActivity'), operations.has('getUserVoiceStateStream'), operations.has('MediaGroupStreams')]).toEqual([false, true, true]);
  });

  it('differs from the recorded one in words that say what 4.0 changed', () => {
    const diff = diffProfiles(RECORDED_PROFILE, WRITTEN_PROFILE_4);
    expect(sameWire(diff)).toBe(false);
    expect(diff.operations.gone).toEqual(['UserVoiceActivity']);
    expect([...diff.operations.added].sort()).toEqual(['MediaGroupStreams', 'getUserVoiceStateStream']);
    expect(diff.operations.changed).toMatchObject([{ operationName: 'Patched_userCurrentSubscription' }]);
    const text = renderWireDiff(diff, { before: '', after: '' });
    expect(text).toContain('livekitRooms');
  });
});
