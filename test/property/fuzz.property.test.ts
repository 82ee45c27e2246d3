import fc from 'fast-check';
import { describe, it } from 'vitest';
import { RECORD_TARGETS } from '../../bench/lib/fuzz-records.js';
import { WIRE_TARGETS } from '../../bench/lib/fuzz-targets.js';

/** What `npm run bench:fuzz` does for millions of cases: whatever others wrote ends in a value or a HarnessError. A failing seed is had again with its --seed. */
const CASES = 120;

describe('what others wrote ends in a value or a HarnessError', () => {
  it.each([...WIRE_TARGETS, ...RECORD_TARGETS].map((target) => [target.name, target] as const))('%s', (_name, { run, weight }) => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => run(seed)), { numRuns: CASES * Math.ceil(Math.sqrt(weight)) });
  });
});
