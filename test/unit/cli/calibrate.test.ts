import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeRamp, rampFor, rampScenario } from '../../../src/cli/calibrate-ramp.js';
import { calibrationPath, readCalibration, writeCalibration } from '../../../src/cli/calibration-file.js';
import { beyondCalibration } from '../../../src/cli/hold-to-machine.js';
import { renderCalibration } from '../../../src/cli/commands/calibrate.js';
import { runCli } from '../../../src/cli/main.js';
import type { MetricName } from '../../../src/metrics/catalogue.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { RunData } from '../../../src/report/run-data.js';
import { checkScenario } from '../../../src/scenario/check.js';
import { CALIBRATED_KINDS, calibratedCosts, usersWithoutMedia, type CalibratedUsers, type Calibration } from '../../../src/schedule/calibration.js';
import { expectedLoad } from '../../../src/schedule/expected-load.js';
import { DEFAULT_COSTS } from '../../../src/schedule/generators.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { memoryIo } from '../../fakes/memory-io.js';

const RAMP = { users: 80, rampS: 8, holdS: 8 };

/** A run of 16 s on four cores, users coming at ten a second for 8 s; `at` says what else is measured in a second. */
function ramp(at: (second: number, users: number) => Partial<Record<MetricName, number>>): RunData {
  const checked = checkScenario(rampScenario('nativeSilent', RAMP), 'ramp.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  using recorder = createRecorder({ maxSeries: 100, onCapped: () => undefined });
  const snapshots = Array.from({ length: 16 }, (_, second) => {
    const users = Math.min(80, (second + 1) * 10);
    for (const [metric, value] of Object.entries({ users_present: users, generator_cpu: 0.02 * users, generator_rss: 100 + 2 * users, ...at(second, users) })) recorder.record({ metric: metric as MetricName, value, atMs: second * 1_000 });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval: second, startMs: second * 1_000, endMs: (second + 1) * 1_000 });
  });
  return { plan: planScenario(checked.scenario), meta: { intervalMs: 1_000, machine: { cores: 4 } }, snapshots, events: [], scenarioText: '', unreadableLines: 0 } as unknown as RunData;
}

describe('rampScenario', () => {
  it.each(CALIBRATED_KINDS.flatMap((kind) => [true, false].map((quick) => [kind, quick] as const)))('is a scenario: %s, quick %s', (kind, quick) => {
    const one = rampFor(kind, 8, quick);
    const checked = checkScenario(rampScenario(kind, one), 'ramp.yaml');
    expect(checked).toMatchObject({ ok: true });
    if (!checked.ok) return;
    const plan = planScenario(checked.scenario);
    expect(new Set(plan.attendances.map((user) => user.kind))).toEqual(new Set([kind === 'browser' ? 'browser' : 'native']));
    expect(plan.attendances.length).toBe(one.users);
    expect(plan.attendances.every(({ audio, webcam, cameraViews }) => kind !== 'nativeSilent' || (audio === 'none' && !webcam && cameraViews === 0))).toBe(true);
  });
});

describe('judgeRamp', () => {
  it('says what a user costs, and that nothing broke', () => {
    // 0.02 core and 2 MB each: 4 · 0.65 ÷ 0.02 = 130.
    expect(judgeRamp(ramp(() => ({})), RAMP, 0.65)).toEqual({ users: 80, asked: 80, broke: null, coresPerUser: expect.closeTo(0.02, 9), mbPerUser: expect.closeTo(2, 9), allCoresUsers: 130 });
  });

  it.each([
    ['while everyone is in', 12],
    ['before everyone is in', 8],
  ])('takes no cost from what was measured after a limit had broken, %s', (_, breaksAt) => {
    // Starved of its cores a generator uses few of them, and seems cheap.
    const starved = ramp((second, users) => (second >= breaksAt ? { event_loop_delay: 900, generator_cpu: 0.001 * users, generator_rss: 100 } : {}));
    expect(judgeRamp(starved, RAMP, 0.65)).toMatchObject({ users: 80, broke: { what: 'event-loop delay' }, coresPerUser: expect.closeTo(0.02, 9) as number, mbPerUser: expect.closeTo(2, 9) as number });
  });

  it('says which limit broke first, and how many users there were before', () => {
    const late = ramp((second) => ({ lateness: second >= 8 ? 1_500 : 10, event_loop_delay: second >= 12 ? 900 : 5 }));
    expect(judgeRamp(late, RAMP, 0.65)).toMatchObject({ users: 80, broke: { what: 'users started late', limit: 1_000, unit: 'ms' } });
    const busy = ramp((second) => ({ event_loop_delay: second >= 5 ? 900 : 5 }));
    expect(judgeRamp(busy, RAMP, 0.65)).toMatchObject({ users: 0, broke: { what: 'event-loop delay' } });
    expect(judgeRamp(ramp((_, users) => ({ generator_cpu: 0.04 * users })), RAMP, 0.65)).toMatchObject({ broke: { what: 'CPU of the generator', limit: 2.6 } });
  });

  it('does not judge the first stretch, in which everything starts', () => {
    expect(judgeRamp(ramp((second) => ({ event_loop_delay: second < 4 ? 900 : 5 })), RAMP, 0.65)).toMatchObject({ users: 80, broke: null });
  });

  it('has nothing to say when nobody was in', () => {
    expect(judgeRamp(ramp(() => ({ users_present: 0 })), RAMP, 0.65)).toBeUndefined();
  });
});

