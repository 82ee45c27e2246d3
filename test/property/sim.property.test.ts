import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SFU_BRIDGES } from '../../src/bbb/bridges.js';
import { OPERATIONS } from '../../src/bbb/operations.js';
import { endBreakouts, inviteTo, openBreakouts } from '../../src/sim/breakouts.js';
import { evaluate, sourceOf } from '../../src/sim/graphql/evaluate.js';
import { MUTATIONS, type MutationContext } from '../../src/sim/graphql/mutations.js';
import { parseOperation, type ParsedOperation } from '../../src/sim/graphql/parse.js';
import type { SimMeeting } from '../../src/sim/state/meeting.js';
import { Store } from '../../src/sim/state/store.js';
import type { SimUser } from '../../src/sim/state/user.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const USERS = 4;
const someone = fc.nat({ max: USERS - 1 });
const yes = fc.boolean();

/** What a user does, as the client says it; ids are put in where the meeting is there. */
const act = fc.oneof(
  fc.record({ name: fc.constantFrom('userJoinMeeting', 'userLeaveMeeting', 'chatSendMessage', 'chatSetTyping', 'chatSetLastSeen', 'userSetConnectionAlive', 'userSetTalking', 'cameraBroadcastStart', 'cameraBroadcastStop', 'userSetReactionEmoji', 'presentationSetPage', 'presentationSetWriters', 'pollCreate', 'pollSubmitUserVote', 'pollPublishResult', 'breakoutRoomCreate', 'breakoutRoomRequestJoinUrl', 'breakoutRoomEndAll', 'presAnnotationSubmit', 'meetingLayoutSetProps', 'presentationSetUploadCompletionNotified'), user: someone, target: someone, on: yes }),
  fc.record({ name: fc.constantFrom('userSetRaiseHand', 'userSetAway', 'userSetMuted', 'userSetListenOnlyInput', 'userSetDeafened', 'userSetPresenter', 'userEjectFromMeeting'), user: someone, target: someone, on: yes }),
  fc.record({ name: fc.constantFrom('voice', 'lost sockets', 'into the room', 'end'), user: someone, target: someone, on: yes }),
);
/** What the real client subscribes to; streams have cursors of their own. */
const WATCHED = OPERATIONS.filter(({ kind, rootField }) => kind === 'subscription' && sourceOf(rootField)?.stream === false).map(({ operationName, query, rootField }) => ({ name: operationName, operation: parseOperation(query) as ParsedOperation, source: sourceOf(rootField)! }));

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const by = (user: number, name: string, target = 0): Act => ({ name, user, target, on: true }) as Act;
/** In which everything occurs that the test says it has looked at. */
const LESSON = [by(0, 'chatSendMessage'), by(1, 'chatSetLastSeen'), by(2, 'userSetConnectionAlive'), by(1, 'cameraBroadcastStart'), by(0, 'pollCreate'), by(1, 'pollSubmitUserVote'), by(0, 'presentationSetWriters', 3), by(0, 'breakoutRoomCreate', 2), by(2, 'userSetRaiseHand', 2), by(0, 'end')];

