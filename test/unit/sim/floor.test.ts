import { describe, expect, it } from 'vitest';
import { Floor } from '../../../src/sim/media/floor.js';

const LOUD = 90;
const QUIET = 10;
const say = (floor: Floor, levels: Record<string, number>, packets = 100): void => {
  for (let packet = 0; packet < packets; packet++) for (const [userId, bytes] of Object.entries(levels)) floor.heard(userId, bytes);
  floor.decide();
};

describe('Floor', () => {
  it('gives the floor to the loudest; the next loudest is who the speaker hears', () => {
    const floor = new Floor();
    say(floor, { a: QUIET, b: LOUD, c: 50 });
    expect([floor.holder, floor.second]).toEqual(['b', 'c']);
  });

  it('is nobody\'s while nobody speaks', () => {
    const floor = new Floor();
    floor.decide();
    expect([floor.holder, floor.second]).toEqual([undefined, undefined]);
  });

  it('stays with its holder unless another is clearly louder', () => {
    const floor = new Floor();
    say(floor, { a: 60, b: QUIET });
    say(floor, { a: 60, b: 75 });
    expect(floor.holder).toBe('a');
    say(floor, { a: 60, b: 80 });
    expect(floor.holder).toBe('b');
  });

  it('does not change hands for one loud packet', () => {
    const floor = new Floor();
    say(floor, { a: 60, b: QUIET });
    floor.heard('b', 150);
    floor.decide();
    expect(floor.holder).toBe('a');
  });

  it('passes on when its holder is muted or gone', () => {
    const floor = new Floor();
    say(floor, { a: LOUD, b: 50, c: QUIET });
    floor.remove('a');
    floor.decide();
    expect([floor.holder, floor.second]).toEqual(['b', 'c']);
    floor.remove('c');
    floor.remove('b');
    floor.decide();
    expect([floor.holder, floor.second]).toEqual([undefined, undefined]);
  });
});
