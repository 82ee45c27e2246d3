import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProfile } from '../../src/native/wire-profile.js';
import type { Summary } from '../../src/report/summary.js';
import { cli, type CliResult } from './cli.js';

/** A small crowd with everything that native users do, a browser witness among them, and the wire learned first. */
const SCENARIO = `
name: Small crowd
seed: 5
target: simulator
fleet: { servers: 2, graphqlConnectionsPerServer: 20 }
users: { browser: 1, native: rest }
wire: learn
meetings:
  class:
    size: 8
    teachers: 1
    teacher: { audio: microphone, webcamShare: 100%, cameraViews: 2, chatEvery: 5s }
    pupil: { audio: listen-only, microphoneShare: 1, cameraViews: 1, chatEvery: 10s, raiseHandShare: 50% }
load:
  - name: lessons
    executor: ramping-users
    meetings: class
    meetingCount: 2
    stages:
      - { duration: 6s, target: 16 }
      - { duration: 16s, target: 16 }
      - { duration: 3s, target: 0 }
thresholds:
  - join_failed rate == 0%
  - users_lost count == 0
  - audio_loss p(95) < 5%
  - video_fps{kind=browser} p(50) > 5 fps
  - video_fps{kind=native} p(50) > 5 fps
  - application_rtt count > 0
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;

const dir = mkdtempSync(join(tmpdir(), 'firstbell-crowd-'));
let result: CliResult;
let run: string;
let summary: Summary;

beforeAll(async () => {
  writeFileSync(join(dir, 'crowd.yaml'), SCENARIO);
  result = await cli(['run', 'crowd.yaml', '--reports', dir], { cwd: dir });
  run = join(dir, readdirSync(dir).find((name) => name.includes('small-crowd')) ?? 'none');
  if (existsSync(join(run, 'summary.json'))) summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a run with native users and a browser witness', () => {
  it('holds, and says so', () => {
    expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr, reasons: summary?.reasons }).toEqual({ code: 0, stderr: '', reasons: [] });
  });

  it('accounts for everyone, by kind', () => {
    const { byKind } = summary.users;
    expect([byKind['native']!.joined, byKind['native']!.left, byKind['browser']!.joined]).toEqual([15, 15, 1]);
    expect(summary.meetings).toMatchObject({ created: 2, leftOpen: 0 });
    expect(summary.errors).toEqual([]);
  });

  it('measured the steps of the join, the sound and the picture of the crowd', () => {
    const count = (metric: keyof Summary['metrics'], tag: string): number => summary.metrics[metric]?.by[tag]?.count ?? 0;
    expect(count('join_phase_time', 'phase=socket')).toBe(15);
    expect(count('join_phase_time', 'phase=first_audio')).toBe(16);
    expect(count('audio_bitrate', 'kind=native')).toBeGreaterThan(15);
    expect(count('video_fps', 'kind=native')).toBeGreaterThan(15);
    expect(summary.metrics.network_rtt?.count).toBeGreaterThan(0);
  });

  it('counted the users three times, and the counts agree', () => {
    expect(summary.presence).toMatchObject({ missing: 0, ghosts: 0, meetings: [] });
    const peak = Math.max(...summary.timeline.map(({ presentPeers }) => presentPeers ?? 0));
    expect(peak).toBe(16);
    expect(Math.max(...summary.timeline.map(({ presentServer }) => presentServer ?? 0))).toBe(16);
  });

  it('timed messages at browser and native users, judged their speech, and holds both against each other', () => {
    const count = (metric: keyof Summary['metrics'], tag: string): number => summary.metrics[metric]?.by[tag]?.count ?? 0;
    expect(count('chat_delivery', 'kind=browser')).toBeGreaterThan(0);
    expect(count('chat_delivery', 'kind=native')).toBeGreaterThan(15);
    expect(count('mos', 'kind=native')).toBeGreaterThan(15);
    expect(count('mos', 'kind=browser')).toBeGreaterThan(3);
    expect(summary.metrics.mos?.p50).toBeGreaterThan(4);
    expect(summary.witnesses.map(({ metric }) => metric)).toEqual(expect.arrayContaining(['join_time', 'audio_loss', 'chat_delivery', 'mos']));
    expect(summary.generator.sendLatenessP99Ms).toBeDefined();
    expect(summary.generator.peakSockets).toBeGreaterThan(15);
  });

  it('kept what the native users said', () => {
    const profile = parseProfile(JSON.parse(readFileSync(join(run, 'wire-profile.json'), 'utf8')));
    expect(profile.source).toContain('learned from');
    expect(profile.join.length).toBe(46);
    expect(result.stderr).toContain('speak as this client does');
  });
});
