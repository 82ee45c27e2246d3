import { deflateSync } from 'node:zlib';
import type { Random } from '../../src/core/random.js';
import type { RunEvent } from '../../src/metrics/events.js';
import { Histogram } from '../../src/metrics/histogram.js';
import { isOurHistogram } from '../../src/metrics/histogram-guard.js';
import { mergeAll, mergeRun } from '../../src/metrics/merge.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import { RunningTotal } from '../../src/metrics/running-total.js';
import type { Snapshot } from '../../src/metrics/snapshot.js';
import { renderIntervalsCsv, renderMetricsCsv } from '../../src/report/csv.js';
import { renderHtml } from '../../src/report/html/page.js';
import { renderJunit } from '../../src/report/junit.js';
import { LiveBoard } from '../../src/report/live-board.js';
import { createLiveState } from '../../src/report/live-text.js';
import { renderMarkdown } from '../../src/report/report-markdown.js';
import type { RunData } from '../../src/report/run-data.js';
import { PLAN, RUN_EVENT, RUN_META, SNAPSHOT } from '../../src/report/run-schemas.js';
import { summarise } from '../../src/report/summarise.js';
import { renderText } from '../../src/report/text.js';
import { recordedResult } from '../../src/run/recorded-result.js';
import { decideVerdict } from '../../src/run/verdict.js';
import { checkScenario } from '../../src/scenario/check.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';
import { CrewCounts } from '../../src/workers/crew-counts.js';
import { ALIVE, CLAIM, CLAIM_ANSWER, CLOCK_ANSWER, COORDINATOR, ENTRY, HOLDER, INTERIM, JOB, LOOK, MEETING_STATE, parse, PEERS, PHASE, READY, READY_ANSWER, REFUSAL, SEAT, SPLIT } from '../../src/workers/messages.js';
import { hasBit } from '../../src/workers/started-bits.js';
import { damagedJson, damagedText, jsonValue, pick } from './fuzz-input.js';
import { onlyHarnessErrors, require, target, type FuzzTarget } from './fuzz-targets.js';

// What is on the disk and on the broker: files of a run folder, messages of workers.

const SCENARIO = checkScenario(
  `name: Fuzz
target: simulator
users: { browser: 0 }
meetings: { lesson: { size: 3, teacher: { audio: none, webcamShare: 0% }, pupil: { audio: none } } }
load: [{ name: a, executor: constant-users, meetings: lesson, meetingCount: 2, users: 5, duration: 20s }]
thresholds: [join_failed rate < 1%, join_time p(95) < 10 s, users_lost count == 0]
`,
  'fuzz.yaml',
);
if (!SCENARIO.ok) throw new Error('the scenario of the fuzzer is not valid');
const THRESHOLDS = SCENARIO.scenario.thresholds;
const A_PLAN = planScenario(SCENARIO.scenario);
const A_META = { schema: 1, run: 'r', scenario: 'Fuzz', scenarioFile: 'f.yaml', seed: 1, startedAt: '2026-01-01T00:00:00.000Z', target: { kind: 'simulator', url: 'http://127.0.0.1:1/bigbluebutton/api' }, intervalMs: 5_000, machine: { cores: 2, memoryGb: 4, cpu: 'x', os: 'Linux' }, firstbell: { version: '1', node: 'v20' } } as const;
const WORDS = ['type', 'atMs', 'seq', 'server', 'code', 'message', 'outcome', 'left', 'failed', 'lost', 'aborted', 'user-started', 'user-joined', 'user-ended', 'run-ended', 'meeting', 'worker', 'series', 'hist', 'metric', 'tags', 'count', 'sum', 'min', 'max', 'last', 'kind', 'histogram', 'gauge', 'counter', 'rate', 'join_time', 'users_present', 'b1:80', 'run', 'seat', 'weight', 'interval', 'startMs', 'endMs', 'events', 'snapshot', 'finished', 'phase', '=1+1', '<script>'];

const EVENTS: readonly RunEvent[] = [
  { type: 'run-started', atMs: 0, wallMs: 1_700_000_000_000 },
  { type: 'meeting-created', atMs: 0, meeting: 0, meetingId: 'm' },
  ...A_PLAN.attendances.flatMap(({ seq }): RunEvent[] => [
    { type: 'user-started', atMs: seq, seq, latenessMs: 1 },
    { type: 'user-joined', atMs: seq + 500, seq, server: `b${seq % 2}:80` },
    { type: 'user-ended', atMs: 20_000 + seq, seq, outcome: 'left' },
  ]),
  { type: 'user-ended', atMs: 900, seq: 1, outcome: 'failed', code: 'TARGET_TIMEOUT', phase: 'api', message: 'x', screenshot: 'evidence/a.png' },
  { type: 'presence', atMs: 9_000, harness: 5, server: 5, peers: 4, ghosts: 0, missing: 1, meetings: [{ meeting: 0, harness: 3, ghosts: 0, missing: 1, names: ['A'] }] },
  { type: 'checkpoint', atMs: 10_000, present: 5, meetings: 2, failed: 0, lost: 0, joinTimeP95Ms: 500, servers: [{ server: 'b1:80', users: 3, meetings: 1 }], held: 2, broken: [], pending: 1 },
  { type: 'worker-lost', atMs: 11_000, worker: 'w', share: 0, running: 1, waiting: 0 },
  { type: 'meeting-ended', atMs: 20_100, meeting: 0, meetingId: 'm' },
  { type: 'run-ended', atMs: 20_200, reason: 'completed' },
];

