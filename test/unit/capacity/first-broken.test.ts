import { describe, expect, it } from 'vitest';
import type { BrokeOn } from '../../../src/capacity/break-servers.js';
import type { StepRecord } from '../../../src/capacity/capacity.js';
import { firstBrokenOf } from '../../../src/capacity/first-broken.js';
import { beginSearch, nextStep, withTrial } from '../../../src/capacity/search.js';
import { seededRandom } from '../../../src/core/random.js';
import { MODEL_NAMES, modelledFleet } from '../../fakes/modelled-fleet.js';

const JOIN = 'join_time p(95) < 10 s';
const LOSS = 'audio_loss p(95) < 2%';

function broken(users: number, firstBroken: string, on?: BrokeOn, brokePhase?: string): StepRecord {
  return { users, outcome: 'broken', phase: 'repeat', run: `r${users}`, holdMs: 1, steady: true, peakUsers: users, joinTimeP95Ms: 1, thresholds: [], firstBroken, worstServer: on?.kind === 'one' ? on.servers[0] : undefined, brokeOn: on, slowestPhase: 'audio', brokePhase, servers: [] };
}
const one = (server: string): BrokeOn => ({ kind: 'one', servers: [server], of: 2 });
const ALL: BrokeOn = { kind: 'all', servers: ['bbb01', 'bbb02'], of: 2 };

describe('what broke first in a search', () => {
  it('is what broke first most often at the knee or above it, not what broke in a smaller step by chance', () => {
    const steps = [broken(50, LOSS), broken(104, JOIN, undefined, 'ready'), broken(100, JOIN, undefined, 'ready'), broken(110, JOIN, undefined, 'socket'), broken(108, LOSS, undefined, 'meeting')];
    expect(firstBrokenOf(steps, 95)).toEqual({ users: 100, expression: JOIN, server: undefined, servers: undefined, phase: 'ready', steps: { broke: 4, threshold: 3, server: 0, phase: 2 } });
  });

  it('is taken from all steps that broke where none is near the knee', () => {
    expect(firstBrokenOf([broken(50, LOSS)], 95)).toMatchObject({ users: 50, expression: LOSS, steps: { broke: 1, threshold: 1 } });
    expect(firstBrokenOf([], 0)).toBeUndefined();
  });

  it('is, of two that are as frequent, the one that broke at the smaller load', () => {
    expect(firstBrokenOf([broken(110, JOIN), broken(100, LOSS)], 0)).toMatchObject({ expression: LOSS });
  });

  it('is one reason however many users it befell', () => {
    const lost = (count: number): string => (count === 1 ? '1 user lost the meeting before it was time' : `${count} users lost the meeting before it was time`);
    expect(firstBrokenOf([broken(100, JOIN), broken(101, lost(1)), broken(102, lost(7))], 0)).toMatchObject({ users: 101, expression: lost(1), steps: { broke: 3, threshold: 2 } });
  });

  it('names a server only where nearly every step says the same', () => {
    const where = (...on: (BrokeOn | undefined)[]): object => {
      const { server, servers, steps } = firstBrokenOf(on.map((each, index) => broken(100 + index, JOIN, each)), 0)!;
      return { server, servers, count: steps?.server };
    };
    expect(where(one('bbb02'), one('bbb02'), one('bbb02'), ALL)).toEqual({ server: 'bbb02', servers: 'one', count: 3 });
    // Of two servers alike, now one is the worse and now the other.
    expect(where(one('bbb02'), one('bbb01'), one('bbb02'), one('bbb01'), one('bbb02'))).toEqual({ server: undefined, servers: 'some', count: 5 });
    expect(where(ALL, ALL, one('bbb01'))).toEqual({ server: undefined, servers: 'all', count: 2 });
    expect(where(undefined, undefined)).toEqual({ server: undefined, servers: undefined, count: 0 });
  });

  it('is the right threshold although one step in fifty breaks for other reasons', () => {
    const named = Array.from({ length: 20 }, (_, seed) => {
      const random = seededRandom(seed + 1);
      const model = MODEL_NAMES[seed % MODEL_NAMES.length]!;
      const fleet = modelledFleet(model, 300 + random.derive(7).int(8_000), 0.05, 0.02);
      const steps: StepRecord[] = [];
      let state = beginSearch({ start: 50, max: 20_000, repeats: 3, tolerance: 0.04, maxSteps: 40 });
      for (;;) {
        const next = nextStep(state);
        if (next.kind === 'done') return 'knee' in next.answer && firstBrokenOf(steps, next.answer.knee.low)?.expression === fleet.breaks;
        const { held, broke } = fleet.step(next.users, random);
        if (broke !== undefined) steps.push(broken(next.users, broke));
        state = withTrial(state, { users: next.users, outcome: held ? 'held' : 'broken' });
      }
    });
    expect(named.filter(Boolean).length).toBeGreaterThanOrEqual(19);
  });
});
