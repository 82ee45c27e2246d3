import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';

interface Suite {
  readonly name: string;
  readonly paths: readonly string[];
  readonly except: readonly string[];
}

const { suites, takes } = (await import(pathToFileURL(join(packageRoot(), 'scripts', 'test-suites.mjs')).href)) as { readonly suites: readonly Suite[]; readonly takes: (suite: Suite, file: string) => boolean };
const files = readdirSync(join(packageRoot(), 'test'), { recursive: true })
  .map((name) => `test/${String(name).replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.test.ts'));

describe('the suites of npm test', () => {
  it('take each test file once', () => {
    const takenBy = files.map((file) => [file, suites.filter((suite) => takes(suite, file)).map(({ name }) => name)] as const);
    expect(takenBy.filter(([, names]) => names.length !== 1)).toEqual([]);
    expect(new Set(takenBy.flatMap(([, names]) => names))).toEqual(new Set(suites.map(({ name }) => name)));
  });

  it('name only what is there', () => {
    const named = suites.flatMap(({ paths, except }) => [...paths, ...except]);
    expect(named.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
  });
});
