import { describe, expect, it } from 'vitest';
import { userRecords } from '../../../src/report/attendance-log.js';
import { plain } from '../../../src/report/format.js';
import { spreadLine, spreadOf } from '../../../src/report/spread.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { attendance, planOf } from '../../fakes/fake-run.js';

/** Meetings 0 to 3 in the first lesson, meeting 4 in the second; two users each. */
const plan = planOf(
  Array.from({ length: 10 }, (_, seq) => attendance({ seq, meeting: Math.floor(seq / 2), dueMs: seq < 8 ? 0 : 70_000, leaveMs: seq < 8 ? 60_000 : 120_000 })),
  { fleet: { servers: 4, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 } },
);
const joined = (serverOf: (seq: number) => string): RunEvent[] =>
  plan.attendances.flatMap(({ seq, dueMs, leaveMs }): RunEvent[] => [
    { type: 'user-joined', atMs: dueMs + 1_000 + seq, seq, server: serverOf(seq) },
    { type: 'user-ended', atMs: leaveMs, seq, outcome: 'left' },
  ]);

describe('how the first lesson was spread', () => {
  it('counts users and meetings of the first lesson at its fullest, against an even spread over the whole fleet', () => {
    const spread = spreadOf(plan, userRecords(plan, joined((seq) => (seq < 6 ? 'bbb01' : 'bbb02')), 120_000))!;
    expect(spread).toEqual({ atMs: 1_007, fleetServers: 4, users: 8, meetings: 4, largestShare: 0.75, largestOverMean: 3, servers: [{ name: 'bbb01', users: 6, meetings: 3 }, { name: 'bbb02', users: 2, meetings: 1 }] });
    expect(plain(spreadLine(spread))).toBe('First lesson: 8 users in 4 meetings on 2 servers of 4; the fullest, bbb01, had 75 % of the users, 3 times an even share.');
  });

  it('is 1 time the even share when it is even', () => {
    expect(spreadOf(plan, userRecords(plan, joined((seq) => `bbb0${(seq >> 1) % 4}`), 120_000))).toMatchObject({ largestShare: 0.25, largestOverMean: 1 });
  });

  it('does not exist where nobody got in', () => {
    expect(spreadOf(plan, userRecords(plan, [], 120_000))).toBeUndefined();
  });
});
