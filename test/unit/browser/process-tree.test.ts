import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { childrenOf, membersOf, parseStat, usageOfTrees } from '../../../src/browser/process-tree.js';

describe('parseStat', () => {
  it('reads parent and CPU time, whatever the name of the process holds', () => {
    const rest = 'S 4 5 5 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 100 1 1';
    expect(parseStat(`7 (chrome) ${rest}`)).toEqual({ parent: 4, cpuTicks: 110 });
    expect(parseStat(`7 (a) R 1 (b) c) ${rest}`)).toEqual({ parent: 4, cpuTicks: 110 });
  });

  it.each(['', '7 (chrome', '7 (chrome) S x'])('takes %j for no process', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe('membersOf', () => {
  const all = new Map(
    Object.entries({ 1: 0, 10: 1, 11: 10, 12: 10, 13: 12, 20: 1, 21: 20 }).map(([pid, parent]) => [Number(pid), { parent }] as const),
  );

  it('takes whole trees, without the branches named', () => {
    expect([...membersOf(all, [10])].sort()).toEqual([10, 11, 12, 13]);
    expect([...membersOf(all, [10, 20], [12])].sort()).toEqual([10, 11, 20, 21]);
  });

  it('ignores roots that have gone, and ends on a circle of parents', () => {
    expect(membersOf(all, [99]).size).toBe(0);
    expect(membersOf(new Map([[1, { parent: 2 }], [2, { parent: 1 }]]), [1]).size).toBe(2);
  });
});

describe.skipIf(!existsSync('/proc/self/stat'))('this machine', () => {
  it('sees a child with its memory, and no more once it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await new Promise((resolve) => child.once('spawn', resolve));
      expect(await childrenOf(process.pid)).toContain(child.pid);
      const usage = await usageOfTrees([child.pid!]);
      expect(usage?.processes).toBe(1);
      expect(usage?.pssMb).toBeGreaterThan(0);
      expect((await usageOfTrees([child.pid!], [child.pid!]))?.processes).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    expect((await usageOfTrees([child.pid!]))?.processes).toBe(0);
  });
});
