import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageOfTrees } from '../src/browser/process-tree.js';
import { packageRoot } from '../src/core/paths.js';
import type { Summary } from '../src/report/summary.js';
import type { Plan } from '../src/schedule/plan.js';
import { compress, peakOnly } from './lib/compress.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';
import { runSimulated } from './lib/simulated-run.js';

/**
 * The morning of scenarios/darmstadt-morning.yaml at full size on this machine, simulator included, in a quarter of an hour; then
 * the way to its peak with the middleware's default limit of 500 connections per server, to see it break where it must.
 */
const MINUTES = option('minutes', 14);
const CHANGES_PER_SEC = option('changes-per-second', 26);
const MEDIA_EVERY = option('media-every', 80);
/**
 * Scalelite looks at its servers each minute and overwrites what it counted itself: meetings that are made between two looks all
 * go where the load was least at the first. In time that runs some twenty times faster the looks must come faster, too; with
 * 60 s, two of the ten servers got half of all users here, and reached 1,000 connections.
 */
const POLL_EVERY_SECONDS = option('poll-every', 2);
const SKIP_BREAK = process.argv.includes('--no-break');
const PEAK_AT_MS = (10 * 60 + 30 - 7 * 60) * 60_000;
const BREAK_ARRIVALS_PER_SEC = 40;
const BREAK_HOLD_MS = 15_000;
const DEFAULT_CONNECTIONS = 500;
const MEMORY_EVERY_MS = 2_000;
const INTERVAL_MS = 5_000;
const file = join(packageRoot(), 'scenarios', 'darmstadt-morning.yaml');

/** The scenario's text with one thing said otherwise; fails if it is not there. */
function changed(text: string, from: RegExp, to: string): string {
  if (!from.test(text)) throw new Error(`${file} has no longer ${String(from)}`);
  return text.replace(from, to);
}

function scenarioText(connections: number): string {
  let text = readFileSync(file, 'utf8');
  // The machine that holds crowd and simulator has no room for ten browsers; the threshold on what they see goes with them.
  text = changed(text, /^ {2}browser: .*\n/m, '');
  text = changed(text, /^ {2}- video_fps\{kind=browser\}.*\n/m, '');
  // The break is what the second run is to find; it must not stop at the first signs of it.
  text = changed(text, /^ {2}- \{ expression: (join_failed rate < 5%), abort: true \}.*$/m, '  - $1');
  return changed(text, /graphqlConnectionsPerServer: \d+/, `graphqlConnectionsPerServer: ${connections}`);
}

interface Outcome {
  readonly summary: Summary;
  /** Generator and simulator together, highest seen. */
  readonly peakRssMb: number;
}

async function run(name: string, scenarioText: string, shape: (plan: Plan) => Plan): Promise<Outcome> {
  let peakRssMb = 0;
  const { summary } = await runSimulated({
    name,
    scenarioText,
    file,
    shape,
    pollEverySeconds: POLL_EVERY_SECONDS,
    intervalMs: INTERVAL_MS,
    beginning: (plan) => {
      const media = plan.attendances.filter(({ audio }) => audio !== 'none').length;
      return `${name}: ${plan.attendances.length} attendances in ${plan.meetings.length} meetings, ${(plan.durationMs / 60_000).toFixed(1)} min; ${media} with sound and cameras (${((media / plan.attendances.length) * 100).toFixed(1)} %)`;
    },
    sampleEveryMs: MEMORY_EVERY_MS,
    sample: async () => {
      peakRssMb = Math.max(peakRssMb, (await usageOfTrees([process.pid]))?.pssMb ?? 0);
    },
  });
  return { summary, peakRssMb };
}

const morning = await run('Morning at full size', scenarioText(1_000), (plan) => compress(plan, { totalMs: MINUTES * 60_000, changesPerSec: CHANGES_PER_SEC, mediaEvery: MEDIA_EVERY }));
const { summary } = morning;
if (summary.verdict === 'interrupted') process.exit(130);
const lateness = summary.generator.latenessP99Ms ?? Number.NaN;
report({
  name: 'morning',
  runs: 1,
  versions: {},
  figures: {
    peakUsers: figureOf([summary.users.peakConcurrent], 'users'),
    failedUsers: figureOf([summary.users.failed + summary.users.lost], 'users'),
    latenessP99Ms: figureOf([lateness], 'ms'),
    peakRssMb: figureOf([morning.peakRssMb], 'MB'),
    leftOpenMeetings: figureOf([summary.meetings.leftOpen], 'meetings'),
  },
});
if (!SKIP_BREAK) {
  const { summary: broken } = await run('The peak with default limits', scenarioText(DEFAULT_CONNECTIONS), (plan) => peakOnly(plan, PEAK_AT_MS, { arrivalsPerSec: BREAK_ARRIVALS_PER_SEC, holdMs: BREAK_HOLD_MS }));
  const refused = broken.errors.filter(({ code }) => code === 'GRAPHQL_REFUSED').reduce((sum, { count }) => sum + count, 0);
  console.log(`With ${DEFAULT_CONNECTIONS} connections per server: ${broken.users.joined} of ${broken.users.planned} got in, ${refused} were refused by GraphQL, verdict ${broken.verdict}`);
}
