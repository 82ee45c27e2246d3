import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserHere } from '../src/cli/browser-here.js';
import { mergeRun } from '../src/metrics/merge.js';
import type { MetricName } from '../src/metrics/catalogue.js';
import { readRunFolder } from '../src/report/read-run-folder.js';
import { RUN_FILES, type RunData } from '../src/report/run-data.js';
import type { Summary } from '../src/report/summary.js';
import type { Plan } from '../src/schedule/plan.js';
import { option } from './lib/crowd.js';
import { figureOf, report, type Figure } from './lib/figures.js';
import { runSimulated } from './lib/simulated-run.js';
import { csvOf, samplesOf } from './lib/soak-csv.js';
import { conclusion, judge, sayJudgement, type Series } from './lib/soak-judge.js';
import { GROUPS, SoakWatch, type Group, type SoakSample } from './lib/soak-watch.js';

/**
 * Is everything flat? A thousand native users and four browsers for an hour: who leaves is replaced, lesson after lesson, so that what is
 * forgotten at a departure adds up. In a tenth of the meetings there is sound (one teacher speaks, the others listen), in one of them a camera, too, so
 * that generator and simulated fleet together stay near one core; the other users do everything but media. Memory (PSS: shared pages are divided),
 * open files, event-loop delay and lateness are held against a straight line; with a 95 % interval for its slope. Ctrl-C ends it early, with what it has.
 * `--judge DIR` looks again at the samples of an earlier one, with the same `--minutes`.
 */
const MINUTES = option('minutes', 60);
const NATIVE = option('native', 1_000);
const BROWSERS = option('browsers', 4);
const LESSON_MINUTES = option('lesson-minutes', 10);
const FILE = 'bench/soak.ts';

/** Tenths of the users go and come again together. */
const COHORTS = 10;
const CLASS = 25;
const MAX_LESSONS = 9;
const LEAST_RAMP_SECONDS = 10;
/** Of the time between two changes: comings and goings are spread, and never cease for long. */
const CHANGING_SHARE = 0.8;
const FIRST_SECONDS = 50;
const SAMPLE_EVERY_MS = 15_000;
const SHORT_SAMPLE_EVERY_MS = 3_000;
const SHORT_MINUTES = 10;
/** At least so long, and until every place has been left and taken once, for memory of a young process grows; a short run has no time for that. */
const WARM_UP_SECONDS = 480;

const lessons = Math.min(MAX_LESSONS, Math.max(2, Math.round(MINUTES / LESSON_MINUTES)));
const lessonSeconds = Math.round((MINUTES * 60) / lessons);
/** In which those of a cohort leave, and the next ones come. */
const rampSeconds = Math.max(LEAST_RAMP_SECONDS, Math.round((lessonSeconds / COHORTS) * CHANGING_SHARE));
const short = MINUTES < SHORT_MINUTES;
const warmUpLessons = short ? 0 : Math.ceil(WARM_UP_SECONDS / lessonSeconds);

/** The lessons of one cohort: the first is shorter the earlier the cohort, so that they do not all change at once. */
function partsOf(cohort: number): string {
  const users = Math.floor(NATIVE / COHORTS) + (cohort < NATIVE % COHORTS ? 1 : 0);
  const witness = cohort < BROWSERS;
  const bounds = [Math.round((cohort * FIRST_SECONDS) / COHORTS)];
  for (let at = Math.round(((cohort + 1) * lessonSeconds) / COHORTS); at < MINUTES * 60 - 2 * rampSeconds; at += lessonSeconds) if (at > bounds[0]! + 2 * rampSeconds) bounds.push(at);
  bounds.push(MINUTES * 60 - rampSeconds);
  return bounds
    .slice(0, -1)
    .flatMap((start, index) => {
      const part = (template: string, count: number): string =>
        `  - { name: ${template} ${cohort + 1}-${index + 1}, executor: ramping-users, start: ${start}s, meetings: ${template}, meetingCount: ${Math.ceil(count / CLASS)}, stages: [{ duration: ${rampSeconds}s, target: ${count} }, { duration: ${bounds[index + 1]! - start - rampSeconds}s, target: ${count} }, { duration: ${rampSeconds}s, target: 0 }] }`;
      const lively = witness ? Math.min(CLASS, users) : 0;
      return [...(users > lively ? [part('quiet', users - lively)] : []), ...(witness ? [part(cohort === 0 ? 'seen' : 'heard', lively + 1)] : [])];
    })
    .join('\n');
}

