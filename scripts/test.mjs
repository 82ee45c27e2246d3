// `npm test`: the same set-up as the demo, then every check. Ends with one line `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { offerTestServers, setup } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
await setup();
// By command: the Debian package that has it.
offerTestServers({ 'nats-server': 'nats-server' });

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-test-'));
/** Suites with real browsers run one after the other: two at once on two cores would measure each other. */
const suites = {
  'unit, property and contract tests': ['test/unit', 'test/property', 'test/contract'],
  'integration and e2e tests': ['test/integration', 'test/e2e', '--no-file-parallelism'],
};
const reportOf = (name) => join(scratch, `${Object.keys(suites).indexOf(name)}.json`);
const bin = (name) => join(root, 'node_modules', name);
const steps = [
  ['type check', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['type check of page code', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.page.json']],
  ['lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ...Object.entries(suites).map(([name, args]) => [name, [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(name)}`, ...args]]),
];

let passed = 0;
let failed = 0;
for (const [name, args] of steps) {
  console.log(`\n── ${name}`);
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (name in suites) {
    try {
      const counts = JSON.parse(readFileSync(reportOf(name), 'utf8'));
      passed += counts.numPassedTests;
      // A suite that could not be loaded has no failed test of its own, and must count all the same.
      failed += Math.max(counts.numFailedTests, run.status === 0 ? 0 : 1);
    } catch {
      failed += 1;
    }
  } else if (run.status === 0) passed += 1;
  else failed += 1;
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
