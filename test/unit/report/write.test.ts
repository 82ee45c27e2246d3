import { expect, it } from 'vitest';
import { shownFolder } from '../../../src/report/write.js';

it.each([
  ['/home/ann/bbb/reports/20261123-070000-demo', 'reports/20261123-070000-demo'],
  ['/home/ann/bbb/reports/latest', 'reports/20261123-070000-demo'],
  ['/home/ann/bbb/reports/before-upgrade', 'reports/before-upgrade'],
  ['/srv/reports/capacity-20261124/steps/20261124-080000-demo', 'reports/capacity-20261124/steps/20261124-080000-demo'],
  ['/home/ann/bbb/other/20261123-070000-demo', undefined],
  ['/home/reports/ann/20261123-070000-demo', undefined],
  ['/home/reports/ann/other/steps/20261123-070000-demo', undefined],
])('a run in %s lies in %s as far as others are concerned', (dir, shown) => expect(shownFolder(dir, '20261123-070000-demo')).toBe(shown));
