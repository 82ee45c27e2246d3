import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { sleep, systemClock } from '../src/core/clock.js';
import { option } from './lib/crowd.js';
import { figureOf, report, type Figure } from './lib/figures.js';
import { RECORD_TARGETS } from './lib/fuzz-records.js';
import { WIRE_TARGETS } from './lib/fuzz-targets.js';

/**
 * Everything that reads what others wrote, against millions of bad inputs: each target for an equal part of the time, in a thread with little
 * memory and a watcher, for a case that never ends or eats all memory must be named too. A case is made from its seed alone: `--target "JSON
 * patches" --seed 123 --cases 1` has it again. Ends with exit code 1 at the first defect of any target; the others are tried all the same.
 */
const SECONDS = option('seconds', 240);
const SEED = option('seed', 1);
const CASES = option('cases', 2 ** 31 - 1);
const only = process.argv.includes('--target') ? process.argv[process.argv.indexOf('--target') + 1] : undefined;

/** Heap of a thread; what one case may take is a small part of it. */
const HEAP_MB = 768;
/** A case that takes longer has hung: the slowest of them take some hundred milliseconds. */
const HUNG_MS = 20_000;
const LOOK_EVERY_MS = 250;

/** Places in the memory that a thread shares with its watcher: the seed under way, and cases done. */
const CASE = 0;
const COUNT = 1;

interface Job {
  readonly name: string;
  readonly seed: number;
  readonly cases: number;
  readonly forMs: number;
  readonly shared: SharedArrayBuffer;
}

interface Outcome {
  readonly cases: number;
  readonly slowestMs: number;
  /** What is wrong, and with which seed; undefined: nothing. */
  readonly defect?: { readonly seed: number; readonly what: string };
}

const TARGETS = [...WIRE_TARGETS, ...RECORD_TARGETS];

/** In the thread: one case after the other, until the time is over or one is wrong. */
function work({ name, seed, cases, forMs, shared }: Job): Outcome {
  const target = TARGETS.find((one) => one.name === name)!;
  const state = new Int32Array(shared);
  const endMs = systemClock.nowMs() + forMs;
  let [slowestMs, count, nowMs] = [0, 0, systemClock.nowMs()];
  for (; count < cases && nowMs < endMs; count++) {
    Atomics.store(state, CASE, seed + count);
    try {
      target.run(seed + count);
    } catch (error) {
      return { cases: count, slowestMs, defect: { seed: seed + count, what: error instanceof Error ? (error.stack ?? error.message) : String(error) } };
    }
    const beforeMs = nowMs;
    nowMs = systemClock.nowMs();
    slowestMs = Math.max(slowestMs, nowMs - beforeMs);
    Atomics.store(state, COUNT, count + 1);
  }
  return { cases: count, slowestMs };
}

function watched(name: string, forMs: number): Promise<Outcome> {
  const shared = new SharedArrayBuffer(8);
  const state = new Int32Array(shared);
  const job: Job = { name, seed: SEED, cases: CASES, forMs, shared };
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job, argv: process.argv.slice(2), resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  const underWay = (what: string): Outcome => ({ cases: Atomics.load(state, COUNT), slowestMs: Number.NaN, defect: { seed: Atomics.load(state, CASE), what } });
  const over = new AbortController();
  return new Promise<Outcome>((resolve) => {
    worker.once('message', resolve);
    // Out of memory, or an error that no case can have caught: a rejection, a callback.
    worker.once('error', (error: Error) => resolve(underWay(error.stack ?? error.message)));
    void (async () => {
      let [last, sinceMs] = [-1, systemClock.nowMs()];
      for (;;) {
        await sleep(systemClock, LOOK_EVERY_MS, over.signal).catch(() => undefined);
        if (over.signal.aborted) return;
        const now = Atomics.load(state, COUNT);
        if (now !== last) [last, sinceMs] = [now, systemClock.nowMs()];
        else if (systemClock.nowMs() - sinceMs > HUNG_MS) return resolve(underWay(`the case did not end within ${HUNG_MS / 1_000} s`));
      }
    })();
  }).finally(async () => {
    over.abort();
    await worker.terminate();
  });
}

/** `XML answers` → `xmlAnswersCases`. */
function keyOf(name: string): string {
  const [first = '', ...rest] = `${name} cases`.toLowerCase().split(' ');
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

async function main(): Promise<void> {
  const chosen = TARGETS.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`no target is called ${only}; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
  const forMs = (SECONDS * 1_000) / chosen.length;
  console.log(`${chosen.length} targets, ${(forMs / 1_000).toFixed(0)} s each, seeds from ${SEED} on`);
  const figures: Record<string, Figure> = {};
  let total = 0;
  let defects = 0;
  for (const { name } of chosen) {
    const { cases, slowestMs, defect } = await watched(name, forMs);
    total += cases;
    figures[keyOf(name)] = figureOf([cases], 'cases');
    console.log(`  ${name.padEnd(18)} ${String(cases).padStart(10)} cases, slowest ${Number.isNaN(slowestMs) ? '?' : slowestMs.toFixed(0)} ms${defect ? `: WRONG at seed ${defect.seed}` : ''}`);
    if (!defect) continue;
    defects++;
    console.log(`    ${defect.what.split('\n').slice(0, 8).join('\n    ')}\n    again: npm run bench:fuzz -- --target "${name}" --seed ${defect.seed} --cases 1`);
  }
  if (only === undefined && CASES > total) report({ name: 'fuzz', runs: 1, versions: {}, figures: { ...figures, cases: figureOf([total], 'cases'), defects: figureOf([defects], 'defects') } });
  console.log(defects === 0 ? `\n${total} cases, nothing wrong.` : `\n${total} cases, ${defects} of ${chosen.length} targets have a defect.`);
  process.exitCode = defects === 0 ? 0 : 1;
}

if (isMainThread) await main();
else parentPort!.postMessage(work(workerData as Job));
