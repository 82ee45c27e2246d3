import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capacity } from '../../src/capacity/capacity.js';
import { readRunFolder } from '../../src/report/read-run-folder.js';
import type { Calibration } from '../../src/schedule/calibration.js';
import type { Summary } from '../../src/report/summary.js';
import { LIMITS } from '../drills/stage.js';
import { hasNats, pause, startNats, type NatsProcess } from '../fakes/nats.js';
import { cli, finished, startCli, startSimProcess, type CliResult, type SimProcess } from './cli.js';

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-capacity-'));
let sim: SimProcess;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '3']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** As an operator's drain script: takes the last `count` servers out of the fleet, or all but `keep`; without either, brings all back. */
function script(name: string, exitCode = 0): string {
  const path = join(scratch, `${name}.mjs`);
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs';
const [count, keep] = process.argv.slice(2);
const names = ${JSON.stringify(sim.servers.map((server) => server.name))};
const out = keep ? names.filter((name) => name !== keep) : count ? names.slice(names.length - Number(count)) : [];
const answer = await fetch(new URL('/sim/faults', process.env.FIRSTBELL_TARGET), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(out.map((name) => name + ':server-down')) });
appendFileSync(${JSON.stringify(join(scratch, 'calls.log'))}, JSON.stringify({ script: ${JSON.stringify(name)}, count, keep, out, ok: answer.ok, secret: Object.values(process.env).includes(${JSON.stringify(sim.secret)}) }) + '\\n');
console.log('done', ${JSON.stringify(sim.secret)});
process.exit(${exitCode});
`,
  );
  return path;
}

const scenario = join(scratch, 'classes.yaml');
writeFileSync(
  scenario,
  `name: Classes
seed: 3
target: simulator
fleet: { servers: 3 }
users: { browser: 0, native: rest }
meetings:
  class: { size: 3, teacher: { audio: none, webcamShare: 0% }, pupil: { audio: none } }
load:
  - { name: lessons, executor: constant-users, meetings: class, meetingCount: 3, users: 9, duration: 5s }
thresholds:
  - join_failed rate < 1%
limits: { ${LIMITS} }
`,
);

/** One load, held: the shortest search that has an answer. */
const search = (extra: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  cli(['capacity', scenario, '--require', '9', '--max', '9', '--start', '9', '--repeats', '1', '--step-hold', '5', '--max-hold', '5', '--json', '--quiet', '--reports', join(scratch, 'reports'), ...extra], { env });

const calls = (): readonly { readonly script: string; readonly count?: string; readonly keep?: string; readonly out: readonly string[]; readonly ok: boolean; readonly secret: boolean }[] =>
  readFileSync(join(scratch, 'calls.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ReturnType<typeof calls>[number]);

const usersOn = (steps: Capacity['steps']): Record<string, number> => Object.fromEntries(steps.flatMap(({ servers }) => servers.map(({ name, peakUsers }) => [name, peakUsers])));

describe('servers taken out by commands of the operator', () => {
  it('are out while the second search runs, and back after it', async () => {
    const result = await search(['--url', sim.url, '--servers-down', '1', '--take-down', `node ${script('take-down')} {count} {keep}`, '--bring-back', `node ${script('bring-back')}`], { BBB_SECRET: sim.secret });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.answer.kind).toBe('at-least');
    expect(Object.keys(usersOn(capacity.steps))).toHaveLength(3);
    const down = capacity.oneServerDown!;
    expect({ how: down.how, servers: down.servers, users: down.users, verdict: down.verdict }).toEqual({ how: 'measured', servers: 1, users: 9, verdict: 'holds' });
    const on = Object.keys(usersOn(down.steps!));
    const host = new URL(sim.servers[2]!.url).host;
    expect(on).toHaveLength(2);
    expect(on).not.toContain(host);
    expect(calls()).toEqual([
      { script: 'take-down', count: '1', keep: '', out: [sim.servers[2]!.name], ok: true, secret: false },
      { script: 'bring-back', out: [], ok: true, secret: false },
    ]);
    const folder = readdirSync(join(scratch, 'reports')).filter((name) => name.startsWith('capacity-')).at(-1)!;
    const printed = readFileSync(join(scratch, 'reports', folder, 'hooks', '01-take-down.log'), 'utf8');
    expect(printed).toContain('done');
    expect(printed + result.stdout).not.toContain(sim.secret);
  }, 180_000);

  it('are all but one with --only-server', async () => {
    rmSync(join(scratch, 'calls.log'), { force: true });
    const keep = sim.servers[1]!;
    const result = await search(['--url', sim.url, '--only-server', keep.name, '--take-down', `node ${script('take-down')} {count} {keep}`, '--bring-back', `node ${script('bring-back')}`], { BBB_SECRET: sim.secret });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.asked).toMatchObject({ onlyServer: keep.name, servers: 1 });
    expect(usersOn(capacity.steps)).toEqual({ [new URL(keep.url).host]: 9 });
    expect(calls()[0]).toMatchObject({ count: '2', keep: keep.name, out: [sim.servers[0]!.name, sim.servers[2]!.name] });
    expect(calls()[1]).toMatchObject({ script: 'bring-back', out: [] });
  }, 180_000);

  it('end the search with exit 4 when the command fails, before any load', async () => {
    const result = await search(['--url', sim.url, '--only-server', sim.servers[0]!.name, '--take-down', `node ${script('fails', 7)} {count}`], { BBB_SECRET: sim.secret });
    expect(result.code).toBe(4);
    expect(result.stdout + result.stderr).toMatch(/HOOK_FAILED.*--take-down ended with 7/);
    expect(result.stdout + result.stderr).toContain('hooks/01-take-down.log');
  }, 60_000);

  it('need a command where the fleet is not simulated', async () => {
    const result = await search(['--url', sim.url, '--only-server', sim.servers[0]!.name], { BBB_SECRET: sim.secret });
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).toContain('servers of this target can be taken out by your own command only');
  }, 60_000);
});

describe('servers of the bundled simulator', () => {
  it('are taken out by it: one alone carries everything', async () => {
    const result = await search(['--only-server', 'bbb02']);
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(Object.values(usersOn(capacity.steps))).toEqual([9]);
  }, 180_000);

  it('are named where a server is asked for that is not there', async () => {
    const result = await search(['--only-server', 'bbb09']);
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).toMatch(/no server "bbb09".*bbb01, bbb02, bbb03/s);
  }, 60_000);
});

/** The arguments of the command that a search which was stopped says goes on, as a shell would split them. */
function commandIn(said: string): readonly string[] {
  const [, line] = /`firstbell (capacity [^`]*)` goes on/.exec(said) ?? [];
  if (line === undefined) throw new Error(`nothing is said of going on: ${said}`);
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, bare]) => inQuotes ?? bare!);
}

