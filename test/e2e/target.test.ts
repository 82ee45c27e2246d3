import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { startFleet } from '../drills/stage.js';
import { cli, finished, startCli, startSimProcess, type SimProcess } from './cli.js';

/** The two kinds of users are played at once, each against a fleet of its own: native ones take next to nothing of the machine. */

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-target-'));
let sim: SimProcess;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** As the smoke test, of users without a browser. */
const NATIVE = `name: Native smoke test
target: { url: http://127.0.0.1:8090/bigbluebutton/api, secretEnv: BBB_SECRET }
users: { native: rest }
meetings:
  room: { size: 4, teachers: 1, teacher: { audio: microphone }, pupil: { audio: listen-only } }
load:
  - { name: smoke, executor: constant-users, meetings: room, meetingCount: 1, users: 4, duration: 25s }
thresholds:
  - { expression: join_failed rate < 1%, abort: true }
  - users_lost count == 0
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;
const native = join(scratch, 'native.yaml');
writeFileSync(native, NATIVE);
/** Kind of users, and a scenario that has four of them. */
const KINDS = [
  ['browser', 'scenarios/smoke.yaml'],
  ['native', native],
] as const;

const run = (scenario: string, url: string, secret: string, reports: string, extra: readonly string[] = []): ReturnType<typeof cli> =>
  cli(['run', scenario, '--url', url, '--reports', join(scratch, reports), ...extra], { env: { BBB_SECRET: secret } });

function errorLines(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('error '));
}

describe('a fleet given by URL and secret', () => {
  it.concurrent.each(KINDS)('gets the verdict "held" from four users: %s', async (kind, scenario) => {
    await using fleet = await startFleet(['--servers', '2']);
    const result = await run(scenario, fleet.url, fleet.secret, `held-${kind}`, ['--json']);
    expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({ code: 0, stderr: '' });
    const summary = JSON.parse(result.stdout) as Summary;
    expect(summary.verdict).toBe('held');
    expect(summary.target.kind).toBe('bbb');
    expect(summary.users.byKind[kind]!.joined).toBe(4);
    expect(summary.users.joined).toBe(summary.users.planned);
    expect(result.stdout + result.stderr).not.toContain(fleet.secret);
  }, 180_000);

  it.each(KINDS)('answers a wrong secret with exit 4 and one clear message: %s', async (_kind, scenario) => {
    const result = await run(scenario, sim.url, 'not-the-secret-of-this-fleet', 'reports');
    expect(result.code).toBe(4);
    expect(errorLines(result.stderr)).toHaveLength(1);
    expect(result.stderr).toMatch(/error API_CHECKSUM: .*127\.0\.0\.1.*\n +help: .*secret/);
    expect(result.stderr).not.toContain('not-the-secret-of-this-fleet');
  }, 60_000);

  it.each(KINDS)('answers a dead port with exit 4 and one clear message: %s', async (_kind, scenario) => {
    const result = await run(scenario, 'http://127.0.0.1:9/bigbluebutton/api', sim.secret, 'reports');
    expect(result.code).toBe(4);
    expect(errorLines(result.stderr)).toHaveLength(1);
    expect(result.stderr).toMatch(/error TARGET_UNREACHABLE: .*127\.0\.0\.1:9.*refuses connections/);
  }, 60_000);

  it('asks for a missing secret by the name of the variable', async () => {
    const result = await cli(['run', 'scenarios/smoke.yaml', '--url', sim.url]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('BBB_SECRET');
  }, 60_000);
});

/** What a run left for scripts, when what it showed was for people. */
const summaryOf = (reports: string): Summary => JSON.parse(readFileSync(join(scratch, reports, 'latest', 'summary.json'), 'utf8')) as Summary;
/** Codes of the failures that the screen names, each with its message below. */
const named = (screen: string): readonly string[] => [...screen.matchAll(/^ *(?:\d+ )?× ([A-Z_]+) \(/gm)].map((match) => match[1]!);

describe('full servers', () => {
  it.concurrent.each(KINDS)('exit 3, and screen and summary name the one reason: %s', async (kind, scenario) => {
    await using full = await startFleet(['--servers', '2', '--fault', 'full']);
    const result = await run(scenario, full.url, full.secret, `full-${kind}`);
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/× MEETING_FULL \(api\)\n {9}join ".+" at .+: refused with maxParticipantsReached/);
    expect(named(result.stdout)).toEqual(['MEETING_FULL']);
    expect(errorLines(result.stderr)).toEqual([]);
    const summary = summaryOf(`full-${kind}`);
    expect(summary.verdict).toBe('broken');
    expect(summary.users.joined).toBe(0);
    expect(summary.errors.map((error) => error.code)).toContain('MEETING_FULL');
  }, 180_000);
});

describe('a meeting that ends under its users', () => {
  it.concurrent.each(KINDS)('exit 3, users counted as lost, for the one reason: %s', async (kind, scenario) => {
    await using ending = await startFleet(['--servers', '1', '--fault', 'end-after=12000']);
    const result = await run(scenario, ending.url, ending.secret, `ending-${kind}`);
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/× (KICKED|MEETING_ENDED) \(\w+\)\n {9}\S.*(ended|over|removed)/);
    expect(named(result.stdout).filter((code) => code === 'KICKED' || code === 'MEETING_ENDED')).toHaveLength(1);
    expect(errorLines(result.stderr)).toEqual([]);
    const summary = summaryOf(`ending-${kind}`);
    // What browsers showed then is in the report.
    if (kind === 'browser') expect(readFileSync(join(scratch, `ending-${kind}`, 'latest', 'report.html'), 'utf8')).toContain('data:image/jpeg;base64,');
    expect(summary.users.lost).toBeGreaterThan(0);
    expect(summary.errors.some((error) => error.code === 'KICKED' || error.code === 'MEETING_ENDED')).toBe(true);
  }, 180_000);
});

describe('a run that is killed', () => {
  it('can be cleaned up and reported, and not before', async () => {
    const reports = join(scratch, 'killed');
    const child = startCli(['run', 'scenarios/smoke.yaml', '--url', sim.url, '--reports', reports], { env: { BBB_SECRET: sim.secret } });
    const ended = finished(child);
    const state = async (): Promise<number> => ((await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { meetings: unknown[] }).meetings.length;
    while ((await state()) === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 100));
    const dir = join(reports, readdirSync(reports).find((name) => name !== 'latest')!);
    const early = await cli(['cleanup', '--reports', reports], { env: { BBB_SECRET: sim.secret } });
    expect({ code: early.code, stdout: early.stdout }).toEqual({ code: 0, stdout: 'Nothing was left behind.\n' });
    expect(early.stderr).toContain(`is not over: process ${child.pid} works on it`);
    const soFar = await cli(['report', dir, '--json']);
    expect((JSON.parse(soFar.stdout) as Summary).reasons).toEqual(['the run still goes on']);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await ended;
    expect(await state()).toBeGreaterThan(0);

    const cleaned = await cli(['cleanup', dir], { env: { BBB_SECRET: sim.secret } });
    expect({ code: cleaned.code, stderr: cleaned.code === 0 ? '' : cleaned.stderr }).toEqual({ code: 0, stderr: '' });
    expect(await state()).toBe(0);

    const reported = await cli(['report', dir, '--json']);
    const summary = JSON.parse(reported.stdout) as Summary;
    expect(summary.verdict).toBe('interrupted');
    expect(reported.code).toBe(130);
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain('<html');
  }, 120_000);
});

describe('scenario files with problems', () => {
  it('are refused with exit 2 and every problem at once', async () => {
    const file = join(scratch, 'bad.yaml');
    writeFileSync(file, 'name: Bad\ntarget: simulator\nmeetigns: {}\nload: []\n');
    const result = await cli(['run', file]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/bad\.yaml:3:1: error SCN\d+/);
  }, 30_000);
});
