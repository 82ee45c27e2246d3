import { expect, it } from 'vitest';
import { Sweeper } from '../../../src/rtc/sweeper.js';

it('collects when enough connections have been closed since the last time', () => {
  let collected = 0;
  const sweeper = new Sweeper(() => void collected++);
  const after = (closed: number): number => {
    for (let count = 0; count < closed; count++) sweeper.closed();
    sweeper.look();
    return collected;
  };
  expect([after(0), after(49), after(1), after(0), after(49), after(500)]).toEqual([0, 0, 1, 1, 1, 2]);
});

it('can collect in any process', () => {
  const sweeper = new Sweeper();
  let gone = false;
  const registry = new FinalizationRegistry<undefined>(() => (gone = true));
  (() => registry.register({}, undefined))();
  for (let count = 0; count < 50; count++) sweeper.closed();
  sweeper.look();
  return expect.poll(() => gone, { timeout: 5_000 }).toBe(true);
});
