import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SeatBook } from '../../../src/workers/seat-book.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const any = { queue: 'any', kinds: ['native', 'browser'] as const };

function book(seats = 2): { readonly clock: VirtualClock; readonly seats: SeatBook } {
  const clock = new VirtualClock();
  const made = new SeatBook(Array.from({ length: seats }, () => any), clock);
  return { clock, seats: made };
}

/** Time goes by in which the coordinator looks every second, as it does. */
async function looking({ clock, seats }: ReturnType<typeof book>, durationMs: number): Promise<ReturnType<SeatBook['silent']>> {
  const untilMs = clock.nowMs() + durationMs;
  for (;;) {
    const silent = seats.silent(true);
    if (clock.nowMs() >= untilMs) return silent;
    await clock.advanceTo(clock.nowMs() + 1_000);
  }
}

/** All seats taken, ready and begun; the connection has held for a while. */
async function running(): Promise<ReturnType<typeof book>> {
  const { clock, seats } = book();
  for (const seat of [0, 1]) {
    expect(seats.claim(seat, `w${seat}`, 1)).toEqual({ answer: 'yours' });
    expect(seats.setReady(seat, `w${seat}`)).toBe('taken');
  }
  seats.begin();
  await looking({ clock, seats }, 11_000);
  return { clock, seats };
}

describe('seats of a run', () => {
  it('go to one worker each, with its weight', () => {
    const { seats } = book();
    expect(seats.claim(0, 'a', 4)).toEqual({ answer: 'yours' });
    expect(seats.claim(0, 'b', 2)).toEqual({ answer: 'held' });
    expect(seats.claim(1, 'b', 2)).toEqual({ answer: 'yours' });
    expect(seats.weights().map(({ weight }) => weight)).toEqual([4, 2]);
    expect(seats.claimed).toBe(2);
  });

  it('that do not exist are over', () => {
    expect(book().seats.claim(7, 'a', 1)).toEqual({ answer: 'over' });
  });

  it('go to another when a worker goes silent before the start, at no loss', async () => {
    const { clock, seats } = book();
    seats.claim(0, 'a', 1);
    await clock.advanceTo(clock.nowMs() + 11_000);
    expect(seats.claim(0, 'b', 1)).toEqual({ answer: 'yours' });
    expect(seats.isHeldBy(0, 'a')).toBe(false);
  });

  it('are not given away while their holder is heard of, however often they are asked for', async () => {
    const { clock, seats } = await running();
    seats.heard('w0');
    seats.heard('w1');
    expect(seats.silent(true)).toEqual([]);
    expect(seats.claim(0, 'w1', 1)).toEqual({ answer: 'held' });
    expect(await looking({ clock, seats }, 5_000)).toEqual([]);
  });

  it('of a silent worker are lost, then taken over', async () => {
    const { seats } = await running();
    seats.heard('w1');
    expect(seats.silent(true)).toEqual([{ seat: 0, worker: 'w0' }]);
    seats.lose(0);
    expect(seats.claim(0, 'w1', 1)).toEqual({ answer: 'take-over', started: '' });
    expect(seats.setReady(0, 'w1')).toBe('taken-over');
    // Should it come back, the seat is not its own any more.
    expect(seats.isHeldBy(0, 'w0')).toBe(false);
    expect(seats.setReady(0, 'w0')).toBeUndefined();
  });

  it('are lost to nobody while the broker is away, nor right after it is back', async () => {
    const { clock, seats } = await running();
    expect(seats.silent(false)).toEqual([]);
    await clock.advanceTo(clock.nowMs() + 60_000);
    expect(seats.silent(true)).toEqual([]);
    expect(await looking({ clock, seats }, 5_000)).toEqual([]);
    expect(await looking({ clock, seats }, 6_000)).toHaveLength(2);
  });

  it('are lost to nobody because the coordinator stood still: what their workers said is read only now', async () => {
    const { clock, seats } = await running();
    for (const worker of ['w0', 'w1']) seats.heard(worker);
    await clock.advanceTo(clock.nowMs() + 15_000);
    expect(seats.silent(true)).toEqual([]);
    seats.heard('w1');
    expect(await looking({ clock, seats }, 9_000)).toEqual([]);
    // Who says nothing from then on is lost.
    expect(await looking({ clock, seats }, 2_000)).toEqual([{ seat: 0, worker: 'w0' }, { seat: 1, worker: 'w1' }]);
  });

  it('that were lost before the coordinator stood still are not given up before somebody could be heard who asks for them', async () => {
    const { clock, seats } = await running();
    seats.finish(1);
    seats.lose(0);
    await clock.advanceTo(clock.nowMs() + 90_000);
    seats.silent(true);
    expect(seats.claim(0, 'w1', 1)).toEqual({ answer: 'take-over', started: '' });
  });

  it('that nobody takes over are given up, so that a run ends', async () => {
    const { clock, seats } = await running();
    seats.finish(1);
    seats.lose(0);
    await looking({ clock, seats }, 59_000);
    expect(seats.over).toBe(false);
    await looking({ clock, seats }, 2_000);
    expect(seats.over).toBe(true);
    expect(seats.claim(0, 'late', 1)).toEqual({ answer: 'over' });
  });

  it('are not taken over when the run is being stopped', async () => {
    const { seats } = await running();
    seats.finish(1);
    seats.lose(0);
    seats.noMoreTakers();
    expect(seats.over).toBe(true);
    expect(seats.claim(0, 'w1', 1)).toEqual({ answer: 'over' });
  });

  it('tell whoever waits for them', async () => {
    const { seats } = book(1);
    const gone = new AbortController();
    const ready = seats.until(() => seats.ready === 1, gone.signal);
    seats.claim(0, 'a', 1);
    seats.setReady(0, 'a');
    await expect(ready).resolves.toBeUndefined();
    expect(getEventListeners(gone.signal, 'abort')).toEqual([]);
    const never = seats.until(() => false, gone.signal);
    gone.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
  });
});
