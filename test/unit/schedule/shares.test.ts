import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { shareOf } from '../../../src/schedule/shares.js';
import { constant, scenario, template } from '../../fakes/build-scenario.js';

const plan = planScenario(scenario({ templates: [template({ size: 5 })], load: [constant({ meetingCount: 4, users: 20 })], users: { browser: 4, native: 'rest' } }));

describe('shareOf', () => {
  it('gives one worker the whole plan', () => {
    expect(shareOf(plan, 0, 1)).toEqual(plan);
  });

  it('keeps numbers, and leaves what happens beside the users to the first worker', () => {
    const withHooks = { ...plan, happenings: [{ atMs: 5, do: 'faults' as const, faults: [] }] };
    const [first, second] = [shareOf(withHooks, 0, 2), shareOf(withHooks, 1, 2)];
    expect([first.attendances.length, second.attendances.length]).toEqual([10, 10]);
    expect(second.attendances[0]!.seq).toBeGreaterThan(0);
    expect(second.meetings).toEqual(plan.meetings);
    expect([first.happenings, second.happenings]).toEqual([withHooks.happenings, undefined]);
  });

  it('puts meetings one after another on those who have room again', () => {
    const relay = planScenario(scenario({ load: Array.from({ length: 6 }, (_, index) => constant({ name: `p${index}`, startMs: index * 60_000, durationMs: 60_000 })) }));
    // One meeting at a time: whoever has carried least so far takes the next.
    expect([0, 1].map((worker) => shareOf(relay, worker, 2).attendances.length)).toEqual([15, 15]);
  });

  it.each([
    [() => shareOf(plan, 2, 2), /no worker 2 of 2/],
    [() => shareOf(plan, 0, 2, { weights: [1] }), /1 weights are given for 2 workers/],
    [() => shareOf(plan, 0, 2, { weights: [1, 0] }), /above 0/],
    [() => shareOf(plan, 0, 1, { kinds: [['native']] }), /no worker can play browser users/],
    [() => shareOf(plan, 0, 2, { kinds: [['native']] }), /kinds are given for 1 workers/],
  ])('refuses what does not fit (%#)', (share, message) => {
    expect(share).toThrow(message);
  });
});
