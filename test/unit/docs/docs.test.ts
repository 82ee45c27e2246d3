import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/core/errors.js';
import { packageRoot } from '../../../src/core/paths.js';

const root = packageRoot();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('docs', () => {
  it('give each error code with its meaning and exit code', () => {
    const rows = read('docs/errors.md').split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, { about, exit }]) => `| \`${code}\` | ${about} | ${exit} |`));
  });

  it('raise each error code somewhere in src', () => {
    const source = execFileSync('git', ['grep', '-hoE', "'[A-Z_]{4,}'", '--', 'src'], { cwd: root, encoding: 'utf8' });
    const mentioned = new Set(source.split('\n').map((word) => word.slice(1, -1)));
    const unused = Object.keys(ERROR_CODES).filter((code) => !mentioned.has(code));
    expect(unused).toEqual([]);
  });

  it('give each dependency a reason, and no other', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const listed = read('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| Package'))
      .flatMap((line) => line.split('|')[1]!.split(',').map((name) => name.trim()));
    expect(listed.sort()).toEqual(Object.keys(dependencies).sort());
  });
});
