import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';

const read = (...path: string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8');

describe('docs/watching.md', () => {
  it('gives the figures of the benchmark as they were measured', () => {
    const { figures } = JSON.parse(read('bench', 'results', 'dashboard.json')) as { figures: Record<string, { median: number; max: number }> };
    const doc = read('docs', 'watching.md').replace(/\s+/g, ' ');
    const [nobody, one, three] = ['corePercentNobody', 'corePercentOneViewer', 'corePercentThreeViewers'].map((key) => figures[key]!.median.toFixed(1));
    expect(doc).toContain(`${nobody} % of a core with nobody looking, ${one} % with one viewer and ${three} % with three`);
    // What the live view may cost the generator.
    expect(Math.max(...Object.entries(figures).filter(([key]) => key.startsWith('core')).map(([, { median }]) => median))).toBeLessThan(2);
  });
});
