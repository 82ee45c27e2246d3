import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { shareOf, type ShareHolder } from '../../../src/schedule/shares.js';
import { arriving, scenario, stages, template } from '../../fakes/build-scenario.js';
import { fakeRun } from '../../fakes/fake-run.js';
import { scenarioOf } from '../scenario/scenario-text.js';

const plan = planScenario(
  scenarioOf(['name: S', 'target: simulator', 'users: { browser: 0, native: rest }', 'meetings: { class: { size: 10 } }', 'load:', '  - name: s', '    executor: timetable', '    meetings: class', '    schools: 6', '    classesPerSchool: 2', '    classSize: { mean: 5, max: 10 }', '    lessons: [{ bell: 10m, length: 30m }, { bell: 45m, length: 30m }]', ''].join('\n')),
);

/** Sixty seats, and soon more who want one than leave. */
const openPlan = planScenario(scenario({ templates: [template({ size: 10 })], load: [arriving({ meetingCount: 6, startRatePerSec: 3, stages: stages([60_000, 3]), stayMs: 30_500, maxUsers: 60 })], users: { browser: 0, native: 'rest' } }));

describe('runs of the shares of a plan', () => {
  it('have together the users and meetings of the run of the whole, at the same instants', async () => {
    const whole = fakeRun({ plan });
    const all = (await whole.run()).counts;
    const holders = [1, 2, 1].map((weight): ShareHolder => ({ weight, kinds: ['native'] }));
    const runs = holders.map((_, index) => fakeRun({ plan: shareOf(plan, index, holders) }));
    const counts = await Promise.all(runs.map((run) => run.run()));
    const sum = (name: 'planned' | 'joined' | 'left'): number => counts.reduce((total, one) => total + one.counts[name], 0);
    expect([sum('planned'), sum('joined'), sum('left')]).toEqual([all.planned, all.joined, all.left]);
    expect(counts.reduce((total, { meetings }) => total + meetings.created, 0)).toBe(plan.meetings.length);
    const started = (run: typeof whole): readonly string[] => run.output.of('user-started').map(({ seq, atMs }) => `${seq} ${atMs}`);
    expect(runs.flatMap(started).sort()).toEqual([...started(whole)].sort());
  });

  it('drop together whom the run of the whole drops, and nobody else', async () => {
    const whole = fakeRun({ plan: openPlan });
    const all = await whole.run();
    expect(all.counts.dropped).toBeGreaterThan(20);
    expect(all.counts.dropped).toBe(openPlan.attendances.filter(({ dropped }) => dropped).length);
    const holders = [1, 1, 2, 1].map((weight): ShareHolder => ({ weight, kinds: ['native'] }));
    const runs = holders.map((_, index) => fakeRun({ plan: shareOf(openPlan, index, holders) }));
    const results = await Promise.all(runs.map((run) => run.run()));
    const dropped = (run: typeof whole): readonly number[] => run.output.of('user-dropped').map(({ seq }) => seq);
    expect(runs.flatMap(dropped).sort((a, b) => a - b)).toEqual(dropped(whole));
    expect(results.reduce((sum, { counts }) => sum + counts.joined, 0)).toBe(all.counts.joined);
  });
});
