import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thinned, along } from '../../src/scenario/import/thin.js';
import type { Attendance, UserKind } from '../../src/schedule/plan.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';
import { usersAt } from '../../src/schedule/present.js';
import { shareOf, type ShareHolder } from '../../src/schedule/shares.js';
import { constant, scenario, template } from '../fakes/build-scenario.js';
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

const holders = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), kinds: fc.constantFrom<readonly UserKind[]>(['browser', 'native'], ['native']) }), { minLength: 0, maxLength: 7 }).map((some): ShareHolder[] => [...some, { weight: 2, kinds: ['browser', 'native'] }]);

describe('shares of a school day', () => {
  it('are together the plan, each user once and as planned, whatever the number of workers', () => {
    fc.assert(
      fc.property(daySpec, holders, (spec, all) => {
        const plan = planScenario(scenarioOf(dayText(spec)));
        const shares = all.map((_, index) => shareOf(plan, index, all).attendances);
        expect(JSON.stringify(shares.flat().sort((a, b) => a.seq - b.seq))).toBe(JSON.stringify(plan.attendances));
        shares.forEach((share, index) => expect(share.every(({ kind }) => all[index]!.kinds.includes(kind))).toBe(true));
      }),
      { numRuns: 40 },
    );
  });

  it('follow the weights at each instant of a lesson, to within a meeting for each worker', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 }), (weights, meetings, size) => {
        const plan = planScenario(scenario({ templates: [template({ size })], load: [constant({ meetingCount: meetings, users: meetings * size }), constant({ name: 'next', startMs: 60_000, meetingCount: meetings, users: meetings * size })], users: { browser: 0, native: 'rest' } }));
        const all = weights.map((weight): ShareHolder => ({ weight, kinds: ['native'] }));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        all.forEach(({ weight }, index) => {
          const share = shareOf(plan, index, all);
          for (const atMs of [30_000, 90_000]) expect(Math.abs(usersAt(share, atMs) - (meetings * size * weight) / sum)).toBeLessThanOrEqual(size * weights.length);
        });
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
