// Compiles src/ to dist/: Node code by tsc, code that runs inside a page by esbuild (one file each).
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

for (const [entry, out, format] of [
  ['src/sim/page/main.ts', 'dist/sim/page/main.js', 'esm'],
  ['src/sim/page/livekit.ts', 'dist/sim/page/livekit.js', 'esm'],
  ['src/report/dashboard/page/main.tsx', 'dist/report/dashboard/page/main.js', 'esm'],
  ['src/browser/page/probe.ts', 'dist/browser/page/probe.js', 'iife'],
]) {
  if (!existsSync(join(root, entry))) continue;
  await build({ entryPoints: [join(root, entry)], outfile: join(root, out), bundle: true, minify: entry.endsWith('.tsx'), jsx: 'automatic', jsxImportSource: 'preact', format, target: 'chrome110', sourcemap: false, logLevel: 'warning' });
}

/** Files that are neither compiled nor bundled (HTML, CSS, JSON, media) go along unchanged. */
function copyAssets(dir) {
  for (const name of readdirSync(dir)) {
    const from = join(dir, name);
    if (statSync(from).isDirectory()) copyAssets(from);
    else if (!/\.(ts|tsx)$/.test(name)) {
      const to = join(root, 'dist', relative(join(root, 'src'), from));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to);
    }
  }
}
copyAssets(join(root, 'src'));
