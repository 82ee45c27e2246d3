import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Summary } from '../../src/report/summary.js';
import { finished, startCli } from './cli.js';

const SCENARIO = `
name: Starved
seed: 3
target: simulator
fleet: { servers: 1 }
users: { browser: 0, native: rest }
meetings:
  class: { size: 5, teachers: 1, teacher: { audio: microphone, webcamShare: 0% }, pupil: { audio: listen-only } }
load:
  - { name: lesson, executor: constant-users, meetings: class, meetingCount: 1, users: 5, duration: 8s }
thresholds:
  - join_time p(95) < 1 ms      # breaks in any case: a generator that starves must not blame the servers
`;

/** The machine has no time for the generator: it is stopped for so long, then goes on for so long, again and again. */
const STOPPED_MS = 600;
const GOES_ON_MS = 150;

const dir = mkdtempSync(join(tmpdir(), 'firstbell-starved-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('gives no verdict about the servers when the generator had no time to run', async () => {
  writeFileSync(join(dir, 'starved.yaml'), SCENARIO);
  const child = startCli(['run', 'starved.yaml', '--reports', dir], { cwd: dir });
  let timer: NodeJS.Timeout | undefined;
  const starve = (): void => {
    child.kill('SIGSTOP');
    timer = setTimeout(() => {
      child.kill('SIGCONT');
      timer = setTimeout(starve, GOES_ON_MS);
    }, STOPPED_MS);
  };
  // It says where it goes when everything is ready.
  child.stderr!.on('data', (text: Buffer) => {
    if (timer === undefined && String(text).includes('Target ')) starve();
  });
  const result = await finished(child);
  clearTimeout(timer);
  const run = readdirSync(dir).find((name) => name.includes('-starved-')) ?? 'none';
  const summary = JSON.parse(readFileSync(join(dir, run, 'summary.json'), 'utf8')) as Summary;
  expect({ code: result.code, verdict: summary.verdict }).toEqual({ code: 5, verdict: 'not-delivered' });
  expect(summary.reasons.join('\n')).toMatch(/too busy: event-loop delay p99 \d+ ms, limit 250 ms/);
}, 90_000);
