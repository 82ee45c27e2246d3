import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pLimit from 'p-limit';
import type { Capacity } from '../src/capacity/capacity.js';
import { packageRoot } from '../src/core/paths.js';
import { seededRandom } from '../src/core/random.js';
import { DEFAULT_CAPACITY, slowdown, type CapacityModel } from '../src/sim/capacity.js';
import { CAPACITY_ENV } from '../src/cli/commands/sim.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * Whether `firstbell capacity` can be believed: a fleet of two simulated servers hides in an environment variable that the second one can do less. The
 * search has to find the knee over real sockets, name what broke first out of several thresholds, on which server, and in which phase of the join, and say
 * "at least" where nothing does. Four models, ten seeds each, each with another knee. The truth is reckoned by the formulas of docs/simulator.md, never from
 * what the search saw. Not on a busy machine: a search says then that the generator did not bring the load, or finds too little.
 * Each model has a result of its own, since all of it takes hours: `--model NAME` runs one. It is written of a complete run only.
 */
const COMPLETE = 10;
const SEEDS = option('seeds', COMPLETE);
const AT_ONCE = option('at-once', 2);
const [REQUIRED, MAX, START] = [100, 200, 25] as const;
const [LEAST, MOST] = [60, 150] as const;
const RATE = 10;
const WITHIN = 0.05;
const WEAK = 'bbb02';
const JOIN_LIMIT_MS = 4_000;
/** What waits for admission waits twice as long with twice the users, and no longer: beside a long wait, what this machine adds to a join by being busy is little. */
const LONG_JOIN_LIMIT_MS = 8_000;
const [FAILED_LIMIT, LOSS_LIMIT] = [0.02, 0.02] as const;
/** Of 0.04 Mbit/s a listener (src/sim/capacity.ts); a sample of loss is about the packets of 5 s, one each 20 ms. */
const [AUDIO_MBPS, PACKETS_A_SAMPLE] = [0.04, 250] as const;

/** What a join takes beside the model, until each of its phases is done; medians of a run without limits. */
interface Rest {
  readonly apiMs: number;
  readonly socketMs: number;
  readonly readyMs: number;
}

interface Model {
  readonly name: string;
  readonly audio: 'none' | 'listen-only';
  /** Long enough that what is measured of those who stay can be judged over the hold. */
  readonly holdS: number;
  /** Of 95 of 100 joins, ms. */
  readonly joinLimitMs: number;
  /** Metric of the threshold that breaks first, and in which phase. */
  readonly breaks: string;
  readonly phase: string;
  /** For the weak server, so that the fleet's knee is near so many users. */
  hide(users: number, rest: Rest): Partial<CapacityModel>;
  /** Whether the threshold is broken with so many, by the formulas. */
  isBroken(hidden: CapacityModel, users: number, rest: Rest): boolean;
}

