import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { measures, type Measure } from '../../../src/capacity/measures.js';
import { packageRoot } from '../../../src/core/paths.js';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { plain, quantity } from '../../../src/report/format.js';

function row({ metric, figures, better, relative, absolute, by }: Measure): string {
  const unit = METRICS[metric].kind === 'counter' ? 'ratio' : METRICS[metric].unit;
  const amount = unit === 'ratio' ? `${absolute * 100} percentage points` : plain(quantity(absolute, unit));
  const tolerance = relative === 0 ? amount : `${relative * 100} %, at least ${amount}`;
  const groups = Object.entries(by).map(([tag, figure]) => `${tag} (${figure})`);
  return `| \`${metric}\` | ${figures.join(', ') || '–'} | ${better} | ${tolerance} | ${groups.join(', ') || '–'} |`;
}

/** `UPDATE_DOCS=1 npx vitest run test/unit/docs/measures-table.test.ts` writes it anew. */
it('docs/compare.md has the tolerances as they are', () => {
  const path = join(packageRoot(), 'docs', 'compare.md');
  const text = readFileSync(path, 'utf8');
  const wanted = text.replace(/(\|---\|---\|---\|---\|---\|\n)(?:\|.*\n)*/, (_all, head: string) => `${head}${measures().map(row).join('\n')}\n`);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, wanted);
  expect(readFileSync(path, 'utf8')).toBe(wanted);
});
