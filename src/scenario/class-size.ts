import { seededRandom, type Random } from '../core/random.js';
import type { ClassSize } from './scenario.js';

/** Draws outside the cut are drawn again, so often at most; then the nearest bound is taken. */
const MAX_DRAWS = 100;
const DRAWS_FOR_MEAN = 2_000;

/**
 * Users of one meeting: whole, within [min, max], log-normal with mean m and sigma s of the logarithm; that is exp(μ + s·z) with
 * μ = ln m − s²/2 and z standard normal (Box and Muller).
 */
export function drawSize({ mean, sigma, min, max }: ClassSize, random: Random): number {
  const mu = Math.log(mean) - (sigma * sigma) / 2;
  let size = mean;
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const z = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    size = Math.round(Math.exp(mu + sigma * z));
    if (size >= min && size <= max) return size;
  }
  return Math.min(max, Math.max(min, Math.round(size)));
}

/** Mean after the cut, about: of many draws with a seed of their own. */
export function meanSize(size: ClassSize): number {
  const random = seededRandom(0);
  let sum = 0;
  for (let draw = 0; draw < DRAWS_FOR_MEAN; draw++) sum += drawSize(size, random);
  return sum / DRAWS_FOR_MEAN;
}
