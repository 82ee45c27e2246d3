import { describe, expect, it } from 'vitest';
import { Waits } from '../../../src/native/waits.js';
import { listenerWarnings } from '../../fakes/warnings.js';

describe('a user that waits', () => {
  it('goes on when it is there', async () => {
    const waits = new Waits();
    let there = false;
    const seen = waits.seen(() => there, new AbortController().signal);
    waits.look();
    there = true;
    waits.look();
    await expect(seen).resolves.toBeUndefined();
  });

  it('hears why the session ended, and why it should not wait any longer', async () => {
    const waits = new Waits();
    const step = new AbortController();
    const seen = waits.seen(() => false, step.signal);
    step.abort(new Error('too slow'));
    await expect(seen).rejects.toThrow('too slow');
    const until = waits.until(new Promise<never>(() => undefined), new AbortController().signal);
    waits.end(new Error('removed'));
    await expect(until).rejects.toThrow('removed');
  });

  it('looks no more, and listens no more, after what it has waited for in vain', async () => {
    const waits = new Waits();
    let looks = 0;
    const warnings = await listenerWarnings(async () => {
      for (let step = 0; step < 12; step++) {
        const limit = new AbortController();
        const seen = waits.seen(() => ++looks < 0, limit.signal);
        limit.abort(new Error('too slow'));
        await expect(seen).rejects.toThrow('too slow');
      }
    });
    expect({ looks, warnings }).toEqual({ looks: 12, warnings: 0 });
    waits.look();
    expect(looks).toBe(12);
  });
});
