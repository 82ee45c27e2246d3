import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { Tether } from '../../../src/workers/tether.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

function scene() {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const held: boolean[] = [];
  const of = { clock, stop, held, asked: 0, away: false, tether: undefined as unknown as Tether };
  of.tether = new Tether({ clock, stop: stop.signal, onHeld: (is) => void held.push(is), confirm: () => (of.asked++, of.away ? Promise.reject(new Error('timeout')) : Promise.resolve()) });
  const passed = async (lateMs = 0): Promise<number> => {
    await of.tether.pass(lateMs);
    return clock.nowMs();
  };
  return { of, clock, passed: (lateMs?: number) => clock.run(passed(lateMs)) };
}

describe('a worker and its share', () => {
  it('need no question while the coordinator is heard', async () => {
    const { of, clock, passed } = scene();
    for (let atMs = 2_000; atMs < 60_000; atMs += 2_000) {
      await clock.advanceTo(atMs);
      of.tether.heard();
    }
    expect(of.tether.pass(0)).toBeUndefined();
    expect([await passed(), of.asked, of.held]).toEqual([58_000, 0, []]);
  });

  it('are asked about after a silence, also when the coordinator is heard again before anybody is due', async () => {
    const { of, clock, passed } = scene();
    await clock.advanceTo(11_000);
    await passed();
    expect(of.asked).toBe(0);
    await clock.advanceTo(25_000);
    of.tether.heard();
    expect(await passed()).toBe(25_000);
    expect([of.asked, of.held]).toEqual([1, []]);
    // Once is enough.
    await passed();
    expect(of.asked).toBe(1);
  });

  it('wait until the broker can be asked; who was held back comes one after the other', async () => {
    const { of, clock, passed } = scene();
    of.away = true;
    await clock.advanceTo(20_000);
    void sleep(clock, 10_000, new AbortController().signal).then(() => (of.away = false));
    expect(await passed()).toBeGreaterThanOrEqual(30_000);
    expect(of.held).toEqual([true, false]);
    const backMs = clock.nowMs();
    expect([await passed(9_000) - backMs, await passed(8_000) - backMs]).toEqual([50, 100]);
    expect(of.tether.pass(10)).toBeUndefined();
    // Late for other reasons.
    expect(of.tether.pass(300)).toBeUndefined();
  });

  it('are given up at the stop', async () => {
    const { of, clock, passed } = scene();
    of.away = true;
    await clock.advanceTo(20_000);
    void sleep(clock, 3_000, new AbortController().signal).then(() => of.stop.abort());
    expect(await passed()).toBe(23_000);
    expect(of.held).toEqual([true]);
  });
});
