import { describe, expect, it } from 'vitest';
import { every, monitorEventLoop, sleep, systemClock } from '../../../src/core/clock.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const never = new AbortController().signal;

describe('systemClock', () => {
  it('does not wake before the asked instant', async () => {
    const atMs = systemClock.nowMs() + 5;
    await systemClock.sleepUntil(atMs, never);
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(atMs);
  });

  it('returns at once for an instant in the past', async () => {
    await expect(systemClock.sleepUntil(systemClock.nowMs() - 1_000, never)).resolves.toBeUndefined();
  });

  it('rejects with the reason of the signal, before and during the sleep', async () => {
    const reason = new Error('enough');
    await expect(sleep(systemClock, 60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = sleep(systemClock, 60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('sleeps longer than a timer can hold, without firing at once', async () => {
    const controller = new AbortController();
    const sleeping = sleep(systemClock, 2 ** 33, controller.signal).then(() => 'woke', () => 'aborted');
    await sleep(systemClock, 5, never);
    controller.abort();
    expect(await sleeping).toBe('aborted');
  });
});

describe('every', () => {
  it('ticks at multiples of the period however long a tick takes', async () => {
    const clock = new VirtualClock();
    const over = new AbortController();
    const ticks: number[] = [];
    const done = every(clock, 10, over.signal, async () => {
      ticks.push(clock.nowMs());
      await sleep(clock, 3, never);
    });
    await clock.advanceTo(45);
    over.abort();
    await done;
    expect(ticks).toEqual([10, 20, 30, 40]);
  });

  it('skips the ticks that a slow one has missed', async () => {
    const clock = new VirtualClock();
    const over = new AbortController();
    const ticks: number[] = [];
    const done = every(clock, 10, over.signal, async () => {
      ticks.push(clock.nowMs());
      if (ticks.length === 1) await sleep(clock, 25, never);
    });
    await clock.advanceTo(55);
    over.abort();
    await done;
    // The first tick lasts from 10 to 35: those due at 20 and 30 are gone.
    expect(ticks).toEqual([10, 40, 50]);
  });

  it('ends quietly at the abort and rejects with what a tick throws', async () => {
    const clock = new VirtualClock();
    await expect(every(clock, 10, AbortSignal.abort(), () => undefined)).resolves.toBeUndefined();
    const failing = every(clock, 10, never, () => {
      throw new Error('tick');
    });
    failing.catch(() => undefined);
    await clock.advanceTo(10);
    await expect(failing).rejects.toThrow('tick');
  });
});

describe('monitorEventLoop', () => {
  it('says 0 before anything was sampled and never less', () => {
    const monitor = monitorEventLoop();
    monitor.reset();
    expect(monitor.percentileMs(99)).toBe(0);
    expect(monitor.maxMs()).toBe(0);
    monitor.stop();
  });
});

describe('VirtualClock', () => {
  it('wakes sleepers in the order of time, and of asking at the same time', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    for (const [name, atMs] of [['c', 30], ['a', 10], ['b1', 20], ['b2', 20], ['d', 40]] as const) void clock.sleepUntil(atMs, never).then(() => woken.push(name));
    await clock.advanceTo(30);
    expect(woken).toEqual(['a', 'b1', 'b2', 'c']);
    expect(clock.sleeping).toBe(1);
  });

  it('forgets a sleeper whose signal aborts', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleepUntil(10, controller.signal);
    controller.abort(new Error('no'));
    await expect(sleeping).rejects.toThrow('no');
    expect(clock.sleeping).toBe(0);
    await clock.advanceTo(20);
    expect(clock.nowMs()).toBe(20);
  });

  it('complains about work that waits for something that no clock brings', async () => {
    await expect(new VirtualClock().run(new Promise(() => undefined))).rejects.toThrow('nothing sleeps');
  });
});
