// `node scripts/bench.mjs NAME [options]`: bundles bench/NAME.ts and runs it; with --help it only says what that is. Set-up first, so that it works on a clean clone.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchHelp } from './bench-help.mjs';
import { setup } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [name, ...options] = process.argv.slice(2);
const entry = join(root, 'bench', `${name}.ts`);
if (name === undefined || !/^[a-z]+$/.test(name) || !existsSync(entry)) {
  console.error('which benchmark? e.g. node scripts/bench.mjs browsers');
  process.exit(2);
}
if (options.includes('--help') || options.includes('-h')) {
  console.log(benchHelp(name, readFileSync(entry, 'utf8')));
  process.exit(0);
}
await setup();
const { build } = await import('esbuild');
const outfile = join(root, 'dist', 'bench', `${name}.js`);
/** The product itself is used as built: some of it looks for files beside it. */
const product = {
  name: 'product',
  setup(hooks) {
    hooks.onResolve({ filter: /^(\.\.\/)+src\// }, ({ path }) => ({ path: path.replace(/^(\.\.\/)+src\//, '../'), external: true }));
  },
};
await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', plugins: [product], logLevel: 'warning' });
const child = spawn(process.execPath, [outfile, ...options], { cwd: root, stdio: 'inherit' });
// Ctrl-C on a terminal reaches both: the benchmark tidies up and says what it has, and this waits for it.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
