import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { unlessAborted, within } from '../../../src/core/deadline.js';
import { HarnessError } from '../../../src/core/errors.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', 'too slow');

describe('within', () => {
  it('gives the result of work that is in time, and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const result = await clock.run(within(clock, 100, parent.signal, tooSlow, async (signal) => sleep(clock, 50, signal).then(() => 'done')));
    expect(result).toBe('done');
    expect(clock.nowMs()).toBe(50);
    expect(clock.sleeping).toBe(0);
    expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  });

  it('rejects after the limit and aborts the work with the same reason', async () => {
    const clock = new VirtualClock();
    const seen: { reason?: unknown } = {};
    const work = within(clock, 100, new AbortController().signal, tooSlow, (signal) => {
      signal.addEventListener('abort', () => (seen.reason = signal.reason));
      return new Promise<never>(() => undefined);
    });
    await expect(clock.run(work)).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    expect(clock.nowMs()).toBe(100);
    expect(seen.reason).toMatchObject({ code: 'TARGET_TIMEOUT' });
  });

  it('rejects with the reason of the parent as soon as that aborts, though the work is deaf', async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const work = within(clock, 100, parent.signal, tooSlow, () => new Promise<never>(() => undefined));
    const reason = new HarnessError('STOPPED', 'stopped');
    parent.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('does not begin the work under an aborted parent', async () => {
    let begun = false;
    const work = within(new VirtualClock(), 100, AbortSignal.abort(new HarnessError('STOPPED', 'stopped')), tooSlow, async () => {
      begun = true;
    });
    await expect(work).rejects.toMatchObject({ code: 'STOPPED' });
    expect(begun).toBe(false);
  });

  it('passes on what the work throws, at once or later', async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    await expect(
      within(clock, 100, signal, tooSlow, () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    await expect(within(clock, 100, signal, tooSlow, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
  });

  it('swallows what the work throws after the deadline', async () => {
    const clock = new VirtualClock();
    const work = within(clock, 10, new AbortController().signal, tooSlow, async () => {
      await sleep(clock, 20, new AbortController().signal);
      throw new Error('nobody listens');
    });
    await expect(clock.run(work)).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' });
    await clock.advanceTo(50);
    expect(clock.sleeping).toBe(0);
  });
});

describe('unless aborted', () => {
  const pending = (): Promise<never> => new Promise(() => undefined);

  it.each<[string, () => Promise<string>, number | undefined]>([
    ['the work is done', () => Promise.resolve('done'), undefined],
    ['the work fails', () => Promise.reject(new Error('failed')), undefined],
    ['the first aborts', pending, 0],
    ['the second aborts', pending, 1],
  ])('leaves no listener with any of its signals: %s', async (_how, work, aborts) => {
    const controllers = [new AbortController(), new AbortController()];
    const waiting = unlessAborted(work(), ...controllers.map(({ signal }) => signal)).catch((error: Error) => error.message);
    expect(controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([1, 1]);
    if (aborts !== undefined) controllers[aborts]!.abort(new Error(`signal ${aborts}`));
    expect(await waiting).toBe(aborts === undefined ? await work().catch((error: Error) => error.message) : `signal ${aborts}`);
    expect(controllers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([0, 0]);
  });

  it('rejects at once under an aborted signal, and swallows what the work throws', async () => {
    const reason = new HarnessError('STOPPED', 'stopped');
    const other = new AbortController();
    await expect(unlessAborted(Promise.reject(new Error('nobody listens')), other.signal, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(getEventListeners(other.signal, 'abort')).toEqual([]);
  });
});
