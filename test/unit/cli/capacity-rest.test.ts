import { expect, it } from 'vitest';
import { restBetweenSteps } from '../../../src/cli/capacity-search.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

/** When each of three steps of 30 s begins, and what is said meanwhile. */
async function threeSteps(seconds: number, stopAtMs?: number): Promise<{ readonly startsMs: readonly number[]; readonly said: number }> {
  const clock = new VirtualClock();
  const stop = new AbortController();
  let said = 0;
  const rest = restBetweenSteps({ clock, seconds, stop: stop.signal, say: () => void said++ });
  const startsMs: number[] = [];
  const over = new AbortController();
  if (stopAtMs !== undefined) void clock.sleepUntil(stopAtMs, over.signal).then(() => stop.abort(new Error('stopped')), () => undefined);
  await clock.run(
    (async () => {
      for (let step = 0; step < 3; step++) {
        await rest();
        startsMs.push(clock.nowMs());
        await clock.sleepUntil(clock.nowMs() + 30_000, over.signal);
      }
    })(),
  );
  over.abort(new Error('over'));
  return { startsMs, said };
}

it('leaves the fleet alone between steps, not before the first', async () => {
  expect(await threeSteps(65)).toEqual({ startsMs: [0, 95_000, 190_000], said: 2 });
  expect(await threeSteps(0)).toEqual({ startsMs: [0, 30_000, 60_000], said: 0 });
});

it('ends a rest at once when the search is stopped, and takes no other', async () => {
  expect(await threeSteps(65, 40_000)).toEqual({ startsMs: [0, 40_000, 70_000], said: 1 });
});
