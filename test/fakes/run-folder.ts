import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom, type Random } from '../../src/core/random.js';
import type { MetricName, Tags } from '../../src/metrics/catalogue.js';
import type { EndReason, RunEvent, RunMeta } from '../../src/metrics/events.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import type { Snapshot } from '../../src/metrics/snapshot.js';
import { RUN_FILES, type RunData } from '../../src/report/run-data.js';
import type { Attendance, Plan, PlannedMeeting } from '../../src/schedule/plan.js';

/** What became of a user, for runs with named differences. */
export type Fate =
  | { readonly is: 'left' }
  | { readonly is: 'failed'; readonly code: string; readonly phase: string; readonly message: string; readonly screenshot?: string }
  | { readonly is: 'lost'; readonly code: string; readonly message: string; readonly afterMs: number }
  | { readonly is: 'dropped' };

export interface RunSpec {
  readonly run: string;
  readonly scenario: string;
  readonly target: RunMeta['target'];
  readonly meetings: number;
  /** Users per meeting; the first of each is the teacher. */
  readonly size: number;
  readonly servers: readonly string[];
  /** Arrivals are spread over this. */
  readonly arriveMs: number;
  readonly durationMs: number;
  readonly intervalMs: number;
  readonly startOfDayMs: number | undefined;
  readonly checkpointEveryMs: number;
  /** Median of the time to join. */
  readonly joinMs: number;
  readonly latenessMs: number;
  readonly fateOf: (user: Attendance) => Fate;
  readonly endedBy: EndReason | 'kill';
  /** The run ends here, whatever the plan says. */
  readonly endsAtMs: number;
  /** Every n-th user reports media. */
  readonly mediaEvery: number;
  readonly lossRatio: number;
  readonly withMedia: boolean;
  /** From mouth to ear on a server, ms, in browser users; undefined: no delay is measured. */
  readonly earMs: ((server: string) => number) | undefined;
  /** Native users in the same meetings, messages between users, counts of others of which one differs. */
  readonly withOthers: boolean;
}

const LEFT: Fate = { is: 'left' };

const DEFAULTS: RunSpec = {
  run: '20261123-070000-demo',
  scenario: 'first-bell-demo',
  target: { kind: 'simulator', url: 'http://127.0.0.1:8090/bigbluebutton/api', secretEnv: undefined, bbbVersion: '3.0.19' },
  meetings: 3,
  size: 5,
  servers: ['sim-01.localhost:8101', 'sim-02.localhost:8102', 'sim-03.localhost:8103'],
  arriveMs: 30_000,
  durationMs: 120_000,
  intervalMs: 5_000,
  startOfDayMs: undefined,
  checkpointEveryMs: 60_000,
  joinMs: 2_100,
  latenessMs: 4,
  fateOf: () => LEFT,
  endedBy: 'completed',
  endsAtMs: Number.POSITIVE_INFINITY,
  mediaEvery: 1,
  lossRatio: 0.002,
  withMedia: true,
  earMs: undefined,
  withOthers: false,
};

export function planOf(spec: RunSpec): Plan {
  const meetings: PlannedMeeting[] = Array.from({ length: spec.meetings }, (_, index) => ({
    index,
    name: `lessons ${index + 1}`,
    part: 0,
    template: 'lessons',
    users: spec.size,
    opensMs: 0,
    closesMs: spec.durationMs,
  }));
  const total = spec.meetings * spec.size;
  const attendances = Array.from({ length: total }, (_, seq): Attendance => {
    const teacher = seq < spec.meetings;
    return {
      seq,
      part: 0,
      meeting: seq % spec.meetings,
      role: teacher ? 'teacher' : 'pupil',
      kind: 'browser',
      name: teacher ? `Teacher ${seq + 1}` : `Pupil ${seq + 1}`,
      dueMs: Math.round((seq * spec.arriveMs) / Math.max(1, total)),
      leaveMs: spec.durationMs - Math.round(((total - seq) * 5_000) / Math.max(1, total)),
      audio: teacher ? 'microphone' : 'listen-only',
      webcam: teacher,
      cameraViews: 1,
      chatAtMs: [],
    };
  });
  return {
    schema: 1,
    scenario: spec.scenario,
    seed: 7,
    durationMs: spec.durationMs,
    startOfDayMs: spec.startOfDayMs,
    checkpointEveryMs: spec.checkpointEveryMs,
    fleet: { servers: spec.servers.length, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 },
    limits: { joinTimeoutMs: 30_000, gracefulStopMs: 20_000, maxLatenessMs: 1_000, maxEventLoopDelayMs: 200, browserLaunches: 2, usersPerBrowser: 10, maxScreenshots: 20 },
    parts: [{ executor: 'ramping-users', name: 'lessons', startMs: 0, meetings: 'lessons', meetingCount: spec.meetings, startUsers: 0, stages: [{ durationMs: spec.durationMs, target: total }] }],
    meetings,
    attendances,
  };
}

