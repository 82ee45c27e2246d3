import { describe, expect, it } from 'vitest';
import { Companies } from '../../../src/run/companies.js';
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
