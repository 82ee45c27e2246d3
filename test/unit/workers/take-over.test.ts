import { describe, expect, it } from 'vitest';
import { bitsOf, hasBit } from '../../../src/workers/started-bits.js';
import { restOf } from '../../../src/workers/take-over.js';
import { attendance, planOf } from '../../fakes/fake-run.js';

describe('what is left of a lost worker’s share', () => {
  const share = planOf([
    attendance({ seq: 0, dueMs: 0, leaveMs: 60_000 }),
    attendance({ seq: 1, dueMs: 10_000, leaveMs: 60_000 }),
    attendance({ seq: 2, dueMs: 11_000, leaveMs: 20_500 }),
    attendance({ seq: 3, dueMs: 12_000, leaveMs: 60_000 }),
    attendance({ seq: 4, dueMs: 40_000, leaveMs: 60_000 }),
  ]);

  it('is who has not been started: the overdue a little later, the others when they are due, nobody who would have left', () => {
    const { plan: rest, overdue } = restOf(share, (seq) => seq === 0, 20_000);
    expect(overdue).toBe(3);
    expect(rest.attendances.map(({ seq, dueMs }) => [seq, dueMs])).toEqual([
      [1, 22_000],
      [3, 22_100],
      [4, 40_000],
    ]);
    expect(rest.meetings).toEqual(share.meetings);
  });

  it('is nothing when all were started', () => {
    expect(restOf(share, () => true, 20_000)).toMatchObject({ plan: { attendances: [] }, overdue: 0 });
  });

  it('has the arrivals for which nobody is free, each to be counted once; they are not overdue', () => {
    const open = planOf([10_000, 12_000, 40_000].map((dueMs, seq) => attendance({ seq, dueMs, leaveMs: dueMs, dropped: true })));
    const { plan: rest, overdue } = restOf(open, (seq) => seq === 0, 20_000);
    expect(rest.attendances.map(({ seq, dueMs, dropped }) => [seq, dueMs, dropped])).toEqual([
      [1, 22_000, true],
      [2, 40_000, true],
    ]);
    expect(overdue).toBe(0);
  });
});

describe('users as bits', () => {
  it('say of each whether it was named', () => {
    const has = hasBit(bitsOf([0, 7, 8, 4_999]));
    expect([0, 1, 7, 8, 9, 4_998, 4_999, 5_000, 1_000_000].filter(has)).toEqual([0, 7, 8, 4_999]);
    expect([0, 1, 2].filter(hasBit(bitsOf([])))).toEqual([]);
  });
});
