import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import type { Attendance, Plan } from '../../../src/schedule/plan.js';
import { userCurve, usersAt } from '../../../src/schedule/present.js';
import { arriving, behaviour, constant, ramping, scenario, stages, template } from '../../fakes/build-scenario.js';

const count = (plan: Plan, which: (attendance: Attendance) => boolean): number => plan.attendances.filter(which).length;

describe('planScenario', () => {
  it('seats users round the meetings, teachers first', () => {
    const plan = planScenario(scenario({ load: [ramping({ meetingCount: 2, stages: stages([5_000, 5], [1_000, 5]) })] }));
    expect(plan.attendances.map(({ seq, dueMs, meeting, role, name }) => ({ seq, dueMs, meeting, role, name }))).toEqual([
      { seq: 0, dueMs: 1_000, meeting: 0, role: 'teacher', name: 'Teacher 1 · lessons' },
      { seq: 1, dueMs: 2_000, meeting: 1, role: 'teacher', name: 'Teacher 2 · lessons' },
      { seq: 2, dueMs: 3_000, meeting: 0, role: 'pupil', name: 'Pupil 1 · lessons 1' },
      { seq: 3, dueMs: 4_000, meeting: 1, role: 'pupil', name: 'Pupil 1 · lessons 2' },
      { seq: 4, dueMs: 5_000, meeting: 0, role: 'pupil', name: 'Pupil 2 · lessons 1' },
    ]);
    expect(plan.meetings).toEqual([
      { index: 0, name: 'lessons 1', part: 0, template: 'room', users: 3, opensMs: 1_000, closesMs: 6_000 },
      { index: 1, name: 'lessons 2', part: 0, template: 'room', users: 2, opensMs: 2_000, closesMs: 6_000 },
    ]);
    expect(plan.durationMs).toBe(6_000);
  });

  it('tells several teachers of a meeting apart', () => {
    const plan = planScenario(scenario({ templates: [template({ teachers: 2 })], load: [constant({ users: 3 })] }));
    expect(plan.attendances.map(({ name }) => name)).toEqual(['Teacher 1.1 · crowd', 'Teacher 1.2 · crowd', 'Pupil 1 · crowd 1']);
  });

  it('numbers attendances by due time over all parts', () => {
    const plan = planScenario(scenario({ load: [constant({ startMs: 5_000, users: 2 }), constant({ name: 'early', users: 2 })] }));
    expect(plan.attendances.map(({ seq, part, dueMs }) => [seq, part, dueMs])).toEqual([
      [0, 1, 0],
      [1, 1, 0],
      [2, 0, 5_000],
      [3, 0, 5_000],
    ]);
    expect(plan.attendances.map(({ meeting }) => plan.meetings[meeting]!.name)).toEqual(['early 1', 'early 1', 'crowd 1', 'crowd 1']);
  });

  it('gives each role what the template says', () => {
    const plan = planScenario(scenario({ load: [constant()] }));
    expect(plan.attendances.map(({ role, audio, webcam, cameraViews, chatAtMs }) => ({ role, audio, webcam, cameraViews, chatAtMs }))).toEqual([
      { role: 'teacher', audio: 'microphone', webcam: true, cameraViews: 5, chatAtMs: [] },
      ...Array.from({ length: 4 }, () => ({ role: 'pupil', audio: 'listen-only', webcam: false, cameraViews: 5, chatAtMs: [] })),
    ]);
  });

  it('meets a share exactly in each meeting where it comes to whole users', () => {
    const pupil = behaviour({ webcamShare: 0.25, microphoneShare: 0.5, raiseHandShare: 0.75, reloadShare: 0.25, networkLossShare: 0.5, networkLossMs: 7_000 });
    const plan = planScenario(scenario({ templates: [template({ pupil })], load: [constant({ meetingCount: 20, users: 100 })] }));
    for (const { index } of plan.meetings) {
      const pupils = plan.attendances.filter(({ meeting, role }) => meeting === index && role === 'pupil');
      expect([pupils.length, pupils.filter(({ webcam }) => webcam).length, pupils.filter(({ audio }) => audio === 'microphone').length, pupils.filter(({ raiseHandAtMs }) => raiseHandAtMs !== undefined).length]).toEqual([4, 1, 2, 3]);
      expect([pupils.filter(({ reloadAtMs }) => reloadAtMs !== undefined).length, pupils.filter(({ networkLoss }) => networkLoss?.forMs === 7_000).length]).toEqual([1, 2]);
      expect(pupils.every(({ dueMs, leaveMs, reloadAtMs = leaveMs, networkLoss }) => reloadAtMs > dueMs && reloadAtMs <= leaveMs && (networkLoss?.atMs ?? leaveMs) > dueMs)).toBe(true);
    }
  });

  it('meets a share over all meetings where it does not, give or take one', () => {
    const plan = planScenario(scenario({ templates: [template({ pupil: behaviour({ webcamShare: 0.1 }) })], load: [constant({ meetingCount: 100, users: 500 })] }));
    // 400 pupils: 40, and never more than one of four.
    const perMeeting = plan.meetings.map(({ index }) => count(plan, ({ meeting, role, webcam }) => meeting === index && role === 'pupil' && webcam));
    expect(Math.abs(perMeeting.reduce((sum, cameras) => sum + cameras, 0) - 40)).toBeLessThanOrEqual(1);
    expect(Math.max(...perMeeting)).toBe(1);
  });

  it('keeps a person the same whenever they come back', () => {
    const pupil = behaviour({ webcamShare: 0.5, microphoneShare: 0.5 });
    const twice = stages([0, 15], [50_000, 15], [0, 3], [10_000, 3], [0, 15], [50_000, 15]);
    const plan = planScenario(scenario({ templates: [template({ pupil })], load: [ramping({ stages: twice })], users: { browser: 4, native: 'rest' } }));
    const byName = new Map<string, Attendance[]>();
    for (const one of plan.attendances) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
    expect(byName.size).toBe(15);
    for (const stays of byName.values()) expect(new Set(stays.map(({ webcam, audio, kind, role, meeting }) => JSON.stringify([webcam, audio, kind, role, meeting]))).size).toBe(1);
    expect([...byName.values()].filter((stays) => stays.length === 2)).toHaveLength(12);
  });

  it('spreads browser users over as many meetings as possible, pupils first', () => {
    const load = [constant({ meetingCount: 10, users: 50 })];
    const browsers = (browser: number): readonly Attendance[] => planScenario(scenario({ load, users: { browser, native: 'rest' } })).attendances.filter(({ kind }) => kind === 'browser');
    expect(browsers(4).map(({ name }) => name)).toEqual(['Pupil 1 · crowd 2', 'Pupil 1 · crowd 4', 'Pupil 1 · crowd 7', 'Pupil 1 · crowd 9']);
    expect(new Set(browsers(10).map(({ meeting }) => meeting)).size).toBe(10);
    expect(browsers(15).filter(({ role }) => role === 'teacher')).toHaveLength(5);
    expect(browsers(50)).toHaveLength(50);
  });

  it.each([
    [{ browser: 'rest', native: 0 } as const, 50, 0],
    [{ browser: 'rest', native: 7 } as const, 43, 7],
    [{ browser: 7, native: 'rest' } as const, 7, 43],
    [{ browser: 0, native: 'rest' } as const, 0, 50],
  ])('splits users into kinds as asked: %j', (users, browser, native) => {
    const plan = planScenario(scenario({ load: [constant({ meetingCount: 10, users: 50 })], users }));
    expect([count(plan, ({ kind }) => kind === 'browser'), count(plan, ({ kind }) => kind === 'native')]).toEqual([browser, native]);
  });

  it('writes chat messages within the stay, about as many as asked', () => {
    const pupil = behaviour({ chatEveryMs: 10_000 });
    const plan = planScenario(scenario({ templates: [template({ pupil })], load: [constant({ startMs: 1_000, meetingCount: 20, users: 100, durationMs: 100_000 })] }));
    const messages = plan.attendances.flatMap(({ chatAtMs }) => chatAtMs);
    expect(Math.min(...messages)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...messages)).toBeLessThanOrEqual(101_000);
    // 80 pupils × 10 expected: 800, standard deviation √800 = 28.
    expect(Math.abs(messages.length - 800)).toBeLessThan(4 * 28);
    for (const { chatAtMs } of plan.attendances) expect([...chatAtMs].sort((a, b) => a - b)).toEqual(chatAtMs);
  });

  it('lets hands go up in the middle of the stay', () => {
    const plan = planScenario(scenario({ templates: [template({ pupil: behaviour({ raiseHandShare: 1 }) })], load: [constant({ durationMs: 100_000 })] }));
    const hands = plan.attendances.flatMap(({ raiseHandAtMs }) => raiseHandAtMs ?? []);
    expect(hands).toHaveLength(4);
    for (const atMs of hands) expect(atMs).toBeGreaterThanOrEqual(20_000);
    for (const atMs of hands) expect(atMs).toBeLessThanOrEqual(80_000);
  });

  it('plans a new meeting for those who come when the old one has ended for want of users', () => {
    const load = [ramping({ meetingCount: 1, stages: stages([0, 2], [10_000, 2], [0, 0], [59_000, 0], [0, 2], [10_000, 2], [0, 0], [60_000, 0], [0, 2], [5_000, 2]) })];
    const plan = planScenario(scenario({ load }));
    expect(plan.meetings).toEqual([
      { index: 0, name: 'lessons 1', part: 0, template: 'room', users: 4, opensMs: 0, closesMs: 79_000 },
      { index: 1, name: 'lessons 1 (2)', part: 0, template: 'room', users: 2, opensMs: 139_000, closesMs: 144_000 },
    ]);
    expect(plan.attendances.map(({ meeting }) => meeting)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('keeps dropped arrivals in the plan, present nowhere', () => {
    const plan = planScenario(scenario({ load: [arriving({ stages: stages([6_000, 1]), stayMs: 2_500, maxUsers: 2 })] }));
    expect(plan.attendances.map(({ seq, dueMs, dropped }) => [seq, dueMs, dropped])).toEqual([
      [0, 1_000, undefined],
      [1, 2_000, undefined],
      [2, 3_000, true],
      [3, 4_000, undefined],
      [4, 5_000, undefined],
      [5, 6_000, true],
    ]);
    expect(plan.attendances.filter(({ dropped }) => dropped).every(({ dueMs, leaveMs }) => dueMs === leaveMs)).toBe(true);
    expect(plan.meetings.map(({ users }) => users)).toEqual([4]);
  });

  it('gives other chances for another seed and the same for the same', () => {
    const build = (seed: number): string => JSON.stringify(planScenario(scenario({ seed, templates: [template({ pupil: behaviour({ webcamShare: 0.3, chatEveryMs: 5_000 }) })] })).attendances);
    expect(build(1)).toBe(build(1));
    expect(build(1)).not.toBe(build(2));
  });
});

describe('usersAt and userCurve', () => {
  const plan = planScenario(scenario({ load: [ramping({ stages: stages([10_000, 10], [10_000, 10], [0, 0]) })] }));

  it('count who is due and not yet gone', () => {
    expect([0, 999, 1_000, 9_999, 10_000, 19_999, 20_000].map((atMs) => usersAt(plan, atMs))).toEqual([0, 0, 1, 9, 10, 10, 0]);
  });

  it('give as many points as asked, with the most between them', () => {
    expect(userCurve(plan, 5)).toEqual([
      { atMs: 0, users: 0, most: 4 },
      { atMs: 5_000, users: 5, most: 9 },
      { atMs: 10_000, users: 10, most: 10 },
      { atMs: 15_000, users: 10, most: 10 },
      { atMs: 20_000, users: 0, most: 0 },
    ]);
  });

  it('do not count together those who leave and those who come at the same instant', () => {
    const relay = planScenario(scenario({ load: [constant({ users: 3, durationMs: 5_000 }), constant({ name: 'next', users: 2, startMs: 5_000, durationMs: 5_000 })] }));
    expect(userCurve(relay, 2)[0]!.most).toBe(3);
  });
});