const SNAPSHOTS: readonly Snapshot[] = (() => {
  const recorder = createRecorder({ maxSeries: 50 });
  return [0, 1, 2].map((interval) => {
    for (let n = 0; n < 20; n++) recorder.record({ metric: 'join_time', value: 100 * (n + 1) * (interval + 1), atMs: 0, tags: { server: `b${n % 2}:80`, kind: 'native' } });
    recorder.record({ metric: 'users_present', value: 5, atMs: 0 });
    recorder.record({ metric: 'join_failed', value: interval % 2, atMs: 0, tags: { server: 'b1:80' } });
    recorder.record({ metric: 'lateness', value: 3, atMs: 0 });
    return recorder.takeSnapshot({ run: 'r', worker: 'w', interval, startMs: interval * 5_000, endMs: (interval + 1) * 5_000 });
  });
})();
const HISTOGRAMS = SNAPSHOTS.flatMap(({ series }) => series.flatMap(({ hist }) => (hist === undefined ? [] : [hist])));

/** A histogram that says of itself what it is not: bombs, other configurations, places that it does not have. */
function madeUpHistogram(random: Random): string {
  const counts = pick(random, [() => Buffer.alloc(random.int(2_000_000)), () => Buffer.from(Array.from({ length: random.int(60) }, () => random.int(256))), () => Buffer.alloc(9, 0xff), () => Buffer.from([2, 2, 2])])();
  const header = Buffer.alloc(40);
  header.writeInt32BE(0x1c849303 | pick(random, [0x10, 0, 0x20]), 0);
  header.writeInt32BE(random.int(4) === 0 ? random.int(2 ** 31) : counts.length, 4);
  header.writeInt32BE(pick(random, [3, 3, 3, 0, 5, -1]), 12);
  header.writeBigInt64BE(pick(random, [1n, 1n, 0n, -1n, 2n ** 40n]), 16);
  header.writeBigInt64BE(pick(random, [2n, 2n ** 20n, 2n ** 40n, 2n ** 53n, 2n ** 62n, -5n]), 24);
  const packed = deflateSync(Buffer.concat([header, counts]));
  const cookie = Buffer.alloc(8);
  cookie.writeInt32BE(0x1c849314, 0);
  cookie.writeInt32BE(packed.length, 4);
  return Buffer.concat([cookie, packed]).toString('base64');
}

function someSnapshot(random: Random): unknown {
  const snapshot = structuredClone(pick(random, SNAPSHOTS)) as unknown as { series: { hist?: string }[] };
  const series = pick(random, snapshot.series);
  switch (random.int(4)) {
    case 0:
      series.hist = madeUpHistogram(random);
      return snapshot;
    case 1:
      series.hist = damagedText(random, HISTOGRAMS);
      return snapshot;
    case 2:
      return jsonValue(random, WORDS, 4);
    default:
      return damagedJson(random, snapshot, WORDS);
  }
}

/** As the coordinator takes them from the broker, and reports from the disk. */
const snapshots = target('Snapshots', 3, (random) => {
  const total = new RunningTotal(THRESHOLDS);
  const read: Snapshot[] = [];
  for (let count = 1 + random.int(3); count > 0; count--) {
    const snapshot = SNAPSHOT.safeParse(someSnapshot(random)).data;
    if (!snapshot) continue;
    read.push(snapshot);
    onlyHarnessErrors(() => total.snapshot(snapshot));
  }
  onlyHarnessErrors(() => total.series.metrics().map((metric) => total.series.figures(metric)));
  onlyHarnessErrors(() => mergeAll(read).figures('join_time'));
  const encoded = random.int(2) === 0 ? madeUpHistogram(random) : damagedText(random, HISTOGRAMS);
  const histogram = isOurHistogram(encoded) ? onlyHarnessErrors(() => Histogram.decode(encoded, 'ms')) : undefined;
  if (!histogram) return;
  require(Number.isFinite(histogram.percentile(99)) && histogram.count >= 0, 'a histogram has no figures');
  require(histogram.values().length <= 50_000, 'a histogram has more values than places');
});

