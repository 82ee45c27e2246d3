import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownFolder } from '../../../src/cli/folder-owner.js';
import { runCli } from '../../../src/cli/main.js';
import { memoryIo } from '../../fakes/memory-io.js';
import { buildRun, writeRun } from '../../fakes/run-folder.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'firstbell-cleanup-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** A run whose meeting is still open, on a target whose secret is not here: what is looked at is named as what could not be ended. */
async function left(reports: string, run: string): Promise<string> {
  const base = join(cwd, reports);
  mkdirSync(base, { recursive: true });
  const dir = await writeRun(base, buildRun({ run, target: { kind: 'bbb', url: 'https://bbb.example.org/bigbluebutton/api', secretEnv: 'BBB_SECRET', bbbVersion: undefined } }));
  writeFileSync(join(dir, 'ledger.jsonl'), `${JSON.stringify({ type: 'created', run, meetingId: `firstbell-${run}-0`, wallMs: 1 })}\n`);
  return dir;
}

/** As a disk that fails, or a file of another user, is: also for root. */
function unreadable(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

async function lookedAt(...args: readonly string[]): Promise<readonly string[]> {
  const io = memoryIo({ cwd });
  const code = await runCli(['cleanup', ...args, '--json'], io);
  const { meetings, problems } = JSON.parse(io.stdout()) as { readonly meetings: unknown[]; readonly problems: readonly { readonly dir: string; readonly code: string }[] };
  expect({ code, meetings, codes: new Set(problems.map((problem) => problem.code)) }).toEqual({ code: 4, meetings: [], codes: new Set(['SECRET_MISSING']) });
  return problems.map(({ dir }) => dir);
}

describe('firstbell cleanup', () => {
  it('looks at every run, and at every step of a capacity search that was killed', async () => {
    await left('reports', 'run-1');
    await left('reports/capacity-1/steps', 'run-2');
    await left('reports/capacity-1/steps', 'run-3');
    mkdirSync(join(cwd, 'reports', 'of-others', 'steps'), { recursive: true });
    expect(await lookedAt()).toEqual(['reports/capacity-1/steps/run-2', 'reports/capacity-1/steps/run-3', 'reports/run-1']);
    expect(await lookedAt('reports/capacity-1')).toEqual(['reports/capacity-1/steps/run-2', 'reports/capacity-1/steps/run-3']);
  });

  it('leaves a run alone that goes on, and says so', async () => {
    const dir = await left('reports', 'run-1');
    await left('reports', 'run-2');
    {
      await using _owner = await ownFolder(dir);
      expect(await lookedAt()).toEqual(['reports/run-2']);
      const io = memoryIo({ cwd });
      expect(await runCli(['cleanup', 'reports/run-1', '--json'], io)).toBe(4);
      expect(JSON.parse(io.stdout())).toMatchObject({ meetings: [], problems: [{ dir: 'reports/run-1', code: 'RUN_ACTIVE' }] });
      expect(io.stderr()).toContain(`process ${process.pid} works on it (wait for it, or stop it`);
      await expect(ownFolder(dir)).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    }
    expect(await lookedAt()).toEqual(['reports/run-1', 'reports/run-2']);
  });

  it.each([
    ['has ended', { pid: 2 ** 22 + 1, host: hostname(), startTicks: 1 }],
    ['gave its number to another', { pid: process.pid, host: hostname(), startTicks: 1 }],
    ['was of another machine', { pid: process.pid, host: 'elsewhere.example.org' }],
    ['wrote half a line', '{"pid":'],
    ['wrote something else', { pid: 'rm', host: 7 }],
  ])('takes a run as over whose process %s', async (_, owner) => {
    const dir = await left('reports', 'run-1');
    writeFileSync(join(dir, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
    expect(await lookedAt()).toEqual(['reports/run-1']);
  });

  it('needs nothing of a run folder but what was there first', async () => {
    const dir = await left('reports', 'run-1');
    writeFileSync(join(dir, 'plan.json'), '{ "torn');
    rmSync(join(dir, 'events.jsonl'));
    expect(await lookedAt()).toEqual(['reports/run-1']);
  });

  it.each([
    ['a torn run.json', 'left', (dir: string) => writeFileSync(join(dir, 'run.json'), '{ "schema"')],
    ['an empty run.json', 'left', (dir: string) => writeFileSync(join(dir, 'run.json'), '')],
    ['no run.json', 'left', (dir: string) => rmSync(join(dir, 'run.json'))],
    ['a torn run.json and a ledger that cannot be read', 'left', (dir: string) => (writeFileSync(join(dir, 'run.json'), ''), unreadable(join(dir, 'ledger.jsonl')))],
    ['a torn run.json and nothing open', 'nothing', (dir: string) => (writeFileSync(join(dir, 'run.json'), ''), appendFileSync(join(dir, 'ledger.jsonl'), `${JSON.stringify({ type: 'ended', run: 'run-1', meetingId: 'firstbell-run-1-0', wallMs: 2 })}\n`))],
    ['a torn run.json and no ledger', 'nothing', (dir: string) => (writeFileSync(join(dir, 'run.json'), ''), rmSync(join(dir, 'ledger.jsonl')))],
    ['no run.json and no ledger', 'nothing', (dir: string) => (rmSync(join(dir, 'run.json')), rmSync(join(dir, 'ledger.jsonl')))],
    ['no ledger', 'nothing', (dir: string) => rmSync(join(dir, 'ledger.jsonl'))],
  ])('says of a folder with %s that there may be something %s behind', async (_, what, damage) => {
    damage(await left('reports', 'run-1'));
    const io = memoryIo({ cwd });
    const code = await runCli(['cleanup'], io);
    if (what === 'nothing') expect([code, io.stdout(), io.stderr()]).toEqual([0, 'Nothing was left behind.\n', '']);
    else {
      expect([code, io.stdout()]).toEqual([4, '']);
      expect(io.stderr()).toMatch(/^reports\/run-1: .*run\.json.*\(its meetings may still be open: `firstbell cleanup --url URL`/);
    }
  });

  it('looks on the target for what a run has whose ledger cannot be read, and says so', async () => {
    unreadable(join(await left('reports', 'run-1'), 'ledger.jsonl'));
    const io = memoryIo({ cwd });
    expect(await runCli(['cleanup', '--json'], io)).toBe(4);
    expect((JSON.parse(io.stdout()) as { problems: { code: string }[] }).problems.map(({ code }) => code)).toEqual(['FILE_UNREADABLE', 'SECRET_MISSING']);
  });

  it('says so when a folder that was named is none of a run', async () => {
    const io = memoryIo({ cwd });
    expect(await runCli(['cleanup', 'nothing'], io)).toBe(2);
    expect(io.stderr()).toMatch(/^error FILE_UNREADABLE/);
  });
});
