import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { drawSize, meanSize } from '../../../src/scenario/class-size.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import type { Attendance, Plan } from '../../../src/schedule/plan.js';
import { usersAt } from '../../../src/schedule/present.js';
import { stormsOf } from '../../../src/schedule/storms.js';
import { scenarioOf } from '../scenario/scenario-text.js';

const MINUTE = 60_000;

interface Day {
  readonly top?: readonly string[];
  readonly template?: string;
  readonly part?: readonly string[];
}

const schoolDay = ({ top = [], template = 'class: { size: 30 }', part = [] }: Day = {}): Plan =>
  planScenario(
    scenarioOf(
      ['name: Day', 'target: simulator', 'startOfDay: 07:50', 'users: { browser: 0, native: rest }', ...top, 'meetings:', `  ${template}`, 'load:', '  - name: schools', '    executor: timetable', '    meetings: class', '    schools: 10', '    classesPerSchool: 3', '    classSize: { mean: 8, sigma: 0.5, min: 3, max: 30 }', '    lessons: [{ bell: 08:00, length: 45m }, { bell: 08:45, length: 45m }]', ...part.map((line) => `    ${line}`), ''].join('\n'),
    ),
  );

/** 08:00 and 08:45 on the run's clock. */
const BELLS = [10 * MINUTE, 55 * MINUTE] as const;
const lessonOf = (plan: Plan, { meeting }: Attendance): number => Number(plan.meetings[meeting]!.name.at(-1)) - 1;

describe('a timetable', () => {
  const plan = schoolDay();

  it('gives every class a meeting of its own for every lesson', () => {
    expect(plan.meetings).toHaveLength(60);
    expect(plan.meetings.slice(0, 4).map(({ name }) => name)).toEqual(['schools 1.1 lesson 1', 'schools 1.2 lesson 1', 'schools 1.3 lesson 1', 'schools 1.1 lesson 2']);
  });

  it('lets teachers come 2 to 6 minutes before the bell, if they are not in another lesson', () => {
    const first = plan.attendances.filter((one) => one.role === 'teacher' && lessonOf(plan, one) === 0);
    expect(first).toHaveLength(30);
    for (const { dueMs } of first) {
      expect(BELLS[0] - dueMs).toBeGreaterThanOrEqual(2 * MINUTE);
      expect(BELLS[0] - dueMs).toBeLessThanOrEqual(6 * MINUTE);
    }
  });

  it('brings the shares of pupils that the arrivals say', () => {
    const big = schoolDay({ part: ['bellSpread: 0s'], template: 'class: { size: 60 }' });
    const after = big.attendances.filter((one) => one.role === 'pupil' && lessonOf(big, one) === 0).map(({ dueMs }) => (dueMs - BELLS[0]) / MINUTE);
    const share = (from: number, to: number): number => after.filter((one) => one >= from && one < to).length / after.length;
    // Some 210 pupils: four standard deviations of a share of a third are 0.13.
    expect(Math.abs(share(-3, 0) - 0.3)).toBeLessThan(0.13);
    expect(Math.abs(share(0, 1) - 0.25)).toBeLessThan(0.13);
    expect(Math.abs(share(5, 15) - 0.15)).toBeLessThan(0.13);
    expect(share(-3, 15)).toBe(1);
  });

  it('has everybody out within two minutes of the end, and never in two lessons at once', () => {
    const people = new Map<string, Attendance[]>();
    for (const one of plan.attendances) people.set(one.name, [...(people.get(one.name) ?? []), one]);
    for (const stays of people.values()) {
      expect(stays).toHaveLength(2);
      for (const one of stays) {
        const endMs = BELLS[lessonOf(plan, one)]! + 45 * MINUTE;
        expect(one.leaveMs).toBeGreaterThanOrEqual(endMs);
        expect(one.leaveMs).toBeLessThanOrEqual(endMs + 2 * MINUTE);
      }
      // The bell of the second lesson rings as the first one ends: between the two lies the changeover, 3 to 15 s at least.
      expect(stays[1]!.dueMs - stays[0]!.leaveMs).toBeGreaterThanOrEqual(3_000 - 1);
      expect(stays[1]!.meeting).not.toBe(stays[0]!.meeting);
    }
  });

  it('keeps pupils with their class, and lets teachers go round the classes of their school', () => {
    const classOf = ({ meeting }: Attendance): string => plan.meetings[meeting]!.name.split(' ')[1]!;
    const stays = (name: string): string[] => plan.attendances.filter((one) => one.name === name).map(classOf);
    expect(stays('Pupil 1 · schools 4.2')).toEqual(['4.2', '4.2']);
    expect(stays('Teacher 4.1 · schools')).toEqual(['4.1', '4.2']);
    expect(stays('Teacher 4.3 · schools')).toEqual(['4.3', '4.1']);
    for (const { index } of plan.meetings) expect(plan.attendances.filter(({ meeting, role }) => meeting === index && role === 'teacher')).toHaveLength(1);
  });

  it('has storms at the bells: at the second one all leave and join again', () => {
    const storms = stormsOf(plan);
    expect(storms).toHaveLength(2);
    expect(storms[0]!.fromMs).toBeLessThan(BELLS[0]);
    expect(storms[0]!.toMs).toBeGreaterThan(BELLS[0]);
    // The first leave before anybody has come to the next lesson.
    expect(storms[1]!.leaves).toBeGreaterThan(0.8 * usersAt(plan, 50 * MINUTE));
  });

  it('takes exactly as much longer or shorter as its speed says, and has the same people', () => {
    const fast = schoolDay({ top: ['speed: 12'] });
    expect(fast.attendances.map(({ name }) => name).sort()).toEqual(plan.attendances.map(({ name }) => name).sort());
    const byName = (one: Plan): Attendance[] => [...one.attendances].sort((a, b) => a.name.localeCompare(b.name) || a.dueMs - b.dueMs);
    byName(plan).forEach((slow, index) => {
      // Whole ms on the way: bell, offset and sum are rounded.
      expect(Math.abs(byName(fast)[index]!.dueMs - slow.dueMs / 12)).toBeLessThanOrEqual(3);
      expect(Math.abs(byName(fast)[index]!.leaveMs - slow.leaveMs / 12)).toBeLessThanOrEqual(3);
    });
    expect([fast.speed, fast.checkpointEveryMs, fast.limits]).toEqual([12, (30 * MINUTE) / 12, plan.limits]);
  });

  it('never compresses how often somebody writes or for how long a network is away', () => {
    const template = 'class: { size: 30, pupil: { chatEvery: 1m, networkLossShare: 100%, networkLoss: 20s } }';
    const [slow, fast] = [schoolDay({ template }), schoolDay({ template, top: ['speed: 10'] })];
    const messages = ({ attendances }: Plan): number => attendances.reduce((sum, { chatAtMs }) => sum + chatAtMs.length, 0);
    expect(messages(fast) / messages(slow)).toBeGreaterThan(0.09);
    expect(messages(fast) / messages(slow)).toBeLessThan(0.11);
    expect(new Set(fast.attendances.map(({ networkLoss }) => networkLoss?.forMs))).toEqual(new Set([undefined, 20_000]));
  });

  it('moves the bells of schools apart when asked', () => {
    const spread = schoolDay({ part: ['bellSpread: 10m', 'teacherLead: { most: 2m, least: 2m }'] });
    const opens = spread.meetings.filter(({ name }) => name.endsWith('.1 lesson 1')).map(({ opensMs }) => opensMs);
    expect(new Set(opens).size).toBe(10);
    for (const opensMs of opens) expect(opensMs).toBeLessThanOrEqual(BELLS[0] + 8 * MINUTE);
  });
});

