import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitBoth, fitLinear, fitUsl, predict } from '../../../src/capacity/fit.js';
import { steadiness, stepSteadiness, UNNOTICED, type StepPoint } from '../../../src/capacity/steady.js';

const LOADS = [20, 50, 100, 200, 300, 400];

describe('fits of waiting times over load', () => {
  it('find the parameters of any law that made the points', () => {
    fc.assert(
      fc.property(fc.double({ min: 50, max: 5_000, noNaN: true }), fc.double({ min: 0, max: 0.1, noNaN: true }), fc.double({ min: 0, max: 0.001, noNaN: true }), (r1Ms, sigma, kappa) => {
        const fit = fitUsl(LOADS.map((users) => ({ users, waitMs: r1Ms * (1 + sigma * (users - 1) + kappa * users * (users - 1)) })));
        expect(fit.rmsMs).toBeLessThan(1e-4 * r1Ms);
        expect(fit.parameters['sigma']).toBeCloseTo(sigma, 4);
        expect(fit.parameters['kappa']).toBeCloseTo(kappa, 6);
      }),
    );
  });

  it('never give a cost below 0, and fit no worse than the mean of the points', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 6, maxLength: 6 }), (waits) => {
        const points = LOADS.map((users, index) => ({ users, waitMs: waits[index]! }));
        const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
        const around = Math.sqrt(waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / waits.length);
        for (const fit of [fitUsl(points), fitLinear(points)]) {
          for (const value of Object.values(fit.parameters)) expect(value).toBeGreaterThanOrEqual(0);
          expect(fit.rmsMs).toBeLessThanOrEqual(around * (1 + 1e-6) + 1e-6);
        }
      }),
    );
  });

  it('predict what they fitted, also where waits grow so late and steeply that the law has no R1', () => {
    // The loads near a knee, where a search spends its steps: nothing waits long until all do.
    const points = [40, 44, 48, 50, 52, 54].map((users, index) => ({ users, waitMs: [300, 320, 2_000, 4_500, 8_000, 12_000][index]! }));
    const fit = fitUsl(points);
    expect(fit.parameters['r1Ms']).toBe(0);
    expect(fit.points.map(({ fittedMs }) => fittedMs)).toEqual(points.map(({ users }) => predict(fit, users).waitMs));
    for (const { users, waitMs, residualMs } of fit.points) expect(predict(fit, users).waitMs).toBeCloseTo(waitMs - residualMs, 6);
    // The best multiple of n(n − 1), by hand.
    const [up, down] = points.reduce(([a, b], { users: n, waitMs }) => [a + waitMs * n * (n - 1), b + (n * (n - 1)) ** 2], [0, 0] as [number, number]);
    expect(predict(fit, 60)).toEqual({ waitMs: expect.closeTo((up / down) * 60 * 59, 3) as number, extrapolated: true });
  });

  it('say which loads nobody measured, and are silent with too few points', () => {
    const fit = fitLinear(LOADS.map((users) => ({ users, waitMs: 100 + 2 * users })));
    expect(predict(fit, 400)).toEqual({ waitMs: expect.closeTo(900, 6) as number, extrapolated: false });
    expect(predict(fit, 401).extrapolated).toBe(true);
    expect(fitBoth([{ users: 1, waitMs: 5 }, { users: 2, waitMs: 5 }])).toEqual([]);
  });
});

describe('steady state', () => {
  const readings = (value: (index: number) => number): { atMs: number; value: number }[] => Array.from({ length: 20 }, (_, index) => ({ atMs: (index + 1) * 1_000, value: value(index) }));

  it('is seen where a figure stays, also one that had to settle first', () => {
    expect(steadiness(readings((i) => 100 + (i % 2)), { fromMs: 0, untilMs: 20_000 }).steady).toBe(true);
    expect(steadiness(readings((i) => (i < 10 ? 500 - i * 40 : 100)), { fromMs: 0, untilMs: 20_000 }).steady).toBe(true);
  });

  it('is not seen where it grows, or jumps about; and not told from too little', () => {
    expect(steadiness(readings((i) => 100 + i * 10), { fromMs: 0, untilMs: 20_000 }).steady).toBe(false);
    expect(steadiness(readings((i) => (i % 3 === 0 ? 1_000 : 10)), { fromMs: 0, untilMs: 20_000 }).steady).toBe(false);
    expect(steadiness(readings(() => 1), { fromMs: 0, untilMs: 6_000 }).steady).toBeUndefined();
    expect(steadiness(readings(() => 0), { fromMs: 0, untilMs: 20_000 }).steady).toBe(true);
  });

  it('takes changes that nobody notices for none', () => {
    const losses = readings((i) => (i % 5 === 0 ? 0.004 : 0));
    expect(steadiness(losses, { fromMs: 0, untilMs: 20_000 }).steady).toBe(false);
    expect(steadiness(losses, { fromMs: 0, untilMs: 20_000, unnoticed: UNNOTICED.audioLoss }).steady).toBe(true);
  });
});

describe('the steadiness of a step', () => {
  const points = (at: (index: number) => Omit<StepPoint, 'atMs'>): readonly StepPoint[] => Array.from({ length: 40 }, (_, index) => ({ atMs: (index + 1) * 1_000, ...at(index) }));
  const told = (at: (index: number) => Omit<StepPoint, 'atMs'>): ReturnType<typeof stepSteadiness> => stepSteadiness(points(at), 100, 10_000, 40_000);

  it('rests on everything that was measured', () => {
    expect(told(() => ({ present: 100, rttP95Ms: 40, audioLossP95: 0.001, videoFpsP50: 15 }))).toEqual({ steady: true, by: { users: true, rtt: true, audioLoss: true, videoFps: true } });
    expect(told((i) => ({ present: 100, rttP95Ms: 40, audioLossP95: i / 200 }))).toEqual({ steady: false, by: { users: true, rtt: true, audioLoss: false } });
    expect(told((i) => ({ present: 100, videoFpsP50: 40 - i / 2 }))).toEqual({ steady: false, by: { users: true, videoFps: false } });
  });

  it('is not there while users still come, or too many are missing', () => {
    expect(told(() => ({ present: 100 }))).toEqual({ steady: true, by: { users: true } });
    expect(told((i) => ({ present: 60 + i }))).toEqual({ steady: false, by: { users: false } });
    expect(told(() => ({ present: 85 }))).toEqual({ steady: false, by: { users: false } });
  });

  it('is not told by too few readings', () => {
    expect(stepSteadiness(points(() => ({ present: 100 })), 100, 10_000, 15_000)).toEqual({ steady: undefined, by: {} });
  });
});
