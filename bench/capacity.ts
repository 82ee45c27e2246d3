import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { Capacity } from '../src/capacity/capacity.js';
import { packageRoot } from '../src/core/paths.js';
import { seededRandom } from '../src/core/random.js';
import { DEFAULT_CAPACITY, slowdown, type CapacityModel } from '../src/sim/capacity.js';
import { CAPACITY_ENV } from '../src/cli/commands/sim.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * Whether `firstbell capacity` can be believed: simulated servers hide what they can do in an environment variable, the search has to
 * find it over real sockets, name what broke first, and say "at least" where nothing does. For each model ten seeds, each with another
 * knee. The truth is reckoned by the model's own formulas, never from what the search saw; but the
 * reckoning was put right twice after first searches disagreed with it, so only seeds run since count. Not on a busy machine: a search says then that the
 * generator did not bring the load, or finds too little.
 */
const SEEDS = option('seeds', 10);
const AT_ONCE = option('at-once', 2);
const [REQUIRED, MAX, START] = [100, 200, 25] as const;
const [LEAST, MOST] = [60, 150] as const;
const RATE = 10;
const WITHIN = 0.05;
const JOIN_LIMIT_MS = 1_500;
const LOSS_LIMIT = 0.02;
/** Of 0.04 Mbit/s a listener (src/sim/capacity.ts). */
const AUDIO_MBPS = 0.04;

interface Model {
  readonly name: string;
  readonly audio: 'none' | 'listen-only';
  readonly threshold: string;
  /** For the simulator, so that its knee is about there; what a join takes beside the server is known from a run without limits. */
  hide(users: number): string;
  /** Users at which the threshold breaks. */
  truth(users: number, restMs: number): number;
}

/** Eight cores that so many users fill; what users do costs nothing, so that the formula has everything in it. */
function cpuModel(users: number): CapacityModel {
  return { ...DEFAULT_CAPACITY, cores: 8, user: 8 / users, listen: 0, api: 0, mutation: 0, fanout: 0, start: 0, window: 2 };
}

const MODELS: readonly Model[] = [
  {
    name: 'processor',
    audio: 'none',
    threshold: `join_time p(95) < ${JOIN_LIMIT_MS} ms`,
    hide: (users) => textOf(cpuModel(users)),
    truth: (users, restMs) => {
      const model = cpuModel(users);
      let knee = 1;
      while (joinP95Ms(model, knee, restMs) < JOIN_LIMIT_MS) knee++;
      return knee;
    },
  },
  {
    name: 'line',
    audio: 'listen-only',
    threshold: `audio_loss p(95) < ${LOSS_LIMIT * 100}%`,
    hide: (users) => textOf({ ...DEFAULT_CAPACITY, cores: 1_000, line: users * AUDIO_MBPS }),
    truth: (users) => users / (1 - LOSS_LIMIT),
  },
];

/**
 * The 95th percentile of the joins of so many who come one after the other, by the formulas of docs/simulator.md: each meets those who
 * are in by then, and the work of those who came in the last seconds.
 */
function joinP95Ms(model: CapacityModel, users: number, restMs: number): number {
  const inAtMs: number[] = [];
  const tookMs = Array.from({ length: users }, (_, place) => {
    const nowMs = (place * 1_000) / RATE;
    const standing = inAtMs.filter((atMs) => atMs <= nowMs).length * model.user;
    const recent = inAtMs.reduce((sum, _at, earlier) => sum + (model.join / model.window) * Math.exp(-(nowMs - (earlier * 1_000) / RATE) / (model.window * 1_000)), 0);
    const serverMs = model.join * 1_000 * slowdown(model, (standing + recent) / model.cores);
    // A server carries who is in, whose client goes on loading for a while.
    inAtMs.push(nowMs + serverMs);
    return restMs + serverMs;
  });
  return tookMs.sort((a, b) => a - b)[Math.ceil(users * 0.95) - 1]!;
}

function textOf(model: CapacityModel): string {
  return Object.entries(model).map(([key, value]) => `${key}=${value}`).join(',');
}

function scenario({ audio, threshold }: Pick<Model, 'audio' | 'threshold'>, seed: number): string {
  return `
name: Hidden capacity
seed: ${seed}
target: simulator
fleet: { servers: 1 }
users: { browser: 0, native: rest }
meetings:
  class: { size: 10, teacher: { audio: ${audio}, webcamShare: 0% }, pupil: { audio: ${audio} } }
load:
  - name: lessons
    executor: constant-users
    meetings: class
    meetingCount: 10
    users: 100
    duration: 10s
thresholds:
  - ${threshold}
`;
}

