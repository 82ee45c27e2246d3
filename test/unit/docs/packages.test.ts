import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8')) as { packages: Readonly<Record<string, Locked>> };
const installed = Object.entries(packages).filter(([path]) => path !== '');

describe('what npm installs', () => {
  // Where it comes from is the business of whoever installs it.
  it('is locked to one content each, and to no place', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { resolved, integrity }]) => resolved !== undefined || !/^sha512-/.test(integrity ?? '')).map(([path]) => path)).toEqual([]);
  });

  it('runs no script of others at installation, but for the bundler of developers', () => {
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path, { dev }]) => ({ path, dev }))).toEqual([{ path: 'node_modules/esbuild', dev: true }]);
  });

  it('may be used with an MIT project', () => {
    const one = '(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\\.0|MPL[- ]2\\.0|Unlicense|Zlib)';
    const allowed = new RegExp(`^\\(?${one}( (AND|OR) ${one})*\\)?$`);
    expect(installed.filter(([, { dev, license }]) => !dev && !allowed.test(license ?? '')).map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});
