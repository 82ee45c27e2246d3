import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thinned, along } from '../../src/scenario/import/thin.js';
import type { Attendance, Plan, UserKind } from '../../src/schedule/plan.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';
import { meetingOwners, shareOf } from '../../src/schedule/shares.js';
import { constant, ramping, scenario, template } from '../fakes/build-scenario.js';
import { scenarioOf } from '../unit/scenario/scenario-text.js';

const daySpec = fc.record({ seed: fc.nat(1_000_000), schools: fc.integer({ min: 1, max: 6 }), classes: fc.integer({ min: 1, max: 4 }), speed: fc.constantFrom(1, 2, 12), browser: fc.integer({ min: 0, max: 3 }), gap: fc.integer({ min: 0, max: 10 }) });

const dayText = ({ seed, schools, classes, speed, browser, gap }: { seed: number; schools: number; classes: number; speed: number; browser: number; gap: number }): string =>
  [
    'name: D', `seed: ${seed}`, `speed: ${speed}`, 'target: simulator', `users: { browser: ${browser}, native: rest }`,
    'meetings: { class: { size: 20, pupil: { lines: [{ line: dsl, share: 50% }], reactEvery: 5m }, events: [{ at: 10m, do: poll }] } }',
    'load:', `  - { name: s, executor: timetable, meetings: class, schools: ${schools}, classesPerSchool: ${classes}, classSize: { mean: 6, sigma: 0.6 }, lessons: [{ bell: 10m, length: 30m }, { bell: ${40 + gap}m, length: 30m }] }`,
    'events: [{ at: 30m, do: network-loss, share: 30% }]', '',
  ].join('\n');

describe('a school day', () => {
  it('is the same plan for the same scenario, byte for byte', () => {
    fc.assert(
      fc.property(daySpec, (spec) => {
        const text = dayText(spec);
        expect(JSON.stringify(planScenario(scenarioOf(text)))).toBe(JSON.stringify(planScenario(scenarioOf(text))));
      }),
      { numRuns: 20 },
    );
  });

  it('never has a person in two meetings at once, nor anybody before or after the meeting, nor actions outside of a stay', () => {
    fc.assert(
      fc.property(daySpec, (spec) => {
        const plan = planScenario(scenarioOf(dayText(spec)));
        const people = new Map<string, Attendance[]>();
        for (const one of plan.attendances) people.set(one.name, [...(people.get(one.name) ?? []), one]);
        for (const stays of people.values()) stays.slice(1).forEach((one, index) => expect(one.dueMs).toBeGreaterThanOrEqual(stays[index]!.leaveMs));
        for (const { meeting, dueMs, leaveMs, actions = [], networkLoss } of plan.attendances) {
          const { opensMs, closesMs } = plan.meetings[meeting]!;
          expect(opensMs <= dueMs && dueMs < leaveMs && leaveMs <= closesMs).toBe(true);
          expect(actions.every(({ atMs }) => atMs >= dueMs && atMs <= leaveMs)).toBe(true);
          expect([...actions].sort((a, b) => a.atMs - b.atMs)).toEqual(actions);
          if (networkLoss) expect(networkLoss.atMs >= dueMs && networkLoss.atMs < leaveMs).toBe(true);
        }
        expect(plan.attendances.map(({ seq }) => seq)).toEqual(plan.attendances.map((_, index) => index));
      }),
      { numRuns: 40 },
    );
  });
});

const weightList = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });

function together(plan: Plan, workers: number, options?: Parameters<typeof shareOf>[3]): Attendance[][] {
  return Array.from({ length: workers }, (_, worker) => [...shareOf(plan, worker, workers, options).attendances]);
}

describe('shares', () => {
  it('are together the plan, each attendance once and as planned, whatever the number of workers', () => {
    fc.assert(
      fc.property(daySpec, weightList, fc.constantFrom('meeting' as const, 'user' as const), (spec, weights, by) => {
        const plan = planScenario(scenarioOf(dayText(spec)));
        const shares = together(plan, weights.length, { weights, by });
        expect(JSON.stringify(shares.flat().sort((a, b) => a.seq - b.seq))).toBe(JSON.stringify(plan.attendances));
      }),
      { numRuns: 40 },
    );
  });

  it('keep a meeting with one worker, which creates it', () => {
    fc.assert(
      fc.property(daySpec, weightList, (spec, weights) => {
        const plan = planScenario(scenarioOf(dayText(spec)));
        const owners = meetingOwners(plan, weights.length, { weights });
        together(plan, weights.length, { weights }).forEach((share, worker) => expect(share.every(({ meeting }) => owners[meeting] === worker)).toBe(true));
      }),
      { numRuns: 40 },
    );
  });

  it('follow the weights to within the largest meeting', () => {
    fc.assert(
      fc.property(weightList, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 }), (weights, meetings, size) => {
        const plan = planScenario(scenario({ templates: [template({ size })], load: [constant({ meetingCount: meetings, users: meetings * size })] }));
        const all = weights.reduce((sum, weight) => sum + weight, 0);
        together(plan, weights.length, { weights }).forEach((share, worker) => expect(Math.abs(share.length - (plan.attendances.length * weights[worker]!) / all)).toBeLessThanOrEqual(size * weights.length));
      }),
      { numRuns: 60 },
    );
  });

  it('give users only to workers that can play them', () => {
    const kinds = fc.array(fc.constantFrom<readonly UserKind[]>(['browser'], ['native'], ['browser', 'native']), { minLength: 1, maxLength: 6 }).map((some) => [...some, ['browser', 'native'] as const]);
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 15 }), (able, browser) => {
        const plan = planScenario(scenario({ load: [ramping()], users: { browser, native: 'rest' } }));
        const shares = together(plan, able.length, { kinds: able });
        shares.forEach((share, worker) => expect(share.every(({ kind }) => able[worker]!.includes(kind))).toBe(true));
        expect(shares.flat()).toHaveLength(plan.attendances.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('thinning a curve', () => {
  it('keeps within its bound when it may keep as many points as it needs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 80 }), fc.integer({ min: 0, max: 20 }), (values, within) => {
        const points = values.map((y, x) => ({ x, y }));
        const kept = thinned(points, points.length, within);
        expect(kept[0]).toEqual(points[0]);
        expect(kept.at(-1)).toEqual(points.at(-1));
        for (const { x, y } of points) expect(Math.abs(along(kept, x) - y)).toBeLessThanOrEqual(within + 1e-9);
      }),
    );
  });
});