/** Meetings that are open on a simulated fleet. */
async function openMeetings(fleet: SimProcess): Promise<readonly unknown[]> {
  return ((await (await fetch(new URL('/sim/state', fleet.url))).json()) as { meetings: unknown[] }).meetings;
}

/** Run folders of the steps below a folder of results, in the order in which they were run. */
const stepDirs = (reports: string): readonly string[] => {
  // `latest` leads to one of them once more.
  const found = readdirSync(reports, { recursive: true }).map(String).filter((name) => name.endsWith('run.json') && !name.includes('latest'));
  return found.map((name) => join(reports, name, '..')).sort();
};

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Resolves once `steps` steps have begun and in the last of them `users` users have joined. */
async function joined(reports: string, steps: number, users: number): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    const dirs = existsSync(reports) ? stepDirs(reports) : [];
    if (dirs.length >= steps && text(join(dirs[steps - 1]!, 'events.jsonl')).split('"type":"user-joined"').length > users) return;
    await pause(100);
  }
  throw new Error(`step ${steps} did not come to ${users} users`);
}

/** Two loads, each held once: the second step can be met on its way. */
const twoSteps = (reports: string, fleet: SimProcess): readonly string[] => ['capacity', scenario, '--url', fleet.url, '--require', '6', '--max', '6', '--start', '3', '--repeats', '1', '--step-hold', '5', '--max-hold', '5', '--reports', reports];

/** A home in which the machine was calibrated: more users than these, of any kind, broke a limit. */
function calibratedFor(users: number): string {
  const home = join(scratch, 'home');
  const kind = { users, asked: 100, broke: { what: 'event-loop delay', value: 300, limit: 250, unit: 'ms' }, coresPerUser: 0.001, mbPerUser: 1, allCoresUsers: 1_300 };
  const calibration: Calibration = { schema: 1, at: '2026-11-23T07:00:00.000Z', firstbell: '0.1.0', quick: false, machine: { name: 'gen1', cores: 2, memoryMb: 4_096, cpu: 'AMD EPYC' }, usable: 0.65, kinds: { nativeListener: kind, nativeSilent: kind } };
  mkdirSync(join(home, 'firstbell'), { recursive: true });
  writeFileSync(join(home, 'firstbell', 'calibration.json'), JSON.stringify(calibration));
  return home;
}

