import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { CAPACITY_KEYS, capacityOf, DEFAULT_CAPACITY, joinMs, kneeOf, lineLossRatio, parseCapacity, refusedRatio, slowdown, utilisationOf, type CapacityModel, type StandingLoad, type UserMix } from '../../../src/sim/capacity.js';
import { VirtualCpu } from '../../../src/sim/virtual-cpu.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const NOBODY: StandingLoad = { users: 0, microphones: 0, listeners: 0, cameras: 0, views: 0 };
const model = (more: Partial<CapacityModel> = {}): CapacityModel => ({ ...DEFAULT_CAPACITY, ...more });
const cpuOf = (more: Partial<CapacityModel>, standing: StandingLoad = NOBODY): { cpu: VirtualCpu; clock: VirtualClock } => {
  const clock = new VirtualClock();
  return { clock, cpu: new VirtualCpu({ model: model(more), clock, random: seededRandom(1), standing: () => standing }) };
};

describe('parseCapacity', () => {
  it('takes keys, presets and a server', () => {
    expect(parseCapacity('cores=4,join=0.1')).toEqual({ server: undefined, values: { cores: 4, join: 0.1 } });
    expect(parseCapacity('bbb02:minimal,cores=2')).toEqual({ server: 'bbb02', values: { cores: 2, line: 1_000 } });
  });

  it.each(['', 'cores', 'cores=', 'cores=no', 'cores=0', 'join=-1', 'cpu=4', 'constructor=1', 'toString', 'bbb 02:cores=4'])('refuses %j', (text) => {
    expect(() => parseCapacity(text)).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });

  it('never throws anything but USAGE', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          for (const [key, value] of Object.entries(parseCapacity(text).values)) expect(CAPACITY_KEYS.some(({ name, min, max }) => name === key && value >= min && value <= max)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'USAGE' });
        }
      }),
    );
  });
});

describe('capacityOf', () => {
  it('lets what is said for a server win, wherever it stands; nothing said means no limit', () => {
    const wishes = ['bbb02:cores=4', 'cores=16,join=0.1'].map(parseCapacity);
    expect(capacityOf('bbb01', wishes)).toEqual(model({ cores: 16, join: 0.1 }));
    expect(capacityOf('bbb02', wishes)).toEqual(model({ cores: 4, join: 0.1 }));
    expect(capacityOf('bbb01', [parseCapacity('bbb02:cores=4')])).toBeUndefined();
  });
});

describe('the formulas', () => {
  it.each([
    [0, 1],
    [0.5, 2],
    [0.9, 10],
    [0.995, 100],
    [1, 100],
    [7, 100],
  ])('at a utilisation of %d an answer takes %d times its service time', (utilisation, times) => {
    expect(slowdown(model(), utilisation)).toBeCloseTo(times, 9);
  });

  it.each([
    [0.99, 0],
    [1, 0],
    [2, 0.5],
    [4, 0.75],
  ])('at a utilisation of %d a share of %d is turned away', (utilisation, ratio) => {
    expect(refusedRatio(utilisation)).toBe(ratio);
  });

  it('loses what does not fit on the line', () => {
    // 100 listeners at 0.04 and 384 cameras sent at 0.25 Mbit/s are 100 Mbit/s.
    const load = { ...NOBODY, listeners: 100, views: 384 };
    expect(lineLossRatio(model({ line: 50 }), load)).toBeCloseTo(0.5, 9);
    expect(lineLossRatio(model({ line: 100 }), load)).toBe(0);
    expect(lineLossRatio(model({ line: 0 }), load)).toBe(0);
  });
});