const MODELS: readonly Model[] = [
  {
    name: 'processor',
    audio: 'none',
    holdS: 6,
    joinLimitMs: JOIN_LIMIT_MS,
    breaks: 'join_time',
    phase: 'ready',
    // Cores for much work of joins, so that they grow slow well before any is turned away; what users do costs nothing, so that the formula has everything in it.
    hide: (users) => ({ cores: 64, user: (64 * 0.88) / (users / 2), join: 1, listen: 0, api: 0, mutation: 0, fanout: 0, start: 0, window: 2 }),
    isBroken: (hidden, users, rest) => p95([...joinsOnProcessor(hidden, weakArrivalsMs(users), rest), ...onOther(users, rest)]) >= JOIN_LIMIT_MS,
  },
  {
    name: 'line',
    audio: 'listen-only',
    holdS: 14,
    joinLimitMs: JOIN_LIMIT_MS,
    breaks: 'audio_loss',
    phase: 'meeting',
    hide: (users) => ({ cores: 1_000, line: (users / 2) * AUDIO_MBPS }),
    isBroken: ({ line }, users) => {
      const onWeak = weakArrivalsMs(users).length;
      const loss = Math.max(0, 1 - line / (onWeak * AUDIO_MBPS));
      return (onWeak / users) * poissonAtLeast(PACKETS_A_SAMPLE * LOSS_LIMIT, PACKETS_A_SAMPLE * loss) > 0.05;
    },
  },
  {
    name: 'admission',
    audio: 'none',
    holdS: 10,
    joinLimitMs: LONG_JOIN_LIMIT_MS,
    breaks: 'join_time',
    phase: 'socket',
    // Those who come last wait longest: about half of the users are the weak server's, and its last tenth are the twentieth of all that p95 leaves out.
    hide: (users, { readyMs }) => ({ cores: 1_000, sockets: 1 / (2 / RATE + (LONG_JOIN_LIMIT_MS - readyMs) / 1_000 / (0.52 * users)) }),
    isBroken: ({ sockets }, users, rest) => {
      let nextMs = 0;
      const took = weakArrivalsMs(users).map((atMs) => {
        const turnMs = Math.max(atMs, nextMs);
        nextMs = turnMs + 1_000 / sockets;
        return rest.readyMs + turnMs - atMs;
      });
      return p95([...took, ...onOther(users, rest)]) >= LONG_JOIN_LIMIT_MS;
    },
  },
  {
    name: 'connections',
    audio: 'none',
    holdS: 6,
    joinLimitMs: JOIN_LIMIT_MS,
    breaks: 'join_failed',
    phase: 'socket',
    hide: (users) => ({ cores: 1_000, connections: Math.round((0.5 - FAILED_LIMIT) * users) }),
    isBroken: ({ connections }, users) => Math.max(0, weakArrivalsMs(users).length - connections) / users >= FAILED_LIMIT,
  },
];

/**
 * When users of the weak server arrive: meetings of two are made on both servers by turns, and seats go round the meetings. A step brings its users
 * evenly over a ramp of whole seconds.
 */
function weakArrivalsMs(users: number): readonly number[] {
  const meetings = Math.ceil(users / 2);
  const rampMs = Math.ceil(users / RATE) * 1_000;
  return Array.from({ length: users }, (_, place) => place).filter((place) => (place % meetings) % 2 === 1).map((place) => ((place + 1) * rampMs) / users);
}

const onOther = (users: number, { readyMs }: Rest): readonly number[] => new Array<number>(users - weakArrivalsMs(users).length).fill(readyMs);

/**
 * What joins take of users that arrive at these times, by the formulas of docs/simulator.md: a join is three pieces of work, each as slow as the server is
 * when it is begun, its own work included; who is in by then stands, and work done in calls fades.
 */
function joinsOnProcessor(model: CapacityModel, arrivalsMs: readonly number[], { apiMs, socketMs, readyMs }: Rest): readonly number[] {
  const parts = [
    { share: 0.2, restMs: apiMs },
    { share: 0.3, restMs: socketMs - apiMs },
    { share: 0.5, restMs: readyMs - socketMs },
  ] as const;
  const events: { readonly atMs: number; readonly user: number; readonly part: number }[] = arrivalsMs.map((atMs, user) => ({ atMs: atMs + parts[0].restMs, user, part: 0 }));
  const took = new Array<number>(arrivalsMs.length).fill(0);
  let [calls, asOfMs, standing] = [0, 0, 0];
  for (;;) {
    events.sort((a, b) => b.atMs - a.atMs);
    const event = events.pop();
    if (event === undefined) return took;
    const { atMs, user, part } = event;
    const piece = parts[part];
    if (piece === undefined) {
      standing += model.user;
      took[user] = atMs - arrivalsMs[user]!;
      continue;
    }
    const work = model.join * piece.share;
    calls = calls * Math.exp((asOfMs - atMs) / (model.window * 1_000)) + work / model.window;
    asOfMs = atMs;
    events.push({ atMs: atMs + work * 1_000 * slowdown(model, (calls + standing) / model.cores) + (parts[part + 1]?.restMs ?? 0), user, part: part + 1 });
  }
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!;
}

