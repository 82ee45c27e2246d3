import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capacity } from '../../../src/capacity/capacity.js';
import { runCli } from '../../../src/cli/main.js';
import { writeCapacity } from '../../../src/cli/remake-capacity.js';
import { remakeReport } from '../../../src/cli/remake-report.js';
import { stepsInLanguage } from '../../../src/cli/step-languages.js';
import type { Lang } from '../../../src/report/format.js';
import { buildCapacity } from '../../fakes/capacity.js';
import { memoryIo } from '../../fakes/memory-io.js';
import { buildRun, writeRun } from '../../fakes/run-folder.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const SCENARIO = `name: Step
target: simulator
users: { browser: rest }
meetings: { lessons: { size: 5, teachers: 1 } }
load: [{ name: lessons, executor: constant-users, meetings: lessons, meetingCount: 3, users: 15, duration: 2m }]
thresholds: [join_time p(95) < 20 s]
`;

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'firstbell-languages-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** The folder of a search, of whose steps these were run and reported. */
async function searchWith(name: string, runs: Readonly<Record<string, Lang>>): Promise<{ readonly dir: string; readonly capacity: Capacity; readonly langOf: (run: string) => Promise<string | undefined> }> {
  const dir = join(base, name);
  const capacity = buildCapacity({ serversDown: 1, kneeDown: 4_600 });
  await mkdir(join(dir, 'steps'), { recursive: true });
  for (const [run, lang] of Object.entries(runs)) {
    await remakeReport(await writeRun(join(dir, 'steps'), { ...buildRun({ run }), scenarioText: SCENARIO }), lang);
  }
  await writeCapacity(dir, capacity, 'en');
  return { dir, capacity, langOf: async (run) => /<html lang="(\w+)"/.exec(await readFile(join(dir, 'steps', run, 'report.html'), 'utf8'))?.[1] };
}

describe('the reports of the steps of a search', () => {
  it('are made again in the language in which its own report is', async () => {
    const { dir, langOf } = await searchWith('german', { 'run-1': 'en', 'run-2': 'de' });
    const io = memoryIo({ cwd: dir });
    await runCli(['report', '.', '--lang', 'de', '--format', 'html'], io);
    expect(io.stdout()).toBe('capacity.html\n');
    expect(await Promise.all(['run-1', 'run-2'].map(langOf))).toEqual(['de', 'de']);
  });

  it('are left alone where they are in that language, and where there are none', async () => {
    const { dir, capacity } = await searchWith('alone', { 'run-1': 'de', 'run-2': 'en' });
    const made: string[] = [];
    await stepsInLanguage({ dir, capacity, lang: 'de', clock: new VirtualClock(), say: expect.unreachable, remake: async (step) => void made.push(basename(step)) });
    expect(made).toEqual(['run-2']);
  });

  it('are counted while it takes long', async () => {
    const { dir, capacity } = await searchWith('long', { 'run-1': 'en', 'run-2': 'en', 'run-3': 'en' });
    const clock = new VirtualClock();
    const said: string[] = [];
    await stepsInLanguage({ dir, capacity, lang: 'de', clock, say: (text) => void said.push(text), remake: () => clock.advanceTo(clock.nowMs() + 1_500) });
    expect(said).toEqual(['Making the reports of the steps in the language of this one: 1 of 3 …', 'Making the reports of the steps in the language of this one: 2 of 3 …']);
  });

  it('do not keep one another from being made', async () => {
    const { dir, capacity, langOf } = await searchWith('damaged', { 'run-1': 'en', 'run-2': 'en' });
    await writeFile(join(dir, 'steps', 'run-1', 'run.json'), '{');
    const said: string[] = [];
    await stepsInLanguage({ dir, capacity, lang: 'de', clock: new VirtualClock(), say: (text) => void said.push(text) });
    expect(said).toEqual([expect.stringMatching(/^left as it was: .*run\.json is not what a run of this version writes/)]);
    expect(await Promise.all(['run-1', 'run-2'].map(langOf))).toEqual(['en', 'de']);
  });
});
