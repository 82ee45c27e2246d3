import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bbb = fileURLToPath(new URL('../../../src/bbb/', import.meta.url));

/** What a file imports, itself and through others, that is no file of ours. */
function packagesOf(path: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const specifiers = [...readFileSync(path, 'utf8').matchAll(/^import (?!type )[^;]*?from '([^']+)'/gm)].map((match) => match[1]!);
  return specifiers.flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [specifier];
    return specifier.endsWith('.json') ? [] : packagesOf(join(dirname(path), specifier.replace(/\.js$/, '.ts')), seen);
  });
}

it('sees packages at all', () => {
  expect(packagesOf(join(bbb, 'api.ts'))).toEqual(expect.arrayContaining(['undici', 'node:crypto', 'tough-cookie']));
});

it.each(['graphql.ts', 'operations.ts', 'sfu.ts', 'selectors.ts', 'versions.ts'])('%s runs in a page: it needs no package and nothing of Node', (file) => {
  expect(packagesOf(join(bbb, file))).toEqual([]);
});
