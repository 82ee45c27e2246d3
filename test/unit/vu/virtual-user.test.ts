import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import type { AttendanceEnd } from '../../../src/vu/attend.js';
import { RunClock } from '../../../src/vu/run-clock.js';
import { markText } from '../../../src/vu/notice.js';
import { VirtualUser } from '../../../src/vu/virtual-user.js';
import { FakeAttendeeFactory, type FakeScript } from '../../fakes/fake-attendee.js';
import { attendance } from '../../fakes/fake-run.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';
import { LIMITS, never, walk, type WalkSetup } from '../../fakes/walk-user.js';

describe('a virtual user', () => {
  it('joins, connects audio, shares its camera, chats, raises its hand and leaves, each at its time', async () => {
    const { end, attendee, heard, clock } = await walk({
      user: { dueMs: 1_000, leaveMs: 60_000, webcam: true, chatAtMs: [20_000, 40_000], raiseHandAtMs: 30_000 },
      fake: { delayMs: { join: 2_000, audio: 500 } },
    });
    expect(end).toEqual({ outcome: 'left' });
    const marks = [20_000, 40_000].map((dueMs) => markText({ seq: 0, wallMs: clock.wallMs() - clock.nowMs() + dueMs }));
    expect(attendee!.log).toEqual([
      { step: 'join', atMs: 1_000 },
      { step: 'audio', atMs: 3_000 },
      { step: 'webcam', atMs: 3_500 },
      { step: 'chat', atMs: 20_000, text: `Pupil 0: message 1 ${marks[0]}` },
      { step: 'hand', atMs: 30_000 },
      { step: 'chat', atMs: 40_000, text: `Pupil 0: message 2 ${marks[1]}` },
      { step: 'leave', atMs: 60_000 },
      { step: 'dispose', atMs: 60_000 },
    ]);
    expect(heard).toEqual(['started 0', 'joined bbb01', 'ended left']);
  });

  it('tells the attendee what it needs to know and no more', async () => {
    const { attendee } = await walk({ user: { seq: 7, name: 'Ada', role: 'teacher', audio: 'microphone', cameraViews: 3 } });
    expect(attendee!.spec).toEqual({ seq: 7, name: 'Ada', role: 'teacher', meetingId: 'firstbell-test-0', audio: 'microphone', webcam: false, cameraViews: 3, chats: false });
  });

  it('measures the join from the due time and from the actual start', async () => {
    const { series, heard } = await walk({ user: { dueMs: 1_000 }, startAtMs: 1_400, fake: { delayMs: { join: 2_000, audio: 500 } } });
    expect(heard[0]).toBe('started 400');
    expect(series.figures('lateness').max).toBe(400);
    expect(series.figures('join_time').max).toBe(2_900);
    expect(series.figures('join_service_time').max).toBe(2_500);
    const phases = (metric: 'join_phase_time' | 'join_phase_service_time') => Object.fromEntries([...series.byTag(metric, 'phase')].map(([phase, figures]) => [phase, figures.max]));
    expect(phases('join_phase_time')).toEqual({ api: 400, page: 1_400, ready: 2_400, audio: 2_900 });
    expect(phases('join_phase_service_time')).toEqual({ api: 0, page: 1_000, ready: 2_000, audio: 2_500 });
  });

  it('tags everything with role, kind and, once it is known, the server: phases before the join too', async () => {
    const { series } = await walk({ user: { role: 'teacher' }, fake: { server: 'bbb03' } });
    expect(series.tagValues('join_phase_time', 'server')).toEqual(['bbb03']);
    expect(series.figures('join_time', { role: 'teacher', kind: 'native', server: 'bbb03' }).count).toBe(1);
    expect(series.figures('users_left', { server: 'bbb03' }).sum).toBe(1);
  });

  it('belongs to the server that it was sent to, also if it does not get in there', async () => {
    const { end, series } = await walk({ fake: { sentTo: 'bbb03', fail: { join: 'GRAPHQL_REFUSED' } } });
    expect(end).toMatchObject({ outcome: 'failed', code: 'GRAPHQL_REFUSED', server: 'bbb03' });
    expect(series.figures('join_failed', { server: 'bbb03' }).rate).toBe(1);
    expect(series.figures('errors', { server: 'bbb03', code: 'GRAPHQL_REFUSED' }).sum).toBe(1);
    expect(series.tagValues('join_phase_time', 'server')).toEqual(['bbb03']);
    const nowhere = await walk({ fake: { fail: { join: 'NO_SERVER_AVAILABLE' } } });
    expect(nowhere.end).not.toHaveProperty('server');
    expect(nowhere.series.tagValues('join_failed', 'server')).toEqual([]);
    expect((await walk({ fake: { sentTo: 'bbb03' } })).end).toEqual({ outcome: 'left' });
  });

  it('says at its end what came to it in all, and nothing of what never came', async () => {
    const { end } = await walk({
      user: { dueMs: 1_000, leaveMs: 60_000 },
      meanwhile: async (attendee, clock) => {
        await clock.sleepUntil(5_000, never);
        const { events } = attendee()!;
        events.phase('first_audio');
        events.received!({ kind: 'audio', bytes: 8_000, frames: 0 });
        events.received!({ kind: 'audio', bytes: 500, frames: 0 });
      },
    });
    expect(end).toEqual({ outcome: 'left', received: { firstAudioMs: 4_000, audioBytes: 8_500 } });
  });

  it('says of pictures how much came and how many', async () => {
    const { end } = await walk({
      user: { dueMs: 1_000, leaveMs: 60_000 },
      fake: { lostAfterJoinMs: 20_000 },
      meanwhile: async (attendee, clock) => {
        await clock.sleepUntil(6_000, never);
        const { events } = attendee()!;
        events.phase('first_video');
        for (let n = 0; n < 2; n++) events.received!({ kind: 'video', bytes: 20_000, frames: 30 });
        await clock.sleepUntil(40_000, never);
        events.received!({ kind: 'video', bytes: 1, frames: 1 });
      },
    });
    expect(end).toMatchObject({ outcome: 'lost', received: { firstVideoMs: 5_000, videoBytes: 40_000, videoFrames: 60 } });
  });

  it('passes on what the attendee measures, and phases that end later, each once', async () => {
    const { series } = await walk({
      meanwhile: async (attendee, clock) => {
        await clock.sleepUntil(5_000, never);
        const { events } = attendee()!;
        events.sample({ metric: 'rtt', value: 12 });
        events.sample({ metric: 'video_fps', value: 15, tags: { phase: 'x' } });
        events.phase('first_audio');
        await clock.sleepUntil(6_000, never);
        events.phase('first_audio');
        events.phase('audio');
      },
    });
    expect(series.figures('rtt', { role: 'pupil', kind: 'native', server: 'bbb01' })).toMatchObject({ count: 1, max: 12 });
    expect(series.figures('join_phase_time', { phase: 'first_audio' })).toMatchObject({ count: 1, max: 5_000 });
    expect(series.figures('join_phase_time', { phase: 'audio' })).toMatchObject({ count: 1, max: 0 });
  });

  it('needs no audio to be in when it asks for none', async () => {
    const { attendee, end } = await walk({ user: { audio: 'none' } });
    expect(attendee!.steps()).toEqual(['join', 'leave', 'dispose']);
    expect(end).toEqual({ outcome: 'left' });
  });

  it('waits for its meeting, and that time is part of the join', async () => {
    const { series } = await walk({ meeting: { readyAtMs: 4_000 } });
    expect(series.figures('join_time').max).toBe(4_000);
  });

  it('that comes late does not make up for messages of before, but raises its hand', async () => {
    const { attendee } = await walk({ user: { chatAtMs: [2_000, 30_000], raiseHandAtMs: 1_000 }, fake: { delayMs: { join: 5_000 } } });
    expect(attendee!.log.map(({ step, atMs }) => `${step} ${atMs}`)).toEqual(['join 0', 'audio 5000', 'hand 5000', 'chat 30000', 'leave 60000', 'dispose 60000']);
  });

  it('that is in only after its time leaves at once', async () => {
    const { attendee, end } = await walk({ user: { leaveMs: 3_000, webcam: true }, fake: { delayMs: { join: 5_000 } } });
    expect(attendee!.steps()).toEqual(['join', 'audio', 'leave', 'dispose']);
    expect(end).toEqual({ outcome: 'left' });
  });
});