const users = (more: Partial<CalibratedUsers> = {}): CalibratedUsers => ({ users: 100, asked: 200, broke: null, coresPerUser: 0.01, mbPerUser: 2, allCoresUsers: 130, ...more });
const calibration: Calibration = { schema: 2, at: '2026-11-23T07:00:00.000Z', firstbell: '0.1.0', quick: true, machine: { name: 'gen1', cores: 2, memoryMb: 4_096, cpu: 'AMD EPYC' }, usable: 0.65, kinds: { nativeListener: users(), nativeSilent: users({ allCoresUsers: 4_000, broke: { what: 'event-loop delay', value: 300, limit: 250, unit: 'ms' } }) } };

describe('a calibration', () => {
  it('gives costs; what it does not have stays as built in', () => {
    expect(calibratedCosts(calibration)).toMatchObject({ nativeListenersPerCore: 100, nativeSendersPerCore: DEFAULT_COSTS.nativeSendersPerCore, browserListenersPerCore: 18, browserSendersPerCore: 8, nativeMb: 2, machine: { cores: 2, memoryMb: 4_096, lineMbps: 1_000 } });
    // As many times dearer as in the built-in figures: 9 · 8 ÷ 18.
    expect(calibratedCosts({ ...calibration, kinds: { browser: users({ coresPerUser: 1 / 9 }) } }).browserSendersPerCore).toBeCloseTo(4, 9);
  });

  it('knows what a listener costs who looks at one camera, and what each further one costs', () => {
    // Five times as dear as the built-in figures have it (520 and 18 a core): so are further cameras.
    const costs = calibratedCosts({ ...calibration, kinds: { nativeListener: users({ coresPerUser: 5 / 520 }), browser: users({ coresPerUser: 5 / 18 }) } });
    expect([costs.nativeViewCores, costs.browserViewCores]).toEqual([expect.closeTo(5 * DEFAULT_COSTS.nativeViewCores, 9), expect.closeTo(5 * DEFAULT_COSTS.browserViewCores, 9)]);
    const scene = checkScenario(rampScenario('nativeListener', RAMP), 'ramp.yaml');
    expect(scene.ok && Math.round(expectedLoad(planScenario(scene.scenario)).fleet.camerasDown.value)).toBe(80 - 4);
  });

  it('of an earlier version, whose listeners looked at no camera, makes no user cheaper who does', () => {
    // 947 a core who only listen, as measured: one camera is 1 ms more of a core each second.
    const { nativeListenersPerCore } = calibratedCosts({ ...calibration, schema: 1, kinds: { nativeListener: users({ coresPerUser: 1 / 947 }) } });
    expect(1_000 / nativeListenersPerCore).toBeCloseTo(1_000 / 947 + 1, 9);
  });

  it('gives a worker its weight; without one it is the built-in figure, not the cores', () => {
    // The event loop broke at 100, whatever the cores would have carried.
    expect(usersWithoutMedia(calibration, 64)).toBe(100);
    expect(usersWithoutMedia({ ...calibration, kinds: { nativeSilent: users({ allCoresUsers: 4_000 }) } }, 64)).toBe(4_000);
    expect(usersWithoutMedia({ ...calibration, kinds: { nativeSilent: users({ allCoresUsers: 50, broke: calibration.kinds.nativeSilent!.broke }) } }, 64)).toBe(50);
    expect(usersWithoutMedia(undefined, 2)).toBe(Math.floor(2 * 0.65 * DEFAULT_COSTS.nativeSilentPerCore));
    expect(usersWithoutMedia({ ...calibration, kinds: { nativeSilent: users({ allCoresUsers: 0 }) } }, 2)).toBe(1);
  });

  it('plans no more for a machine than it carried when a limit broke, though cores were left', () => {
    const { nativeSilent } = calibration.kinds;
    // 100 of them on 2 cores of which 65 % may be used; by its CPU a user would take a hundredth of a core.
    expect(calibratedCosts(calibration).nativeSilentPerCore).toBeCloseTo(100 / (2 * 0.65), 9);
    expect(calibratedCosts({ ...calibration, kinds: { nativeSilent: { ...nativeSilent!, broke: null } } }).nativeSilentPerCore).toBeCloseTo(100, 9);
    // Nobody was carried: a machine for each.
    expect(calibratedCosts({ ...calibration, kinds: { nativeSilent: { ...nativeSilent!, users: 0 } } }).nativeSilentPerCore * 2 * 0.65).toBeCloseTo(1, 9);
  });

  it('tells which plans need more than the machine itself', () => {
    const planOf = (users: number) => {
      const checked = checkScenario(rampScenario('nativeSilent', { users, rampS: 10, holdS: 10 }), 'ramp.yaml');
      if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
      return planScenario(checked.scenario);
    };
    expect(beyondCalibration(planOf(100), calibration)).toBeUndefined();
    expect(beyondCalibration(planOf(101), calibration)).toEqual({ machines: 2, because: 'cores' });
    expect(beyondCalibration(planOf(450), calibration)).toEqual({ machines: 5, because: 'cores' });
  });

  it('is shown with what broke, and marks what is extrapolated', () => {
    const text = renderCalibration(calibration);
    expect(text).toMatch(/native, listening and looking +100 or more .* nothing broke/);
    expect(text).toMatch(/native, without media +100 .* 4000 +event-loop delay: 300 ms, limit 250/);
    expect(text).toContain('* Extrapolated');
  });
});

