import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { cli, type CliResult } from './cli.js';

/** Two servers with ten users each, no threshold on users that are lost: one server forgets every tenth, the other drops it. Chat is slow on the first. */
const SCENARIO = `
name: Lost users
seed: 3
target: simulator
fleet: { servers: 2 }
users: { browser: 0, native: rest }
meetings:
  class:
    size: 10
    teachers: 1
    teacher: { audio: none, webcamShare: 0%, cameraViews: 0, chatEvery: 1500ms }
    pupil: { audio: none, cameraViews: 0, chatEvery: 5s, raiseHandShare: 100% }
load:
  - { name: lessons, executor: constant-users, meetings: class, meetingCount: 2, users: 20, duration: 18s }
thresholds:
  - join_failed rate == 0%
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;
const CHAT_DELAY_MS = 200;

const dir = mkdtempSync(join(tmpdir(), 'firstbell-lost-'));
let result: CliResult;
let summary: Summary;

beforeAll(async () => {
  writeFileSync(join(dir, 'lost.yaml'), SCENARIO);
  result = await cli(['run', 'lost.yaml', '--reports', dir, '--fault', 'bbb01:ghost-every-nth-user=10', '--fault', 'bbb02:drop-every-nth-user=10', '--fault', `bbb01:chat-delay=${CHAT_DELAY_MS}`], { cwd: dir });
  const run = readdirSync(dir).find((name) => name.includes('lost-users')) ?? 'none';
  summary = JSON.parse(readFileSync(join(dir, run, 'summary.json'), 'utf8')) as Summary;
}, 90_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a fleet that accepts joins and then loses every tenth user', () => {
  it('does not pass', () => {
    expect({ code: result.code, verdict: summary.verdict, stderr: result.code === 3 ? '' : result.stderr }).toEqual({ code: 3, verdict: 'broken', stderr: '' });
  });

  it('is found by who was dropped', () => {
    expect(summary.users.lost).toBe(1);
    expect(summary.reasons.join('\n')).toContain('1 user lost the meeting before it was time');
  });

  it('is found, and named, where only others could tell: the own client noticed nothing', () => {
    expect(summary.reasons.join('\n')).toContain('not counted by the servers or by other users');
    const ghosted = summary.presence?.meetings.find(({ missing, server, peers }) => missing === 1 && server === 9 && peers === 9);
    expect(ghosted).toMatchObject({ harness: 10, ghosts: 0, names: [expect.stringMatching(/^(Pupil|Teacher) /)] });
  });

  it('shows how slow messages were, where they were slow and by how much', () => {
    const medians = summary.servers.map(({ name }) => summary.metrics.chat_delivery?.by[`server=${name}`]?.p50 ?? Number.NaN).sort((a, b) => a - b);
    expect(medians).toHaveLength(2);
    // The simulator pushes every few ten milliseconds; machines differ in the rest.
    expect(medians[1]! - medians[0]!).toBeGreaterThan(CHAT_DELAY_MS - 60);
    expect(medians[1]! - medians[0]!).toBeLessThan(CHAT_DELAY_MS + 100);
    expect(summary.metrics.hand_delivery?.count).toBeGreaterThan(50);
    expect(summary.metrics.chat_undelivered?.rate).toBe(0);
  });
});
