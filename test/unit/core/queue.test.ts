import { describe, expect, it } from 'vitest';
import { DroppingQueue } from '../../../src/core/queue.js';

describe('DroppingQueue', () => {
  it('keeps the newest items in order and counts what it dropped', () => {
    const queue = new DroppingQueue<number>(3);
    for (const item of [1, 2, 3, 4, 5]) queue.push(item);
    expect(queue.items()).toEqual([3, 4, 5]);
    expect(queue.dropped).toBe(2);
  });

  it('drops nothing before it is full', () => {
    const queue = new DroppingQueue<string>(2);
    queue.push('a');
    expect(queue.items()).toEqual(['a']);
    expect(queue.dropped).toBe(0);
  });

  it('of no capacity keeps nothing', () => {
    const queue = new DroppingQueue<string>(0);
    queue.push('a');
    expect(queue.items()).toEqual([]);
    expect(queue.dropped).toBe(1);
  });
});