describe('a search that is stopped in the middle of a step', () => {
  it('leaves no meeting open, and is gone on with by the command that it says', async () => {
    const reports = join(scratch, 'stopped');
    const env = { BBB_SECRET: sim.secret, XDG_CONFIG_HOME: calibratedFor(4) };
    const child = startCli(twoSteps(reports, sim), { env });
    const over = finished(child);
    await joined(reports, 2, 3);
    expect(await openMeetings(sim)).not.toEqual([]);
    child.kill('SIGINT');
    const stopped = await over;
    expect({ code: stopped.code, stdout: stopped.stdout }).toEqual({ code: 130, stdout: '' });
    // Known before the first step, and no reason not to try.
    expect(stopped.stderr).toContain('By its calibration of 2026-11-23 this machine cannot bring 6 users (--require) alone: that takes 2 like it (cores).');
    expect(stopped.stderr).toContain('Stopping: no new users, everyone leaves, meetings are ended.');
    expect(await openMeetings(sim)).toEqual([]);
    const interrupted = JSON.parse(text(join(stepDirs(reports)[1]!, 'summary.json'))) as Summary;
    expect(interrupted).toMatchObject({ verdict: 'interrupted', meetings: { leftOpen: 0 } });
    const result = await cli([...commandIn(stopped.stderr), '--json', '--quiet'], { env });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.answer).toEqual({ kind: 'at-least', users: 6 });
    // What was found before is not tried again, and what was interrupted says nothing.
    expect(capacity.steps.map(({ users, outcome }) => [users, outcome])).toEqual([[3, 'held'], [6, 'held']]);
    expect(stepDirs(reports)).toHaveLength(3);
    expect(await openMeetings(sim)).toEqual([]);
  }, 180_000);
});

interface Live {
  /** Titles of the steps that a page which stays open has been shown. */
  readonly steps: string[];
  readonly over: Promise<boolean>;
}

/** As the page does: follows `/live`, once, and takes what it is told. */
async function follow(url: string): Promise<Live> {
  const response = await fetch(new URL('live', url));
  const steps: string[] = [];
  const over = (async () => {
    let [rest, ended] = ['', false];
    const decoder = new TextDecoder();
    for await (const chunk of Readable.fromWeb(response.body as unknown as ReadableStream<Uint8Array>)) {
      const events = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        const data = JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as { readonly step?: string; readonly state: { readonly over: boolean } };
        if (event.includes('event: hello')) steps.push(data.step ?? 'none');
        ended = data.state.over;
      }
    }
    return ended;
  })();
  return { steps, over };
}

