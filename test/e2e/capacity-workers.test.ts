import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Capacity } from '../../src/capacity/capacity.js';
import { readRunFolder } from '../../src/report/read-run-folder.js';
import type { Summary } from '../../src/report/summary.js';
import { startFleet, type DrillFleet } from '../drills/stage.js';
import { hasNats, startNats, type NatsProcess } from '../fakes/nats.js';
import { cli, finished, startCli } from './cli.js';
import { commandIn, joined, openMeetings, stepDirs, textOf, writeClasses } from './searches.js';

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-capacity-workers-'));
const scenario = writeClasses(scratch);
let crews = 0;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Crew extends AsyncDisposable {
  readonly nats: NatsProcess;
  readonly fleet: DrillFleet;
  readonly env: Readonly<Record<string, string>>;
  /** Where its searches leave what they found. */
  readonly reports: string;
  startWorker(name: string): ChildProcess;
  /** What a worker has said. */
  said(worker: ChildProcess): string;
  /** The arguments of a search that two workers carry out. */
  asked(...limits: readonly string[]): readonly string[];
}

/** A broker, a fleet whose capacity is known, and workers that end with the test. */
async function startCrew(): Promise<Crew> {
  const nats = await startNats();
  // What it can do is nowhere but here: a seventh connection is refused.
  const fleet = await startFleet(['--servers', '1'], { env: { FIRSTBELL_SIM_CAPACITY: 'connections=6' } });
  const env = { BBB_SECRET: fleet.secret };
  const reports = join(scratch, `crew-${++crews}`);
  const texts = new Map<ChildProcess, string>();
  return {
    nats,
    fleet,
    env,
    reports,
    startWorker: (name) => {
      const child = startCli(['worker', '--nats', nats.url, '--name', name], { env });
      texts.set(child, '');
      child.stderr!.setEncoding('utf8').on('data', (chunk: string) => texts.set(child, texts.get(child)! + chunk));
      return child;
    },
    said: (worker) => texts.get(worker)!,
    asked: (...limits) => ['capacity', scenario, '--url', fleet.url, '--workers', '2', '--nats', nats.url, ...limits, '--repeats', '1', '--step-hold', '5', '--max-hold', '5', '--rate', '20', '--reports', reports],
    [Symbol.asyncDispose]: async () => {
      for (const worker of texts.keys()) worker.kill('SIGKILL');
      await fleet[Symbol.asyncDispose]();
      await nats.stop();
    },
  };
}

/** At once: each has a crew of its own, and mostly waits. */
describe.skipIf(!hasNats).concurrent('a search whose load workers bring', () => {
  it('says that they are missing, and is gone on with when they have come: they serve step after step, to the hidden capacity', async () => {
    await using crew = await startCrew();
    const { nats, env } = crew;
    const first = crew.startWorker('first');
    const missing = await cli([...crew.asked('--require', '5', '--max', '12', '--start', '3', '--tolerance', '0.5', '--max-steps', '12'), '--wait-for-workers', '3'], { env });
    expect(missing.code).toBe(4);
    expect(missing.stderr).toMatch(/only \d of 2 workers were ready/);
    const command = commandIn(missing.stderr);
    expect(command.join(' ')).toContain(`--workers 2`);
    expect(command.join(' ')).toContain(`--nats ${nats.url}`);
    crew.startWorker('second');
    const result = await cli([...command.map((word, at) => (command[at - 1] === '--wait-for-workers' ? '60' : word)), '--json', '--quiet'], { env });
    expect({ stderr: result.stderr, code: result.code }).toEqual({ stderr: '', code: 0 });
    const capacity = JSON.parse(result.stdout) as Capacity;
    expect(capacity.asked.workers).toBe(2);
    expect(capacity.steps.map(({ users, outcome }) => outcome === (users <= 6 ? 'held' : 'broken'))).toEqual(capacity.steps.map(() => true));
    expect(new Set(capacity.steps.map(({ outcome }) => outcome))).toEqual(new Set(['held', 'broken']));
    if (!('knee' in capacity.answer)) throw new Error(`no knee was found: ${JSON.stringify(capacity.answer)}`);
    expect(capacity.answer.knee.low).toBeLessThanOrEqual(7);
    expect(capacity.answer.knee.high).toBeGreaterThanOrEqual(6);
    const last = await readRunFolder(stepDirs(crew.reports).at(-1)!);
    expect(new Set(last.events.flatMap((event) => (event.type === 'worker-ready' ? [event.worker.replace(/-.*/, '')] : [])))).toEqual(new Set(['first', 'second']));
    expect(crew.said(first).match(/all users have left/g)!.length).toBeGreaterThanOrEqual(capacity.steps.length);
    expect(await openMeetings(crew.fleet)).toEqual([]);
  }, 300_000);

  it('tries a load again in whose step a worker died: that says nothing about the fleet', async () => {
    await using crew = await startCrew();
    crew.startWorker('first');
    const second = crew.startWorker('second');
    const over = finished(startCli([...crew.asked('--require', '6', '--max', '6', '--start', '6'), '--wait-for-workers', '100', '--json', '--quiet'], { env: crew.env }));
    await joined(crew.reports, 1, 2);
    second.kill('SIGKILL');
    crew.startWorker('third');
    const { code, stdout, stderr } = await over;
    const capacity = JSON.parse(stdout) as Capacity;
    const reasons = stepDirs(crew.reports).map((dir) => (JSON.parse(textOf(join(dir, 'summary.json'))) as Summary).reasons.join());
    expect({ reasons, stderr }).toEqual({ reasons: [expect.stringMatching(/worker second-\w+ was lost/), ''], stderr: '' });
    expect(capacity.steps.map(({ users, outcome }) => [users, outcome])).toEqual([[6, 'undelivered'], [6, 'held']]);
    expect(code).toBe(0);
    expect(await openMeetings(crew.fleet)).toEqual([]);
  }, 300_000);
});
