import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

  it('needs nothing of a run folder but what was there first', async () => {
    const dir = await left('reports', 'run-1');
    writeFileSync(join(dir, 'plan.json'), '{ "torn');
    rmSync(join(dir, 'events.jsonl'));
    expect(await lookedAt()).toEqual(['reports/run-1']);
  });

  it('says so when a folder that was named is none of a run', async () => {
    const io = memoryIo({ cwd });
    expect(await runCli(['cleanup', 'nothing'], io)).toBe(2);
    expect(io.stderr()).toMatch(/^error FILE_UNREADABLE/);
  });
});