/** A run as if it had happened: deterministic, no clock, no socket. */
export function buildRun(differences: Partial<RunSpec> = {}): RunData {
  const spec = { ...DEFAULTS, ...differences };
  const plan = planOf(spec);
  const random = seededRandom(7);
  const endMs = Math.min(spec.endsAtMs, spec.durationMs + 1_000);
  const events: RunEvent[] = [{ type: 'run-started', atMs: 0, wallMs: Date.UTC(2026, 10, 23, 7, 0, 0) }];
  const samples: Timed[] = [];
  const sample = (atMs: number, metric: MetricName, value: number, tags: Tags = {}): void => void samples.push({ atMs, metric, value, tags });
  if (plan.attendances.length > 0) for (const { index } of plan.meetings) events.push({ type: 'meeting-created', atMs: 0, meeting: index, meetingId: `fb-${index}` });
  for (const user of plan.attendances) attend(user, { spec, random: random.derive(user.seq), events, sample, endMs });
  generator(spec, random, sample, endMs);
  if (spec.withOthers) others(spec, random, events, sample);
  fleetOf(spec, random, sample, endMs);
  for (let atMs = spec.checkpointEveryMs; spec.checkpointEveryMs > 0 && atMs < endMs; atMs += spec.checkpointEveryMs) {
    const there = plan.attendances.filter(({ dueMs, leaveMs }) => dueMs <= atMs && leaveMs > atMs).length;
    const servers = spec.servers.map((server, index) => ({ server, users: Math.ceil(there / spec.servers.length), meetings: 1, joinTimeP95Ms: spec.joinMs * (1 + index) }));
    events.push({ type: 'checkpoint', atMs, present: there, meetings: spec.meetings, failed: 0, lost: 0, presentServer: there, presentPeers: there, joinTimeP95Ms: spec.joinMs, servers, errorsSince: 0, held: 1, broken: ['join_failed rate < 1%'], pending: 0 });
  }
  const over = events.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
  if (spec.endedBy !== 'kill') {
    for (const { index } of plan.meetings) over.push({ type: 'meeting-ended', atMs: endMs, meeting: index, meetingId: `fb-${index}` });
    if (spec.endedBy !== 'completed') over.push({ type: 'stopping', atMs: endMs, reason: spec.endedBy });
    over.push({ type: 'run-ended', atMs: endMs, reason: spec.endedBy });
  }
  const meta: RunMeta = {
    schema: 1,
    run: spec.run,
    scenario: spec.scenario,
    scenarioFile: `scenarios/${spec.scenario}.yaml`,
    seed: 7,
    startedAt: '2026-11-23T07:00:00.000Z',
    target: spec.target,
    intervalMs: spec.intervalMs,
    machine: { cores: 2, memoryGb: 24, cpu: 'Example CPU 2.4 GHz', os: 'Linux 6.12' },
    firstbell: { version: '0.1.0', commit: '3c4c83d', node: 'v20.20.2', browser: 'Chromium 156.0' },
  };
  return { meta, scenarioText: `name: ${spec.scenario}\nseed: 7\n`, plan, events: over, snapshots: snapshotsOf(samples, spec, endMs), unreadableLines: 0 };
}

interface Timed {
  readonly atMs: number;
  readonly metric: MetricName;
  readonly value: number;
  readonly tags: Tags;
}

interface Stage {
  readonly spec: RunSpec;
  readonly random: Random;
  readonly events: RunEvent[];
  readonly sample: (atMs: number, metric: MetricName, value: number, tags?: Tags) => void;
  readonly endMs: number;
}

/** End of each phase as a share of the time to join. */
const PHASES = { api: 0.12, page: 0.45, ready: 0.82, audio: 1, first_audio: 1.08, first_video: 1.3 } as const;