describe('a virtual user that does not get in', () => {
  it.each<[string, WalkSetup, Partial<AttendanceEnd>]>([
    ['is refused', { fake: { fail: { join: 'MEETING_FULL' }, phases: [] } }, { code: 'MEETING_FULL', phase: 'api' }],
    ['sees an error screen', { fake: { fail: { join: 'CLIENT_ERROR_SCREEN' } } }, { code: 'CLIENT_ERROR_SCREEN', phase: 'socket' }],
    ['gets no audio', { fake: { fail: { audio: 'AUDIO_FAILED' } } }, { code: 'AUDIO_FAILED', phase: 'audio' }],
    ['cannot be prepared', { fake: { fail: { create: 'BROWSER_FAILED' } } }, { code: 'BROWSER_FAILED', phase: 'open' }],
    ['has no meeting', { meeting: { refused: new HarnessError('NO_SERVER_AVAILABLE', 'no server') } }, { code: 'NO_SERVER_AVAILABLE', phase: 'meeting' }],
    ['waits too long for the client', { user: { kind: 'browser' }, fake: { delayMs: { join: Number.POSITIVE_INFINITY } } }, { code: 'CLIENT_NOT_READY', phase: 'page' }],
    ['waits too long for the client, without a page', { fake: { delayMs: { join: Number.POSITIVE_INFINITY } } }, { code: 'CLIENT_NOT_READY', phase: 'socket' }],
    ['waits too long for audio', { fake: { delayMs: { audio: Number.POSITIVE_INFINITY } } }, { code: 'AUDIO_FAILED', phase: 'audio' }],
    ['waits too long for the meeting', { meeting: { readyAtMs: 60_000 } }, { code: 'TARGET_TIMEOUT', phase: 'meeting' }],
    ['waits too long to be prepared', { fake: { delayMs: { create: Number.POSITIVE_INFINITY } } }, { code: 'INTERNAL', phase: 'open' }],
    ['is thrown out while joining', { fake: { delayMs: { audio: 8_000 }, lostAfterJoinMs: 1_000, lostCode: 'KICKED' } }, { code: 'KICKED', phase: 'audio' }],
  ])('because it %s has failed, with code and phase', async (_why, setup, expected) => {
    const { end, series, heard, attendee } = await walk(setup);
    expect(end).toMatchObject({ outcome: 'failed', ...expected });
    expect(heard.at(-1)).toBe('ended failed');
    expect(series.figures('join_failed')).toEqual({ count: 1, sum: 1, rate: 1 });
    expect(series.figures('join_time').count).toBe(0);
    expect(series.figures('errors', { code: expected.code!, phase: expected.phase! }).sum).toBe(1);
    expect(attendee?.disposed ?? 1).toBe(1);
  });

  it('has failed at the limit, not later, though the attendee is deaf; a late success changes nothing', async () => {
    const { end, endedAtMs, attendee, heard, clock } = await walk({ fake: { deaf: true, delayMs: { join: 12_000, dispose: 1_000 } } });
    await clock.advanceTo(20_000);
    expect(end).toMatchObject({ outcome: 'failed', code: 'CLIENT_NOT_READY' });
    expect(endedAtMs).toBe(10_000);
    expect(attendee!.steps()).not.toContain('audio');
    expect(heard).toEqual(['started 0', 'ended failed']);
  });

  it('does not touch the target when its meeting is there after the limit', async () => {
    const { attendee, clock } = await walk({ meeting: { readyAtMs: 15_000 } });
    await clock.advanceTo(20_000);
    expect(attendee!.steps()).toEqual(['dispose']);
  });

  it('reaches no phase of the join any more', async () => {
    const { attendee, recorder } = await walk({ fake: { fail: { join: 'CLIENT_ERROR_SCREEN' } } });
    attendee!.events.phase('first_audio');
    recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 1, startMs: 1, endMs: 2 });
    expect(recorder.cumulative.tagValues('join_phase_time', 'phase')).toEqual(['api', 'page']);
  });

  it('carries the screenshot that the browser took', async () => {
    const { end } = await walk({ fake: { fail: { join: 'CLIENT_ERROR_SCREEN' }, evidence: { screenshot: 'screenshots/0.png' } } });
    expect(end).toMatchObject({ screenshot: 'screenshots/0.png', message: 'join fails as the script says' });
  });

  it.each([
    ['takes too long', { fake: { delayMs: { join: Infinity } } }, 1],
    ['ends before the meeting was there', { meeting: { refused: new HarnessError('API_REFUSED', 'no') } }, 0],
    ['is aborted', { fake: { delayMs: { join: Infinity } }, abortAtMs: 1_000 }, 0],
  ] satisfies [string, WalkSetup, number][])('has a picture where there is something to see: a join that %s', async (_what, setup: WalkSetup, pictures) => {
    const { end, attendee } = await walk({ ...setup, fake: { ...setup.fake, evidence: { screenshot: 'evidence/user-0.jpg' } } });
    expect({ pictures: attendee!.pictures, screenshot: end?.screenshot }).toEqual({ pictures, screenshot: pictures === 0 ? undefined : 'evidence/user-0.jpg' });
  });

  it('keeps what it reached of the join in the figures', async () => {
    const { series } = await walk({ fake: { fail: { join: 'CLIENT_ERROR_SCREEN' }, phases: [['api', 1]], delayMs: { join: 700 } } });
    expect(series.figures('join_phase_time', { phase: 'api' }).max).toBe(700);
  });
});

