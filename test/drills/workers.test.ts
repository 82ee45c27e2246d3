import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/metrics/events.js';
import { readRunFolder } from '../../src/report/read-run-folder.js';
import type { Summary, UserCounts } from '../../src/report/summary.js';
import { cli, finished, startCli, startSimProcess, type CliResult, type SimProcess } from '../e2e/cli.js';
import { hasNats, pause, startNats, streamsOf, type NatsProcess } from '../fakes/nats.js';
import { browsersAmong, descendants, gone, hasMedia, LIMITS } from './stage.js';

/** Runs on several machines, with a real nats-server and each worker a process of its own. Counts are asserted, never times. */

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-workers-'));
const SCENARIO = join(scratch, 'lessons.yaml');
const PATIENT = join(scratch, 'patient.yaml');
const USERS = 60;
/** Counted as often as time allows: looks at servers and generators, round trips, what is done again and again. All others must be equal. */
const TIMED: ReadonlySet<string> = new Set([
  ...['api_time', 'users_present', 'users_present_server', 'users_present_peers', 'ghosts', 'missing', 'meetings_open'],
  ...['step_time', 'chat_echo', 'network_rtt', 'application_rtt', 'event_loop_delay', 'generator_cpu', 'generator_sockets', 'generator_rss'],
]);
let sim: SimProcess;

beforeAll(async () => {
  if (!hasNats) return;
  sim = await startSimProcess(['--servers', '2', '--sockets-per-second', '200']);
  // Forty users at once, twenty more a little later: somebody is still to come when a coordinator or the broker is lost.
  writeFileSync(SCENARIO, scenario('users: { browser: 0 }', 'none', { early: 30, lateFrom: 27, late: 6 }));
  // A lost worker is known after some 20 s, and its waiting users must still be to come then; with browsers and sound, so that it has processes to leave behind.
  writeFileSync(PATIENT, scenario('users: { browser: 2, native: rest }', 'microphone', { early: 62, lateFrom: 52, late: 15 }));
}, 30_000);