function attend(user: Attendance, { spec, random, events, sample, endMs }: Stage): void {
  const fate = spec.fateOf(user);
  const server = spec.servers[user.meeting % Math.max(1, spec.servers.length)] ?? 'none';
  const own: Tags = { role: user.role, kind: user.kind };
  const there: Tags = { ...own, server };
  const startMs = user.dueMs + spec.latenessMs * (0.5 + random.next());
  if (user.dueMs > endMs) return;
  sample(user.dueMs, 'users_due', 1, own);
  if (fate.is === 'dropped') {
    events.push({ type: 'user-dropped', atMs: user.dueMs, seq: user.seq });
    return;
  }
  events.push({ type: 'user-started', atMs: startMs, seq: user.seq, latenessMs: startMs - user.dueMs });
  sample(startMs, 'lateness', startMs - user.dueMs);
  const joinMs = spec.joinMs * (0.6 + random.next() * 0.5 + random.next() ** 6 * 2.5);
  if (fate.is === 'failed') {
    const { code, phase, message, screenshot } = fate;
    const atMs = startMs + 3 * joinMs;
    events.push({ type: 'user-ended', atMs, seq: user.seq, outcome: 'failed', code, phase, message, ...(screenshot === undefined ? {} : { screenshot }) });
    sample(atMs, 'join_failed', 1, there);
    sample(atMs, 'users_failed', 1, there);
    return;
  }
  const joinedMs = startMs + joinMs;
  events.push({ type: 'user-joined', atMs: joinedMs, seq: user.seq, server });
  sample(joinedMs, 'join_time', joinedMs - user.dueMs, there);
  sample(joinedMs, 'join_failed', 0, there);
  for (const [phase, share] of Object.entries(PHASES)) sample(joinedMs, 'join_phase_time', (joinedMs - user.dueMs) * share, { ...there, phase });
  const outMs = fate.is === 'lost' ? joinedMs + fate.afterMs : Math.max(joinedMs, user.leaveMs);
  if (fate.is === 'lost') sample(outMs, 'users_lost', 1, there);
  if (fate.is === 'lost') events.push({ type: 'user-ended', atMs: outMs, seq: user.seq, outcome: 'lost', code: fate.code, phase: 'meeting', message: fate.message });
  else if (outMs <= endMs) events.push({ type: 'user-ended', atMs: outMs, seq: user.seq, outcome: 'left' });
  else if (spec.endedBy !== 'kill') events.push({ type: 'user-ended', atMs: endMs, seq: user.seq, outcome: 'aborted' });
  if (!spec.withMedia || user.seq % spec.mediaEvery !== 0) return;
  for (const metric of ['audio_absent', 'video_absent'] as const) if (joinedMs + 15_000 < Math.min(outMs, endMs)) sample(joinedMs + 15_000, metric, 0, there);
  for (let atMs = joinedMs + spec.intervalMs / 2; atMs < Math.min(outMs, endMs); atMs += spec.intervalMs) {
    sample(atMs, 'rtt', 8 + 6 * random.next(), there);
    sample(atMs, 'audio_jitter', 2 + 4 * random.next(), there);
    sample(atMs, 'audio_loss', random.next() < 0.2 ? spec.lossRatio * 2 * random.next() : 0, there);
    sample(atMs, 'audio_bitrate', 36 + 8 * random.next(), there);
    sample(atMs, 'video_fps', 14 + 2 * random.next(), there);
    sample(atMs, 'video_loss', 0, there);
    if (spec.earMs !== undefined && user.role === 'pupil') sample(atMs, 'mouth_to_ear', spec.earMs(server) + 10 * random.next(), there);
    if (spec.earMs !== undefined && user.role === 'pupil') sample(atMs, 'glass_to_glass', 60 + 30 * random.next(), there);
  }
}

