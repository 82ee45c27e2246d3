import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeAll } from '../../src/metrics/merge.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import { RunningTotal } from '../../src/metrics/running-total.js';
import type { Snapshot } from '../../src/metrics/snapshot.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';
import { mostAtOnce } from '../../src/schedule/present.js';
import { shareOf, type ShareHolder } from '../../src/schedule/shares.js';
import { CLAIM, CLAIM_ANSWER, ENTRY, JOB, parse, PHASE, READY, SEAT, SPLIT } from '../../src/workers/messages.js';
import { arriving, scenario, stages, template } from '../fakes/build-scenario.js';
import { attendance, planOf } from '../fakes/fake-run.js';

const plans = fc
  .array(fc.record({ meeting: fc.nat(12), dueMs: fc.nat(100_000), kind: fc.constantFrom('browser' as const, 'native' as const) }), { minLength: 1, maxLength: 80 })
  .map((users) => {
    const sorted = [...users].sort((a, b) => a.dueMs - b.dueMs);
    return planOf(sorted.map((user, seq) => attendance({ seq, ...user, leaveMs: user.dueMs + 1_000 })));
  });
const holders = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 64 }) }), { minLength: 1, maxLength: 8 }).map((all): ShareHolder[] => all.map(({ weight }) => ({ weight, kinds: ['browser', 'native'] })));

describe('shares of a plan', () => {
  it('hold every user exactly once, whatever the number of workers', () => {
    fc.assert(
      fc.property(plans, holders, (plan, all) => {
        const seqs = all.flatMap((_, index) => shareOf(plan, index, all).attendances.map(({ seq }) => seq));
        expect(seqs.sort((a, b) => a - b)).toEqual(plan.attendances.map(({ seq }) => seq));
      }),
    );
  });

  it('leave each user as it was planned, and are the same every time', () => {
    fc.assert(
      fc.property(plans, holders, (plan, all) => {
        const share = shareOf(plan, 0, all);
        for (const user of share.attendances) expect(user).toBe(plan.attendances[user.seq]);
        expect(JSON.stringify(shareOf(plan, 0, all))).toBe(JSON.stringify(share));
      }),
    );
  });

  it('follow the weights, up to one meeting', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (first, second) => {
        const plan = planOf(Array.from({ length: 600 }, (_, seq) => attendance({ seq, meeting: seq % 60 })));
        const all: ShareHolder[] = [first, second].map((weight) => ({ weight, kinds: ['native'] }));
        const wanted = (600 * first) / (first + second);
        expect(Math.abs(shareOf(plan, 0, all).attendances.length - wanted)).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('have together the places of each open part, each as many as it is planned to need, and none more than its part or that', () => {
    const open = fc.record({ rate: fc.integer({ min: 1, max: 12 }), stayMs: fc.integer({ min: 500, max: 40_000 }), maxUsers: fc.integer({ min: 1, max: 60 }), size: fc.integer({ min: 1, max: 12 }), browser: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(open, holders, ({ rate, stayMs, maxUsers, size, browser }, all) => {
        const plan = planScenario(scenario({ templates: [template({ size })], load: [arriving({ meetingCount: Math.ceil(maxUsers / size), startRatePerSec: rate, stages: stages([30_000, rate]), stayMs, maxUsers })], users: { browser, native: 'rest' } }));
        const shares = all.map((_, index) => shareOf(plan, index, all));
        const peaks = shares.map(({ attendances }) => mostAtOnce(attendances));
        const maxima = shares.map(({ parts: [part] }) => (part?.executor === 'ramping-arrival-rate' ? part.maxUsers : Number.NaN));
        const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
        if (sum(peaks) <= maxUsers) expect(sum(maxima)).toBe(maxUsers);
        else expect(sum(maxima)).toBeGreaterThanOrEqual(maxUsers);
        maxima.forEach((most, holder) => {
          expect(most).toBeGreaterThanOrEqual(peaks[holder]!);
          expect(most).toBeLessThanOrEqual(Math.max(peaks[holder]!, Math.ceil((maxUsers * peaks[holder]!) / sum(peaks))));
        });
      }),
    );
  });

  it('send browser users to those who have browsers', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const all: ShareHolder[] = [{ weight: 1, kinds: ['native'] }, { weight: 1, kinds: ['browser'] }];
        expect(new Set(shareOf(plan, 0, all).attendances.map(({ kind }) => kind)).has('browser')).toBe(false);
        expect(new Set(shareOf(plan, 1, all).attendances.map(({ kind }) => kind)).has('native')).toBe(false);
      }),
    );
  });
});

describe('measurements of several workers', () => {
  it('merge to what one would have measured, in any order, also when some come twice', () => {
    const samples = fc.array(fc.record({ worker: fc.nat(3), interval: fc.nat(2), value: fc.double({ min: 0.01, max: 60_000, noNaN: true }) }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(samples, fc.integer(), (all, seed) => {
        const alone = createRecorder({ maxSeries: 10 });
        const snapshots: Snapshot[] = [];
        for (let worker = 0; worker <= 3; worker++) {
          const recorder = createRecorder({ maxSeries: 10 });
          for (let interval = 0; interval <= 2; interval++) {
            for (const sample of all.filter((one) => one.worker === worker && one.interval === interval)) {
              recorder.record({ metric: 'join_time', value: sample.value, atMs: 0 });
              alone.record({ metric: 'join_time', value: sample.value, atMs: 0 });
            }
            snapshots.push(recorder.takeSnapshot({ run: 'r', worker: `w${worker}`, interval, startMs: 0, endMs: 1 }));
          }
        }
        alone.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
        const shuffled = [...snapshots, ...snapshots.slice(0, 4)].map((snapshot, index) => ({ snapshot, key: (index * 7_919 + seed) % 101 })).sort((a, b) => a.key - b.key);
        const total = new RunningTotal([]);
        for (const { snapshot } of shuffled) total.snapshot(snapshot);
        const { sum: _sum, avg: _avg, ...expected } = alone.cumulative.figures('join_time');
        expect(total.series.figures('join_time')).toMatchObject(expected);
        expect(mergeAll(shuffled.map(({ snapshot }) => snapshot)).figures('join_time')).toMatchObject(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe('messages from the broker', () => {
  it('are read or refused, never thrown at the reader', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue().map((value) => JSON.stringify({ type: 'events', worker: 'w', seat: 0, events: value }))), (text) => {
        for (const shape of [SEAT, JOB, SPLIT, PHASE, CLAIM, CLAIM_ANSWER, READY, ENTRY]) expect(() => parse(shape as typeof SEAT, text)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
