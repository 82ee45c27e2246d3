import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/scenario/defaults.js';
import { expectedLoad, firstAbove } from '../../../src/schedule/expected-load.js';
import { DEFAULT_COSTS, generatorsNeeded, priceOf } from '../../../src/schedule/generators.js';
import { hardLimits, onServers, type HardLimit, type LimitName } from '../../../src/schedule/hard-limits.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import type { Plan } from '../../../src/schedule/plan.js';
import { longestRush } from '../../../src/schedule/socket-queue.js';
import { behaviour, constant, ramping, scenario, stages, template } from '../../fakes/build-scenario.js';

const fleet = (servers: number, differences: Partial<typeof DEFAULTS.fleet> = {}): Plan['fleet'] => ({ ...DEFAULTS.fleet, ...differences, servers });
const limit = (plan: Plan, name: LimitName): HardLimit => hardLimits(plan).find((candidate) => candidate.limit === name)!;

describe('expectedLoad', () => {
  it('counts streams by who talks, listens, shares and looks', () => {
    // Two meetings of a teacher (microphone, camera, looks at 1) and four pupils, two of them with cameras, looking at 2 at most.
    const room = template({ teacher: behaviour({ audio: 'microphone', webcamShare: 1, cameraViews: 1 }), pupil: behaviour({ webcamShare: 0.5, cameraViews: 2 }) });
    const plan = planScenario(scenario({ templates: [room], load: [constant({ startMs: 100, meetingCount: 2, users: 10 })], fleet: fleet(4) }));
    const { fleet: all, perServer, largestMeeting } = expectedLoad(plan);
    // Each meeting: 3 cameras. Teacher 1; camera pupils see the other two, 2 each; the others 2 of three each: 1 + 4 + 4 = 9.
    expect(Object.fromEntries(Object.entries(all).map(([quantity, { value }]) => [quantity, Number(value.toFixed(6))]))).toEqual({
      users: 10,
      meetings: 2,
      audioUp: 2,
      audioDown: 10,
      camerasUp: 6,
      camerasDown: 18,
      // 2 × 0.04 + 6 × 0.2, and 10 × 0.04 + 18 × 0.2
      inMbps: 1.28,
      outMbps: 4,
    });
    expect(all.users.atMs).toBe(100);
    expect(perServer.users.value).toBe(2.5);
    expect(largestMeeting).toEqual({ value: 5, atMs: 100, meeting: 0 });
  });

  it('counts nobody twice who leaves when another comes', () => {
    const load = [constant({ users: 5, durationMs: 5_000 }), constant({ name: 'next', users: 4, startMs: 5_000 })];
    expect(expectedLoad(planScenario(scenario({ load }))).fleet.users).toEqual({ value: 5, atMs: 0 });
  });

  it('does not hear those without audio', () => {
    const plan = planScenario(scenario({ templates: [template({ pupil: behaviour({ audio: 'none' }) })], load: [constant()] }));
    expect(expectedLoad(plan).fleet.audioDown.value).toBe(1);
  });
});

describe('firstAbove', () => {
  const plan = planScenario(scenario({ load: [ramping({ stages: stages([15_000, 15], [1_000, 15]) })] }));

  it('says when a quantity first passes a limit', () => {
    expect(firstAbove(plan, 'users', 10)).toBe(11_000);
  });

  it('is undefined when it never does', () => {
    expect(firstAbove(plan, 'users', 15)).toBeUndefined();
  });
});