function others({ servers, durationMs, intervalMs, meetings, size }: RunSpec, random: Random, events: RunEvent[], sample: Stage['sample']): void {
  const total = meetings * size;
  for (let atMs = 0; atMs < durationMs; atMs += intervalMs) {
    const isLost = atMs > durationMs / 2;
    const differing = isLost && atMs < durationMs * 0.7 ? [{ meeting: 1, harness: size, server: size - 1, peers: size - 1, missing: 1, ghosts: 0, names: ['Pupil 5'] }] : [];
    events.push({ type: 'presence', atMs, harness: total, server: total - differing.length, peers: total - differing.length, missing: differing.length, ghosts: 0, meetings: differing });
    servers.forEach((server, index) => {
      sample(atMs, 'users_present_server', size, { server });
      sample(atMs, 'users_present_peers', size, { server });
      for (const kind of ['browser', 'native'] as const) {
        const tags: Tags = { server, kind, role: 'pupil', witnessed: 'yes' };
        sample(atMs, 'chat_delivery', (index === 2 ? 240 : 40) + 20 * random.next(), tags);
        sample(atMs, 'rtt', (kind === 'browser' ? 11 : 12) + 2 * random.next(), tags);
        sample(atMs, 'mos', 4.3 - (isLost && index === 2 ? 1.2 : 0) - 0.1 * random.next(), tags);
        sample(atMs, 'chat_undelivered', 0, { server, kind, role: 'pupil' });
      }
    });
    sample(atMs, 'send_lateness', 4 + 4 * random.next());
    sample(atMs, 'send_limited', random.next() < 0.1 ? 1 : 0, { kind: 'browser' });
    sample(atMs, 'generator_sockets', 40 + Math.round(10 * random.next()));
  }
  const [server = 'none'] = servers;
  sample(durationMs / 2, 'errors', 2, { server, role: 'pupil', kind: 'native', code: 'CONNECTION_INTERRUPTED', phase: 'stay' });
  sample(durationMs / 2, 'reconnect_time', 10_400, { server, role: 'pupil', kind: 'native' });
  sample(durationMs / 2, 'hand_delivery', 60, { server, role: 'pupil', kind: 'native' });
}

function generator(spec: RunSpec, random: Random, sample: Stage['sample'], endMs: number): void {
  for (let atMs = 1_000; atMs < endMs; atMs += spec.intervalMs) {
    sample(atMs, 'event_loop_delay', 3 + 9 * random.next() + spec.latenessMs / 10);
    sample(atMs, 'generator_cpu', 0.8 + 0.9 * random.next());
    sample(atMs, 'generator_rss', 700 + 200 * (atMs / endMs));
  }
}

function fleetOf(spec: RunSpec, random: Random, sample: Stage['sample'], endMs: number): void {
  if (!spec.withMedia) return;
  for (let atMs = 2_000; atMs < endMs; atMs += spec.intervalMs) {
    for (const [index, server] of spec.servers.entries()) {
      sample(atMs, 'server_scrape_failed', 0, { server });
      sample(atMs, 'server_cpu', 0.1 + (0.75 * index) / spec.servers.length + 0.05 * random.next(), { server });
      sample(atMs, 'server_memory', 0.4, { server });
      sample(atMs, 'server_line_in', 2_000 + 900 * random.next(), { server });
      sample(atMs, 'server_line_out', 9_000 + 3_000 * random.next(), { server });
      sample(atMs, 'server_line_use', 0.009 + 0.003 * random.next(), { server });
      sample(atMs, 'server_participants', 5, { server });
    }
  }
}

function snapshotsOf(samples: readonly Timed[], { run, intervalMs }: RunSpec, endMs: number): Snapshot[] {
  using recorder = createRecorder({ maxSeries: 10_000 });
  const inOrder = samples.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
  const snapshots: Snapshot[] = [];
  let next = 0;
  for (let interval = 0; interval * intervalMs < endMs; interval++) {
    const until = Math.min(endMs, (interval + 1) * intervalMs);
    for (let one = inOrder[next]; one && (one.atMs < until || until === endMs); one = inOrder[++next]) recorder.record(one);
    snapshots.push(recorder.takeSnapshot({ run, worker: 'local', interval, startMs: interval * intervalMs, endMs: until }));
  }
  return snapshots;
}

/** Writes a run as the harness would have left it; resolves with its folder. */
export async function writeRun(baseDir: string, data: RunData): Promise<string> {
  const dir = join(baseDir, data.meta.run);
  await mkdir(join(dir, RUN_FILES.evidence), { recursive: true });
  const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');
  await writeFile(join(dir, RUN_FILES.meta), JSON.stringify(data.meta));
  await writeFile(join(dir, RUN_FILES.scenario), data.scenarioText);
  await writeFile(join(dir, RUN_FILES.plan), JSON.stringify(data.plan));
  await writeFile(join(dir, RUN_FILES.events), lines(data.events));
  await writeFile(join(dir, RUN_FILES.snapshots), lines(data.snapshots));
  return dir;
}