/** Chance of `count` or more where `mean` are expected. */
function poissonAtLeast(count: number, mean: number): number {
  let [term, below] = [Math.exp(-mean), 0];
  for (let n = 0; n < count; n++) {
    below += term;
    term *= mean / (n + 1);
  }
  return 1 - below;
}

/** Where the threshold begins to break: halfway between the least load that breaks it and the largest that does not, should odd and even loads differ. */
function truthOf(model: Model, hidden: CapacityModel, rest: Rest): number {
  const loads = Array.from({ length: MAX * 2 }, (_, index) => index + 1);
  const broken = loads.filter((users) => model.isBroken(hidden, users, rest));
  const held = loads.filter((users) => !broken.includes(users));
  return (broken[0]! + held.at(-1)!) / 2;
}

function scenario({ audio, joinLimitMs }: Pick<Model, 'audio' | 'joinLimitMs'>, seed: number): string {
  return `
name: Hidden capacity
seed: ${seed}
target: simulator
fleet: { servers: 2 }
users: { browser: 0, native: rest }
meetings:
  pair: { size: 2, teacher: { audio: ${audio}, webcamShare: 0% }, pupil: { audio: ${audio} } }
load:
  - name: lessons
    executor: constant-users
    meetings: pair
    meetingCount: 50
    users: 100
    duration: 10s
thresholds:
  - users_lost count == 0
  - api_time p(95) < 2 s
  - join_failed rate < ${FAILED_LIMIT * 100}%
  - join_time p(95) < ${joinLimitMs} ms
${audio === 'none' ? '' : `  - audio_loss p(95) < ${LOSS_LIMIT * 100}%\n`}`;
}

const base = mkdtempSync(join(tmpdir(), 'firstbell-bench-capacity-'));
const bin = join(packageRoot(), 'bin', 'firstbell.js');
let searches = 0;

interface Fleet extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  readonly servers: readonly { readonly name: string; readonly url: string }[];
}

/** A fleet in which the meetings of a step go to both servers by turns, as the truth assumes. What Scalelite knows is up to a minute old: steps that follow each other at once are given unevenly to them. */
async function fleetThatHides(hidden: Partial<CapacityModel> | undefined): Promise<Fleet> {
  const items = Object.entries(hidden ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  const env = { ...process.env, ...(items === '' ? {} : { [CAPACITY_ENV]: `${WEAK}:${items}` }) };
  const child = spawn(process.execPath, [bin, 'sim', '--json', '--until-input-ends', '--servers', '2', '--place-by', 'meetings'], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await Promise.race([new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)), gone]);
  if (line === undefined) throw new Error('the simulator did not start');
  return {
    ...(JSON.parse(line) as Omit<Fleet, keyof AsyncDisposable>),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

/** What the search says of a fleet. */
function search(fleet: Fleet, text: string, { max, holdS }: { readonly max: number; readonly holdS: number }): Promise<Capacity> {
  const file = join(base, `${++searches}.yaml`);
  writeFileSync(file, text);
  const args = ['capacity', file, '--url', fleet.url, '--require', String(REQUIRED), '--max', String(max), '--start', String(START), '--rate', String(RATE), '--step-hold', String(holdS), '--max-hold', String(holdS * 2), '--quiet', '--json', '--reports', join(base, `reports-${searches}`)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, BBB_SECRET: fleet.secret } });
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
  readonly threshold: boolean;
  readonly server: boolean;
  readonly phase: boolean;
  readonly off: number;
}

