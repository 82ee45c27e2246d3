import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/bbb/operations.js';
import { MeetingView } from '../../../src/native/meeting-view.js';

const operation = (operationName: string, rootField: string): Operation => ({ operationName, rootField, kind: 'subscription', query: '' });
const me = operation('Patched_userCurrentSubscription', 'user_current');

describe('what a native user knows of its meeting', () => {
  it('is nothing at first', () => {
    const view = new MeetingView();
    expect([view.userId, view.joined, view.presenter, view.hasMeeting, view.members, view.cameras, view.screenShared, view.talking, view.pageId, view.messages, view.outBecause]).toEqual(['', false, false, false, undefined, [], false, [], '', [], undefined]);
  });

  it('is read from the newest documents', () => {
    const view = new MeetingView();
    view.take(me, [{ userId: 'w_a', joined: true, presenter: true, isModerator: true }]);
    view.take(operation('RaisedHandUsers', 'user'), [{ userId: 'w_b' }]);
    view.take(operation('Patched_UserListSubscription', 'user'), [{ userId: 'w_a' }, { userId: 'w_b' }, { userId: 'w_c' }]);
    view.take(operation('UsersCount', 'user_aggregate'), { aggregate: { count: 3 } });
    view.take(operation('UsersWithAudioCount', 'user_aggregate'), { aggregate: { count: 1 } });
    view.take(operation('Patched_VideoStreams', 'user_camera'), [{ streamId: 's1', user: { userId: 'w_b' } }, { user: {} }, 7]);
    view.take(operation('Patched_MeetingSubscription', 'meeting'), [{ screenshare: { stream: 'x' } }]);
    view.take(operation('UserVoiceActivity', 'user_voice_activity_stream'), [{ userId: 'w_b', talking: true }, { userId: 'w_c', talking: false }]);
    view.take(operation('CurrentPresentationPagesSubscription', 'pres_page_curr'), [{ pageId: 'p/1' }]);
    expect(view).toMatchObject({ userId: 'w_a', joined: true, presenter: true, moderator: true, members: 3, screenShared: true, talking: ['w_b'], pageId: 'p/1' });
    expect(view.cameras).toEqual([{ streamId: 's1', userId: 'w_b' }]);
    view.take(operation('Patched_VideoStreams', 'user_camera'), []);
    expect(view.cameras).toEqual([]);
  });

  it.each([
    [{ meeting: { ended: true, endedReasonCode: 'ENDED_FROM_API' } }, 'the meeting has ended (ENDED_FROM_API)'],
    [{ meeting: { ended: false }, ejected: true, ejectReasonCode: null }, 'removed from the meeting (no reason given)'],
    [{ loggedOut: true }, 'logged out by the server'],
    [{ ejected: 'yes', loggedOut: 1 }, undefined],
  ])('says why it is out: %j', (row, words) => {
    const view = new MeetingView();
    view.take(me, [row]);
    expect(view.outBecause).toBe(words);
  });

  it('reads nothing into what a server should not send', () => {
    const view = new MeetingView();
    for (const document of [null, 7, 'x', {}, [null], [[]], [{ userId: 9, streamId: {}, user: 4 }]]) {
      for (const field of ['user_current', 'user_camera', 'meeting', 'user', 'pres_page_curr', 'user_voice_activity_stream', 'chat_message_public']) view.take(operation(field, field), document);
      expect([view.userId, view.joined, view.cameras, view.screenShared, view.talking, view.pageId]).toEqual(['', false, [], false, [], '']);
    }
  });
});