const scenarioText = `name: Soak
target: simulator
fleet: { servers: 4, graphqlConnectionsPerServer: 2000, socketsPerSecondPerServer: 50 }
users: { browser: 0 }
meetings:
  quiet: { size: ${CLASS}, teacher: { audio: none, webcamShare: 0%, chatEvery: 1m }, pupil: { audio: none, chatEvery: 10m, raiseHandShare: 20% } }
  heard: { size: ${CLASS + 1}, teacher: { audio: microphone, webcamShare: 0%, chatEvery: 1m, slidesEvery: 2m }, pupil: { audio: listen-only, chatEvery: 10m, raiseHandShare: 20%, reactEvery: 5m } }
  seen: { size: ${CLASS + 1}, teacher: { audio: microphone, webcamShare: 100%, chatEvery: 1m, slidesEvery: 2m }, pupil: { audio: listen-only, cameraViews: 1, chatEvery: 10m, raiseHandShare: 20%, reactEvery: 5m } }
load:
${Array.from({ length: COHORTS }, (_, cohort) => partsOf(cohort)).join('\n')}
thresholds: [join_failed rate < 1%, users_lost count == 0, audio_loss p(95) < 2%]
limits: { usersPerBrowser: ${Math.max(1, BROWSERS)}, joinTimeout: 60s, maxLateness: 2s, maxEventLoopDelay: 500ms }
checkpointEvery: 5m
`;

/** One pupil of each meeting with sound is a browser. */
function withWitnesses(plan: Plan): Plan {
  const taken = new Set<number>();
  return {
    ...plan,
    attendances: plan.attendances.map((attendance) => {
      if (plan.meetings[attendance.meeting]?.template === 'quiet' || attendance.role !== 'pupil' || taken.has(attendance.meeting)) return attendance;
      taken.add(attendance.meeting);
      return { ...attendance, kind: 'browser' };
    }),
  };
}

/** From the end of the warm-up until users begin to leave for good. */
function steadyOf({ events, plan }: RunData): { readonly startWallMs: number; readonly fromMs: number; readonly toMs: number } {
  const started = events.find((event) => event.type === 'run-started');
  const stopping = events.find((event) => event.type === 'stopping');
  const endMs = plan.durationMs - 2 * rampSeconds * 1_000;
  return {
    startWallMs: started?.type === 'run-started' ? started.wallMs : Number.NaN,
    fromMs: (FIRST_SECONDS + rampSeconds) * 1_000 + warmUpLessons * lessonSeconds * 1_000,
    toMs: Math.min(endMs, stopping?.atMs ?? endMs),
  };
}

function seriesOf(data: RunData, samples: readonly SoakSample[]): readonly Series[] {
  const { startWallMs, fromMs, toMs } = steadyOf(data);
  const steady = samples.map((sample) => ({ ...sample, atMs: sample.wallMs - startWallMs })).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const of = (key: string, unit: string, judged: boolean, value: (sample: SoakSample) => number | undefined): Series => ({
    key,
    unit,
    judged,
    points: steady.flatMap((sample) => (value(sample) === undefined ? [] : [{ atMs: sample.atMs, value: value(sample)! }])),
  });
  const intervals = mergeRun(data.snapshots).intervals.filter(({ startMs, endMs }) => startMs >= fromMs && endMs <= toMs);
  const { maxEventLoopDelayMs, maxSendLatenessMs, maxLatenessMs } = data.plan.limits;
  const metric = (key: string, name: MetricName, limit: number | undefined): Series => ({
    key,
    unit: 'ms',
    judged: true,
    limit,
    points: intervals.flatMap(({ startMs, series }) => {
      const { p99 } = series.figures(name);
      return p99 === undefined ? [] : [{ atMs: startMs, value: p99 }];
    }),
  });
  return [
    // What leaks in this process is in use in the heap, allocated, or neither of both. What V8 keeps in reserve, and so the whole, goes up and down by V8's own rules.
    of('harnessHeap', 'MB', true, ({ own }) => own.liveMb),
    of('harnessMalloc', 'MB', true, ({ own }) => own.mallocMb),
    of('harnessRest', 'MB', true, ({ own }) => own.restMb),
    of('harnessV8', 'MB', false, ({ own }) => own.v8Mb),
    of('mediaMalloc', 'MB', true, ({ mediaMallocMb }) => mediaMallocMb),
    ...GROUPS.map((group) => of(`${group}Memory`, 'MB', group === 'media' || group === 'browsers', ({ groups }) => groups[group].pssMb)),
    ...GROUPS.map((group) => of(`${group}Files`, 'files', group !== 'simulator', ({ groups }) => groups[group].files)),
    metric('eventLoopDelayP99', 'event_loop_delay', maxEventLoopDelayMs),
    metric('sendLatenessP99', 'send_lateness', maxSendLatenessMs),
    metric('latenessP99', 'lateness', maxLatenessMs),
  ];
}