afterAll(async () => {
  if (hasNats) await sim.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function scenario(users: string, audio: string, seconds: { readonly early: number; readonly lateFrom: number; readonly late: number }): string {
  return `name: Lessons on many machines
target: simulator
${users}
meetings:
  lesson: { size: 10, teacher: { audio: ${audio}, webcamShare: 0%, chatEvery: 5s }, pupil: { audio: none } }
load:
  - { name: early, executor: constant-users, meetings: lesson, meetingCount: 4, users: 40, duration: ${seconds.early}s }
  - { name: late, executor: constant-users, start: ${seconds.lateFrom}s, meetings: lesson, meetingCount: 2, users: 20, duration: ${seconds.late}s }
thresholds: [join_failed rate < 1%, users_lost count == 0]
limits: { ${LIMITS} }
`;
}

interface Stage extends AsyncDisposable {
  readonly nats: NatsProcess;
  readonly workers: readonly ChildProcess[];
  readonly reports: string;
  coordinator(): { readonly child: ChildProcess; readonly done: Promise<CliResult> };
  resume(): Promise<CliResult>;
  said(worker: number): string;
  summary(): Summary;
  events(): Promise<readonly RunEvent[]>;
  until(type: RunEvent['type'], count: number): Promise<void>;
}

let stages = 0;

async function stage(drill: string, count: number, extra: readonly string[] = [], file = SCENARIO): Promise<Stage> {
  // A drill that is tried again has a run folder of its own.
  const name = `${drill}-${++stages}`;
  const nats = await startNats();
  const reports = join(scratch, name);
  const env = { BBB_SECRET: sim.secret, NATS_URL: nats.url };
  const workers: ChildProcess[] = [];
  const said: string[] = [];
  for (let worker = 0; worker < count; worker++) {
    const child = startCli(['worker', '--name', `w${worker}`, ...extra], { env });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said[worker] = (said[worker] ?? '') + text));
    workers.push(child);
  }
  const latest = join(reports, 'latest');
  const started: ChildProcess[] = [];
  return {
    nats,
    workers,
    reports,
    coordinator: () => {
      const child = startCli(['run', file, '--url', sim.url, '--workers', String(count), '--wait-for-workers', '60', '--allow-foreign-meetings', '--reports', reports, '--json', '--quiet'], { env });
      started.push(child);
      return { child, done: finished(child) };
    },
    resume: () => cli(['run', '--resume', latest, '--allow-foreign-meetings', '--json', '--dashboard=0', '--metrics-port=0', '--scrape', new URL('/metrics', sim.servers[0]!.url).href, '--scrape-every=1'], { env }),
    said: (worker) => said[worker] ?? '',
    summary: () => JSON.parse(readFileSync(join(latest, 'summary.json'), 'utf8')) as Summary,
    events: async () => (await readRunFolder(latest)).events,
    until: async (type, wanted) => {
      for (let tries = 0; tries < 900; tries++) {
        const lines = readText(join(latest, 'events.jsonl')).split(`"type":"${type}"`).length - 1;
        if (lines >= wanted) return;
        await pause(100);
      }
      throw new Error(`there were not ${wanted} events ${type}`);
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of [...workers, ...started]) child.kill('SIGKILL');
      await nats.stop();
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function textsBelow(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

async function meetingsOf(run: string): Promise<number> {
  const state = (await (await fetch(new URL('/sim/state', sim.url))).json()) as { servers: { meetings: { meetingId: string }[] }[] };
  return JSON.stringify(state).split(`firstbell-${run}-`).length - 1;
}

/** What does not depend on when each thing happened: everybody's fate, and how much was measured. */
function counted({ users, metrics }: Summary): { readonly fates: unknown; readonly measured: Readonly<Record<string, number>> } {
  const fate = ({ peakConcurrent: _peak, ...counts }: UserCounts): Omit<UserCounts, 'peakConcurrent'> => counts;
  const each = (all: Readonly<Record<string, UserCounts>>): unknown => Object.fromEntries(Object.entries(all).map(([name, counts]) => [name, fate(counts)]));
  const { byKind, byRole, ...all } = users;
  const measured = Object.entries(metrics).flatMap(([name, metric]) => (TIMED.has(name) ? [] : [[name, metric.count] as const]));
  return { fates: [fate(all), each(byKind), each(byRole)], measured: Object.fromEntries(measured) };
}

/** Three at a time, or some twenty processes start at once on two cores and keep one another from being ready in time: the longest first, and the one with most processes when the others have started. */
vi.setConfig({ maxConcurrency: 3 });
describe.skipIf(!hasNats).concurrent('a run on many machines', () => {
  it('names a worker that dies: its running users are losses of the generator, its waiting ones come with another', async () => {
    await using it = await stage('killed', 2, [], PATIENT);
    const { done } = it.coordinator();
    await it.until('user-joined', 40);
    const processes = it.workers.map(({ pid }) => descendants(pid!));
    const victim = process.platform === 'linux' ? processes.findIndex((of) => browsersAmong(of).length > 0 && hasMedia(of)) : 0;
    expect(victim).toBeGreaterThanOrEqual(0);
    it.workers[victim]!.kill('SIGKILL');
    await gone(processes[victim]!);
    const { code } = await done;
    expect({ code, survivor: it.said(1 - victim) }).toMatchObject({ code: 5, survivor: expect.not.stringContaining('error') });
    const { users, verdict, reasons } = it.summary();
    expect(verdict).toBe('not-delivered');
    expect(reasons.join()).toMatch(new RegExp(`worker w${victim}-\\w+ was lost with 20 running users`));
    const events = await it.events();
    expect(events.filter((event) => event.type === 'worker-lost')).toMatchObject([{ running: 20, waiting: 10 }]);
    expect(events.filter((event) => event.type === 'share-taken-over')).toMatchObject([{ users: 10 }]);
    expect(users).toMatchObject({ planned: USERS, started: USERS, joined: USERS, aborted: 20, left: 40, failed: 0, lost: 0 });
    expect(it.summary().meetings.leftOpen).toBe(0);
  }, 180_000);

  it('goes on while the broker restarts, and loses no snapshot and no event', async () => {
    await using it = await stage('restarted', 2);
    const { done } = it.coordinator();
    await it.until('user-joined', 40);
    await it.nats.restart(2_000);
    const { code, stderr } = await done;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(it.summary().users).toMatchObject({ joined: USERS, left: USERS });
    expect(it.summary().recording).toEqual({ missingIntervals: 0, unreadableLines: 0 });
    expect(it.summary().metrics['join_time']?.count).toBe(USERS);
  }, 120_000);

  it('is gone on with when its coordinator dies', async () => {
    await using it = await stage('resumed', 2);
    const { child, done } = it.coordinator();
    await it.until('user-joined', 40);
    child.kill('SIGKILL');
    await done;
    const { code, stderr } = await it.resume();
    // It can be watched as any run: by page, by Prometheus, and with what the servers say of themselves.
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/Metrics for Prometheus: http:.*\nDashboard: http:/) as string });
    expect(readText(join(it.reports, 'latest', 'fleet.jsonl'))).toContain('"source":"exporter"');
    expect(it.summary().users).toMatchObject({ planned: USERS, started: USERS, joined: USERS, left: USERS });
    expect(it.summary().meetings).toMatchObject({ created: 6, ended: 6, leftOpen: 0 });
    expect(await meetingsOf(it.summary().run)).toBe(0);
  }, 120_000);

  it('that is aborted leaves neither meetings nor anything on the broker, and its workers wait for the next', async () => {
    await using it = await stage('aborted', 2);
    const { child, done } = it.coordinator();
    await it.until('user-joined', 40);
    expect(await streamsOf(it.nats)).toEqual([expect.stringMatching(/^FIRSTBELL_SHARES/), expect.stringMatching(/^KV_firstbell_/), expect.stringMatching(/^firstbell_/)]);
    child.kill('SIGINT');
    await it.until('stopping', 1);
    // Sooner it would be taken for the same press.
    await pause(1_100);
    // Everybody may have left by then, and a process that is coming to its end is no drill.
    if (!readText(join(it.reports, 'latest', 'events.jsonl')).includes('"run-ended"')) child.kill('SIGINT');
    expect((await done).code).toBe(130);
    expect(await streamsOf(it.nats)).toEqual(['FIRSTBELL_SHARES: 0']);
    const { run, verdict, users, meetings } = it.summary();
    expect({ verdict, users }).toMatchObject({ verdict: 'interrupted', users: { started: 40, joined: 40 } });
    expect(meetings.leftOpen).toBe(0);
    expect(await meetingsOf(run)).toBe(0);
    for (const [index, worker] of it.workers.entries()) expect([it.said(index), worker.exitCode]).toEqual([expect.stringMatching(/all users have left/), null]);
  }, 120_000);

  it('lets its users leave when the coordinator stays away', async () => {
    await using it = await stage('orphaned', 1, ['--orphan-after', '5']);
    const { child, done } = it.coordinator();
    await it.until('user-joined', 40);
    child.kill('SIGKILL');
    await done;
    for (let tries = 0; tries < 300 && !it.said(0).includes('all users have left'); tries++) await pause(100);
    expect(it.said(0)).toContain('No word from the coordinator for 5 s');
    expect(it.said(0)).toContain('all users have left');
    const cleaned = await cli(['cleanup', join(it.reports, 'latest'), '--json'], { env: { BBB_SECRET: sim.secret } });
    expect(cleaned.code).toBe(0);
    expect((JSON.parse(cleaned.stdout) as { meetings: { ended: boolean }[] }).meetings.every(({ ended }) => ended)).toBe(true);
  }, 120_000);

  it('says how many workers are missing', async () => {
    const nats = await startNats();
    try {
      const { code, stdout } = await cli(['run', SCENARIO, '--url', sim.url, '--workers', '2', '--wait-for-workers', '2', '--allow-foreign-meetings', '--reports', join(scratch, 'missing')], { env: { BBB_SECRET: sim.secret, NATS_URL: nats.url } });
      expect(code).toBe(4);
      expect(stdout).toContain('only 0 of 2 workers were ready');
    } finally {
      await nats.stop();
    }
  }, 60_000);

  it('hears what a worker lacks, names it, and leaves nothing on the broker', async () => {
    await using it = await stage('refused', 1);
    // It ends by itself: with what it lacks, not as if it had served.
    const bare = finished(startCli(['worker', '--name', 'bare', '--runs', '1'], { env: { NATS_URL: it.nats.url } }));
    const { code, stderr } = await cli(['run', SCENARIO, '--url', sim.url, '--workers', '2', '--wait-for-workers', '15', '--allow-foreign-meetings', '--reports', it.reports, '--json'], { env: { BBB_SECRET: sim.secret, NATS_URL: it.nats.url } });
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/Worker bare-\w+ gives share \d back: .*BBB_SECRET.* \(SECRET_MISSING\)/) as string });
    expect(it.summary().reasons.join()).toMatch(/^only \d of 2 workers were ready .*; worker bare-\w+ could not bring its users: .*BBB_SECRET/);
    expect((await it.events()).filter(({ type }) => type === 'worker-refused')).toMatchObject([{ code: 'SECRET_MISSING' }]);
    expect(await streamsOf(it.nats)).toEqual(['FIRSTBELL_SHARES: 0']);
    const { code: bareCode, stderr: said } = await bare;
    expect({ code: bareCode, said }).toEqual({ code: 2, said: expect.stringMatching(/^error SECRET_MISSING: .*BBB_SECRET/m) as string });
    expect(stderr + said + textsBelow(it.reports)).not.toContain(sim.secret);
  }, 120_000);

  it('has the same plan and the same counts on one worker and on four, and leaves nothing behind', async () => {
    await using one = await stage('one', 1, ['--runs', '1']);
    await using four = await stage('four', 4, ['--idle-after', '3']);
    const ends = [...one.workers, ...four.workers].map((worker) => once(worker, 'exit'));
    const [first, second] = await Promise.all([one.coordinator().done, four.coordinator().done]);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' });
    const equal = counted(one.summary());
    expect(counted(four.summary())).toEqual(equal);
    expect(Object.keys(equal.measured)).toEqual(expect.arrayContaining(['join_time', 'join_failed', 'users_due', 'users_left', 'lateness']));
    expect(four.summary().users).toMatchObject({ planned: USERS, started: USERS, joined: USERS, left: USERS });
    for (const each of [one, four]) {
      expect(each.summary().meetings).toMatchObject({ created: 6, ended: 6, leftOpen: 0 });
      expect(each.summary().metrics['join_time']?.count).toBe(USERS);
      expect(each.summary().recording.missingIntervals).toBe(0);
      expect(await meetingsOf(each.summary().run)).toBe(0);
    }
    const ready = (await four.events()).filter((event) => event.type === 'worker-ready');
    expect(ready).toHaveLength(4);
    expect(ready.reduce((sum, event) => sum + (event.type === 'worker-ready' ? event.users : 0), 0)).toBe(USERS);
    // The harness, the servers and the users themselves count the same people, wherever they are played.
    const looks = (await four.events()).flatMap((event) => (event.type === 'presence' ? [event] : []));
    expect(looks).toContainEqual(expect.objectContaining({ harness: 40, server: 40, peers: 40 }));
    expect(looks.map(({ missing, ghosts }) => missing + ghosts)).toEqual(looks.map(() => 0));
    expect(await streamsOf(four.nats)).toEqual(['FIRSTBELL_SHARES: 0']);
    // As jobs of a cluster, they are done when they have served.
    expect((await Promise.all(ends)).map(([code]) => code as unknown)).toEqual([0, 0, 0, 0, 0]);
    // Neither the broker nor the run folder nor what workers print holds the secret.
    expect(textsBelow(four.nats.dir) + textsBelow(four.reports) + four.said(0)).not.toContain(sim.secret);
  }, 120_000);
});
