import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capacity } from '../../src/capacity/capacity.js';
import { cli, startSimProcess, type CliResult, type SimProcess } from './cli.js';

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
