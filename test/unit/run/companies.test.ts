import { describe, expect, it } from 'vitest';
import { Companies } from '../../../src/run/companies.js';
import type { Attendance } from '../../../src/schedule/plan.js';
import { attendance } from '../../fakes/fake-run.js';

describe('who by plan is beside a user', () => {
  const teacher = attendance({ seq: 0, role: 'teacher', audio: 'microphone', webcam: true, dueMs: 1_000, leaveMs: 50_000 });
  const pupil = attendance({ seq: 1, kind: 'browser' });
  const withCamera = attendance({ seq: 2, webcam: true });
  const speaksNowAndThen = attendance({ seq: 3, audio: 'microphone', actions: [{ atMs: 5_000, action: { do: 'microphone', on: true } }] });
  const neverThere = attendance({ seq: 4, audio: 'microphone', webcam: true, leaveMs: 0, dropped: true });
  const elsewhere = attendance({ seq: 5, meeting: 1, audio: 'microphone' });
  const companies = new Companies([teacher, pupil, withCamera, speaksNowAndThen, neverThere, elsewhere]);
  const stays = (users: readonly { readonly fromMs: number; readonly untilMs: number }[]): readonly (readonly [number, number])[] => users.map(({ fromMs, untilMs }) => [fromMs, untilMs]);

  it('is who has a microphone on all the time, and who has a camera, in the same meeting', () => {
    const { sound, pictures } = companies.of(pupil);
    expect(stays(sound)).toEqual([[1_000, 50_000]]);
    expect(stays(pictures)).toEqual([[1_000, 50_000], [0, 60_000]]);
  });

  it('is never the user itself, nor anybody of another meeting', () => {
    expect(companies.of(teacher).sound).toEqual([]);
    expect(stays(companies.of(teacher).pictures)).toEqual([[0, 60_000]]);
    expect(companies.of(elsewhere)).toEqual({ sound: [], pictures: [] });
  });

  it('is of both kinds, or not', () => {
    expect([0, 1].map((meeting) => companies.isMixed(meeting))).toEqual([true, false]);
  });
});

describe('what the plan itself interrupts', () => {
  type Spans = readonly (readonly [number, number])[];
  const teacher = (more: Partial<Attendance> = {}): Attendance => attendance({ seq: 0, role: 'teacher', audio: 'microphone', webcam: true, ...more });
  const pupil = (more: Partial<Attendance> = {}): Attendance => attendance({ seq: 1, cameraViews: 2, ...more });
  const beside = (who: Attendance, ...others: Attendance[]): { readonly sound: Spans; readonly pictures: Spans } => {
    const { sound, pictures } = new Companies([who, ...others]).of(who);
    return { sound: sound.map(({ fromMs, untilMs }) => [fromMs, untilMs]), pictures: pictures.map(({ fromMs, untilMs }) => [fromMs, untilMs]) };
  };
  const whole: Spans = [[0, 60_000]];

  it('is nothing in a plain lesson, whoever draws, votes or turns pages', () => {
    const busy = teacher({ actions: [{ atMs: 5_000, action: { do: 'next-slide' } }, { atMs: 9_000, action: { do: 'start-poll' } }] });
    expect(beside(pupil({ actions: [{ atMs: 9_500, action: { do: 'vote' } }] }), busy)).toEqual({ sound: whole, pictures: whole });
  });

  it('begins anew with a reload of either, and the camera of who reloads is gone for good', () => {
    expect(beside(pupil({ reloadAtMs: 20_000 }), teacher())).toEqual({ sound: [[0, 20_000], [20_000, 60_000]], pictures: [[0, 20_000], [20_000, 60_000]] });
    expect(beside(pupil(), teacher({ reloadAtMs: 20_000 }))).toEqual({ sound: [[0, 20_000], [20_000, 60_000]], pictures: [[0, 20_000]] });
  });

  it('is a lost network of either; what a browser comes back with is not known', () => {
    const networkLoss = { atMs: 20_000, forMs: 10_000 };
    const apart: Spans = [[0, 20_000], [30_000, 60_000]];
    expect(beside(pupil({ networkLoss }), teacher())).toEqual({ sound: apart, pictures: apart });
    expect(beside(pupil(), teacher({ networkLoss }))).toEqual({ sound: apart, pictures: apart });
    expect(beside(pupil(), teacher({ networkLoss, kind: 'browser' }))).toEqual({ sound: [[0, 20_000]], pictures: [[0, 20_000]] });
  });

  it('is the lost network of those whose cameras may be the ones in view', () => {
    const classmate = attendance({ seq: 2, webcam: true, networkLoss: { atMs: 20_000, forMs: 10_000 } });
    const apart: Spans = [[0, 20_000], [30_000, 60_000]];
    expect(beside(pupil({ cameraViews: 2 }), teacher(), classmate).pictures).toEqual([...whole, ...apart]);
    expect(beside(pupil({ cameraViews: 1 }), teacher(), classmate).pictures).toEqual([...apart, ...apart]);
  });

  it('is a muted meeting from then on, but for the only teacher, who mutes', () => {
    const mutes = teacher({ actions: [{ atMs: 20_000, action: { do: 'mute-meeting', on: true } }, { atMs: 30_000, action: { do: 'mute-meeting', on: false } }] });
    const speaker = attendance({ seq: 2, audio: 'microphone' });
    const colleague = attendance({ seq: 3, role: 'teacher', audio: 'microphone', dueMs: 25_000 });
    expect(beside(pupil(), mutes, speaker)).toEqual({ sound: [...whole, [0, 20_000]], pictures: whole });
    expect(beside(pupil(), mutes, speaker, colleague).sound).toEqual([[0, 20_000], [0, 20_000]]);
  });

  it('is the stay in a breakout room, until its maker has ended it', () => {
    const opens = teacher({ actions: [{ atMs: 10_000, action: { do: 'open-breakouts', rooms: 2, forMs: 10_000 } }] });
    const enters: Partial<Attendance> = { actions: [{ atMs: 12_000, action: { do: 'enter-breakout' } }] };
    const apart: Spans = [[0, 12_000], [35_000, 60_000]];
    expect(beside(pupil(enters), opens)).toEqual({ sound: apart, pictures: apart });
    expect(beside(pupil(), opens)).toEqual({ sound: whole, pictures: whole });
    // Who goes there is neither heard nor seen outside, and shares no camera when it is back.
    expect(beside(opens, attendance({ seq: 1, audio: 'microphone', webcam: true, ...enters }))).toEqual({ sound: apart, pictures: [[0, 12_000]] });
    expect(beside(pupil(enters), { ...opens, leaveMs: 30_000 }, attendance({ seq: 2, audio: 'microphone' })).sound).toEqual([[0, 12_000], [0, 12_000]]);
  });
});
