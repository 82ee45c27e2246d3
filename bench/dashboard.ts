import { spawn, type ChildProcess } from 'node:child_process';
import { sleep, systemClock } from '../src/core/clock.js';
import { seededRandom } from '../src/core/random.js';
import type { RunEvent, RunOutput } from '../src/metrics/events.js';
import type { FleetRecord } from '../src/metrics/fleet-record.js';
import { createRecorder } from '../src/metrics/recorder.js';
import type { Snapshot } from '../src/metrics/snapshot.js';
import { openDashboard } from '../src/report/dashboard/dashboard.js';
import { LiveBoard } from '../src/report/live-board.js';
import type { Attendance, Plan } from '../src/schedule/plan.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * What the live view costs the generator: the board behind it and the dashboard's server are fed as a run of 5,000 users on ten
 * servers feeds them, late in a morning (a full course so far), with nobody, one and three looking. Viewers are in a process of their
 * own and not counted. The same feed into nothing is taken off.
 */
const USERS = option('users', 5_000);
const RUNS = option('runs', 3);
const WINDOW_S = option('seconds', 20);
const SERVERS = 10;
const PER_MEETING = 25;
/** Users that leave and others that come, each second. */
const CHANGES_PER_SEC = 25;
/** A run of an hour and more measures in intervals of about this length. */
const INTERVAL_MS = 10_000;
const POINTS = 700;
const SETTLE_MS = 5_000;
const signal = new AbortController().signal;

const serverOf = (seq: number): string => `bbb${String((Math.floor(seq / PER_MEETING) % SERVERS) + 1).padStart(2, '0')}.example.org`;

function planOf(): Plan {
  const attendances = Array.from({ length: 2 * USERS }, (_, seq): Attendance => ({ seq, part: 0, meeting: Math.floor((seq % USERS) / PER_MEETING), role: seq % PER_MEETING === 0 ? 'teacher' : 'pupil', kind: 'native', name: `User ${seq}`, dueMs: seq, leaveMs: 30_000_000, audio: 'none', webcam: false, cameraViews: 0, chatAtMs: [] }));
  const meetings = Array.from({ length: Math.ceil(USERS / PER_MEETING) }, (_, index) => ({ index, name: `Meeting ${index}`, part: 0, template: 'class', users: PER_MEETING, opensMs: 0, closesMs: 30_000_000 }));
  return {
    schema: 1,
    scenario: 'bench',
    seed: 1,
    durationMs: 30_000_000,
    startOfDayMs: 25_200_000,
    checkpointEveryMs: 1_800_000,
    fleet: { servers: SERVERS, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 },
    limits: { joinTimeoutMs: 60_000, gracefulStopMs: 30_000, maxLatenessMs: 1_000, maxEventLoopDelayMs: 250, browserLaunches: 2, usersPerBrowser: 8, maxScreenshots: 20 },
    parts: [],
    meetings,
    attendances,
  };
}

/** One interval of samples as ten servers with two roles give them. */
function snapshots(count: number): readonly Snapshot[] {
  using recorder = createRecorder({ maxSeries: 5_000 });
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, interval) => {
    for (let n = 0; n < (CHANGES_PER_SEC * INTERVAL_MS) / 1_000; n++) {
      const tags = { server: serverOf(n * PER_MEETING), role: n % 5 === 0 ? 'teacher' : 'pupil', kind: 'native' } as const;
      const value = 500 + 3_000 * random.next() ** 3;
      recorder.record({ metric: 'join_time', value, atMs: 0, tags });
      for (const phase of ['api', 'page', 'socket', 'ready', 'audio']) recorder.record({ metric: 'join_phase_time', value, atMs: 0, tags: { ...tags, phase } });
      for (const metric of ['rtt', 'audio_loss', 'audio_jitter', 'video_fps'] as const) recorder.record({ metric, value: metric === 'audio_loss' ? 0.001 : value / 100, atMs: 0, tags });
    }
    for (let n = 0; n < 1_000; n++) recorder.record({ metric: 'event_loop_delay', value: 3 * random.next(), atMs: 0 });
    recorder.record({ metric: 'generator_cpu', value: 1.4, atMs: 0 });
    recorder.record({ metric: 'generator_rss', value: 3_000, atMs: 0 });
    return recorder.takeSnapshot({ run: 'bench', worker: 'local', interval, startMs: interval * INTERVAL_MS, endMs: (interval + 1) * INTERVAL_MS });
  });
}

const plan = planOf();
const past = snapshots(POINTS);

