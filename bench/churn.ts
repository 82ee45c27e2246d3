import { childrenOf } from '../src/browser/process-tree.js';
import { collectAll } from './lib/collect.js';
import { option } from './lib/crowd.js';
import { figureOf, report, type Figure } from './lib/figures.js';
import { mappedMemory } from './lib/memory-map.js';
import { runSimulated } from './lib/simulated-run.js';
import { slopeOf, type Point } from './lib/slope.js';

/**
 * What stays of users who have gone? Short lessons follow each other, so that in some minutes as many come and go as in an hour of the soak (bench/soak.ts), with
 * the same number in at any time. A full collection comes before each look at this process: what is in use then, and does not go down again, stays of those who have
 * left. Of the media processes it is said what they hold.
 */
const COMPLETE = 40;
const LESSONS = option('lessons', COMPLETE);
const USERS = option('users', 100);
const CLASS = 25;
const [EVERY_S, LASTS_S, RAMP_S] = [12, 30, 8] as const;
const FILE = 'bench/churn.ts';
/** Code is compiled and tables grow to their size while the first come. */
const WARM_UP_S = 120;
const MB = 2 ** 20;

const scenarioText = `name: Churn
target: simulator
fleet: { servers: 4, graphqlConnectionsPerServer: 2000, socketsPerSecondPerServer: 50 }
users: { browser: 0 }
meetings:
  quiet: { size: ${CLASS}, teacher: { audio: none, webcamShare: 0%, chatEvery: 10s }, pupil: { audio: none, chatEvery: 1m, raiseHandShare: 20% } }
  seen: { size: ${CLASS}, teacher: { audio: microphone, webcamShare: 100%, chatEvery: 10s, slidesEvery: 10s }, pupil: { audio: listen-only, cameraViews: 1, chatEvery: 1m, raiseHandShare: 20%, reactEvery: 30s } }
load:
${Array.from({ length: LESSONS }, (_, lesson) =>
  [
    ['quiet', USERS - CLASS],
    ['seen', CLASS],
  ]
    .map(([template, count]) => `  - { name: ${template} ${lesson + 1}, executor: ramping-users, start: ${lesson * EVERY_S}s, meetings: ${template}, meetingCount: ${Math.ceil(Number(count) / CLASS)}, stages: [{ duration: ${RAMP_S}s, target: ${count} }, { duration: ${LASTS_S - RAMP_S}s, target: ${count} }, { duration: ${RAMP_S}s, target: 0 }] }`)
    .join('\n'),
).join('\n')}
thresholds: [join_failed rate < 1%, users_lost count == 0]
limits: { joinTimeout: 30s, maxLateness: 2s, maxEventLoopDelay: 1s }
checkpointEvery: 1m
`;

interface Look {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

const looks: Look[] = [];
const startMs = performance.now();

async function look(simulatorPid: number): Promise<void> {
  await collectAll();
  const { heapUsed, external } = process.memoryUsage();
  const media = await Promise.all((await childrenOf(process.pid)).filter((pid) => pid !== simulatorPid).map(mappedMemory));
  const held = (of: 'pssMb' | 'mallocMb'): number => media.reduce((sum, one) => sum + (one?.[of] ?? 0), 0);
  looks.push({ atMs: performance.now() - startMs, values: { harnessHeap: heapUsed / MB, harnessExternal: external / MB, mediaMemory: held('pssMb'), mediaMalloc: held('mallocMb') } });
}

const { summary } = await runSimulated({
  name: 'Churn',
  scenarioText,
  file: FILE,
  shape: (plan) => plan,
  pollEverySeconds: 10,
  intervalMs: 10_000,
  beginning: (plan) => `Churn: ${plan.attendances.length} attendances in ${plan.meetings.length} meetings`,
  sampleEveryMs: EVERY_S * 1_000,
  sample: look,
});
const steady = looks.filter(({ atMs }) => atMs >= WARM_UP_S * 1_000 && atMs <= (LESSONS - 1) * EVERY_S * 1_000);
/** A line over attendances: a thousand of them in the place of an hour. */
const MS_A_THOUSAND = 3_600_000;
const perMs = USERS / (EVERY_S * 1_000);
const figures: Record<string, Figure> = { attendances: figureOf([summary.users.started], 'users'), failedUsers: figureOf([summary.users.failed + summary.users.lost], 'users') };
for (const key of Object.keys(steady[0]?.values ?? {})) {
  const points: readonly Point[] = steady.map(({ atMs, values }) => ({ atMs: ((atMs * perMs) / 1_000) * MS_A_THOUSAND, value: values[key]! }));
  const slope = slopeOf(points);
  figures[key] = figureOf(points.map(({ value }) => value), 'MB');
  if (slope) figures[`${key}Per1000`] = { median: slope.perHour, min: slope.low, max: slope.high, unit: 'MB' };
  console.log(`${key.padEnd(20)} ${points.map(({ value }) => value.toFixed(1)).join(' ')}`);
}
report({ name: 'churn', runs: 1, versions: {}, figures }, { write: summary.verdict !== 'interrupted' && LESSONS >= COMPLETE });
