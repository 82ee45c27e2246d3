import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/log.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { Census } from '../../../src/run/census.js';
import { compareCounts, countOfPeers } from '../../../src/run/compare-counts.js';
import { meetingIdOf } from '../../../src/run/ledger.js';
import { LocalPresence } from '../../../src/run/presence.js';
import { GRACE_MS, Roll } from '../../../src/run/roll.js';
import type { Peers } from '../../../src/vu/attendee.js';
import { RunClock } from '../../../src/vu/run-clock.js';
import { FakeMeetingHost } from '../../fakes/fake-meeting-host.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const LEAVE_MS = 600_000;
const user = (seq: number) => attendance({ seq, name: `Pupil ${seq}`, leaveMs: LEAVE_MS });
const names = (...seqs: number[]): string[] => seqs.map((seq) => `Pupil ${seq}`);
const blind = { peers: () => undefined };

/** Users in since 0 (and one on the way in, one that left at 50 s), looked at a minute later. */
function rollOf(inside: readonly number[]) {
  const roll = new Roll();
  for (const seq of inside) roll.in(user(seq), 0, blind, 'bbb01');
  return roll;
}

describe('three counts of a meeting', () => {
  const at = 60_000;
  const compare = (roll: Roll, server: number | undefined, peers?: { users: number; names: string[] }) => {
    const now = roll.meetings(at).get(0)!;
    return compareCounts(0, now, now, server === undefined ? undefined : { users: server, names: undefined }, peers);
  };

  it.each([
    ['agree', [1, 2, 3], 3, undefined, { missing: 0, ghosts: 0 }],
    ['miss one at the servers', [1, 2, 3], 2, undefined, { missing: 1, ghosts: 0 }],
    ['have one too many at the servers', [1, 2, 3], 4, undefined, { missing: 0, ghosts: 1 }],
    ['miss one among the users, by name', [1, 2, 3], 3, { users: 2, names: names(1, 2) }, { missing: 1, ghosts: 0, names: names(3) }],
    ['would agree but for the names', [1, 2, 3], 3, { users: 3, names: names(1, 2, 9) }, { missing: 1, ghosts: 1, names: names(3, 9) }],
    ['are one only', [1, 2, 3], undefined, undefined, { missing: 0, ghosts: 0 }],
  ])('%s', (_what, inside, server, peers, found) => {
    expect(compare(rollOf(inside), server, peers)).toMatchObject(found);
  });

  it('give those time who come and go', () => {
    const roll = rollOf([1]);
    roll.starting(user(2), at - 5_000);
    roll.in(user(3), at - GRACE_MS + 1, blind, 'bbb01');
    roll.in(user(4), 0, blind, 'bbb01');
    roll.out(user(4), at - GRACE_MS + 1, true);
    roll.in(user(5), 0, blind, 'bbb01');
    roll.out(user(5), at - 35_000, false);
    for (const server of [1, 2, 3, 4, 5]) expect(compare(roll, server)).toMatchObject({ missing: 0, ghosts: 0, harness: 2 });
    expect(compare(roll, 0)).toMatchObject({ missing: 1, ghosts: 0 });
    expect(compare(roll, 6)).toMatchObject({ missing: 0, ghosts: 1 });
  });

  it('take what most users see', () => {
    const seen = (count: number): Peers => ({ count, names: undefined });
    expect(countOfPeers([])).toBeUndefined();
    expect(countOfPeers([seen(3), seen(9), seen(3)])?.users).toBe(3);
    expect(countOfPeers([{ count: 2, names: names(1, 2) }, seen(2)])?.names).toEqual(names(1, 2));
  });
});

describe('the census of a run', () => {
  async function count(present: (look: number) => readonly { readonly users: number }[], durationMs: number, lagMs = 0) {
    const virtual = new VirtualClock();
    const clock = new RunClock(virtual);
    clock.start();
    const roll = rollOf([1, 2, 3]);
    const events: RunEvent[] = [];
    let look = 0;
    const host = Object.assign(new FakeMeetingHost(virtual), {
      present: async () => {
        const [counted] = present(look++);
        return counted ? [{ meetingId: meetingIdOf('r', 0), users: counted.users, names: undefined }] : Promise.reject(new Error('busy'));
      },
    });
    const recorder = createRecorder({ maxSeries: 100 });
    const census = new Census({ run: { plan: planOf([user(1), user(2), user(3)]), runId: 'r', host, recorder, logger: silentLogger }, clock, presence: Object.assign(new LocalPresence(roll, clock), { lagMs }), emit: (event) => events.push(event) });
    const over = new AbortController();
    const running = census.run(over.signal);
    await virtual.run(virtual.sleepUntil(durationMs, new AbortController().signal).then(() => over.abort()));
    await running;
    recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
    return { census, series: recorder.cumulative, looks: events.flatMap((event) => (event.type === 'presence' ? [event] : [])) };
  }

  it('believes a difference when it was there twice, and names the meeting', async () => {
    const { census, series, looks } = await count((look) => [{ users: look === 1 || look > 3 ? 2 : 3 }], 120_000);
    // Once is news on its way; from the fifth look on it has lasted.
    expect(looks.map(({ missing }) => missing)).toEqual(looks.map((_, index) => (index > 4 ? 1 : 0)));
    expect(looks.at(-1)).toMatchObject({ harness: 3, server: 2, missing: 1, ghosts: 0, meetings: [{ meeting: 0, harness: 3, server: 2, missing: 1 }] });
    expect(census.worst).toEqual({ missing: 1, ghosts: 0 });
    expect(series.figures('missing', { server: 'bbb01' }).max).toBe(1);
    expect(series.figures('users_present_server').last).toBe(2);
  });

  it('waits for news of workers, and does not look more seldom for it', async () => {
    const [near, far] = [await count(() => [{ users: 3 }], 120_000), await count(() => [{ users: 3 }], 120_000, 5_000)];
    const every = near.looks[1]!.atMs - near.looks[0]!.atMs;
    expect(far.looks[1]!.atMs - far.looks[0]!.atMs).toBe(every + 5_000);
  });

  it('counts a look that failed, and says nothing of the servers then', async () => {
    const { series, looks } = await count(() => [], 30_000);
    expect(looks.length).toBeGreaterThan(1);
    expect(looks.every(({ server, missing }) => server === undefined && missing === 0)).toBe(true);
    expect(series.figures('errors', { phase: 'census' }).sum).toBe(looks.length);
  });
});
