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
offerTestServers({ 'nats-server': 'nats-server', turnserver: 'coturn' });

// Without one the tests over LiveKit are skipped, and say so.
spawnSync(process.execPath, [join(root, 'scripts', 'livekit-server.mjs')], { stdio: 'inherit' });

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-test-'));
/** Suites with real browsers run one after the other: two at once on two cores would measure each other. */
const suites = {
  'unit and property tests': ['test/unit', 'test/property'],
  // Real sockets, media and processes on a machine that others use: what fails once is tried again, and the reporter says so. What fails twice has failed.
  'contract tests': ['test/contract', '--retry=1'],
  'integration and e2e tests, drills': ['test/integration', 'test/e2e', 'test/drills', '--no-file-parallelism', '--retry=1'],
};
const reportOf = (name) => join(scratch, `${Object.keys(suites).indexOf(name)}.json`);
const bin = (name) => join(root, 'node_modules', name);
const smokeFolder = join(scratch, 'smoke');
const steps = [
  ['type check', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['type check of page code', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.page.json']],
  ['lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ['smoke suite on the simulator', [bin('@playwright/test/cli.js'), 'test']],
  ...Object.entries(suites).map(([name, args]) => [name, [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(name)}`, ...args]]),
];

let passed = 0;
let failed = 0;
for (const [name, args] of steps) {
  console.log(`\n── ${name}`);
  const smoke = args.includes(bin('@playwright/test/cli.js'));
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: smoke ? smokeEnv() : process.env });
  if (smoke || name in suites) {
    try {
      const counts = smoke ? smokeCounts() : vitestCounts(name);
      passed += counts.passed;
      // A suite that could not be loaded has no failed test of its own, and must count all the same.
      failed += Math.max(counts.failed, run.status === 0 ? 0 : 1);
    } catch {
      failed += 1;
    }
  } else if (run.status === 0) passed += 1;
  else failed += 1;
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function vitestCounts(name) {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(reportOf(name), 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests };
}

/** What the target does not offer is skipped, and counts neither way. */
function smokeCounts() {
  return JSON.parse(readFileSync(join(smokeFolder, 'summary.json'), 'utf8')).tests;
}

/** The suite starts a simulator of its own, whatever target the environment names. */
function smokeEnv() {
  const settings = Object.entries(process.env).filter(([name]) => !/^(BBB|SMOKE)_/.test(name));
  return { ...Object.fromEntries(settings), SMOKE_OUTPUT: smokeFolder };
}