describe('class sizes', () => {
  it('stay within the cut and have the mean of their log-normal where it does not matter', () => {
    const random = seededRandom(3);
    const sizes = Array.from({ length: 4_000 }, () => drawSize({ mean: 20, sigma: 0.3, min: 5, max: 100 }, random));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5);
    // Standard deviation of the log-normal 20·√(e^0.09 − 1) = 6.1; of the mean of 4,000: 0.1.
    expect(Math.abs(sizes.reduce((sum, size) => sum + size, 0) / 4_000 - 20)).toBeLessThan(0.5);
  });

  it('are all alike without a spread', () => {
    expect(meanSize({ mean: 7, sigma: 0, min: 1, max: 30 })).toBe(7);
  });
});

describe('a curve', () => {
  const curve = (points: string, more: readonly string[] = []): Plan => planScenario(scenarioOf(['name: C', 'target: simulator', 'meetings: { class: { size: 10 } }', 'load:', '  - name: day', '    executor: curve', '    meetings: class', '    meetingCount: 3', `    points: [${points}]`, ...more.map((line) => `    ${line}`), ''].join('\n')));

  it('follows its users in straight lines, and lets everybody leave at its end', () => {
    const plan = curve('{ at: 10s, users: 0 }, { at: 20s, users: 20 }, { at: 30s, users: 20 }, { at: 40s, users: 10 }');
    expect([9_999, 15_000, 20_000, 29_999, 35_001, 39_999, 40_000].map((atMs) => usersAt(plan, atMs))).toEqual([0, 10, 20, 20, 14, 10, 0]);
  });

  it('jumps where two points have the same instant', () => {
    const plan = curve('{ at: 0s, users: 5 }, { at: 10s, users: 5 }, { at: 10s, users: 12 }, { at: 20s, users: 12 }');
    expect([0, 9_999, 10_000, 19_999].map((atMs) => usersAt(plan, atMs))).toEqual([5, 5, 12, 12]);
  });

  it('opens and closes meetings where it counts meetings', () => {
    const plan = curve('{ at: 10m, meetings: 0 }, { at: 20m, meetings: 2 }, { at: 60m, meetings: 2 }, { at: 70m, meetings: 0 }', ['leaveWithin: 0s']);
    expect(plan.meetings.map(({ users, closesMs }) => [users, closesMs / MINUTE])).toEqual([
      [10, 65],
      [10, 60],
    ]);
  });
});

describe('a list of meetings', () => {
  it('has each meeting with its size, and people of its own', () => {
    const plan = planScenario(
      scenarioOf(['name: L', 'target: simulator', 'startOfDay: 07:50', 'meetings: { class: { size: 30 } }', 'load:', '  - name: ours', '    executor: meeting-list', '    meetings: class', '    list: [{ from: 08:00, to: 08:45, size: 23 }, { from: 08:10, to: 09:00, size: 4 }]', ''].join('\n')),
    );
    expect(plan.meetings.map(({ name, users }) => [name, users])).toEqual([
      ['ours 1', 23],
      ['ours 2', 4],
    ]);
    expect(new Set(plan.attendances.map(({ name }) => name)).size).toBe(27);
  });
});
