import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { browserForTests } from '../fakes/test-browser.js';
import { cli, type CliResult } from './cli.js';

/** Two lessons on two servers, each with one browser and two native pupils. One server does everything but forward media: every join succeeds, and what came is faultless. */
const SCENARIO = `
name: Silent server
seed: 5
target: simulator
fleet: { servers: 2 }
users: { browser: 2, native: rest }
meetings:
  class:
    size: 4
    teachers: 1
    teacher: { audio: microphone, webcamShare: 100%, cameraViews: 1 }
    pupil: { audio: listen-only, cameraViews: 1 }
load:
  - { name: lessons, executor: constant-users, meetings: class, meetingCount: 2, users: 8, duration: 35s }
thresholds:
  - join_failed rate == 0%
  - users_lost count == 0
  - audio_loss p(95) < 2%
  - audio_absent{server=*} rate == 0%
  - video_absent{server=*} rate == 0%
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;

const dir = mkdtempSync(join(tmpdir(), 'firstbell-silent-'));
let result: CliResult;
let summary: Summary;

beforeAll(async () => {
  writeFileSync(join(dir, 'silent.yaml'), SCENARIO);
  result = await cli(['run', 'silent.yaml', '--reports', dir, '--fault', 'bbb02:no-media'], { cwd: dir, env: { FIRSTBELL_BROWSER: browserForTests() } });
  const run = readdirSync(dir).find((name) => name.includes('silent-server')) ?? 'none';
  summary = JSON.parse(readFileSync(join(dir, run, 'summary.json'), 'utf8')) as Summary;
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a server that lets everybody in and forwards nothing', () => {
  it('does not pass, although nobody failed, was lost, or lost a packet of what came', () => {
    expect({ code: result.code, verdict: summary.verdict, stderr: result.code === 3 ? '' : result.stderr }).toEqual({ code: 3, verdict: 'broken', stderr: '' });
    expect(summary.users).toMatchObject({ joined: 8, failed: 0, lost: 0 });
    expect(summary.thresholds.filter(({ held }) => !held).map(({ expression }) => expression)).toEqual(['audio_absent{server=*} rate == 0%', 'video_absent{server=*} rate == 0%']);
  });

  it.each(['audio_absent', 'video_absent'] as const)('is named by %s: all pupils there, whatever their kind, and none elsewhere', (metric) => {
    const { by, count } = summary.metrics[metric]!;
    expect(count).toBe(6);
    const rates = summary.servers.map(({ name }) => by[`server=${name}`]?.rate ?? Number.NaN).sort((a, b) => a - b);
    expect(rates).toEqual([0, 1]);
    expect(by['kind=browser']).toMatchObject({ count: 2, rate: 0.5 });
    expect(by['kind=native']).toMatchObject({ count: 4, rate: 0.5 });
  });

  it('is told in words', () => {
    expect(result.stdout.replace(/\s+/g, ' ')).toContain('3 of 6 users heard nothing of those who spoke, and 3 of 6 users saw nothing of those with a camera.');
  });
});
