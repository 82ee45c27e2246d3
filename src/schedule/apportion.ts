import type { Random } from '../core/random.js';

/**
 * How many of each group (e.g. the pupils of each meeting) belong to a share of all. A group whose share is a whole number gets
 * exactly that; otherwise the number below or above it, so that all groups together come to the share of all, give or take one.
 * Systematic sampling: group i gets ⌊Cᵢ + u⌋ − ⌊Cᵢ₋₁ + u⌋, with C the running sum of share × size and u one random number.
 */
export function apportion(sizes: readonly number[], share: number, random: Random): readonly number[] {
  const u = random.next();
  let sum = 0;
  let before = Math.floor(u);
  return sizes.map((size) => {
    // Twelve digits: 0.1 + 0.2 must not miss the whole number.
    sum = Number((sum + share * size).toPrecision(12));
    const upTo = Math.floor(sum + u);
    const part = Math.min(size, upTo - before);
    before = upTo;
    return part;
  });
}

/** `count` different numbers of 0 … below − 1, by chance. */
export function pick(count: number, below: number, random: Random): ReadonlySet<number> {
  const all = Array.from({ length: below }, (_, index) => index);
  for (let index = 0; index < count; index++) {
    const other = index + random.int(below - index);
    [all[index], all[other]] = [all[other]!, all[index]!];
  }
  return new Set(all.slice(0, count));
}
