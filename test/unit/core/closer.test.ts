import { describe, expect, it } from 'vitest';
import { Closer } from '../../../src/core/closer.js';

describe('Closer', () => {
  it('closes in reverse order, waiting for each', async () => {
    const closer = new Closer();
    const order: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      closer.add(async () => {
        await Promise.resolve();
        order.push(name);
      });
    }
    await closer.close();
    expect(order).toEqual(['third', 'second', 'first']);
  });

  it('runs every closer though one fails, and throws the first error', async () => {
    const closer = new Closer();
    const order: number[] = [];
    closer.add(() => void order.push(1));
    closer.add(() => {
      throw new Error('second');
    });
    closer.add(() => Promise.reject(new Error('third')));
    await expect(closer.close()).rejects.toThrow('third');
    expect(order).toEqual([1]);
  });

  it('closes once, however often it is asked', async () => {
    const closer = new Closer();
    let closed = 0;
    closer.add(() => void closed++);
    await Promise.all([closer.close(), closer.close()]);
    await closer.close();
    expect(closed).toBe(1);
  });

  it('closes at once what is opened late, even if that throws', async () => {
    const closer = new Closer();
    await closer.close();
    let closed = false;
    closer.add(() => {
      closed = true;
      throw new Error('late and broken');
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });

  it('disposes of resources that it is given', async () => {
    const disposed: string[] = [];
    {
      await using closer = new Closer();
      const resource = closer.use({ name: 'pool', [Symbol.asyncDispose]: async () => void disposed.push('pool') });
      expect(resource.name).toBe('pool');
    }
    expect(disposed).toEqual(['pool']);
  });
});