describe('a search that is watched', () => {
  it('has one page and one endpoint for all its steps, and the button of the page ends it as Ctrl-C does', async () => {
    const reports = join(scratch, 'watched');
    const child = startCli([...twoSteps(reports, sim), '--dashboard=0', '--metrics-port', '0'], { env: { BBB_SECRET: sim.secret } });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const over = finished(child);
    await joined(reports, 1, 0);
    const url = /Dashboard: (\S+)/.exec(said)![1]!;
    const metrics = /Metrics for Prometheus: (\S+)/.exec(said)![1]!;
    const page = await follow(url);
    await joined(reports, 2, 3);
    expect(page.steps).toEqual(['Step 1 (ramp): 3 users', 'Step 2 (ramp): 6 users']);
    const scraped = await (await fetch(metrics)).text();
    expect(scraped).toContain(`firstbell_run_info{run="${(JSON.parse(text(join(stepDirs(reports)[1]!, 'run.json'))) as { run: string }).run}"`);
    expect(scraped.split('firstbell_run_info{')).toHaveLength(2);
    const key = /firstbell-key" content="([^"]+)"/.exec(await (await fetch(url)).text())![1]!;
    const pressed = await fetch(new URL('stop', url), { method: 'POST', headers: { 'x-firstbell-key': key, origin: new URL(url).origin } });
    expect(pressed.status).toBe(202);
    const { code, stderr } = await over;
    expect({ code, over: await page.over }).toEqual({ code: 130, over: true });
    expect(stderr.match(/Dashboard: /g)).toHaveLength(1);
    // On another port: any that is free was asked for, and the same will do.
    expect(commandIn(stderr)).toEqual(expect.arrayContaining(['--dashboard=0', '--metrics-port', '--resume']));
    expect(await openMeetings(sim)).toEqual([]);
  }, 180_000);
});

describe.skipIf(!hasNats)('a search whose load workers bring', () => {
  let nats: NatsProcess;
  let small: SimProcess;
  const workers: ChildProcess[] = [];
  /** What each has said. */
  const said = new Map<ChildProcess, string>();

  const startWorker = (name: string): ChildProcess => {
    const child = startCli(['worker', '--nats', nats.url, '--name', name], { env: { BBB_SECRET: small.secret } });
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => said.set(child, (said.get(child) ?? '') + chunk));
    workers.push(child);
    return child;
  };
  const env = (): Readonly<Record<string, string>> => ({ BBB_SECRET: small.secret });
  const asked = (reports: string, ...limits: readonly string[]): readonly string[] => ['capacity', scenario, '--url', small.url, '--workers', '2', '--nats', nats.url, ...limits, '--repeats', '1', '--step-hold', '5', '--max-hold', '5', '--rate', '20', '--reports', join(scratch, reports)];

  beforeAll(async () => {
    nats = await startNats();
    // What it can do is nowhere but here: a seventh connection is refused.
    small = await startSimProcess(['--servers', '1', '--graphql-connections', '6']);
  }, 60_000);

  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await small?.stop();
    await nats?.stop();
  });

  it('says that they are missing, and is gone on with when they have come: they serve step after step, to the hidden capacity', async () => {
    const first = startWorker('first');
    const missing = await cli([...asked('found', '--require', '5', '--max', '12', '--start', '3', '--tolerance', '0.5', '--max-steps', '12'), '--wait-for-workers', '3'], { env: env() });
    expect(missing.code).toBe(4);
    expect(missing.stderr).toMatch(/only \d of 2 workers were ready/);
    const command = commandIn(missing.stderr);
    expect(command.join(' ')).toContain(`--workers 2`);
    expect(command.join(' ')).toContain(`--nats ${nats.url}`);
    startWorker('second');
    const result = await cli([...command.map((word, at) => (command[at - 1] === '--wait-for-workers' ? '60' : word)), '--json', '--quiet'], { env: env() });
    expect({ stderr: result.stderr, code: result.code }).toEqual({ stderr: '', code: 0 });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.asked.workers).toBe(2);
    expect(capacity.steps.map(({ users, outcome }) => outcome === (users <= 6 ? 'held' : 'broken'))).toEqual(capacity.steps.map(() => true));
    expect(new Set(capacity.steps.map(({ outcome }) => outcome))).toEqual(new Set(['held', 'broken']));
    if (!('knee' in capacity.answer)) throw new Error(`no knee was found: ${JSON.stringify(capacity.answer)}`);
    expect(capacity.answer.knee.low).toBeLessThanOrEqual(7);
    expect(capacity.answer.knee.high).toBeGreaterThanOrEqual(6);
    const last = await readRunFolder(stepDirs(join(scratch, 'found')).at(-1)!);
    expect(new Set(last.events.flatMap((event) => (event.type === 'worker-ready' ? [event.worker.replace(/-.*/, '')] : [])))).toEqual(new Set(['first', 'second']));
    expect(said.get(first)!.match(/all users have left/g)!.length).toBeGreaterThanOrEqual(capacity.steps.length);
    expect(await openMeetings(small)).toEqual([]);
  }, 300_000);

  it('tries a load again in whose step a worker died: that says nothing about the fleet', async () => {
    const [, second] = workers;
    const child = startCli([...asked('died', '--require', '6', '--max', '6', '--start', '6'), '--wait-for-workers', '100', '--json', '--quiet'], { env: env() });
    const over = finished(child);
    await joined(join(scratch, 'died'), 1, 2);
    second!.kill('SIGKILL');
    startWorker('third');
    const { code, stdout, stderr } = await over;
    const capacity = JSON.parse(stdout) as Capacity;
    const reasons = stepDirs(join(scratch, 'died')).map((dir) => (JSON.parse(text(join(dir, 'summary.json'))) as Summary).reasons.join());
    expect({ reasons, stderr }).toEqual({ reasons: [expect.stringMatching(/worker second-\w+ was lost/), ''], stderr: '' });
    expect(capacity.steps.map(({ users, outcome }) => [users, outcome])).toEqual([[6, 'undelivered'], [6, 'held']]);
    expect(code).toBe(0);
    expect(await openMeetings(small)).toEqual([]);
  }, 300_000);
});