/** Feeds `output` in real time for the window; resolves with the cores used. */
async function feed(output: RunOutput & { fleet(record: FleetRecord): void }): Promise<number> {
  const present = Array.from({ length: USERS }, (_, seq) => seq);
  let nextSeq = USERS;
  const startMs = systemClock.nowMs();
  const before = process.cpuUsage();
  const ahead = snapshotsAhead;
  for (let tick = 0; tick < WINDOW_S * 10; tick++) {
    await systemClock.sleepUntil(startMs + tick * 100, signal);
    const atMs = POINTS * INTERVAL_MS + tick * 100;
    for (let n = 0; n < CHANGES_PER_SEC / 10; n++) {
      const leaving = present.shift()!;
      output.event({ type: 'user-ended', atMs, seq: leaving, outcome: tick % 50 === 0 ? 'lost' : 'left', code: 'CONNECTION_LOST', message: 'gone' });
      output.event({ type: 'user-started', atMs, seq: nextSeq, latenessMs: 2 });
      output.event({ type: 'user-joined', atMs, seq: nextSeq, server: serverOf(nextSeq) });
      present.push(nextSeq++);
      if (nextSeq >= 2 * USERS) nextSeq = 0;
    }
    if (tick % (INTERVAL_MS / 100) === 50) output.snapshot(ahead[Math.floor(tick / (INTERVAL_MS / 100)) % ahead.length]!);
    if (tick % 100 === 0) for (let n = 0; n < SERVERS; n++) output.fleet({ atMs, server: serverOf(n * PER_MEETING), source: 'exporter', up: true, figures: { cpu: 0.4, memory: 0.5, receiveKbps: 90_000, sendKbps: 400_000, participants: 500, meetings: 20 } });
  }
  await systemClock.sleepUntil(startMs + WINDOW_S * 1_000, signal);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / ((systemClock.nowMs() - startMs) / 1_000);
}

const snapshotsAhead = snapshots(Math.ceil((WINDOW_S * 1_000) / INTERVAL_MS) + 1).map((snapshot) => ({ ...snapshot, interval: snapshot.interval + POINTS }));

const VIEWER = `const [url, count] = process.argv.slice(1); let bytes = 0;
for (let n = 0; n < Number(count); n++) fetch(url + 'live').then(async ({ body }) => { for await (const chunk of body) bytes += chunk.length; }).catch(() => undefined);
process.on('SIGTERM', () => { console.log(bytes); process.exit(); });`;

async function measure(viewers: number | undefined): Promise<{ readonly cores: number; readonly bytesPerSec: number }> {
  if (viewers === undefined) return { cores: await feed({ event: () => undefined, snapshot: () => undefined, fleet: () => undefined }), bytesPerSec: 0 };
  const board = new LiveBoard(plan);
  for (let seq = 0; seq < USERS; seq++) for (const event of [{ type: 'user-started', atMs: seq, seq, latenessMs: 2 }, { type: 'user-joined', atMs: seq, seq, server: serverOf(seq) }] satisfies RunEvent[]) board.event(event);
  for (const snapshot of past) board.snapshot(snapshot);
  const startMs = systemClock.nowMs();
  await using dashboard = await openDashboard({ board, run: 'bench', dir: '.', host: '127.0.0.1', port: 0, clock: systemClock, nowMs: () => POINTS * INTERVAL_MS + systemClock.nowMs() - startMs, ask: () => undefined });
  let child: ChildProcess | undefined;
  if (viewers > 0) {
    child = spawn(process.execPath, ['-e', VIEWER, dashboard.url, String(viewers)], { stdio: ['ignore', 'pipe', 'inherit'] });
  }
  // Filling the board, compiling it, and the whole course that each viewer is told first are no steady cost.
  await sleep(systemClock, SETTLE_MS, signal);
  const cores = await feed(board);
  if (!child) return { cores, bytesPerSec: 0 };
  const told = new Promise<number>((resolve) => child.stdout!.once('data', (text: Buffer) => resolve(Number(text.toString()))));
  child.kill('SIGTERM');
  const bytes = await told;
  if (bytes < viewers * WINDOW_S * 1_000) throw new Error(`viewers were told ${bytes} bytes: nobody looked`);
  return { cores, bytesPerSec: bytes / viewers / WINDOW_S };
}

const shares: Record<'nobody' | 'one' | 'three', number[]> = { nobody: [], one: [], three: [] };
const bandwidth: number[] = [];
await measure(1);
for (let run = 1; run <= RUNS; run++) {
  const { cores: empty } = await measure(undefined);
  const nobody = await measure(0);
  const one = await measure(1);
  const three = await measure(3);
  for (const [key, { cores }] of Object.entries({ nobody, one, three }) as ['nobody' | 'one' | 'three', { cores: number }][]) shares[key].push(Math.max(0, cores - empty) * 100);
  bandwidth.push(one.bytesPerSec / 1_000);
  console.log(`run ${run}: the feed alone ${(empty * 100).toFixed(2)} % of a core; with the view ${[nobody, one, three].map(({ cores }) => `${(cores * 100).toFixed(2)} %`).join(', ')} (0, 1, 3 viewers)`);
}
report({
  name: 'dashboard',
  runs: RUNS,
  versions: {},
  figures: { corePercentNobody: figureOf(shares.nobody, '% of a core'), corePercentOneViewer: figureOf(shares.one, '% of a core'), corePercentThreeViewers: figureOf(shares.three, '% of a core'), kbPerSecPerViewer: figureOf(bandwidth, 'kB/s') },
});
