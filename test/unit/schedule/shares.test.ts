import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { usersAt } from '../../../src/schedule/present.js';
import { shareOf, type ShareHolder } from '../../../src/schedule/shares.js';
import { constant, scenario, template } from '../../fakes/build-scenario.js';

const plan = planScenario(scenario({ templates: [template({ size: 5 })], load: [constant({ meetingCount: 4, users: 20 })], users: { browser: 4, native: 'rest' } }));
const holder = (weight = 1, kinds: ShareHolder['kinds'] = ['browser', 'native']): ShareHolder => ({ weight, kinds });

describe('shareOf', () => {
  it('gives one holder the whole plan', () => {
    expect(shareOf(plan, 0, [holder()])).toEqual(plan);
  });

  it('keeps the numbers of users and meetings', () => {
    const second = shareOf(plan, 1, [holder(), holder()]);
    expect(second.attendances).toHaveLength(10);
    for (const one of second.attendances) expect(one).toBe(plan.attendances[one.seq]);
    expect(second.meetings).toEqual(plan.meetings);
  });

  it('gives each holder its part of every hour, not only of the day', () => {
    // A long conference, then lessons beside it: whoever has the conference gets fewer lessons.
    const busy = planScenario(scenario({ load: [constant({ name: 'conference', users: 5, durationMs: 600_000 }), constant({ name: 'early', users: 5, durationMs: 60_000 }), constant({ name: 'late', startMs: 120_000, meetingCount: 3, users: 15, durationMs: 60_000 })] }));
    expect([0, 1].map((index) => usersAt(shareOf(busy, index, [holder(), holder()]), 150_000))).toEqual([10, 10]);
  });

  it('puts meetings one after another on those who had least', () => {
    const relay = planScenario(scenario({ load: Array.from({ length: 6 }, (_, index) => constant({ name: `p${index}`, startMs: index * 60_000, durationMs: 60_000 })) }));
    expect([0, 1].map((index) => shareOf(relay, index, [holder(), holder()]).attendances.length)).toEqual([15, 15]);
  });

  it('leaves out whom nobody can bring', () => {
    const shares = [0, 1].flatMap((index) => shareOf(plan, index, [holder(1, ['native']), holder(2, ['native'])]).attendances);
    expect(shares.map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, () => 'native'));
  });
});
