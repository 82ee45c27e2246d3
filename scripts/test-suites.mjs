/**
 * Test files that two at a time may share a machine of two cores: most of their time they wait, and they judge no delay, loss or picture but leave runs
 * generous limits. What they start has ports, folders and meetings of its own, and they look for processes below their own ones only.
 */
const SHARING = [
  'test/drills',
  'test/e2e/capacity.test.ts',
  'test/e2e/capacity-workers.test.ts',
  'test/e2e/checksum.test.ts',
  'test/e2e/examples.test.ts',
  'test/e2e/late-signal.test.ts',
  'test/e2e/media-dies.test.ts',
  'test/e2e/starved.test.ts',
  'test/e2e/watched-run.test.ts',
  'test/integration/dashboard.test.ts',
  'test/integration/hooks.test.ts',
  'test/integration/nats-bounds.test.ts',
  'test/integration/nats-security.test.ts',
  'test/integration/nats-snapshots.test.ts',
  'test/integration/report-folder.test.ts',
  'test/integration/report-page.test.ts',
  'test/integration/report-pdf.test.ts',
  'test/integration/report-size.test.ts',
  'test/integration/worker-end.test.ts',
];

// Real sockets, media and processes on a machine that others use: what fails once is tried again, and the reporter says so. What fails twice has failed.
const TRY_AGAIN = '--retry=1';

/**
 * Suites of `npm test`, in the order in which they run. Each takes the test files of its paths but those of `except`; a new file of integration or e2e
 * is played alone until it is named above. A test holds every file to exactly one suite.
 */
export const suites = [
  // They change nothing outside themselves: two processes for all of them, or a third of the time goes into loading the same modules for each file.
  { name: 'unit and property tests', paths: ['test/unit', 'test/property'], except: [], options: ['--no-isolate'] },
  { name: 'contract tests', paths: ['test/contract'], except: [], options: [TRY_AGAIN] },
  // Each has half of the machine, and twice the time where it does not say how much it takes.
  { name: 'drills, integration and e2e tests, two files at a time', paths: SHARING, except: [], options: [TRY_AGAIN, '--testTimeout=40000', '--hookTimeout=120000'] },
  // With real browsers and measured media: two at once on two cores would measure each other.
  { name: 'integration and e2e tests, one file at a time', paths: ['test/integration', 'test/e2e'], except: SHARING, options: [TRY_AGAIN, '--no-file-parallelism'] },
];

/** Whether a suite takes a test file, given as a path from the root with `/`. */
export function takes({ paths, except }, file) {
  const within = (path) => file === path || file.startsWith(`${path}/`);
  return paths.some(within) && !except.some(within);
}

/** What vitest is told to run a suite. */
export function argumentsOf({ paths, except, options }) {
  return [...paths, ...except.flatMap((path) => ['--exclude', path.endsWith('.ts') ? path : `${path}/**`]), ...options];
}