describe('a virtual user in the meeting', () => {
  const evidence = { screenshot: 'evidence/user-0.jpg' };

  it.each([
    ['fails', { fail: { chat: 'STEP_FAILED' } }],
    ['takes too long', { delayMs: { chat: Infinity } }],
  ] satisfies [string, FakeScript][])('says where the picture is of a step that %s', async (_what, fake) => {
    const { end, heard } = await walk({ user: { chatAtMs: [20_000] }, fake: { ...fake, evidence } });
    expect(end).toEqual({ outcome: 'left' });
    expect(heard).toContain('chat STEP_FAILED evidence/user-0.jpg');
  });

  it('says where the picture is of its loss, taken before it is closed', async () => {
    const { end, attendee } = await walk({ fake: { lostAfterJoinMs: 9_000, lostCode: 'CLIENT_ERROR_SCREEN', evidence } });
    expect(end).toMatchObject({ outcome: 'lost', code: 'CLIENT_ERROR_SCREEN', ...evidence });
    expect(attendee!.pictures).toBe(1);
  });

  it.each(['webcam', 'chat', 'hand', 'reload', 'network', 'leave'] as const)('goes on when %s fails: an error and a report, not the end', async (step) => {
    const { end, heard, series } = await walk({ user: { webcam: true, chatAtMs: [20_000], raiseHandAtMs: 30_000, reloadAtMs: 32_000, networkLoss: { atMs: 34_000, forMs: 5_000 } }, fake: { fail: { [step]: 'STEP_FAILED' } } });
    expect(end).toEqual({ outcome: 'left' });
    expect(heard).toEqual(['started 0', 'joined bbb01', `${step} STEP_FAILED`, 'ended left']);
    expect(series.figures('errors', { phase: step, code: 'STEP_FAILED' }).sum).toBe(1);
    expect(series.figures('step_time', { step }).count).toBe(0);
    expect(series.figures('step_time').count).toBe(5);
  });

  it('is lost, not gone as planned, when it finds out only at the end that there is no meeting any more', async () => {
    const { end, heard, series } = await walk({ fake: { fail: { leave: 'CONNECTION_LOST' } } });
    expect(end).toMatchObject({ outcome: 'lost', code: 'CONNECTION_LOST', phase: 'leave' });
    expect(heard).toEqual(['started 0', 'joined bbb01', 'leave CONNECTION_LOST', 'ended lost']);
    expect(series.figures('errors', { phase: 'leave', code: 'CONNECTION_LOST' }).sum).toBe(1);
  });

  it('gives a step its time and no more', async () => {
    const { attendee, heard } = await walk({ user: { webcam: true, chatAtMs: [3_000] }, fake: { delayMs: { webcam: Number.POSITIVE_INFINITY, chat: 250 } } });
    expect(heard).toContain('webcam STEP_FAILED');
    // The message was due at 3 s and comes when the camera is given up.
    expect(attendee!.log.find((entry) => entry.step === 'chat')?.atMs).toBe(5_000);
  });

  it('takes no further step when a slow one has lasted beyond its time to leave', async () => {
    const { attendee } = await walk({ user: { webcam: true, leaveMs: 4_000, chatAtMs: [2_000] }, fake: { delayMs: { webcam: Number.POSITIVE_INFINITY } } });
    expect(attendee!.log.map(({ step, atMs }) => `${step} ${atMs}`)).toEqual(['join 0', 'audio 0', 'webcam 0', 'leave 5000', 'dispose 5000']);
  });

  it('measures how long a step takes', async () => {
    const { series } = await walk({ user: { chatAtMs: [20_000] }, fake: { delayMs: { chat: 250, leave: 100 } } });
    expect(series.figures('step_time', { step: 'chat' }).max).toBe(250);
    expect(series.figures('step_time', { step: 'leave' }).max).toBe(100);
  });

  it('is lost when the meeting is gone before its time, and does not try to leave it', async () => {
    const { end, attendee, series, endedAtMs } = await walk({ user: { chatAtMs: [50_000] }, fake: { lostAfterJoinMs: 20_000, lostCode: 'KICKED' } });
    expect(end).toEqual({ outcome: 'lost', code: 'KICKED', phase: 'stay', message: 'lost as the script says' });
    expect(endedAtMs).toBe(20_000);
    expect(attendee!.steps()).toEqual(['join', 'audio', 'dispose']);
    expect(series.figures('users_lost').sum).toBe(1);
    expect(series.figures('join_failed').rate).toBe(0);
  });

  it('is lost in the middle of a step without counting the step as failed', async () => {
    const { end, heard } = await walk({ user: { webcam: true }, fake: { delayMs: { webcam: 4_000 }, lostAfterJoinMs: 2_000 } });
    expect(end).toMatchObject({ outcome: 'lost', code: 'CONNECTION_LOST' });
    expect(heard).toEqual(['started 0', 'joined bbb01', 'ended lost']);
  });

  it('has left as planned although the server closes behind it', async () => {
    const { end } = await walk({ fake: { delayMs: { leave: 1_000 }, lostAfterJoinMs: 60_500 } });
    expect(end).toEqual({ outcome: 'left' });
  });

  it('has left as planned although the closing hangs: that is counted', async () => {
    const { end, series, endedAtMs } = await walk({ fake: { delayMs: { dispose: Number.POSITIVE_INFINITY } } });
    expect(end).toEqual({ outcome: 'left' });
    expect(endedAtMs).toBe(60_000);
    expect(series.figures('errors', { phase: 'close' }).sum).toBe(1);
  });
});

