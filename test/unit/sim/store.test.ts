import { SFU_BRIDGES } from '../../../src/bbb/bridges.js';
import { describe, expect, it } from 'vitest';
import { REMOVE_AFTER_MS, type NewMeeting, type SimMeeting } from '../../../src/sim/state/meeting.js';
import { Store } from '../../../src/sim/state/store.js';
import type { SimUser } from '../../../src/sim/state/user.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const clockAndStore = (): { clock: VirtualClock; store: Store } => {
  const clock = new VirtualClock();
  return { clock, store: new Store(clock, 1) };
};

function open(store: Store, clock: VirtualClock, options: Partial<NewMeeting> = {}): SimMeeting {
  return store.create({
    meetingId: 'm',
    name: 'M',
    attendeePw: 'a',
    moderatorPw: 'b',
    voiceBridge: store.newVoiceBridge(),
    duration: 0,
    maxParticipants: 0,
    logoutUrl: '',
    metadata: {},
    expireIfNoUserJoinedMs: 300_000,
    expireWhenLastUserLeftMs: 60_000,
    nowWallMs: clock.wallMs(),
    bridges: SFU_BRIDGES, nowMs: clock.nowMs(),
    ...options,
  });
}

function enter(store: Store, clock: VirtualClock, meeting: SimMeeting): SimUser {
  const user = store.register(meeting, { name: 'U', role: 'VIEWER', extId: undefined, userdata: {} });
  meeting.join(user, clock.nowMs(), clock.wallMs());
  return user;
}

describe('the once-a-second look at a simulated server', () => {
  it('removes a user 30 s after the last socket closed, not before', async () => {
    const { clock, store } = clockAndStore();
    const meeting = open(store, clock);
    const user = enter(store, clock, meeting);
    store.lostSockets(meeting, user);
    expect(user.disconnected).toBe(true);
    await clock.advanceTo(REMOVE_AFTER_MS - 1);
    expect(store.sweep().removed).toEqual([]);
    expect(meeting.present()).toEqual([user]);
    await clock.advanceTo(REMOVE_AFTER_MS);
    expect(store.sweep().removed).toEqual([{ meeting, user }]);
    expect(meeting.present()).toEqual([]);
    expect(store.sweep().removed).toEqual([]);
  });

  it('ends a meeting that nobody joined', async () => {
    const { clock, store } = clockAndStore();
    const meeting = open(store, clock);
    await clock.advanceTo(299_999);
    store.sweep();
    expect(meeting.ended).toBeUndefined();
    await clock.advanceTo(300_000);
    store.sweep();
    expect(meeting.ended).toBe('ENDED_WHEN_NOT_JOINED');
  });

  it('ends a meeting a while after its last user left, counted from then', async () => {
    const { clock, store } = clockAndStore();
    const meeting = open(store, clock);
    const user = enter(store, clock, meeting);
    await clock.advanceTo(1_000_000);
    store.sweep();
    expect(meeting.ended).toBeUndefined();
    meeting.leave(user, 'loggedOut', clock.nowMs());
    await clock.advanceTo(1_059_999);
    store.sweep();
    expect(meeting.ended).toBeUndefined();
    await clock.advanceTo(1_060_000);
    store.sweep();
    expect(meeting.ended).toBe('ENDED_WHEN_LAST_USER_LEFT');
  });

  it('forgets an ended meeting and the sessions of its users after 15 s', async () => {
    const { clock, store } = clockAndStore();
    const meeting = open(store, clock);
    const user = enter(store, clock, meeting);
    meeting.end('ENDED_BY_API', null);
    expect(store.sweep().forgotten).toEqual([]);
    await clock.advanceTo(14_999);
    expect(store.sweep().forgotten).toEqual([]);
    expect(store.bySession(user.sessionToken)?.user).toBe(user);
    await clock.advanceTo(15_000);
    expect(store.sweep().forgotten).toEqual([meeting]);
    expect(store.bySession(user.sessionToken)).toBeUndefined();
    expect(store.meetings.size).toBe(0);
    expect(store.takeDirty().has(meeting)).toBe(false);
  });

  it('ends the typing mark in time and says so to those who watch', async () => {
    const { clock, store } = clockAndStore();
    const meeting = open(store, clock);
    const user = enter(store, clock, meeting);
    user.typingUntilMs = 5_000;
    store.takeDirty();
    await clock.advanceTo(4_999);
    store.sweep();
    expect(store.takeDirty().size).toBe(0);
    await clock.advanceTo(5_000);
    store.sweep();
    expect(store.takeDirty().get(meeting)!.topics).toEqual(['typing']);
  });
});