describe('longestRush', () => {
  it('makes 600 who come at once to one server wait 12 s, as BBB does at 50 a second', () => {
    const plan = planScenario(scenario({ templates: [template({ size: 10 })], load: [constant({ startMs: 3_000, meetingCount: 600, users: 6_000 })], fleet: fleet(10) }));
    // The n-th is let in after n · 20 ms: the last after 599 · 20, the 570th (95 %) after 569 · 20.
    expect(longestRush(plan)).toEqual({ peakPerSec: 600, atMs: 3_000, users: 600, waitP95Ms: 11_380, waitLastMs: 11_980 });
  });

  it('finds no queue where users come more slowly than they are let in', () => {
    const plan = planScenario(scenario({ load: [ramping({ stages: stages([15_000, 15], [1_000, 15]) })], fleet: fleet(1) }));
    expect(longestRush(plan)).toMatchObject({ peakPerSec: 1, waitP95Ms: 0, waitLastMs: 0 });
  });

  it('takes the longest of several rushes', () => {
    const load = [constant({ users: 3, durationMs: 1_000 }), constant({ name: 'next', startMs: 10_000, users: 5 })];
    const plan = planScenario(scenario({ load, fleet: fleet(1, { socketsPerSecondPerServer: 1 as never }) }));
    expect(longestRush(plan)).toEqual({ peakPerSec: 5, atMs: 10_000, users: 5, waitP95Ms: 4_000, waitLastMs: 4_000 });
  });

  it('counts no dropped arrival', () => {
    const plan = planScenario(scenario({ load: [constant()] }));
    const dropped: Plan = { ...plan, attendances: plan.attendances.map((attendance) => ({ ...attendance, dropped: true as const })) };
    expect(longestRush(dropped).peakPerSec).toBe(0);
  });
});

describe('hardLimits', () => {
  const many = (users: number, servers: number, size = 25): Plan =>
    planScenario(scenario({ templates: [template({ size })], load: [ramping({ meetingCount: Math.ceil(users / size), stages: stages([600_000, users], [60_000, users]) })], fleet: fleet(servers) }));

  it('says that 6,000 users on ten servers break the 500 connections of each, and from when', () => {
    const found = limit(many(6_000, 10), 'graphql-connections');
    // The 5,001st of 6,000 users in 600 s.
    expect(found).toMatchObject({ allowed: 500, needed: 600, atMs: 500_100, level: 'breaks', breaks: true });
    expect(found.help).toContain('max_connections');
  });

  it('asks of one server alone what the fleet would share', () => {
    const [shared, alone] = [many(480, 10), onServers(many(480, 10), 1)].map((plan) => (['graphql-connections', 'sockets-per-second', 'line-out'] as const).map((name) => limit(plan, name).needed));
    expect(shared![0]).toBe(48);
    expect(alone![0]).toBe(480);
    expect(alone![1]).toBe(limit(many(480, 1), 'sockets-per-second').needed);
    expect(alone![2]! / shared![2]!).toBeCloseTo(10, 0);
  });

  it.each([
    [4_500, 'fine'],
    [4_501, 'warning'],
    [5_000, 'warning'],
    [5_001, 'breaks'],
  ] as const)('holds %i users on ten servers against their connections: %s', (users, level) => {
    expect(limit(many(users, 10), 'graphql-connections').level).toBe(level);
  });

  it('warns of waits before a socket and breaks where the client gives up', () => {
    const rush = (users: number): HardLimit => limit(planScenario(scenario({ templates: [template({ size: 200 })], load: [constant({ meetingCount: 10, users })], fleet: fleet(1) })), 'sockets-per-second');
    expect(rush(50)).toMatchObject({ level: 'fine', needed: 50 });
    // 600 wait 12 s; the 1,502nd waits 30.02 s.
    expect(rush(600)).toMatchObject({ level: 'warning', explanation: '600 users in one rush: 95 % are let in within 11s400ms, the last after 12s' });
    expect(rush(1_501).level).toBe('warning');
    expect(rush(1_502)).toMatchObject({ level: 'breaks', breaks: true });
  });

  it('breaks when a meeting is larger than BBB bears', () => {
    const of = (users: number): HardLimit => limit(planScenario(scenario({ templates: [template({ size: 300 })], load: [constant({ users })], fleet: fleet(1) })), 'users-per-meeting');
    expect(of(200).level).toBe('fine');
    expect(of(201)).toMatchObject({ level: 'breaks', needed: 201 });
    expect(of(201).explanation).toContain('"crowd 1"');
  });

  it.each([
    [31, 'fine'],
    [32, 'warning'],
    [40, 'breaks'],
  ])('holds the line against what goes over it: %i users, all with cameras: %s', (users, level) => {
    // n users look at n − 1 cameras each: n·0.04 + n·(n−1)·0.2. 31: 187.2; 32: 199.7; 40: 313.6 Mbit/s. The line: 300, 65 % of it 195.
    const teacher = behaviour({ audio: 'microphone', webcamShare: 1, cameraViews: 50 });
    const plan = planScenario(scenario({ templates: [template({ size: 40, teachers: 40, teacher })], load: [constant({ users })], fleet: fleet(1, { lineMbps: 300 as never }) }));
    expect(limit(plan, 'line-out').level).toBe(level);
    expect(limit(plan, 'line-in').level).toBe('fine');
  });

  it('only hints where a rule of thumb is passed', () => {
    expect(limit(many(2_001, 10), 'users-per-server')).toMatchObject({ level: 'hint', breaks: false, needed: 201 });
    expect(limit(many(2_000, 10), 'users-per-server').level).toBe('fine');
  });

  it('puts those that break first', () => {
    expect(hardLimits(many(6_000, 10)).map(({ level }) => level)).toEqual(['breaks', 'hint', 'fine', 'fine', 'fine', 'fine']);
  });
});