const base = mkdtempSync(join(tmpdir(), 'firstbell-bench-capacity-'));
const bin = join(packageRoot(), 'bin', 'firstbell.js');
let searches = 0;

/** What the search says of a fleet that hides this. */
function search(text: string, hidden: string | undefined, max: number): Promise<Capacity> {
  const file = join(base, `${++searches}.yaml`);
  writeFileSync(file, text);
  const args = ['capacity', file, '--require', String(REQUIRED), '--max', String(max), '--start', String(START), '--rate', String(RATE), '--step-hold', '5', '--max-hold', '10', '--quiet', '--json', '--reports', join(base, `reports-${searches}`)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...(hidden === undefined ? {} : { [CAPACITY_ENV]: hidden }) } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-2_000)));
    child.once('error', reject).once('close', (code) => {
      const said = stdout.startsWith('{') ? (JSON.parse(stdout) as Partial<Capacity>) : {};
      if (said.answer) resolve(said as Capacity);
      else reject(new Error(`the search ended with ${code}: ${stdout.slice(0, 500)}${stderr}`));
    });
  });
}

interface Found {
  readonly within: boolean;
  readonly covered: boolean;
  readonly named: boolean;
  readonly off: number;
}

async function find(model: Model, seed: number, restMs: number): Promise<Found> {
  const users = Math.round(LEAST + seededRandom(seed + MODELS.indexOf(model) * 1_000).next() * (MOST - LEAST));
  const truth = model.truth(users, restMs);
  const { answer, users: found, steps } = await search(scenario(model, seed), model.hide(users), MAX);
  const off = found / truth - 1;
  const interval = answer.kind === 'knee' ? ([answer.knee.low, answer.knee.high] as const) : undefined;
  const broken = steps.filter(({ outcome }) => outcome === 'broken').map(({ firstBroken }) => firstBroken);
  const named = broken.length > 0 && broken.every((one) => one?.startsWith(model.threshold.split(' ')[0]!) === true);
  console.log(`${model.name}, seed ${seed}: hidden ${truth.toFixed(1)}, found ${found.toFixed(1)}${interval ? ` (${interval[0].toFixed(1)}–${interval[1].toFixed(1)})` : ` (${answer.kind})`}, ${(off * 100).toFixed(1)} % off in ${steps.length} steps; broke first: ${[...new Set(broken)].join(', ')}`);
  return { within: Math.abs(off) <= WITHIN, covered: interval !== undefined && interval[0] <= truth && truth <= interval[1], named, off };
}

try {
  // What a join takes where the server takes no time: the client's own, this machine's, the network's.
  const free = await search(scenario({ audio: 'none', threshold: `join_time p(95) < ${JOIN_LIMIT_MS} ms` }, 1), undefined, REQUIRED);
  const restMs = Math.max(...free.steps.map(({ joinTimeP95Ms }) => joinTimeP95Ms ?? 0));
  console.log(`without limits: ${free.answer.kind} ${free.users} users, joins of ${restMs.toFixed(0)} ms (p95)`);
  const limit = pLimit(AT_ONCE);
  const figures: Record<string, ReturnType<typeof figureOf>> = { saidAtLeast: figureOf([free.answer.kind === 'at-least' && free.users >= REQUIRED ? 1 : 0], 'of 1') };
  for (const model of MODELS) {
    const found = await Promise.all(Array.from({ length: SEEDS }, (_, index) => limit(() => find(model, index + 1, restMs))));
    const share = (key: 'within' | 'covered' | 'named'): ReturnType<typeof figureOf> => figureOf([found.filter((one) => one[key]).length], `of ${SEEDS}`);
    figures[`${model.name}Within5Percent`] = share('within');
    figures[`${model.name}RightThreshold`] = share('named');
    figures[`${model.name}Interval`] = share('covered');
    figures[`${model.name}OffPercent`] = figureOf(found.map(({ off }) => off * 100), '%');
  }
  report({ name: 'capacity', runs: SEEDS, versions: {}, figures });
} finally {
  rmSync(base, { recursive: true, force: true });
}
