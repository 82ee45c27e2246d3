import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCKS, delayOf, phaseOf, PHASES_MS, slotOf, SLOT_CYCLE_MS, SLOTS, stripOf, TONE_CYCLE_MS, TONE_MS, TONES, tonesIn } from '../../../src/vu/marks.js';

const RATE = 16_000;
const SLOT_NUMBERS = Array.from({ length: SLOTS }, (_, slot) => slot);
const levelsOf = (slot: number, dark: number, bright: number): number[] => stripOf(slot).map((one) => (one ? bright : dark));

describe('the strip in the picture', () => {
  it('tells every slot, also when it is pale or dark', () => {
    for (const slot of SLOT_NUMBERS) for (const [dark, bright] of [[16, 235], [60, 160], [0, 90]] as const) expect(slotOf(levelsOf(slot, dark, bright))).toBe(slot);
  });

  it('is the same slot with the noise of a poor encoder', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SLOTS - 1 }), fc.array(fc.integer({ min: -25, max: 25 }), { minLength: BLOCKS, maxLength: BLOCKS }), (slot, noise) => {
        expect(slotOf(levelsOf(slot, 40, 210).map((level, block) => level + noise[block]!))).toBe(slot);
      }),
    );
  });

  it('is not believed when a block is wrong or unclear', () => {
    for (const slot of SLOT_NUMBERS) {
      for (let block = 0; block < BLOCKS; block++) {
        const flipped = levelsOf(slot, 40, 210).map((level, index) => (index === block ? 250 - level : level));
        expect(slotOf(flipped)).toBeUndefined();
        expect(slotOf(levelsOf(slot, 40, 210).map((level, index) => (index === block ? 125 : level)))).toBeUndefined();
      }
    }
  });

  it.each([['a wall', Array<number>(BLOCKS).fill(120)], ['a dark room', Array<number>(BLOCKS).fill(0)], ['a shade', Array.from({ length: BLOCKS }, (_, block) => block * 15)], ['bars', Array.from({ length: BLOCKS }, (_, block) => (block % 2) * 200)], ['no picture', []]])('is not seen in %s', (_what, levels) => {
    expect(slotOf(levels)).toBeUndefined();
  });
});

/** Two seconds with a tone pair from `startMs`; `other` is added to every sample. */
function sound(tone: number, startMs: number, lengthMs: number, other: (index: number) => number = () => 0): Float32Array {
  const [low, high] = TONES[tone]!;
  return Float32Array.from({ length: 2 * RATE }, (_, index) => {
    const at = (index - (startMs * RATE) / 1_000) / RATE;
    const within = at >= 0 && at < lengthMs / 1_000;
    return other(index) + (within ? 0.18 * (Math.sin(2 * Math.PI * low * at) + Math.sin(2 * Math.PI * high * at)) : 0);
  });
}

const noise = (loudness: number) => (index: number): number => loudness * (((index * 2_654_435_761) % 4_294_967_296) / 2_147_483_648 - 1);

describe('the tones in the sound', () => {
  it('are found with their beginning to 2 ms, wherever they lie', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TONES.length - 1 }), fc.double({ min: 50, max: 1_800, noNaN: true }), (tone, startMs) => {
        const [found, ...more] = tonesIn(sound(tone, startMs, TONE_MS, noise(0.02)), RATE);
        expect(more).toEqual([]);
        expect(found?.tone).toBe(tone);
        expect(Math.abs(found!.atMs - startMs)).toBeLessThan(2);
      }),
      { numRuns: 40 },
    );
  });

  it('are found quiet, and in a murmur half as strong', () => {
    expect(tonesIn(sound(2, 700, TONE_MS).map((sample) => sample / 100), RATE)).toHaveLength(1);
    expect(tonesIn(sound(2, 700, TONE_MS, (index) => 0.09 * Math.sin((2 * Math.PI * 180 * index) / RATE)), RATE)).toHaveLength(1);
  });

  it('are left out where the ends of the stretch cut them', () => {
    expect(tonesIn(sound(1, -30, TONE_MS), RATE)).toEqual([]);
    expect(tonesIn(sound(1, 1_950, TONE_MS), RATE)).toEqual([]);
  });

  it.each([
    ['silence', () => 0],
    ['noise', noise(0.5)],
    ['one of the two', (index: number) => 0.3 * Math.sin((2 * Math.PI * 1_400 * index) / RATE)],
    ['a pair of two marks', (index: number) => 0.2 * (Math.sin((2 * Math.PI * 1_100 * index) / RATE) + Math.sin((2 * Math.PI * 2_900 * index) / RATE))],
  ])('are not heard in %s', (_what, other) => {
    expect(tonesIn(sound(0, 0, 0, other), RATE)).toEqual([]);
  });

  it('are not heard when they are as short as a click', () => {
    expect(tonesIn(sound(3, 600, 30), RATE)).toEqual([]);
  });
});

describe('the delay of a mark', () => {
  it.each([
    [10_240, 240, TONE_CYCLE_MS, 0],
    [14_150, 4_000, TONE_CYCLE_MS, 150],
    // Said at the end of a cycle, heard in the next one.
    [20_100, 8_000, TONE_CYCLE_MS, 2_100],
    [8_400, 7_933, SLOT_CYCLE_MS, 467],
    // Clocks that are not in step: heard before it was said.
    [9_990, 0, TONE_CYCLE_MS, -10],
  ])('heard at %i ms of one due at %i of %i is %i ms', (atMs, markMs, cycleMs, delayMs) => {
    expect(delayOf(atMs, markMs, cycleMs)).toBeCloseTo(delayMs);
  });

  it('is found whatever the delay, up to a second below the cycle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 41 }), fc.integer({ min: -999, max: TONE_CYCLE_MS - 1_001 }), (sentMs, delayMs) => {
        expect(delayOf(sentMs + delayMs, sentMs % TONE_CYCLE_MS, TONE_CYCLE_MS)).toBe(delayMs);
      }),
    );
  });
});

describe('the phase of a meeting', () => {
  it('spreads meetings over the whole range', () => {
    const tenths = new Set(Array.from({ length: 200 }, (_, index) => Math.floor((phaseOf(`school-${index}`) / PHASES_MS) * 10)));
    expect(tenths.size).toBe(10);
    expect(phaseOf('a')).toBe(phaseOf('a'));
  });
});
