import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { browserForTests } from '../fakes/test-browser.js';
import { cli, type CliResult } from './cli.js';

/**
 * Two lessons on two servers, each with one browser and two native pupils, of which one server stops forwarding media in mid-lesson: every socket stays
 * up, and what came was faultless. Who is in within 15 s spends one stretch of 15 s at least without anything.
 */
const SCENARIO = `
name: Media dies
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
  - { name: lessons, executor: constant-users, meetings: class, meetingCount: 2, users: 8, duration: 49s }
events:
  - { at: 17s, do: fault, faults: [bbb02:no-media] }
thresholds:
  - join_failed rate == 0%
  - users_lost count == 0
  - audio_loss p(95) < 2%
  - mos p(5) > 3
  - audio_absent{server=*} rate == 0%
  - video_absent{server=*} rate == 0%
  - audio_interrupted{server=*} rate == 0%
  - video_interrupted{server=*} rate == 0%
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;

const dir = mkdtempSync(join(tmpdir(), 'firstbell-dies-'));
let result: CliResult;
let summary: Summary;

beforeAll(async () => {
  writeFileSync(join(dir, 'dies.yaml'), SCENARIO);
  result = await cli(['run', 'dies.yaml', '--reports', dir], { cwd: dir, env: { FIRSTBELL_BROWSER: browserForTests() } });
  const run = readdirSync(dir).find((name) => name.includes('media-dies')) ?? 'none';
  summary = JSON.parse(readFileSync(join(dir, run, 'summary.json'), 'utf8')) as Summary;
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a server that stops forwarding media in mid-lesson', () => {
  it('does not pass, although nobody failed, was lost, or lost a packet of what came, and everybody had heard and seen others', () => {
    expect({ code: result.code, verdict: summary.verdict, stderr: result.code === 3 ? '' : result.stderr }).toEqual({ code: 3, verdict: 'broken', stderr: '' });
    expect(summary.users).toMatchObject({ joined: 8, failed: 0, lost: 0 });
    expect(summary.thresholds.filter(({ held }) => !held).map(({ expression }) => expression)).toEqual(['audio_interrupted{server=*} rate == 0%', 'video_interrupted{server=*} rate == 0%']);
  });

  it.each(['audio_interrupted', 'video_interrupted'] as const)('is named by %s, of users of both kinds, and none elsewhere', (metric) => {
    const { by } = summary.metrics[metric]!;
    const rates = summary.servers.map(({ name }) => by[`server=${name}`]?.rate ?? Number.NaN).sort((a, b) => a - b);
    expect(rates[0]).toBe(0);
    expect(rates[1]).toBeGreaterThanOrEqual(0.5);
    for (const kind of ['browser', 'native']) expect(by[`kind=${kind}`]?.rate, kind).toBeGreaterThan(0);
  });

  it('freezes the pictures of its browser, long before the freeze is over', () => {
    expect(summary.metrics.video_freeze_ratio?.max).toBe(1);
  });

  it('is told in words', () => {
    const text = result.stdout.replace(/[\s\u00A0]+/g, ' ');
    expect(text).toContain('Everybody who was to hear or see others did at first.');
    expect(text).toMatch(/Later sound was missing in \d+ of \d+ stretches of 15 s, and pictures were missing in \d+ of \d+ stretches of 15 s\./);
  });
});
