import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/vu/run-clock.js';
import { GRACE_MS } from '../../../src/run/roll.js';
import type { RunBus } from '../../../src/workers/bus.js';
import { answerLooks, RemotePresence } from '../../../src/workers/remote-presence.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const never = new AbortController().signal;

/** What is told reaches everyone who hears it, a moment later. */
class Room implements Pick<RunBus, 'tell' | 'hear'> {
  readonly #listeners: [string, (text: string) => void][] = [];
  readonly sizes: number[] = [];

  tell(subject: string, text: string): void {
    this.sizes.push(text.length);
    for (const [wanted, onText] of this.#listeners) if (wanted === subject) queueMicrotask(() => onText(text));
  }

  hear(subject: string, onText: (text: string) => void): void {
    this.#listeners.push([subject, onText]);
  }
}

function setUp(seats: readonly number[]) {
  const virtual = new VirtualClock();
  const room = new Room();
  const plan = planOf([0, 1, 2].map((seq) => attendance({ seq, name: `Pupil ${seq}`, leaveMs: 600_000 })));
  const presence = new RemotePresence({ bus: room as unknown as RunBus, plan, clock: virtual, signal: never, seats: () => seats });
  const clock = new RunClock(virtual);
  clock.start();
  presence.keepTime(clock);
  const worker = (seat: number, seen: ReadonlyMap<number, { users: number; names: readonly string[] | undefined }>): void =>
    answerLooks(room as unknown as RunBus, seat, { lagMs: 0, rolls: () => new Map(), peers: () => Promise.resolve(seen) }, never);
  return { virtual, room, presence, worker };
}

describe('who is where, of users that workers play', () => {
  it('is known by their events', async () => {
    const { virtual, presence } = setUp([0]);
    presence.take({ type: 'user-started', atMs: 0, seq: 0, latenessMs: 0 });
    presence.take({ type: 'user-started', atMs: 0, seq: 1, latenessMs: 0 });
    presence.take({ type: 'user-joined', atMs: 100, seq: 0, server: 'bbb01' });
    await virtual.run(virtual.sleepUntil(GRACE_MS + 100, never));
    const roll = presence.rolls().get(0)!;
    expect([roll.sure, roll.present, roll.possible].map((users) => users.map(({ seq }) => seq))).toEqual([[0], [0], [0, 1]]);
    expect(roll.server).toBe('bbb01');
    presence.take({ type: 'user-ended', atMs: GRACE_MS, seq: 0, outcome: 'left' });
    expect(presence.rolls().get(0)!.present).toEqual([]);
    // What a broker says of a user that the plan does not have is nothing.
    presence.take({ type: 'user-joined', atMs: 100, seq: 99, server: 'bbb01' });
    expect(presence.rolls().size).toBe(1);
  });

  it('is asked of every worker; where several have users of a meeting, most count', async () => {
    const { virtual, presence, worker } = setUp([0, 1, 2]);
    worker(0, new Map([[0, { users: 3, names: ['A', 'B', 'C'] }], [1, { users: 5, names: undefined }]]));
    worker(1, new Map([[0, { users: 3, names: undefined }]]));
    worker(2, new Map([[0, { users: 9, names: undefined }]]));
    const seen = await virtual.run(presence.peers(never));
    expect([...seen]).toEqual([[0, { users: 3, names: ['A', 'B', 'C'] }], [1, { users: 5, names: undefined }]]);
    expect(virtual.nowMs()).toBe(0);
  });

  it('does not wait for ever for one that says nothing', async () => {
    const { virtual, presence, worker } = setUp([0, 1]);
    worker(0, new Map([[0, { users: 3, names: undefined }]]));
    expect((await virtual.run(presence.peers(never))).get(0)?.users).toBe(3);
    expect(virtual.nowMs()).toBe(3_000);
  });

  it('comes in parts that the broker takes, however many meetings there are', async () => {
    const { virtual, room, presence, worker } = setUp([0]);
    const names = Array.from({ length: 50 }, (_, index) => `Pupil ${index} `.padEnd(150, 'x'));
    worker(0, new Map(Array.from({ length: 1_234 }, (_, meeting) => [meeting, { users: 50, names }])));
    expect((await virtual.run(presence.peers(never))).size).toBe(1_234);
    expect(Math.max(...room.sizes)).toBeLessThan(1_000_000);
  });
});
