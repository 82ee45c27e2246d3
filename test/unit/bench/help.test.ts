import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';

const bench = join(packageRoot(), 'bench');
const NAMES = readdirSync(bench).flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? []);

describe('the help of a benchmark', () => {
  it.each(NAMES.map((name) => [name]))('says what %s measures, and all its options, without running it', (name) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/bench.mjs', name, '--help'], { cwd: packageRoot(), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [usage, , about] = stdout.split('\n');
    expect(usage).toBe(`npm run ${name === 'soak' ? 'soak' : `bench:${name}`} -- [options]`);
    expect(about).toMatch(/^[A-Z].{40}/);
    expect(stdout).not.toMatch(/\*\/|\/\*/);
    const source = readFileSync(join(bench, `${name}.ts`), 'utf8');
    // Each has at least one option, and numbers say what is usual.
    const numbers = [...source.matchAll(/\boption\('([a-z-]+)'/g)].map(([, option]) => option!);
    const others = [...source.matchAll(/argv[^\n]*'--([a-z-]+)'/g)].map(([, option]) => option!);
    expect([...numbers, ...others]).not.toEqual([]);
    for (const option of numbers) expect(stdout).toMatch(new RegExp(`^ {2}--${option} N \\(default \\d[\\d *-]*\\)$`, 'm'));
    for (const option of others) expect(stdout).toMatch(new RegExp(`^ {2}--${option}( VALUE)?$`, 'm'));
  });
});