const SHAPES = { SEAT, JOB, SPLIT, PHASE, HOLDER, MEETING_STATE, CLAIM, CLAIM_ANSWER, READY, READY_ANSWER, CLOCK_ANSWER, ALIVE, COORDINATOR, REFUSAL, INTERIM, LOOK, PEERS, ENTRY };
const MESSAGES: readonly unknown[] = [
  { run: 'r', seat: 0 },
  { schema: 1, run: 'r', scenarioText: 'name: x', planHash: 'h', target: { kind: 'bbb', url: 'https://h/', secretEnv: 'BBB_SECRET' }, intervalMs: 5_000, ownWire: false },
  { seats: [{ weight: 1, kinds: ['native'] }] },
  { phase: 'started', startWallMs: 1 },
  { worker: 'w', finished: false },
  { ok: false, code: 'X', message: 'm' },
  { worker: 'w', seat: 0, weight: 5 },
  { answer: 'take-over', started: 'AAAA' },
  { worker: 'w', seat: 0, code: 'SECRET_MISSING', message: 'm', hint: 'h' },
  { snapshot: SNAPSHOTS[0] },
  { look: 1, seat: 0, done: true, meetings: [{ meeting: 0, users: 2, names: ['Pupil 1', 'Pupil 2'] }] },
  { worker: 'w', seat: 0, users: 3, planHash: 'h', clockOffsetMs: 0, roundTripMs: 1 },
  { type: 'events', worker: 'w', seat: 0, events: EVENTS },
  { type: 'snapshot', worker: 'w', seat: 0, snapshot: SNAPSHOTS[0] },
  { type: 'finished', worker: 'w', seat: 0, unprepared: 0, samplesLost: 0, entriesLost: 0 },
];

const messages = target('NATS messages', 6, (random) => {
  const text = random.int(3) === 0 ? damagedText(random, MESSAGES.map((message) => JSON.stringify(message))) : JSON.stringify(random.int(8) === 0 ? jsonValue(random, WORDS, 4) : damagedJson(random, pick(random, MESSAGES), WORDS));
  for (const shape of Object.values(SHAPES)) parse(shape as typeof SEAT, text);
  const entry = parse(ENTRY, text);
  const counts = new CrewCounts(A_PLAN.attendances.length);
  if (entry?.type === 'events') for (const value of entry.events) {
    const event = RUN_EVENT.safeParse(value).data;
    if (event) counts.take(event);
  }
  require(counts.counts.started >= 0 && counts.present >= 0, 'there are fewer than no users');
  const answer = parse(CLAIM_ANSWER, text);
  if (answer?.answer === 'take-over') hasBit(answer.started)(random.int(100));
});

function someEvents(random: Random): readonly RunEvent[] {
  const events = EVENTS.filter(() => random.int(12) > 0).map((event) => (random.int(4) === 0 ? damagedJson(random, event, WORDS) : event));
  if (random.int(3) === 0) events.sort(() => random.int(3) - 1);
  return events.flatMap((event) => RUN_EVENT.safeParse(event).data ?? []);
}

/** What is shown while a run goes on, from whatever events are well formed. */
const liveViews = target('Live views', 2, (random) => {
  const board = new LiveBoard(A_PLAN);
  const live = createLiveState(A_PLAN, board);
  for (const event of someEvents(random)) live.event(event);
  for (const snapshot of SNAPSHOTS) {
    const read = SNAPSHOT.safeParse(random.int(3) === 0 ? someSnapshot(random) : snapshot).data;
    if (read) onlyHarnessErrors(() => live.snapshot(read));
  }
  const nowMs = pick(random, [0, 5_000, 30_000, 1e12]);
  const width = pick(random, [40, 80, 100]);
  const lines = onlyHarnessErrors(() => [...live.frame({ width, colour: false, nowMs }), live.plainLine(nowMs)]) ?? [];
  for (const line of lines) require(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line), `a control character is shown: ${JSON.stringify(line)}`);
});

/** Whole run folders: everything that a report is made of, and every form that it has. */
const runFolders = target('Run folders', 1, (random) => {
  const meta = RUN_META.safeParse(random.int(3) === 0 ? damagedJson(random, A_META, WORDS) : A_META).data;
  const plan = PLAN.safeParse(random.int(3) === 0 ? damagedJson(random, A_PLAN, WORDS) : A_PLAN).data;
  if (!meta || !plan) return;
  const read = SNAPSHOTS.flatMap((snapshot) => SNAPSHOT.safeParse(random.int(4) === 0 ? someSnapshot(random) : snapshot).data ?? []);
  const data: RunData = { meta, plan, scenarioText: '', events: someEvents(random), snapshots: read, unreadableLines: 0 };
  onlyHarnessErrors(() => {
    const { verdict: word, exitCode, reasons } = decideVerdict(recordedResult({ plan, events: data.events, series: mergeRun(read).total, snapshots: read, thresholds: THRESHOLDS }));
    const summary = summarise(data, { thresholds: THRESHOLDS, verdict: { word, exitCode, reasons } });
    const documents = [renderText(summary, { width: 80, colour: false, reportPath: 'r', details: true }), renderJunit(summary), renderMarkdown(summary), renderMetricsCsv(summary), renderIntervalsCsv(read), ...(random.int(20) === 0 ? [renderHtml(summary, data, [])] : [])];
    for (const document of documents) {
      require(document.length < 5_000_000, 'a document is larger than a run of five users can need');
      require(!/\u001b|<script>alert/.test(document), 'a document is not inert');
    }
  });
});

export const RECORD_TARGETS: readonly FuzzTarget[] = [snapshots, messages, liveViews, runFolders];
