import { describe, expect, it } from 'vitest';
import { closest } from '../../../src/core/suggest.js';

describe('closest', () => {
  it.each([
    ['join_tme', ['join_time', 'join_failed'], 'join_time'],
    ['JOIN_TIME', ['join_time', 'join_failed'], 'join_time'],
    ['rol', ['server', 'role', 'kind'], 'role'],
    ['zebra', ['join_time', 'join_failed'], undefined],
    ['agv', ['avg', 'max'], 'avg'],
    ['%', ['s', 'ms'], undefined],
    ['x', [], undefined],
  ])('for %j among %j is %j', (word, candidates, expected) => {
    expect(closest(word, candidates)).toBe(expected);
  });
});
