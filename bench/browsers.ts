import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BbbApi } from '../src/bbb/api.js';
import { BrowserAttendees } from '../src/browser/attendees.js';
import { browserHere } from '../src/cli/browser-here.js';
import { childrenOf, usageOfTrees, type TreeUsage } from '../src/browser/process-tree.js';
import { sleep, systemClock } from '../src/core/clock.js';
import { silentLogger } from '../src/core/log.js';
import { packageRoot } from '../src/core/paths.js';
import type { Attendee, AttendeeSpec } from '../src/vu/attendee.js';
import { figureOf, report } from './lib/figures.js';

/**
 * How many browser users a core carries on the simulator's page: the cost of the browsers alone (user and system time of their
 * processes). The simulator, the sending teacher of the listeners, and this process are not counted. A size counts only if every
 * user's media flows at the asked rate in every window; the largest such size is reported, and what its users cost.
 */
/** Until the last who came looks and listens for time marks as rarely as in the rest of a lesson (src/browser/page). */
const SETTLE_MS = 22_000;
/** Together one turn of listening (a third of it awake), so that what is measured is the mean of a lesson. */
const WINDOW_MS = 8_000;
const WINDOWS = 3;
const CAMERA_FPS = 15;
const FULL_FPS = 0.9 * CAMERA_FPS;
/** Opus sends 50 packets a second; what silence costs in bit rate says nothing, so loss and concealment are what counts. */
const MAX_LOSS = 0.05;
const LISTEN_SIZES = [16, 20, 24, 28, 32, 36, 40];
const SEND_SIZES = [6, 8, 10, 12, 14, 16, 20];
const signal = new AbortController().signal;

interface Size {
  readonly users: number;
  readonly full: boolean;
  readonly usersPerCore: number;
  readonly mbPerUser: number;
  readonly worstFps: number;
}

interface SimProcess {
  readonly url: string;
  readonly secret: string;
  readonly child: ChildProcess;
}

/** What a user measured in a window. */
interface Meter {
  fps: number[];
  loss: number[];
}

const quick = process.argv.includes('--quick');
const runsFlag = process.argv.indexOf('--runs');
const runs = runsFlag >= 0 ? Number(process.argv[runsFlag + 1]) : quick ? 1 : 3;
const browser = await browserHere(process);
const evidence = mkdtempSync(join(tmpdir(), 'firstbell-bench-'));

async function startSim(): Promise<SimProcess> {
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'firstbell.js'), 'sim', '--json', '--servers', '1', '--until-input-ends'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
  return { ...(JSON.parse(line) as { url: string; secret: string }), child };
}

function pool(api: BbbApi): BrowserAttendees {
  return new BrowserAttendees({
    api,
    executablePath: browser.executablePath,
    root: process.getuid?.() === 0,
    launches: 1,
    usersPerBrowser: 40,
    limits: { readyTimeoutMs: 60_000, audioTimeoutMs: 60_000, stepTimeoutMs: 60_000 },
    evidence: { dir: evidence, name: 'evidence', maxScreenshots: 0, secrets: [] },
    // Echo cancellation, noise suppression and gain control off, as for all browser users on the simulator (docs/simulator.md).
    userdata: { firstbell_audio_processing: false, firstbell_camera_views: 1 },
    cameraFps: CAMERA_FPS,
    clock: systemClock,
    logger: silentLogger,
  });
}

async function enter(factory: BrowserAttendees, spec: Pick<AttendeeSpec, 'seq' | 'meetingId' | 'audio' | 'webcam' | 'role'>, meter: Meter): Promise<Attendee> {
  const user = await factory.create(
    { ...spec, name: `Bench ${spec.seq}`, cameraViews: 1 },
    {
      phase: () => undefined,
      sample: ({ metric, value }) => {
        if (metric === 'video_fps') meter.fps.push(value);
        else if (metric === 'audio_loss') meter.loss.push(value);
      },
    },
    signal,
  );
  await user.join(() => undefined, signal);
  await user.connectAudio(spec.audio === 'microphone' ? 'microphone' : 'listen-only', () => undefined, signal);
  if (spec.webcam) await user.shareWebcam(signal);
  return user;
}