describe('kneeOf', () => {
  it('is where a join takes as long as it may', () => {
    // 0.04 s of service within 0.4 s: ρ is 0.9; 1 joiner a second takes 0.04 of the 8 cores; a listener takes 0.007.
    expect(kneeOf(model(), { listeners: 1, joinsPerSec: 1 }, 400)).toBeCloseTo((0.9 * 8 - 0.04) / 0.007, 6);
    // Of 500 ms, 100 are not the server's.
    expect(kneeOf(model(), { listeners: 1, joinsPerSec: 1 }, 500, 100)).toBeCloseTo((0.9 * 8 - 0.04) / 0.007, 6);
  });

  it('is where joins are refused if no join is ever too slow, and 0 if each is', () => {
    expect(kneeOf(model(), {}, 10_000)).toBeCloseTo(8 / 0.005, 6);
    expect(kneeOf(model(), {}, 39)).toBe(0);
    expect(kneeOf(model({ cores: 1 }), { joinsPerSec: 30 }, 10_000)).toBe(0);
  });

  it('agrees with the model on both sides, whatever the model', () => {
    const mix: UserMix = { listeners: 0.8, microphones: 0.1, cameras: 0.1, views: 2, apiPerSec: 0.01, mutationsPerSec: 0.1, fanoutPerSec: 0.5, joinsPerSec: 2, startsPerJoin: 3 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 64, noNaN: true }), fc.double({ min: 0.01, max: 0.1, noNaN: true }), fc.integer({ min: 200, max: 3_000 }), (cores, join, limitMs) => {
        const one = model({ cores, join, slowest: 10_000 });
        const knee = kneeOf(one, mix, limitMs);
        if (knee === 0) return;
        expect(joinMs(one, utilisationOf(one, knee * 0.99, mix))).toBeLessThan(limitMs);
        expect(joinMs(one, utilisationOf(one, knee * 1.01, mix))).toBeGreaterThan(limitMs);
      }),
    );
  });
});

describe('VirtualCpu', () => {
  const load = fc.record({ users: fc.nat(500), microphones: fc.nat(100), listeners: fc.nat(500), cameras: fc.nat(50), views: fc.nat(500) });
  const delayAfter = (more: Partial<CapacityModel>, standing: StandingLoad, joins: number): number => {
    const { cpu } = cpuOf({ ...more, slowest: 50 }, standing);
    for (let n = 0; n < joins; n++) cpu.take('join');
    const { refused, delayMs } = cpu.take('join');
    return refused ? Infinity : delayMs;
  };

  it('never answers sooner for more load', () => {
    fc.assert(
      fc.property(load, load, fc.nat(30), fc.nat(30), (some, more, joins, further) => {
        const all = Object.fromEntries(Object.entries(some).map(([key, value]) => [key, value + more[key as keyof StandingLoad]])) as unknown as StandingLoad;
        // Where some are turned away chance decides who; up to there none is.
        const least = delayAfter({ cores: 64 }, some, joins);
        expect(delayAfter({ cores: 64 }, all, joins + further)).toBeGreaterThanOrEqual(least);
      }),
    );
  });

  it('is never slower with more cores', () => {
    fc.assert(
      fc.property(load, fc.nat(20), fc.integer({ min: 20, max: 64 }), fc.integer({ min: 0, max: 64 }), (standing, joins, cores, more) => {
        expect(delayAfter({ cores: cores + more }, standing, joins)).toBeLessThanOrEqual(delayAfter({ cores }, standing, joins));
      }),
    );
  });

  it('takes as long as the service in an empty server; the parts of a join add up', () => {
    const { cpu } = cpuOf({ cores: 1e3 });
    expect(cpu.take('api').delayMs).toBeCloseTo(5, 2);
    expect(cpu.take('enter').delayMs + cpu.take('authorize').delayMs + cpu.take('join').delayMs).toBeCloseTo(40, 1);
  });

  it('averages calls over its window, and forgets them', async () => {
    const { cpu, clock } = cpuOf({ cores: 1, window: 5 });
    // 20 API calls a second at 0.005 core seconds are 0.1 core.
    for (let n = 0; n < 1_200; n++) {
      cpu.take('api');
      await clock.advanceTo(clock.nowMs() + 50);
    }
    expect(cpu.utilisation).toBeCloseTo(0.1, 2);
    await clock.advanceTo(clock.nowMs() + 5_000);
    expect(cpu.utilisation).toBeCloseTo(0.1 / Math.E, 2);
    await clock.advanceTo(clock.nowMs() + 60_000);
    expect(cpu.utilisation).toBeCloseTo(0, 5);
  });

  it('turns away the share that is too much, at no cost', () => {
    const { cpu } = cpuOf({ cores: 1, api: 0 }, { ...NOBODY, users: 400 });
    const refused = Array.from({ length: 2_000 }, () => cpu.take('api')).filter((one) => one.refused).length;
    expect(refused / 2_000).toBeCloseTo(0.5, 1);
    expect(cpu.utilisation).toBeCloseTo(2, 9);
  });

  it('counts who is told of something', () => {
    const { cpu } = cpuOf({ cores: 1 });
    cpu.tell(1_000);
    // 0.4 core seconds in a window of 5 s.
    expect(cpu.utilisation).toBeCloseTo(0.08, 9);
  });
});
