import { describe, expect, it } from 'vitest';
import { checkpointLine } from '../../../src/report/checkpoint-line.js';
import { plain } from '../../../src/report/format.js';

const base = { atMs: 1_800_000, present: 4_812, meetings: 210, failed: 3, lost: 1, joinTimeP95Ms: 2_000 };

describe('the line of a checkpoint', () => {
  it('names users, meetings, the busiest and the worst server, errors and the verdict so far', () => {
    const servers = [
      { server: 'bbb03.example.org', users: 611, meetings: 27, joinTimeP95Ms: 1_500 },
      { server: 'bbb07.example.org', users: 402, meetings: 20, joinTimeP95Ms: 4_210 },
      { server: 'bbb09.example.org', users: 0, meetings: 0 },
    ];
    expect(plain(checkpointLine({ ...base, servers, errorsSince: 12, held: 5, broken: ['join_time p(95) < 4 s'], pending: 1 }, '07:30:00'))).toBe(
      '07:30:00 checkpoint: 4,812 users in 210 meetings · 2 servers, most on bbb03 (611 users, 27 meetings) · worst join p95 4.21 s on bbb07 · 12 errors since the last · thresholds 5 held, 1 broken (join_time p(95) < 4 s), 1 without measurements',
    );
  });

  it('says what earlier versions recorded, and nothing else', () => {
    expect(plain(checkpointLine(base, '30:00'))).toBe('30:00 checkpoint: 4,812 users in 210 meetings · join p95 2.00 s'.replace('2.00', '2'));
    expect(plain(checkpointLine({ ...base, present: 0, joinTimeP95Ms: undefined, servers: [] }, '30:00'))).toBe('30:00 checkpoint: 0 users in 210 meetings · nobody on any server · nobody has joined yet');
  });
});
