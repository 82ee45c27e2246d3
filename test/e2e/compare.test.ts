import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/report/comparison.js';
import { cli, type CliResult } from './cli.js';

/** 63 native users without media in nine meetings: enough for a 95th percentile, little enough for three runs at once. */
const SCENARIO = `
name: Before and after
seed: 3
target: simulator
fleet: { servers: 2 }
users: { browser: 0, native: rest }
meetings:
  class:
    size: 7
    teacher: { audio: none, webcamShare: 0% }
    pupil: { audio: none }
load:
  - name: lessons
    executor: ramping-users
    meetings: class
    meetingCount: 9
    stages:
      - { duration: 9s, target: 63 }
      - { duration: 1s, target: 63 }
      - { duration: 1s, target: 0 }
thresholds:
  - join_failed rate == 0% per server
limits: { maxLateness: 5s, maxEventLoopDelay: 2s }
`;
const DELAY_MS = 800;

let base: string;
let runs: readonly CliResult[];
const folder = (name: string): string => join(base, name, 'latest');

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'firstbell-compare-'));
  writeFileSync(join(base, 'scenario.yaml'), SCENARIO);
  const run = (name: string, ...more: readonly string[]) => cli(['run', join(base, 'scenario.yaml'), '--quiet', '--reports', join(base, name), ...more]);
  runs = await Promise.all([run('first'), run('second'), run('slow', '--fault', `api-delay=${DELAY_MS}`)]);
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function compare(a: string, b: string): Promise<{ readonly code: number | null; readonly comparison: Comparison }> {
  const { code, stdout } = await cli(['compare', folder(a), folder(b), '--json']);
  return { code, comparison: JSON.parse(stdout) as Comparison };
}

describe('runs on the simulator, compared', () => {
  it('all of them held', () => {
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([[0, ''], [0, ''], [0, '']]);
  });

  it('two equal ones are the same', async () => {
    const { code, comparison } = await compare('first', 'second');
    expect({ code, verdict: comparison.verdict, changed: comparison.rows.filter(({ verdict }) => verdict === 'worse' || verdict === 'better') }).toEqual({ code: 0, verdict: 'same', changed: [] });
    expect(comparison.warnings).toEqual([]);
  });

  it('one with a slower API is worse, by what was injected', async () => {
    const { code, comparison } = await compare('first', 'slow');
    expect(code).toBe(3);
    const row = (metric: string, tagValue?: string) => comparison.rows.find((one) => one.metric === metric && one.figure === 'p50' && one.tagValue === tagValue);
    expect(row('join_time')).toMatchObject({ verdict: 'worse', effect: { size: 'large' } });
    const { low, high } = row('api_time', 'join')!.difference!;
    expect(low).toBeGreaterThan(DELAY_MS * 0.9);
    expect(high).toBeLessThan(DELAY_MS * 1.25);
    expect(comparison.rows.filter(({ metric, verdict }) => ['join_failed', 'users_lost'].includes(metric) && verdict === 'worse')).toEqual([]);
  });
});
