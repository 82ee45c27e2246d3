import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { metricsPage } from '../../../src/metrics/metrics-page.js';

describe('docs/metrics.md', () => {
  it('is what the catalogue says', async () => {
    await expect(metricsPage()).toMatchFileSnapshot(join(packageRoot(), 'docs', 'metrics.md'));
  });

  it('has a row for every metric', () => {
    const rows = metricsPage().split('\n').filter((line) => /^\| `[a-z_]+` \| (histogram|counter|rate|gauge) \|/.test(line));
    expect(rows).toHaveLength(Object.keys(METRICS).length);
  });
});