/** Cores that each group took while everything was steady. */
function coresOf(samples: readonly SoakSample[], group: Group): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.wallMs === first.wallMs) return Number.NaN;
  return (last.groups[group].cpuSeconds - first.groups[group].cpuSeconds) / ((last.wallMs - first.wallMs) / 1_000);
}

/** The run folder and what was seen meanwhile. */
interface Soaked {
  readonly dir: string;
  readonly data: RunData;
  readonly summary: Summary;
  readonly samples: readonly SoakSample[];
}

const SAMPLES = 'soak.csv';

async function soak(): Promise<Soaked> {
  const watch = new SoakWatch();
  const browser = await browserHere(process);
  const { summary, dir } = await runSimulated({
    name: 'Soak',
    scenarioText,
    file: FILE,
    shape: withWitnesses,
    pollEverySeconds: 10,
    intervalMs: short ? 5_000 : 30_000,
    browser,
    beginning: (plan) => {
      const media = plan.attendances.filter(({ audio }) => audio !== 'none').length;
      return `Soak: ${NATIVE} native and ${BROWSERS} browser users at once for ${MINUTES} min, ${plan.attendances.length} attendances in ${plan.meetings.length} meetings; ${((media / plan.attendances.length) * 100).toFixed(0)} % with media; ${browser.version}`;
    },
    sampleEveryMs: short ? SHORT_SAMPLE_EVERY_MS : SAMPLE_EVERY_MS,
    sample: (simulatorPid) => watch.sample(simulatorPid),
  });
  const data = await readRunFolder(dir);
  writeFileSync(join(dir, SAMPLES), csvOf(watch.samples, steadyOf(data).startWallMs));
  return { dir, data, summary, samples: watch.samples };
}

/** An earlier one, judged again: an hour is long, and what is thought of it may change. */
async function soakedBefore(dir: string): Promise<Soaked> {
  const data = await readRunFolder(dir);
  const summary = JSON.parse(readFileSync(join(dir, RUN_FILES.summary), 'utf8')) as Summary;
  return { dir, data, summary, samples: samplesOf(readFileSync(join(dir, SAMPLES), 'utf8'), steadyOf(data).startWallMs) };
}

const before = process.argv.indexOf('--judge');
const { dir, data, summary, samples } = await (before < 0 ? soak() : soakedBefore(process.argv[before + 1] ?? ''));
const { startWallMs, fromMs, toMs } = steadyOf(data);
const steady = samples.filter(({ wallMs }) => wallMs - startWallMs >= fromMs && wallMs - startWallMs <= toMs);
const figures: Record<string, Figure> = {
  minutes: figureOf([toMs / 60_000], 'min'),
  steadyMinutes: figureOf([Math.max(0, toMs - fromMs) / 60_000], 'min'),
  attendances: figureOf([summary.users.started], 'users'),
  peakUsers: figureOf([summary.users.peakConcurrent], 'users'),
  failedUsers: figureOf([summary.users.failed + summary.users.lost], 'users'),
  leftOpenMeetings: figureOf([summary.meetings.leftOpen], 'meetings'),
};
for (const group of GROUPS) if (steady.length > 1) figures[`${group}Cores`] = figureOf([coresOf(steady, group)], 'cores');
const judgements = seriesOf(data, samples)
  .filter(({ points }) => points.length > 0)
  .map((series) => [series, judge(series)] as const);
for (const [{ key, unit, points }, { slope }] of judgements) {
  figures[key] = figureOf(points.map(({ value }) => value), unit);
  if (slope) figures[`${key}PerHour`] = { median: slope.perHour, min: slope.low, max: slope.high, unit: `${unit}/h` };
}
const stopped = summary.verdict === 'interrupted';
// What was stopped early is said, and does not replace a whole run's figures.
report({ name: 'soak', runs: 1, versions: { browser: data.meta.firstbell.browser ?? 'no browser' }, figures }, { write: !stopped });
console.log(`\nSlopes after ${(fromMs / 60_000).toFixed(1)} min of warm-up:\n${judgements.map(([series, judgement]) => `  ${sayJudgement(series, judgement)}\n`).join('')}`);
console.log(`${conclusion(judgements, stopped)} Samples: ${join(dir, SAMPLES)}`);
const grows = judgements.some(([{ judged }, { trend }]) => judged && trend === 'grows');
process.exitCode = stopped ? 130 : grows || summary.users.failed + summary.users.lost > 0 ? 3 : 0;
