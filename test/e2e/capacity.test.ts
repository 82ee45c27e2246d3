import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Capacity } from '../../src/capacity/capacity.js';
import type { Calibration } from '../../src/schedule/calibration.js';
import type { Summary } from '../../src/report/summary.js';
import { startFleet } from '../drills/stage.js';
import { cli, finished, startCli, startSimProcess, type CliResult, type SimProcess } from './cli.js';
import { commandIn, joined, openMeetings, stepDirs, textOf, writeClasses } from './searches.js';

/** Searches mostly wait: groups of tests are played at once, each with a fleet and folders of its own. */

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-capacity-'));
const scenario = writeClasses(scratch);
let sim: SimProcess;
let tries = 0;
/** For what was said already and has yet to be read from its pipe or socket. */
const SOON = { timeout: 30_000, interval: 100 };

/** A folder for the results of a search: one that is tried again has its own. */
const fresh = (name: string): string => join(scratch, `${name}-${++tries}`);

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

/** One load, held: the shortest search that has an answer. */
const search = (extra: readonly string[], env: Readonly<Record<string, string>> = {}, reports = fresh('reports')): Promise<CliResult> =>
  cli(['capacity', scenario, '--require', '9', '--max', '9', '--start', '9', '--repeats', '1', '--step-hold', '5', '--max-hold', '5', '--json', '--quiet', '--reports', reports, ...extra], { env });

const calls = (): readonly { readonly script: string; readonly count?: string; readonly keep?: string; readonly out: readonly string[]; readonly ok: boolean; readonly secret: boolean }[] =>
  readFileSync(join(scratch, 'calls.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ReturnType<typeof calls>[number]);

const usersOn = (steps: Capacity['steps']): Record<string, number> => Object.fromEntries(steps.flatMap(({ servers }) => servers.map(({ name, peakUsers }) => [name, peakUsers])));

describe.concurrent('servers taken out by commands of the operator', () => {
  it.sequential('are out while the second search runs, and back after it', async () => {
    rmSync(join(scratch, 'calls.log'), { force: true });
    const reports = fresh('reports');
    const result = await search(['--url', sim.url, '--servers-down', '1', '--take-down', `node ${script('take-down')} {count} {keep}`, '--bring-back', `node ${script('bring-back')}`], { BBB_SECRET: sim.secret }, reports);
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
    const folder = readdirSync(reports).find((name) => name.startsWith('capacity-'))!;
    const printed = readFileSync(join(reports, folder, 'hooks', '01-take-down.log'), 'utf8');
    expect(printed).toContain('done');
    expect(printed + result.stdout).not.toContain(sim.secret);
  }, 180_000);

  it.sequential('are all but one with --only-server', async () => {
    rmSync(join(scratch, 'calls.log'), { force: true });
    const keep = sim.servers[1]!;
    const result = await search(['--url', sim.url, '--only-server', keep.name, '--take-down', `node ${script('take-down')} {count} {keep}`, '--bring-back', `node ${script('bring-back')}`], { BBB_SECRET: sim.secret });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.asked).toMatchObject({ onlyServer: keep.name, servers: 1 });
    expect(usersOn(capacity.steps)).toEqual({ [new URL(keep.url).host]: 9 });
    // All of the load is its own, where the fleet would have three each.
    expect(capacity.limits.find(({ limit }) => limit === 'graphql-connections')).toMatchObject({ needed: 9 });
    expect(calls()[0]).toMatchObject({ count: '2', keep: keep.name, out: [sim.servers[0]!.name, sim.servers[2]!.name] });
    expect(calls()[1]).toMatchObject({ script: 'bring-back', out: [] });
  }, 180_000);

  it.sequential('end the search with exit 4 when the command fails, before any load, and are brought back', async () => {
    rmSync(join(scratch, 'calls.log'), { force: true });
    const result = await search(['--url', sim.url, '--only-server', sim.servers[0]!.name, '--take-down', `node ${script('fails', 7)} {count}`, '--bring-back', `node ${script('bring-back')}`], { BBB_SECRET: sim.secret });
    expect(result.code).toBe(4);
    expect(result.stdout + result.stderr).toMatch(/HOOK_FAILED.*--take-down ended with 7/);
    expect(result.stdout + result.stderr).toContain('hooks/01-take-down.log');
    expect(calls().map(({ script: name, out }) => [name, out.length])).toEqual([['fails', 2], ['bring-back', 0]]);
  }, 60_000);

  it.sequential('that may still be out when all is done are warned of, with exit 4 and the answer', async () => {
    const reports = fresh('reports');
    const result = await search(['--url', sim.url, '--only-server', sim.servers[1]!.name, '--take-down', `node ${script('take-down')} {count} {keep}`, '--bring-back', `node ${script('bring-back-fails', 1)}`], { BBB_SECRET: sim.secret }, reports);
    expect(result.stderr).toMatch(/^\nWARNING: the command of --bring-back ended with 1; servers of the fleet may still be out\. Bring them back by hand: .*hooks\/02-bring-back\.log/);
    expect({ code: result.code, answer: (JSON.parse(result.stdout) as Capacity).answer.kind }).toEqual({ code: 4, answer: 'at-least' });
    expect(readdirSync(join(reports, readdirSync(reports).find((name) => name.startsWith('capacity-'))!))).toEqual(expect.arrayContaining(['capacity.json', 'capacity.html', 'capacity.txt']));
  }, 180_000);

  it.sequential('need a command where the fleet is not simulated', async () => {
    const result = await search(['--url', sim.url, '--only-server', sim.servers[0]!.name], { BBB_SECRET: sim.secret });
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).toContain('servers of this target can be taken out by your own command only');
  }, 60_000);
});

