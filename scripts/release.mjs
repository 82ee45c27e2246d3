// What a release consists of, in release/: the package and its bill of materials. Stops where a dependency that users get has a known hole.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'release');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function run(command, args, stdio = 'inherit') {
  const { status, stdout } = spawnSync(command, args, { cwd: root, stdio: ['ignore', stdio, 'inherit'], encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 });
  if (status === 0) return stdout;
  console.error(`\n${command} ${args.join(' ')} failed: nothing was released`);
  rmSync(out, { recursive: true, force: true });
  process.exit(1);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
run(npm, ['audit', '--omit=dev']);
run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
run(npm, ['pack', '--ignore-scripts', '--pack-destination', out]);
const sbom = JSON.parse(run(npm, ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--omit=dev'], 'pipe'));
writeFileSync(join(out, `${name}-${version}.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`release/ has ${name}-${version}.tgz and its bill of materials (CycloneDX), ${sbom.components.length} components`);
