import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conclude, exitCodeOf, verdictOf, type StepRecord } from '../../../src/capacity/capacity.js';
import { capacityText } from '../../../src/capacity/capacity-text.js';
import { beginSearch, nextStep, withTrial, type Answer, type Trial } from '../../../src/capacity/search.js';
import { stepScenario } from '../../../src/cli/capacity-step.js';
import { checkScenario } from '../../../src/scenario/check.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';

const TEXT = `name: Two kinds
target: simulator
users: { browser: 0, native: rest }
meetings:
  class: { size: 20, teachers: 1 }
  talk: { size: 4, teachers: 1 }
load:
  - { name: a, executor: constant-users, meetings: class, meetingCount: 3, users: 60, duration: 1m }
  - { name: b, executor: constant-users, meetings: talk, meetingCount: 5, users: 20, duration: 1m }
thresholds: [join_failed rate < 1%]
`;

describe('a step of a capacity search', () => {
  it('has just so many users, each kind of meeting keeping its share', () => {
    const checked = checkScenario(TEXT, 'x.yaml');
    if (!checked.ok) throw new Error(checked.problems[0]!.message);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (users) => {
        const step = stepScenario(TEXT, checked.scenario, users, { ratePerSec: 10, holdMs: 30_000, leaveMs: 5_000 });
        const plan = planScenario(step.scenario);
        expect(plan.attendances).toHaveLength(users);
        const talk = plan.attendances.filter(({ meeting }) => plan.meetings[meeting]!.name.includes('talk')).length;
        if (talk > 0) expect(Math.abs(talk - users / 4)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });
});

describe('thresholds of a step', () => {
  const SHAPE = { ratePerSec: 10, holdMs: 30_000, leaveMs: 5_000 };
  const stepOf = (text: string): ReturnType<typeof stepScenario> => {
    const checked = checkScenario(text, 'x.yaml');
    if (!checked.ok) throw new Error(checked.problems[0]!.message);
    return stepScenario(text, checked.scenario, 20, SHAPE);
  };

  it('have no warm-up, which a small step would be over before', () => {
    const text = TEXT.replace('thresholds: [join_failed rate < 1%]', 'warmUp: 2m\nthresholds:\n  - join_failed rate < 1%\n  - { expression: join_time p(95) < 10 s, warmUp: 5m }');
    expect(stepOf(text).scenario.thresholds.map(({ window }) => window)).toEqual([undefined, undefined]);
  });

  it('that name a stretch of the day are refused, and by name', () => {
    expect(() => stepOf(TEXT.replace('join_failed rate < 1%', 'join_failed rate < 1% after 2m'))).toThrow(/join_failed rate < 1% after 2m.*stretch of time/);
  });
});

describe('what users go through while they stay', () => {
  const SHAPE = { ratePerSec: 10, holdMs: 60_000, leaveMs: 5_000 };
  const judgedOver = (lines: readonly string[], shape = SHAPE): readonly (readonly [string, number | undefined, number | undefined])[] => {
    const text = TEXT.replace('thresholds: [join_failed rate < 1%]', `thresholds:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    const read = checkScenario(text, 'x.yaml');
    if (!read.ok) throw new Error(read.problems[0]!.message);
    return stepScenario(text, read.scenario, 200, shape).scenario.thresholds.map(({ metric, window }) => [metric, window?.fromMs, window?.untilMs] as const);
  };

  it('is judged from when everybody who joins in time is in until the first leave', () => {
    expect(judgedOver(['join_time p(95) < 10 s', 'join_time p(50) < 3 s', 'audio_loss p(95) < 2%', '{ expression: mos p(50) > 3, warmUp: 1m }'])).toEqual([
      ['join_time', undefined, undefined],
      ['join_time', undefined, undefined],
      ['audio_loss', 30_000, 80_000],
      ['mos', 30_000, 80_000],
    ]);
  });

  it('is judged over the second half of the hold where joins may take longer, or as long as they like', () => {
    expect(judgedOver(['rtt p(95) < 200 ms'])).toEqual([['rtt', 50_000, 80_000]]);
    expect(judgedOver(['join_time p(95) < 2m', 'rtt p(95) < 200 ms'])[1]).toEqual(['rtt', 50_000, 80_000]);
  });

  it('is judged over the whole step if it aborts, is not measured all the time, or the hold is too short to measure it twice', () => {
    const lines = ['{ expression: audio_loss p(95) < 20%, abort: true }', 'chat_delivery p(95) < 2 s', 'users_lost count == 0', 'api_time p(95) < 1 s', 'screen_start p(95) < 5 s'];
    expect(judgedOver(lines).map(([, from]) => from)).toEqual(lines.map(() => undefined));
    expect(judgedOver(['rtt p(95) < 200 ms', 'application_rtt p(95) < 1 s'], { ...SHAPE, holdMs: 20_000 })).toEqual([['rtt', 30_000, 40_000], ['application_rtt', undefined, undefined]]);
  });
});

describe('the answer of a capacity search', () => {
  const step = (users: number, outcome: StepRecord['outcome']): StepRecord => ({ users, outcome, phase: 'ramp', run: `r${users}`, holdMs: 1, steady: true, peakUsers: users, joinTimeP95Ms: users * 2, thresholds: [], firstBroken: outcome === 'broken' ? 'join_failed rate < 1%' : undefined, worstServer: outcome === 'broken' ? 'bbb02' : undefined, brokeOn: outcome === 'broken' ? { kind: 'one', servers: ['bbb02'], of: 4 } : undefined, brokePhase: outcome === 'broken' ? 'socket' : undefined, slowestPhase: 'ready', servers: Array.from({ length: 4 }, (_, n) => ({ name: `bbb0${n + 1}`, peakUsers: users / 4, failed: 0, lost: 0, joinTimeP95Ms: users * 2 })) });
  const environment = { target: { kind: 'simulator', url: 'http://127.0.0.1', secretEnv: undefined, bbbVersion: undefined }, machine: { cores: 2, memoryGb: 4, cpu: 'x', os: 'y' }, firstbell: { version: '0', commit: undefined, node: 'v20', browser: undefined } } as const;
  const answered = (answer: Answer, required: number): ReturnType<typeof conclude> => {
    const steps = [step(50, 'held'), step(100, 'held'), step(150, 'held'), step(200, 'broken')];
    const state = steps.reduce((before, { users, outcome }) => withTrial(before, { users, outcome }), beginSearch({ start: 50, max: 400, repeats: 1, tolerance: 0.05, maxSteps: 10 }));
    const asked = { startedAt: '2026-01-01T00:00:00.000Z', scenarioFile: 's.yaml', seed: 1, servers: 4, onlyServer: undefined, serversDown: 1, limits: state.limits, holdMs: 1, ratePerSec: 1 };
    return conclude({ scenario: 's', required, asked, limits: [], environment, before: undefined }, { state, answer, steps });
  };
  const knee: Answer = { kind: 'knee', knee: { users: 180, low: 160, high: 195, level: 0.95 } };
  /** Of a search that has tried just these loads, most of them up to its maximum of 400. */
  const concluded = (required: number, ...trials: readonly Trial[]): ReturnType<typeof conclude> => concludedWithin(40, required, trials);
  const concludedWithin = (maxSteps: number, required: number, trials: readonly Trial[]): ReturnType<typeof conclude> => {
    const state = trials.reduce(withTrial, beginSearch({ start: 50, max: 400, repeats: 3, tolerance: 0.05, maxSteps }));
    const next = nextStep(state);
    if (next.kind !== 'done') throw new Error(`goes on with ${next.users}`);
    const asked = { startedAt: '2026-01-01T00:00:00.000Z', scenarioFile: 's.yaml', seed: 1, servers: 4, onlyServer: undefined, serversDown: 0, limits: state.limits, holdMs: 1, ratePerSec: 1 };
    return conclude({ scenario: 's', required, asked, limits: [], environment, before: undefined }, { state, answer: next.answer, steps: trials.map(({ users, outcome }) => step(users, outcome)) });
  };
  const loads = (outcome: Trial['outcome'], ...users: readonly number[]): readonly Trial[] => users.map((one) => ({ users: one, outcome }));

  it('names what broke first and where, and computes what is left with a server down', () => {
    const capacity = answered(knee, 120);
    expect(capacity).toMatchObject({ users: 180, holdsRequired: true, headroom: 1.5, firstBroken: { users: 200, server: 'bbb02', phase: 'socket' }, oneServerDown: { users: 135, how: 'computed' } });
    expect(capacity.fits.map(({ model }) => model)).toEqual(['usl', 'linear']);
    expect(capacity.fits[1]!.atRequired.waitMs).toBeCloseTo(240, 6);
    expect(capacityText(capacity)).toMatch(/^Yes: the fleet holds 120 users; \d/);
    expect(capacityText(capacity)).toContain('First to break: join_failed rate < 1%, from 200 users on; first in 1 of 1 steps that broke; on bbb02 (1 of 1); phase: socket (1 of 1)');
  });

  it('is no yes where the largest load was required, and broke, even if it held more often', () => {
    const mixed = [...loads('held', 50, 100, 200, 400), ...loads('broken', 400), ...loads('held', 400, 400)];
    const capacity = concluded(400, ...mixed);
    expect(capacity).toMatchObject({ answer: { kind: 'at-least', users: 400 }, verdict: 'not-known', holdsRequired: false });
    expect(exitCodeOf(capacity)).toBe(5);
    expect(capacity.confidence).toBeGreaterThan(0.5);
    expect(capacityText(capacity)).toMatch(/^Not known whether the fleet holds 400 users: some steps with about so many held, and some broke; 9\d % sure/);
    const less = concluded(200, ...mixed);
    expect(less.verdict).toBe('holds');
    expect(capacityText(less)).toMatch(/^Yes: the fleet holds 200 users; more than 99\.9 % sure/);
    expect(capacityText(less)).not.toContain('nothing broke');
    const never = concluded(400, ...loads('held', 50, 100, 200, 400, 400, 400));
    expect(never).toMatchObject({ verdict: 'holds', confidence: undefined });
    expect(capacityText(never)).toContain('400 were held, and nothing broke');
  });

  it('is no yes where the steps were used up before what is required was tried as often as decides', () => {
    const cut = (...more: readonly number[]): ReturnType<typeof conclude> => concludedWithin(3 + more.length, 200, loads('held', 50, 100, 200, ...more));
    const once = cut();
    expect(once).toMatchObject({ answer: { kind: 'at-least', users: 200 }, verdict: 'not-known', confidence: undefined });
    expect(capacityText(once)).toMatch(/^Not known whether the fleet holds 200 users: nothing broke, but the steps were used up before so many had been tried often enough\.$/m);
    expect(cut(400).verdict).toBe('not-known');
    expect(cut(400, 400).verdict).toBe('holds');
  });

  it.each([
    [120, 'holds'],
    [130, 'not-known'],
    [140, 'not-known'],
    [150, 'does-not-hold'],
  ] as const)('computes whether %d users are held with a server down as surely as it measures: %s', (required, verdict) => {
    // Three quarters of 160 to 195 are 120 to 146.25, of the knee 135.
    expect(answered(knee, required).oneServerDown).toMatchObject({ users: 135, how: 'computed', verdict });
  });

  it('of a load that never held says that it is fewer, with a server down, too', () => {
    const none = answered({ kind: 'none', tried: 20 }, 300);
    expect(none.oneServerDown).toMatchObject({ users: 0, verdict: 'does-not-hold', answer: { kind: 'none', tried: 15 } });
    expect(capacityText(none)).toContain('Headroom: less than 0.07 times the required 300');
    expect(capacityText(none)).toContain('With one server down: fewer than 15 users, headroom less than 0.05 (computed, not measured)');
    const least = answered({ kind: 'at-least', users: 200 }, 120);
    expect(capacityText(least)).toContain('With one server down: at least 150 users, headroom at least 1.25 (computed, not measured)');
  });

  it('fits over the users that each server had, and predicts for the fullest', () => {
    const { fits } = answered(knee, 120);
    expect(fits[0]!.points).toHaveLength(16);
    expect(fits[0]!.points[0]).toMatchObject({ users: 12.5, server: 'bbb01', step: 1 });
    expect(fits[0]!.atRequired.users).toBeCloseTo(30, 6);
  });

  it.each<[string, Answer, number, number]>([
    ['all of the interval above', knee, 120, 0],
    ['all of it below', knee, 300, 3],
    ['within it, below the knee', knee, 170, 5],
    ['within it, above the knee', knee, 185, 5],
    ['the generator broke first, below', { kind: 'generator', users: 150 }, 300, 5],
    ['the generator broke first, above', { kind: 'generator', users: 350 }, 300, 0],
    ['nothing broke up to more', { kind: 'at-least', users: 400 }, 300, 0],
    ['steps used up before anything broke', { kind: 'at-least', users: 200 }, 300, 5],
    ['not even one user', { kind: 'none', tried: 1 }, 300, 3],
    ['cut short, all of the interval above', { ...knee, kind: 'unsure' }, 150, 0],
    ['cut short, all of it below', { ...knee, kind: 'unsure' }, 200, 3],
    ['cut short, required within it', { ...knee, kind: 'unsure' }, 170, 5],
  ])('ends with its exit code: %s', (_, answer, required, exitCode) => {
    expect(exitCodeOf({ verdict: verdictOf(answer, required) })).toBe(exitCode);
  });
});
