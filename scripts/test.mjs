// `npm test`: the same set-up as the demo, then every check. Ends with one line `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { offerTestServers, setup } from './setup.mjs';
import { argumentsOf, suites } from './test-suites.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
await setup();
// By command: the Debian package that has it.
offerTestServers({ 'nats-server': 'nats-server', turnserver: 'coturn' });

// Without one the tests over LiveKit are skipped, and say so.
spawnSync(process.execPath, [join(root, 'scripts', 'livekit-server.mjs')], { stdio: 'inherit' });

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-test-'));
const bin = (name) => join(root, 'node_modules', name);
let passed = 0;
let failed = 0;

// They have nothing to do with each other and take one core each: all at once, said one after the other.
const checks = [
  ['type check', bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'],
  ['lint', bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  ['type check of page code', bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.page.json'],
].map(([name, ...args]) => ({ name, done: printedBy(args) }));
for (const { name, done } of checks) {
  const { code, printed } = await done;
  console.log(`\n── ${name}`);
  process.stdout.write(printed);
  count({ passed: code === 0 ? 1 : 0, failed: 0 }, code);
}

console.log('\n── smoke suite on the simulator');
const smokeFolder = join(scratch, 'smoke');
const smoke = spawnSync(process.execPath, [bin('@playwright/test/cli.js'), 'test'], { cwd: root, stdio: 'inherit', env: smokeEnv() });
// What the target does not offer is skipped, and counts neither way.
count(counted(join(smokeFolder, 'summary.json'), ({ tests }) => tests), smoke.status);

for (const [index, suite] of suites.entries()) {
  console.log(`\n── ${suite.name}`);
  const report = join(scratch, `${index}.json`);
  const run = spawnSync(process.execPath, [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...argumentsOf(suite)], { cwd: root, stdio: 'inherit' });
  count(counted(report, ({ numPassedTests, numFailedTests }) => ({ passed: numPassedTests, failed: numFailedTests })), run.status);
}

rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What could not be loaded or did not come to an end has no failed test of its own, and must count all the same. */
function count(tests, exitCode) {
  passed += tests.passed;
  failed += Math.max(tests.failed, exitCode === 0 ? 0 : 1);
}

/** Counts in a file of results; where there is none, something failed. */
function counted(file, countsOf) {
  try {
    return countsOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** Exit code of a Node program, and all that it printed. */
function printedBy(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed }));
  });
}

/** The suite starts a simulator of its own, whatever target the environment names. */
function smokeEnv() {
  const settings = Object.entries(process.env).filter(([name]) => !/^(BBB|SMOKE)_/.test(name));
  return { ...Object.fromEntries(settings), SMOKE_OUTPUT: smokeFolder };
}
