import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/core/paths.js';
import type { Comparison } from '../src/report/comparison.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * Whether `firstbell compare` can be believed: for each of ten seeds, two equal runs on the simulator, and a third with an API that is
 * slower by 800 ms. Counts how often equal runs are the same, how often the slower one is worse, and how large the delay looks.
 */
const SEEDS = option('seeds', 10);
const DELAY_MS = 800;
const scenario = (seed: number): string => `
name: Compare
seed: ${seed}
target: simulator
fleet: { servers: 2 }
users: { browser: 0, native: rest }
meetings:
  class: { size: 10, teacher: { audio: none, webcamShare: 0%, chatEvery: 5s }, pupil: { audio: none, chatEvery: 5s } }
load:
  - name: lessons
    executor: ramping-users
    meetings: class
    meetingCount: 12
    stages: [{ duration: 20s, target: 120 }, { duration: 5s, target: 120 }, { duration: 3s, target: 0 }]
`;

const base = mkdtempSync(join(tmpdir(), 'firstbell-bench-compare-'));
const bin = join(packageRoot(), 'bin', 'firstbell.js');

function firstbell(...args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.once('error', reject).once('close', (code) => resolve({ code, stdout }));
  });
}

async function compare(a: string, b: string): Promise<Comparison> {
  return JSON.parse((await firstbell('compare', join(base, a, 'latest'), join(base, b, 'latest'), '--json')).stdout) as Comparison;
}

try {
  let same = 0;
  let worse = 0;
  const delays: number[] = [];
  const compared: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const file = join(base, `${seed}.yaml`);
    writeFileSync(file, scenario(seed));
    // One after the other: runs side by side would disturb each other.
    for (const [name, ...more] of [['a'], ['b'], ['slow', '--fault', `api-delay=${DELAY_MS}`]] as const) {
      const { code } = await firstbell('run', file, '--quiet', '--reports', join(base, `${seed}-${name}`), ...more);
      if (code !== 0) throw new Error(`run ${name} of seed ${seed} ended with ${code}`);
    }
    const equal = await compare(`${seed}-a`, `${seed}-b`);
    const slower = await compare(`${seed}-a`, `${seed}-slow`);
    if (equal.verdict === 'same') same++;
    if (slower.verdict === 'worse') worse++;
    compared.push(equal.rows.filter(({ verdict }) => verdict !== 'too-little-data').length);
    const found = slower.rows.find(({ metric, tagValue }) => metric === 'api_time' && tagValue === 'join')?.difference;
    if (found) delays.push(found.value);
    console.log(`seed ${seed}: equal runs ${equal.verdict}, ${DELAY_MS} ms slower ${slower.verdict}${found ? ` (join call ${found.value.toFixed(0)} ms, ${found.low.toFixed(0)} to ${found.high.toFixed(0)})` : ''}`);
  }
  console.log(`${same} of ${SEEDS} pairs of equal runs are the same; ${worse} of ${SEEDS} slower ones are worse`);
  report({
    name: 'compare',
    runs: SEEDS,
    versions: {},
    figures: { sameRatio: figureOf([same / SEEDS], 'share'), worseRatio: figureOf([worse / SEEDS], 'share'), figuresCompared: figureOf(compared, 'figures'), delayFoundMs: figureOf(delays, 'ms') },
  });
} finally {
  rmSync(base, { recursive: true, force: true });
}
