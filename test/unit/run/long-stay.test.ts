import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { fakeRun } from '../../fakes/fake-run.js';
import { scenarioOf } from '../scenario/scenario-text.js';

const HOUR = 3_600_000;

/** A staff conference of six hours with twelve users, one chat message each half an hour. */
const plan = planScenario(
  scenarioOf(
    ['name: Long', 'target: simulator', 'users: { browser: 0, native: rest }', 'meetings: { staff: { size: 12, pupil: { chatEvery: 30m } } }', 'load:', '  - { name: conference, executor: constant-users, meetings: staff, meetingCount: 1, users: 12, duration: 6h }', 'events: [{ at: 5h, do: mute, for: 10m }]', ''].join('\n'),
  ),
);

describe('a meeting of six hours', () => {
  it('is held to its end, with what was planned for its fifth hour', async () => {
    const run = fakeRun({ plan, options: { intervalMs: 60_000 } });
    const result = await run.run();
    expect(result.counts).toMatchObject({ joined: 12, left: 12, lost: 0 });
    expect(result.durationMs).toBeGreaterThanOrEqual(6 * HOUR);
    expect(run.factories.native.created.flatMap(({ log }) => log).filter(({ step }) => step === 'act').map(({ atMs }) => atMs)).toEqual([5 * HOUR, 5 * HOUR + 600_000]);
  });

  it('finds the user that silently drops after two hours, when it drops', async () => {
    const run = fakeRun({ plan, options: { intervalMs: 60_000 }, users: ({ seq }) => (seq === 7 ? { lostAfterJoinMs: 2 * HOUR } : {}) });
    const result = await run.run();
    expect(result.counts).toMatchObject({ joined: 12, left: 11, lost: 1 });
    expect(run.output.of('user-ended').filter(({ outcome }) => outcome === 'lost')).toMatchObject([{ seq: 7, atMs: 2 * HOUR, code: 'CONNECTION_LOST', phase: 'stay' }]);
    // The other eleven are seen for the remaining four hours.
    expect(run.output.of('checkpoint').filter(({ atMs }) => atMs > 2 * HOUR && atMs < 6 * HOUR).every(({ present, lost }) => present === 11 && lost === 1)).toBe(true);
    expect(run.output.of('checkpoint').length).toBeGreaterThanOrEqual(11);
  });
});