describe('a virtual user in a run that ends', () => {
  it('leaves at the stop, taking no further step', async () => {
    const { end, attendee } = await walk({ user: { chatAtMs: [30_000] }, stopAtMs: 20_000, fake: { delayMs: { leave: 500 } } });
    expect(end).toEqual({ outcome: 'aborted' });
    expect(attendee!.log.map(({ step, atMs }) => `${step} ${atMs}`)).toEqual(['join 0', 'audio 0', 'leave 20000', 'dispose 20500']);
  });

  it('gives up joining at the stop; that is no failure of the target', async () => {
    const { end, series } = await walk({ stopAtMs: 2_000, fake: { delayMs: { join: 5_000 } } });
    expect(end).toMatchObject({ outcome: 'aborted' });
    expect(series.figures('join_failed').count).toBe(0);
    expect(series.figures('errors').sum).toBe(0);
    expect(series.figures('users_aborted').sum).toBe(1);
  });

  it('goes at the abort without leaving', async () => {
    const { end, attendee, endedAtMs } = await walk({ abortAtMs: 20_000 });
    expect(end).toEqual({ outcome: 'aborted' });
    expect(endedAtMs).toBe(20_000);
    expect(attendee!.steps()).toEqual(['join', 'audio', 'dispose']);
  });

  it('breaks off leaving at the abort', async () => {
    const { end, endedAtMs } = await walk({ stopAtMs: 20_000, abortAtMs: 21_000, fake: { delayMs: { leave: 3_500 } } });
    expect(end).toEqual({ outcome: 'aborted' });
    expect(endedAtMs).toBe(21_000);
  });

  it('does not start when the stop comes while it is being prepared, and is told of to nobody', async () => {
    const { end, heard, series } = await walk({ stopAtMs: 2_000, fake: { delayMs: { create: 5_000 } } });
    expect(end).toBeUndefined();
    expect(heard).toEqual([]);
    expect(series.figures('users_started').sum).toBe(0);
  });

  it('ends with the first cause: lost before the stop is lost', async () => {
    const { end } = await walk({ fake: { lostAfterJoinMs: 19_999 }, stopAtMs: 20_000 });
    expect(end).toMatchObject({ outcome: 'lost' });
  });
});

describe('a user that is prepared and not needed', () => {
  it('gives its attendee back', async () => {
    const clock = new VirtualClock();
    const factory = new FakeAttendeeFactory('browser', clock, () => ({ delayMs: { create: 1_000 } }));
    const runClock = new RunClock(clock);
    const listener = { started: () => undefined, joined: () => undefined, stepFailed: () => undefined, ended: () => undefined };
    const user = new VirtualUser({ script: attendance(), meetingId: 'm', meetingReady: async () => undefined, factory, clock: runClock, recorder: { record: () => undefined }, limits: LIMITS, stop: never, abort: never, listener });
    const opening = user.open();
    await clock.run(Promise.all([opening, user.discard()]));
    expect(factory.created.map((attendee) => attendee.steps())).toEqual([['dispose']]);
  });
});