describe('generatorsNeeded', () => {
  it('adds up what users cost at the peak and says what decides', () => {
    const room = template({ size: 10, teachers: 1, teacher: behaviour({ audio: 'microphone', webcamShare: 1, cameraViews: 0 }), pupil: behaviour({ cameraViews: 0 }) });
    const plan = planScenario(scenario({ templates: [room], load: [constant({ meetingCount: 36, users: 360 })] }));
    // 36 senders at 8 a core and 324 listeners at 18 a core: 4.5 + 18 = 22.5 cores; 8 · 0.65 = 5.2 a machine: 5 machines.
    expect(generatorsNeeded(plan)).toMatchObject({ machines: 5, because: 'cores', cores: expect.closeTo(22.5, 6), memoryMb: 360 * 42, browserUsers: 360, nativeUsers: 0 });
  });

  it('finds the line short before the cores for native users who look at cameras', () => {
    const room = template({ size: 10, teacher: behaviour({ webcamShare: 1 }), pupil: behaviour({ webcamShare: 1, cameraViews: 5 }) });
    const plan = planScenario(scenario({ templates: [room], load: [constant({ meetingCount: 100, users: 1_000 })], users: { browser: 0, native: 'rest' } }));
    // 1,000 · (0.04 + 5 · 0.2) = 1,040 Mbit/s over 650 a machine: 2. Cores: 1,000 / 340 = 2.9 of 5.2.
    expect(generatorsNeeded(plan)).toMatchObject({ machines: 2, because: 'line', lineMbps: expect.closeTo(1_040, 6), nativeUsers: 1_000 });
  });

  it('prices native users without sound and picture as such, browsers as browsers', () => {
    const room = (pupil: Parameters<typeof behaviour>[0]) => template({ size: 10, teachers: 0, pupil: behaviour(pupil) });
    const cores = (pupil: Parameters<typeof behaviour>[0], users: { browser: number | 'rest'; native: number | 'rest' }): number => generatorsNeeded(planScenario(scenario({ templates: [room(pupil)], load: [constant({ meetingCount: 100, users: 1_000 })], users } as never))).cores;
    const native = { browser: 0, native: 'rest' } as const;
    expect(cores({ audio: 'none', cameraViews: 0 }, native)).toBeCloseTo(1_000 / DEFAULT_COSTS.nativeSilentPerCore, 6);
    expect(cores({ audio: 'listen-only', cameraViews: 0 }, native)).toBeCloseTo(1_000 / DEFAULT_COSTS.nativeListenersPerCore, 6);
    expect(cores({ audio: 'none', cameraViews: 1 }, native)).toBeCloseTo(1_000 / DEFAULT_COSTS.nativeListenersPerCore, 6);
    expect(cores({ audio: 'none', cameraViews: 0 }, { browser: 'rest', native: 0 })).toBeCloseTo(1_000 / DEFAULT_COSTS.browserListenersPerCore, 6);
  });

  it.each([
    ['native', DEFAULT_COSTS.nativeListenersPerCore, DEFAULT_COSTS.nativeSendersPerCore, DEFAULT_COSTS.nativeViewCores, DEFAULT_COSTS.nativeMb, DEFAULT_COSTS.nativeViewMb],
    ['browser', DEFAULT_COSTS.browserListenersPerCore, DEFAULT_COSTS.browserSendersPerCore, DEFAULT_COSTS.browserViewCores, DEFAULT_COSTS.browserMb, DEFAULT_COSTS.browserViewMb],
  ] as const)('counts each camera beyond the first that %s users look at, of those that there are', (kind, listening, sending, viewCores, mb, viewMb) => {
    // 100 meetings of six cameras, whose users look at none or, as teachers do, at all the others, and four listeners.
    const need = (views: number, teacherViews = 0) => {
      const room = template({ size: 10, teachers: 6, teacher: behaviour({ audio: 'microphone', webcamShare: 1, cameraViews: teacherViews }), pupil: behaviour({ cameraViews: views }) });
      const { cores, memoryMb } = generatorsNeeded(planScenario(scenario({ templates: [room], load: [constant({ meetingCount: 100, users: 1_000 })], users: kind === 'native' ? { browser: 0, native: 'rest' } : { browser: 'rest', native: 0 } } as never)));
      return { cores, memoryMb };
    };
    const about = (furtherViews: number) => ({ cores: expect.closeTo(600 / sending + 400 / listening + furtherViews * viewCores, 6) as number, memoryMb: expect.closeTo(1_000 * mb + furtherViews * viewMb, 6) as number });
    expect([need(0), need(1), need(5), need(50), need(1, 50)]).toEqual([about(0), about(0), about(400 * 4), about(400 * 5), about(600 * 4)]);
  });

  it('takes cameras that have left for nobody’s to look at', () => {
    const room = template({ size: 4, teachers: 2, teacher: behaviour({ webcamShare: 1, cameraViews: 0 }), pupil: behaviour({ cameraViews: 5 }) });
    const plan = planScenario(scenario({ templates: [room], load: [constant({ users: 4 })], users: { browser: 0, native: 'rest' } } as never));
    // One leaves when the other comes.
    const first = plan.attendances.find(({ role }) => role === 'teacher');
    const apart = { ...plan, attendances: plan.attendances.map((one) => (one.role === 'pupil' ? one : one === first ? { ...one, leaveMs: one.dueMs + 10 } : { ...one, dueMs: one.dueMs + 10 })) };
    const further = (of: Plan): number => (generatorsNeeded(of).memoryMb - 4 * DEFAULT_COSTS.nativeMb) / DEFAULT_COSTS.nativeViewMb;
    expect(further(plan)).toBeCloseTo(2, 6);
    expect(generatorsNeeded(apart).memoryMb).toBe(3 * DEFAULT_COSTS.nativeMb);
  });

  it('counts machines of a size, for each kind of users, and their price by started hours', () => {
    const plan = planScenario(scenario({ templates: [template({ size: 10, teachers: 0, pupil: behaviour({ cameraViews: 0 }) })], load: [constant({ meetingCount: 100, users: 1_000, durationMs: 3_600_001 })], users: { browser: 100, native: 'rest' } as never }));
    // 100 / 18 = 5.6 cores for browsers, 900 / 520 = 1.7 for the others: of a machine's 5.2, and of 10.4.
    const need = generatorsNeeded(plan);
    expect(need).toMatchObject({ machines: 2, because: 'cores', apart: { browser: 2, native: 1 } });
    expect(generatorsNeeded(plan, { ...DEFAULT_COSTS, machine: { ...DEFAULT_COSTS.machine, cores: 16 } })).toMatchObject({ machines: 1, apart: { browser: 1, native: 1 } });
    expect(generatorsNeeded(plan, { ...DEFAULT_COSTS, machine: { ...DEFAULT_COSTS.machine, lineMbps: 10 } })).toMatchObject({ because: 'line' });
    expect(priceOf(plan, need, 0.5)).toEqual({ hour: 1, run: 2 });
  });

  it('takes other costs', () => {
    const plan = planScenario(scenario({ load: [constant()] }));
    // One sender and four listeners, one a core: five cores on machines with one.
    const costs = { ...DEFAULT_COSTS, browserListenersPerCore: 1, browserSendersPerCore: 1, usable: 1, machine: { cores: 1, memoryMb: 1e6, lineMbps: 1e6 } };
    expect(generatorsNeeded(plan, costs)).toMatchObject({ machines: 5, because: 'cores' });
  });
});
