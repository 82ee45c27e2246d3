import { describe, expect, it } from 'vitest';
import { mappedMemory, parseSmaps } from '../../../bench/lib/memory-map.js';

const mapping = (range: string, permissions: string, name: string, pssKb: number): string => `${range} ${permissions} 00000000 00:00 0 ${name}\nSize:  4 kB\nRss:   9999 kB\nPss:   ${pssKb} kB\nPss_Dirty:  9999 kB\n`;

describe('what malloc holds', () => {
  it('is the heap and the arenas, mapped and touched', () => {
    const { pssMb, mallocMb, mallocPssMb } = parseSmaps(
      [
        mapping('00400000-00500000', 'r-xp', '/usr/bin/node', 1_024),
        mapping('01000000-03000000', 'rw-p', '[heap]', 20_480),
        // An arena of which 8 MB are accessible, and one that is full.
        mapping('7f0000000000-7f0000800000', 'rw-p', '', 2_048),
        mapping('7f0000800000-7f0004000000', '---p', '', 0),
        mapping('7f0008000000-7f000c000000', 'rw-p', '', 1_024),
        // A page of a collected heap that happens to be aligned, and one behind a guard.
        mapping('7f0010000000-7f0010040000', 'rw-p', '', 256),
        mapping('7f0010040000-7f0010050000', '---p', '', 0),
        mapping('7f0011000000-7f0011040000', 'rw-p', '', 256),
      ].join(''),
    );
    expect(pssMb).toBeCloseTo((1_024 + 20_480 + 2_048 + 1_024 + 256 + 256) / 1_024, 6);
    expect(mallocMb).toBe(32 + 8 + 64);
    expect(mallocPssMb).toBe(20 + 2 + 1);
  });

  it.runIf(process.platform === 'linux')('is found in a process of this machine, and not in one that has ended', async () => {
    const own = await mappedMemory(process.pid);
    expect(own!.mallocMb).toBeGreaterThan(1);
    expect(own!.pssMb).toBeGreaterThan(own!.mallocPssMb);
    expect(await mappedMemory(2 ** 22 + 1)).toBeUndefined();
  });
});
