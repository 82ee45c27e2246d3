import { expect, it } from 'vitest';
import type { RunBus } from '../../../src/workers/bus.js';
import { StateKeeper } from '../../../src/workers/state-keeper.js';
import { silentLogger } from '../../../src/core/log.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

it('writes state once the broker is back, of each key the newest, and nothing after the end', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  let away = true;
  const bus = {
    put: (key: string, text: string): Promise<void> => {
      if (away) return Promise.reject(new Error('timeout'));
      written.push(`${key} ${text}`);
      return Promise.resolve();
    },
  } as unknown as RunBus;
  const over = new AbortController();
  const keeper = new StateKeeper({ bus, clock, logger: silentLogger, signal: over.signal });
  keeper.keep('seat.1', { worker: 'a' }, 'x');
  keeper.keep('meeting.4', { ok: true }, 'x');
  await clock.advanceTo(5_500);
  keeper.keep('seat.1', { worker: 'b' }, 'x');
  away = false;
  await clock.advanceTo(6_500);
  expect(written.sort()).toEqual(['meeting.4 {"ok":true}', 'seat.1 {"worker":"b"}']);
  away = true;
  keeper.keep('seat.2', {}, 'x');
  await clock.advanceTo(7_000);
  over.abort();
  away = false;
  await clock.advanceTo(12_000);
  expect(written).toHaveLength(2);
});