describe.concurrent('servers of the bundled simulator', () => {
  it.sequential('are taken out by it: one alone carries everything', async () => {
    const result = await search(['--only-server', 'bbb02']);
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(Object.values(usersOn(capacity.steps))).toEqual([9]);
  }, 180_000);

  it.sequential('are named where a server is asked for that is not there', async () => {
    const result = await search(['--only-server', 'bbb09']);
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).toMatch(/no server "bbb09".*bbb01, bbb02, bbb03/s);
  }, 60_000);
});

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

describe.concurrent('a search that is stopped in the middle of a step', () => {
  it.sequential('leaves no meeting open, and is gone on with by the command that it says', async () => {
    await using fleet = await startFleet(['--servers', '3']);
    const reports = fresh('stopped');
    const env = { BBB_SECRET: fleet.secret, XDG_CONFIG_HOME: calibratedFor(4) };
    const child = startCli(twoSteps(reports, fleet), { env });
    const over = finished(child);
    await joined(reports, 2, 3);
    expect(await openMeetings(fleet)).not.toEqual([]);
    child.kill('SIGINT');
    const stopped = await over;
    expect({ code: stopped.code, stdout: stopped.stdout }).toEqual({ code: 130, stdout: '' });
    // Known before the first step, and no reason not to try.
    expect(stopped.stderr).toContain('By its calibration of 2026-11-23 this machine cannot bring 6 users (--require) alone: that takes 2 like it (cores).');
    expect(stopped.stderr).toContain('Stopping: no new users, everyone leaves, meetings are ended.');
    expect(await openMeetings(fleet)).toEqual([]);
    const interrupted = JSON.parse(textOf(join(stepDirs(reports)[1]!, 'summary.json'))) as Summary;
    expect(interrupted).toMatchObject({ verdict: 'interrupted', meetings: { leftOpen: 0 } });
    const result = await cli([...commandIn(stopped.stderr), '--json', '--quiet'], { env });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.answer).toEqual({ kind: 'at-least', users: 6 });
    // What was found before is not tried again, and what was interrupted says nothing.
    expect(capacity.steps.map(({ users, outcome }) => [users, outcome])).toEqual([[3, 'held'], [6, 'held']]);
    expect(stepDirs(reports)).toHaveLength(3);
    expect(await openMeetings(fleet)).toEqual([]);
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

describe.concurrent('a search that is watched', () => {
  it.sequential('has one page and one endpoint for all its steps, and the button of the page ends it as Ctrl-C does', async () => {
    await using fleet = await startFleet(['--servers', '3']);
    const reports = fresh('watched');
    const child = startCli([...twoSteps(reports, fleet), '--dashboard=0', '--metrics-port', '0'], { env: { BBB_SECRET: fleet.secret } });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const over = finished(child);
    await vi.waitFor(() => expect(said).toMatch(/Metrics for Prometheus: \S+\n[^]*Dashboard: \S+\n/), SOON);
    const url = /Dashboard: (\S+)/.exec(said)![1]!;
    const metrics = /Metrics for Prometheus: (\S+)/.exec(said)![1]!;
    const page = await follow(url);
    await joined(reports, 2, 3);
    await vi.waitFor(() => expect(page.steps).toEqual(['Step 1 (ramp): 3 users', 'Step 2 (ramp): 6 users']), SOON);
    const scraped = await (await fetch(metrics)).text();
    expect(scraped).toContain(`firstbell_run_info{run="${(JSON.parse(textOf(join(stepDirs(reports)[1]!, 'run.json'))) as { run: string }).run}"`);
    expect(scraped.split('firstbell_run_info{')).toHaveLength(2);
    const key = /firstbell-key" content="([^"]+)"/.exec(await (await fetch(url)).text())![1]!;
    const pressed = await fetch(new URL('stop', url), { method: 'POST', headers: { 'x-firstbell-key': key, origin: new URL(url).origin } });
    expect(pressed.status).toBe(202);
    const { code, stderr } = await over;
    expect({ code, over: await page.over }).toEqual({ code: 130, over: true });
    expect(stderr.match(/Dashboard: /g)).toHaveLength(1);
    // On another port: any that is free was asked for, and the same will do.
    expect(commandIn(stderr)).toEqual(expect.arrayContaining(['--dashboard=0', '--metrics-port', '--resume']));
    expect(await openMeetings(fleet)).toEqual([]);
  }, 180_000);
});

