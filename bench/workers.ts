import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sleep, systemClock } from '../src/core/clock.js';
import { packageRoot } from '../src/core/paths.js';
import type { Summary } from '../src/report/summary.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * The morning's way to 5,000 users at once, brought by several worker processes over a real NATS server on this machine, simulator included.
 * One worker is killed at the peak: the verdict must name it, the counts must add up, and nobody else may be affected. Users carry no media here
 * (bench:morning has them); the plan comes from a scenario file, as workers make it for themselves.
 */
const USERS = option('users', 5_000);
const WORKERS = option('workers', 4);
const RAMP_SECONDS = option('ramp-seconds', 150);
const HOLD_SECONDS = option('hold-seconds', 90);
const KILL_AFTER_SECONDS = 20;
const SERVERS = 10;
const SIZE = 25;
const EARLY_SHARE = 0.36;

const bin = join(packageRoot(), 'bin', 'firstbell.js');
const scratch = mkdtempSync(join(tmpdir(), 'firstbell-bench-'));
const children: ChildProcess[] = [];

function scenario(): string {
  const early = Math.round(USERS * EARLY_SHARE);
  return `name: Morning on ${WORKERS} workers
target: simulator
fleet: { servers: ${SERVERS}, graphqlConnectionsPerServer: 2000, socketsPerSecondPerServer: 50 }
users: { browser: 0 }
meetings:
  class: { size: ${SIZE}, teacher: { audio: none, webcamShare: 0%, chatEvery: 2m }, pupil: { audio: none, chatEvery: 20m, raiseHandShare: 10% } }
load:
  - name: classes
    executor: ramping-users
    meetings: class
    meetingCount: ${Math.ceil(USERS / SIZE)}
    stages:
      - { duration: ${Math.round(RAMP_SECONDS * EARLY_SHARE)}s, target: ${early} }
      - { duration: 15s, target: ${early} }
      - { duration: ${Math.round(RAMP_SECONDS * (1 - EARLY_SHARE))}s, target: ${USERS} }
      - { duration: ${HOLD_SECONDS}s, target: ${USERS} }
      - { duration: ${Math.round(RAMP_SECONDS / 2)}s, target: 0 }
thresholds: [join_failed rate < 1%, users_lost count == 0, join_time p(95) < 10 s]
`;
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

const firstLine = (child: ChildProcess): Promise<string> => new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('close', resolve));
const pause = (ms: number): Promise<void> => sleep(systemClock, ms, new AbortController().signal);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const nats = ['nats-server', '/usr/sbin/nats-server'].find((command) => spawnSync(command, ['--version']).status === 0);
if (nats === undefined) throw new Error('this benchmark needs nats-server (Debian: apt-get install nats-server)');
try {
  const port = await freePort();
  children.push(spawn(nats, ['-js', '-sd', join(scratch, 'nats'), '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }));
  const version = String(spawnSync(nats, ['--version']).stdout).trim();
  const sim = start(['sim', '--json', '--servers', String(SERVERS), '--graphql-connections', '2000', '--poll-every', '2'], {});
  const { url, secret } = JSON.parse(await firstLine(sim)) as { url: string; secret: string };
  const env = { BBB_SECRET: secret, NATS_URL: `nats://127.0.0.1:${port}` };
  await pause(500);
  const workers = Array.from({ length: WORKERS }, (_, index) => start(['worker', '--name', `worker${index + 1}`, '--weight', '1'], env));
  const file = join(scratch, 'morning.yaml');
  writeFileSync(file, scenario());
  const reports = join(packageRoot(), 'reports');
  const coordinator = start(['run', file, '--url', url, '--workers', String(WORKERS), '--reports', reports], env);
  coordinator.stderr!.pipe(process.stderr);
  coordinator.stdout!.pipe(process.stdout);
  createInterface({ input: coordinator.stderr! }).on('line', (line) => {
    // The killing is timed from the instant that all have agreed on.
    if (!line.startsWith('All workers are ready')) return;
    void pause((RAMP_SECONDS + 15 + KILL_AFTER_SECONDS + 2) * 1_000).then(() => {
      console.error('Killing worker1');
      workers[0]!.kill('SIGKILL');
    });
  });
  const code = await ended(coordinator);
  const summary = JSON.parse(readFileSync(join(reports, 'latest', 'summary.json'), 'utf8')) as Summary;
  const { users } = summary;
  const lost = users.aborted;
  console.log(`Exit code ${code}, verdict ${summary.verdict}: ${summary.reasons.join('; ')}`);
  const counted = users.left + users.failed + users.lost + users.aborted;
  if (code !== 5 || !summary.reasons.some((reason) => reason.includes('worker1'))) throw new Error('the verdict does not name the worker that was killed');
  if (counted !== users.started || users.started !== users.planned) throw new Error(`the counts do not add up: ${JSON.stringify(users)}`);
  if (users.failed + users.lost > 0 || summary.meetings.leftOpen > 0) throw new Error('somebody else was affected, or a meeting was left open');
  report({
    name: 'workers',
    runs: 1,
    versions: { nats: version },
    figures: {
      peakUsers: figureOf([users.peakConcurrent], 'users'),
      countedUsers: figureOf([counted], 'users'),
      lostToWorker: figureOf([lost], 'users'),
      latenessP99Ms: figureOf([summary.generator.latenessP99Ms ?? Number.NaN], 'ms'),
      missingIntervals: figureOf([summary.recording.missingIntervals], 'intervals'),
      leftOpenMeetings: figureOf([summary.meetings.leftOpen], 'meetings'),
    },
  });
} finally {
  for (const child of children.reverse()) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
