import { describe, expect, it } from 'vitest';
import { inUnit, writtenUnits } from '../../../src/metrics/units.js';

describe('units', () => {
  it.each([
    [10, 's', 'ms', 10_000],
    [1.1, '%', 'ratio', 0.011],
    [2, 'Mbit/s', 'kbit/s', 2_000],
    [3, '', 'count', 3],
    [3, '', 'ms', undefined],
    [3, 'toString', 'ms', undefined],
  ] as const)('%d%s in %s is %s', (value, suffix, unit, expected) => {
    expect(inUnit(value, suffix, unit)).toBe(expected);
  });

  it('that can be written have a name, except that of a count', () => {
    expect(writtenUnits('ms')).toEqual(['ms', 's', 'm', 'min', 'h']);
    expect(writtenUnits('count')).toEqual([]);
  });
});