async function find(model: Model, seed: number, rest: Rest): Promise<Found> {
  const users = Math.round(LEAST + seededRandom(seed + MODELS.indexOf(model) * 1_000).next() * (MOST - LEAST));
  const hidden = model.hide(users, rest);
  const truth = truthOf(model, { ...DEFAULT_CAPACITY, ...hidden }, rest);
  await using fleet = await fleetThatHides(hidden);
  const { answer, users: found, steps, firstBroken } = await search(fleet, scenario(model, seed), { max: MAX, holdS: model.holdS });
  const weak = new URL(fleet.servers.find(({ name }) => name === WEAK)!.url).host;
  const off = found / truth - 1;
  const interval = answer.kind === 'knee' ? ([answer.knee.low, answer.knee.high] as const) : undefined;
  const { threshold, broke, server, phase } = firstBroken?.steps ?? { threshold: 0, broke: 0, server: 0, phase: 0 };
  const where = firstBroken?.server === weak ? WEAK : (firstBroken?.server ?? firstBroken?.servers ?? 'no server');
  console.log(
    `${model.name}, seed ${seed}: hidden ${truth.toFixed(1)}, found ${found.toFixed(1)}${interval ? ` (${interval[0].toFixed(1)}–${interval[1].toFixed(1)})` : ` (${answer.kind})`}, ${(off * 100).toFixed(1)} % off in ${steps.length} steps; broke first: ${firstBroken?.expression} (${threshold} of ${broke}), ${where} (${server}), ${firstBroken?.phase} (${phase})`,
  );
  return {
    within: Math.abs(off) <= WITHIN,
    covered: interval !== undefined && interval[0] <= truth && truth <= interval[1],
    threshold: firstBroken?.expression.startsWith(`${model.breaks} `) === true,
    server: firstBroken?.server === weak,
    phase: firstBroken?.phase === model.phase,
    off,
  };
}

/** A fleet without limits: the search has to say so, and its phases are what a join takes beside the server. */
async function searchFree(): Promise<{ readonly saidAtLeast: boolean; readonly rest: Rest }> {
  await using fleet = await fleetThatHides(undefined);
  const { answer, users, steps } = await search(fleet, scenario({ audio: 'none', joinLimitMs: JOIN_LIMIT_MS }, 1), { max: REQUIRED, holdS: 6 });
  const phaseMs = (name: string): number => figureOf(steps.flatMap(({ phases = [] }) => phases.filter(({ phase }) => phase === name).map(({ p50Ms }) => p50Ms)), 'ms').median;
  const rest = { apiMs: phaseMs('api'), socketMs: phaseMs('socket'), readyMs: phaseMs('ready') };
  console.log(`without limits: ${answer.kind} ${users} users; a join takes ${rest.readyMs.toFixed(0)} ms (median)`);
  return { saidAtLeast: answer.kind === 'at-least' && users >= REQUIRED, rest };
}

/** Names of figures, as README has them, by what is found right. */
const SHARES = { within5Percent: 'within', rightThreshold: 'threshold', rightServer: 'server', rightPhase: 'phase', interval: 'covered' } as const;

try {
  const at = process.argv.indexOf('--model');
  const models = MODELS.filter(({ name }) => at < 0 || name === process.argv[at + 1]);
  if (models.length === 0) throw new Error(`--model: one of ${MODELS.map(({ name }) => name).join(', ')}`);
  const { saidAtLeast, rest } = await searchFree();
  const limit = pLimit(AT_ONCE);
  for (const model of models) {
    const found = await Promise.all(Array.from({ length: SEEDS }, (_, index) => limit(() => find(model, index + 1, rest))));
    const figures = {
      saidAtLeast: figureOf([saidAtLeast ? 1 : 0], 'of 1'),
      ...Object.fromEntries(Object.entries(SHARES).map(([figure, key]) => [figure, figureOf([found.filter((one) => one[key]).length], `of ${SEEDS}`)])),
      offPercent: figureOf(found.map(({ off }) => off * 100), '%'),
    };
    report({ name: `capacity-${model.name}`, runs: SEEDS, versions: {}, figures }, { write: SEEDS >= COMPLETE });
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