/** Measures `users` that are in; browsers and simulator in `uncounted` (pids) do not count. */
async function measure(users: number, meters: readonly Meter[], uncounted: readonly number[]): Promise<Size> {
  await sleep(systemClock, SETTLE_MS, signal);
  const cores: number[] = [];
  let full = true;
  let worstFps = Number.POSITIVE_INFINITY;
  let mb = 0;
  for (let window = 0; window < WINDOWS; window++) {
    for (const meter of meters) Object.assign(meter, { fps: [], loss: [] });
    const before = await browsersUsage(uncounted);
    const startMs = systemClock.nowMs();
    await sleep(systemClock, WINDOW_MS, signal);
    const after = await browsersUsage(uncounted);
    cores.push((after.cpuSeconds - before.cpuSeconds) / ((systemClock.nowMs() - startMs) / 1_000));
    mb = after.pssMb;
    for (const { fps, loss } of meters) {
      const mean = fps.reduce((sum, one) => sum + one, 0) / fps.length;
      worstFps = Math.min(worstFps, Number.isNaN(mean) ? 0 : mean);
      if (!(mean >= FULL_FPS) || loss.some((one) => one > MAX_LOSS) || loss.length === 0) full = false;
    }
  }
  const mean = cores.reduce((sum, one) => sum + one, 0) / cores.length;
  return { users, full, usersPerCore: users / mean, mbPerUser: mb / users, worstFps };
}

/** All browsers of this process except those named. */
async function browsersUsage(without: readonly number[]): Promise<TreeUsage> {
  const usage = await usageOfTrees((await childrenOf(process.pid)).filter((pid) => !without.includes(pid)));
  if (!usage) throw new Error('this benchmark needs /proc (Linux)');
  return usage;
}

async function oneSize(kind: 'listen' | 'send', users: number): Promise<Size> {
  const sim = await startSim();
  const api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  const counted = pool(api);
  const teacherPool = pool(api);
  try {
    const meters: Meter[] = [];
    const uncounted = [sim.child.pid!];
    if (kind === 'listen') {
      await api.create({ meetingID: 'bench', name: 'Bench' }, signal);
      const before = new Set(await childrenOf(process.pid));
      await enter(teacherPool, { seq: 0, meetingId: 'bench', audio: 'microphone', webcam: true, role: 'teacher' }, { fps: [], loss: [] });
      uncounted.push(...(await childrenOf(process.pid)).filter((pid) => !before.has(pid)));
    }
    for (let seq = 1; seq <= users; seq++) {
      const meter: Meter = { fps: [], loss: [] };
      meters.push(meter);
      const meetingId = kind === 'listen' ? 'bench' : `pair-${Math.ceil(seq / 2)}`;
      if (kind === 'send' && seq % 2 === 1) await api.create({ meetingID: meetingId, name: meetingId }, signal);
      await enter(counted, { seq, meetingId, audio: kind === 'listen' ? 'listen-only' : 'microphone', webcam: kind === 'send', role: kind === 'send' && seq % 2 === 1 ? 'teacher' : 'pupil' }, meter);
    }
    return await measure(users, meters, uncounted);
  } finally {
    await counted[Symbol.asyncDispose]();
    await teacherPool[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
    const ended = new Promise((resolve) => sim.child.once('exit', resolve));
    sim.child.kill('SIGTERM');
    await ended;
  }
}

/** The largest size at which every user's media flows in full. */
async function largest(kind: 'listen' | 'send', sizes: readonly number[]): Promise<Size> {
  let best: Size | undefined;
  for (const users of sizes) {
    const size = await oneSize(kind, users);
    console.log(`  ${kind} ${users}: ${size.full ? 'full' : 'degraded'}, worst ${size.worstFps.toFixed(1)} fps, ${size.usersPerCore.toFixed(1)} users/core, ${size.mbPerUser.toFixed(1)} MB/user`);
    if (!size.full) break;
    best = size;
  }
  if (!best) throw new Error(`not even ${sizes[0]} users (${kind}) had their media in full on this machine`);
  return best;
}

try {
  const listen: Size[] = [];
  const send: Size[] = [];
  for (let run = 1; run <= runs; run++) {
    console.log(`run ${run} of ${runs}`);
    listen.push(await largest('listen', quick ? [16] : LISTEN_SIZES));
    send.push(await largest('send', quick ? [6] : SEND_SIZES));
  }
  report({
    name: 'browsers',
    runs,
    versions: { browser: browser.version },
    figures: {
      listenUsersPerCore: figureOf(listen.map((size) => size.usersPerCore), 'users/core'),
      listenMbPerUser: figureOf(listen.map((size) => size.mbPerUser), 'MB/user'),
      sendUsersPerCore: figureOf(send.map((size) => size.usersPerCore), 'users/core'),
      listenUsersInFull: figureOf(listen.map((size) => size.users), 'users'),
      sendUsersInFull: figureOf(send.map((size) => size.users), 'users'),
    },
  });
} finally {
  rmSync(evidence, { recursive: true, force: true });
}