describe('calibration.json', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'firstbell-test-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is written and read where the environment says', async () => {
    const io = memoryIo({ env: { XDG_CONFIG_HOME: dir, HOME: '/nowhere' }, cwd: dir });
    expect(await readCalibration(io)).toBeUndefined();
    await writeCalibration(calibrationPath(io)!, calibration);
    expect(await readCalibration(io)).toEqual(calibration);
    expect(calibrationPath({ env: { HOME: '/home/a' } })).toBe('/home/a/.config/firstbell/calibration.json');
    expect(calibrationPath({ env: {} })).toBeUndefined();
  });

  it.each(['', 'null', '{"schema":2}', '{'])('is refused as %j', async (text) => {
    await writeFile(join(dir, 'c.json'), text);
    await expect(readCalibration(memoryIo({ cwd: dir }), 'c.json')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('is refused when it is named and not there, and when it cannot be written', async () => {
    await expect(readCalibration(memoryIo({ cwd: dir }), 'no.json')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await writeFile(join(dir, 'file'), '');
    await expect(writeCalibration(join(dir, 'file', 'c.json'), calibration)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('decides how many machines a plan needs, and what an hour costs', async () => {
    await writeFile(join(dir, 'c.json'), JSON.stringify(calibration));
    const plan = async (...more: string[]): Promise<string> => {
      const io = memoryIo();
      expect(await runCli(['plan', 'scenarios/crowd.yaml', ...more], io)).toBe(0);
      return io.stdout().replace(/\s+/g, ' ');
    };
    const builtIn = await plan('--price', '0.5');
    expect(builtIn).toContain('1 machine of 8 cores');
    expect(builtIn).toContain('Roughly 0.50 an hour at 0.50 for each machine; 0.50 for the run');
    const own = await plan('--calibration', join(dir, 'c.json'), '--price', '0.5');
    // 142 listeners at 100 a core, 6 teachers and 2 witnesses on the built-in figures: 1.6 cores over 1.3 a machine.
    expect(own).toContain('2 machines of 2 cores, 4 GB');
    expect(own).toContain('as calibrated on gen1 on 2026-11-23');
    expect(own).toContain('Roughly 1.00 an hour');
    expect(JSON.parse(await readFile(join(dir, 'c.json'), 'utf8'))).toEqual(calibration);
  });
});
