import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../src/scenario/scenario.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';
import { usersAt } from '../../src/schedule/present.js';
import { ratePacer } from '../../src/schedule/rate-pacer.js';
import { ramping, scenario, template } from '../fakes/build-scenario.js';

const userStages = fc.array(fc.record({ durationMs: fc.integer({ min: 500, max: 60_000 }), target: fc.integer({ min: 0, max: 60 }) }), { minLength: 1, maxLength: 6 });
const rateStages = fc.array(fc.record({ durationMs: fc.integer({ min: 500, max: 20_000 }), target: fc.double({ min: 0, max: 20, noNaN: true }) }), { minLength: 1, maxLength: 4 });

/** The target at an instant, by walking the stages: a naive oracle. */
function targetAt(stages: readonly Stage[], from: number, atMs: number): number {
  let startMs = 0;
  let before = from;
  for (const { durationMs, target } of stages) {
    if (atMs < startMs + durationMs) return before + ((target - before) * (atMs - startMs)) / durationMs;
    startMs += durationMs;
    before = target;
  }
  return 0;
}

describe('ramping users', () => {
  it('are present as the target asks, to within one user and one millisecond of rounding', () => {
    fc.assert(
      fc.property(userStages, fc.double({ min: 0, max: 0.999, noNaN: true }), (stages, share) => {
        const totalMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0);
        const plan = planScenario(scenario({ templates: [template({ size: 30 })], load: [ramping({ stages, meetingCount: 3 })] }));
        const atMs = Math.floor(share * totalMs);
        const near = [targetAt(stages, 0, atMs - 1), targetAt(stages, 0, atMs), targetAt(stages, 0, atMs + 1)];
        expect(usersAt(plan, atMs)).toBeGreaterThanOrEqual(Math.floor(Math.min(...near)) - 1);
        expect(usersAt(plan, atMs)).toBeLessThanOrEqual(Math.ceil(Math.max(...near)) + 1);
      }),
    );
  });

  it('never overfill a meeting, and teachers sit in the first seats', () => {
    fc.assert(
      fc.property(userStages, fc.integer({ min: 1, max: 12 }), (stages, meetingCount) => {
        const size = Math.ceil(60 / meetingCount);
        const plan = planScenario(scenario({ templates: [template({ size })], load: [ramping({ stages, meetingCount })] }));
        const instants = plan.attendances.map(({ dueMs }) => dueMs);
        for (const atMs of instants.slice(0, 50)) {
          const here = plan.attendances.filter((one) => one.dueMs <= atMs && atMs < one.leaveMs);
          const perMeeting = new Map<number, number>();
          for (const { meeting } of here) perMeeting.set(meeting, (perMeeting.get(meeting) ?? 0) + 1);
          expect(Math.max(0, ...perMeeting.values())).toBeLessThanOrEqual(size);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('arrival rates', () => {
  it('bring the n-th user when the integral of the rate reaches n (numeric integration)', () => {
    fc.assert(
      fc.property(rateStages, fc.double({ min: 0, max: 20, noNaN: true }), (stages, startRatePerSec) => {
        const pacer = ratePacer({ startMs: 0, startRatePerSec, stages });
        const totalMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0);
        const stepMs = 2;
        let area = 0;
        let n = 1;
        for (let atMs = 0; atMs < totalMs && n <= pacer.count; atMs += stepMs) {
          const next = area + (targetAt(stages, startRatePerSec, atMs + stepMs / 2) * stepMs) / 1_000;
          for (; n <= pacer.count && next >= n + 0.01; n++) {
            const dueMs = pacer.dueMs(n);
            // Around the due time the integral passes n; a flat stretch of rate 0 moves the time, not the area.
            expect(areaUntil(stages, startRatePerSec, dueMs)).toBeCloseTo(n, 1);
          }
          area = next;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never go back in time', () => {
    fc.assert(
      fc.property(rateStages, (stages) => {
        const pacer = ratePacer({ startMs: 0, startRatePerSec: 1, stages });
        const due = Array.from({ length: pacer.count }, (_, index) => pacer.dueMs(index + 1));
        expect(due).toEqual([...due].sort((a, b) => a - b));
      }),
    );
  });
});

/** Trapezoids on every stage: exact for straight lines. */
function areaUntil(stages: readonly Stage[], from: number, untilMs: number): number {
  let area = 0;
  let startMs = 0;
  let before = from;
  for (const { durationMs, target } of stages) {
    const spanMs = Math.min(durationMs, Math.max(0, untilMs - startMs));
    const reached = before + ((target - before) * spanMs) / durationMs;
    area += ((before + reached) / 2) * (spanMs / 1_000);
    startMs += durationMs;
    before = target;
  }
  return area;
}

describe('a plan', () => {
  it('is the same for the same scenario and seed, byte for byte', () => {
    fc.assert(
      fc.property(userStages, fc.integer({ min: 0, max: 1_000_000 }), (stages, seed) => {
        const one = scenario({ seed, templates: [template({ size: 30 })], load: [ramping({ stages, meetingCount: 3 })] });
        expect(JSON.stringify(planScenario(one))).toBe(JSON.stringify(planScenario(structuredClone(one))));
      }),
      { numRuns: 40 },
    );
  });
});