function world(): { readonly store: Store; readonly meeting: SimMeeting; readonly users: readonly SimUser[]; does(act: Act): void } {
  const clock = new VirtualClock();
  const store = new Store(clock, 1);
  const host = { store, clock, secret: 'secret', apiUrl: 'http://127.0.0.1/api', end: (one: SimMeeting, reason: string) => one.end(reason, null) };
  const meeting = store.create({ meetingId: 'm', name: 'M', attendeePw: 'a', moderatorPw: 'b', voiceBridge: '10000', duration: 0, maxParticipants: 0, logoutUrl: '', metadata: {}, expireIfNoUserJoinedMs: 0, expireWhenLastUserLeftMs: 0, nowWallMs: clock.wallMs(), nowMs: clock.nowMs(), bridges: SFU_BRIDGES });
  const users = Array.from({ length: USERS }, (_, index) => store.register(meeting, { name: `U${index}`, role: index < 2 ? 'MODERATOR' : 'VIEWER', extId: undefined, userdata: {} }));
  for (const user of users) user.statuses.set('tab', { clientSessionUuid: 'tab', networkRttMs: null, applicationRttMs: null, traceLog: null, updatedMs: 0 });
  let ticks = 0;
  const does = ({ name, user: who, target, on }: Act): void => {
    const user = users[who]!;
    const other = users[target]!;
    ticks++;
    const nowMs = ticks * 100;
    const context: MutationContext = {
      meeting,
      user,
      clientSessionUuid: 'tab',
      nowMs,
      nowWallMs: nowMs,
      join: () => meeting.join(user, nowMs, nowMs),
      say: (text) => meeting.say(user, text, nowMs),
      mute: (userId, muted) => {
        meeting.users.get(userId)!.voice!.muted = muted;
        meeting.touch('voice', meeting.users.get(userId));
      },
      hears: () => undefined,
      end: () => meeting.end('ENDED_AFTER_USER_LOGGED_OUT', null),
      openBreakouts: (rooms, minutes, inviteModerators) => openBreakouts(host, meeting, rooms, minutes, inviteModerators),
      inviteTo: (room) => inviteTo(host, room, user),
      endBreakouts: (reason) => endBreakouts(host, meeting, reason),
    };
    if (name === 'voice') {
      user.voice = on ? { listenOnly: false, muted: false, talking: false, changedMs: nowMs } : undefined;
      meeting.touch('voice', user);
    } else if (name === 'lost sockets') store.lostSockets(meeting, user);
    else if (name === 'end') meeting.end('ENDED_BY_API', null);
    else if (name === 'into the room') {
      const room = meeting.breakouts?.rooms[0];
      const inside = room && store.register(room.meeting, { name: user.name, role: user.role, extId: `${user.extId}-${room.sequence}`, userdata: {} });
      if (inside) room.meeting.join(inside, nowMs, nowMs);
    } else {
      user.mediaUp.add('camera');
      const args = {
        authToken: user.authToken, userId: other.userId, chatMessageInMarkdownFormat: 'hello', lastSeenAt: new Date(nowMs).toISOString(), networkRttInMs: nowMs, raiseHand: on, away: on, muted: on, listenOnlyInputDevice: on, talking: on, stream: 'camera', reactionEmoji: on ? 'x' : null,
        presentationId: meeting.presentationId, pageId: name === 'presentationSetPage' ? `${meeting.presentationId}/${1 + target}` : meeting.pageId, usersIds: on ? [other.userId] : [], annotations: [{ id: `shape-${ticks}`, type: 'draw' }],
        pollType: 'YN', pollId: meeting.poll?.pollId ?? `poll ${ticks}`, question: 'q', answers: ['yes', 'no'], answerIds: [0], secretPoll: false, multipleResponse: false,
        rooms: [{ name: 'room', sequence: 1, users: [other.userId], freeJoin: on }], durationInMinutes: 5, sendInviteToModerators: on, breakoutRoomId: meeting.breakouts?.rooms[0]?.breakoutRoomId, presentationIsOpen: on,
      };
      MUTATIONS[name]!(context, args);
    }
  };
  return { store, meeting, users, does };
}

describe('the simulator tells', () => {
  it('everyone of each change of what they are shown: no document is another without its topics being marked, for this user at least', () => {
    const changed = new Set<string>();
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3]), fc.array(act, { minLength: 20, maxLength: 80 }), (there, acts) => {
        const { store, meeting, users, does } = world();
        for (const user of there) does({ name: 'userJoinMeeting', user, target: user, on: true });
        const shown = (): readonly string[] => WATCHED.flatMap(({ operation }) => users.map((user) => JSON.stringify(evaluate(operation, { limit: 50, offset: 0, clientSessionUUID: 'tab', externalId: 'notes', pageId: meeting.pageId }, meeting, user))));
        let before = shown();
        store.takeDirty();
        for (const one of acts) {
          does(one);
          const changes = store.takeDirty().get(meeting);
          const after = shown();
          for (const [at, document] of after.entries()) {
            if (document === before[at]) continue;
            const { name, source } = WATCHED[Math.floor(at / USERS)]!;
            const told = changes !== undefined && (source.view === 'own' ? changes.concern(users[at % USERS]!, source.mask) : changes.touch(source.mask));
            changed.add(`${name} ${told ? 'told' : `not told of ${one.name}`}`);
          }
          before = after;
        }
      }),
      { numRuns: 60, examples: [[[0, 1, 2, 3], LESSON]] },
    );
    expect([...changed].filter((one) => one.includes('not told'))).toEqual([]);
    // It looked at what it speaks of.
    for (const name of ['Patched_userCurrentSubscription', 'Patched_UserListSubscription', 'UsersCount', 'ChatSubscription', 'chatMessages', 'ConnStatusWithTraceLog', 'Patched_VideoStreams', 'whiteboardWriteAccessSubscription', 'Patched_MeetingSubscription', 'hasPendingPoll', 'getCurrentPollData', 'Patched_getBreakoutData']) expect(changed).toContain(`${name} told`);
  });
});
