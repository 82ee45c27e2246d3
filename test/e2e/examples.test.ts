import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { runCli } from '../../src/cli/main.js';
import { wireText } from '../../src/cli/wire-file.js';
import { systemClock } from '../../src/core/clock.js';
import { packageRoot } from '../../src/core/paths.js';
import { ApiMeetingHost } from '../../src/fleet/meetings.js';
import { RECORDED_PROFILE } from '../../src/native/wire-profile.js';
import { WRITTEN_PROFILE_4 } from '../../src/native/wire-profile-4.js';
import { buildCapacity } from '../fakes/capacity.js';
import { redirectionOf, shownExamples, wordsOf } from '../fakes/examples.js';
import { memoryIo, type MemoryIo } from '../fakes/memory-io.js';
import { buildRun, writeRun } from '../fakes/run-folder.js';
import { browserForTests } from '../fakes/test-browser.js';
import { startSimProcess, type SimProcess } from './cli.js';

/** Examples that are not run here, by how they begin; who runs what they show. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'firstbell calibrate': 'fills the machine for minutes; test/unit/cli/calibrate.test.ts has its steps',
  'firstbell capacity': 'many runs, minutes; test/e2e/capacity.test.ts searches in small',
  'firstbell learn': 'two browsers for a quarter of a minute; test/e2e/learn.test.ts learns',
  'firstbell worker': 'waits for the runs of a broker; test/drills/workers.test.ts has one',
  'firstbell run scenarios/darmstadt-morning.yaml --workers': 'needs a broker and six workers; test/drills/workers.test.ts has them',
  'firstbell sim --bbb 4.0': 'needs a livekit-server; test/e2e/livekit.test.ts has one',
};

/** What an example prints on stdout, by how it begins; the longest that fits. `code`: how it ends; default 0. */
const SAYS: Readonly<Record<string, { readonly out: RegExp; readonly code?: number }>> = {
  'firstbell baseline': { out: /^$/ },
  'firstbell check': { out: /^scenarios\/smoke\.yaml: ok\n$/ },
  'firstbell check scenarios/*.yaml --json': { out: /^\{"problems":\[\]/ },
  'firstbell cleanup': { out: /^Nothing was left behind\.\n$/ },
  'firstbell compare': { out: /demo/ },
  'firstbell compare baseline.json reports/latest --format junit': { out: /^<\?xml[^]*<testsuite/ },
  'firstbell compare baseline.json reports/latest --tolerance 2 --fail-on doubt': { out: /demo/, code: 3 },
  'firstbell doctor': { out: /^ok {4}browser .*starts and opens a page\n[^]*Fit for a run\.\n$/m },
  'firstbell history': { out: /^(reports\/history|trend)\.html: \d runs?( and \d capacity search(es)?)?\n$/ },
  'firstbell import users.json': { out: /^$/ },
  'firstbell import meetings.csv': { out: /^# [^]*executor: meeting-list/ },
  'firstbell plan': { out: /Users +\S+ at once/ },
  'firstbell plan scenarios/first-bell-demo.yaml --json': { out: /^\{"schema":1,/ },
  'firstbell report reports/latest': { out: /first-bell-demo/ },
  'firstbell report reports/latest --json': { out: /^\{"schema":1,/ },
  'firstbell report reports/latest --format pdf': { out: /^reports\/latest\/report\.pdf\n$/ },
  'firstbell report reports/latest --format csv': { out: /^reports\/latest\/metrics\.csv\nreports\/latest\/intervals\.csv\n$/ },
  'firstbell report reports/capacity-crowd': { out: /^reports\/capacity-crowd\/capacity\.pdf\n$/ },
  'firstbell run': { out: /fleet held: 2 of 2 users joined 1 meeting/ },
  'firstbell run scenarios/first-bell-demo.yaml --fault bbb01:api-delay=3000 --json': { out: /^\{"schema":1,[^]*"verdict":"held"/ },
  'firstbell run scenarios/smoke.yaml --url "$BBB_URL"': { out: /^\{"schema":1,[^]*"verdict":"held"/ },
  'firstbell schema': { out: /^\{[^]*"\$schema"/ },
  'firstbell sim': { out: /^Simulated fleet of \d+ BigBlueButton servers, ready\.[^]*Ctrl-C stops it\.\n$/ },
  'firstbell sim --port 8090 --json': { out: /^\{"url":"[^"]+","secret":"[^"]+","servers":\[\{"name":"bbb01"/ },
  'firstbell sim --servers 3 --json': { out: /^\{"url":"[^"]+","secret":"[^"]+","servers":\[\{"name":"bbb01"/ },
  'firstbell wire-diff': { out: /\w/ },
  'firstbell wire-diff wire-old.json wire-new.json --exit-code': { out: /\w/, code: 3 },
};

/** Stands where an example brings a crowd for minutes: two native users for three seconds, under generous limits. */
const TINY = `name: first-bell-demo
target: simulator
fleet: { servers: 2 }
users: { native: rest }
meetings: { room: { size: 2, teacher: { audio: none }, pupil: { audio: none } } }
load: [{ name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 2, duration: 3s }]
thresholds: [users_lost count == 0]
limits: { maxLateness: 20s, maxEventLoopDelay: 20s }
`;

const lines = (await shownExamples()).map(({ line }) => line);
const beginning = <T>(table: Readonly<Record<string, T>>, line: string): T | undefined => {
  const [longest] = Object.keys(table).filter((start) => line.startsWith(start)).sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : table[longest];
};
const run = lines.filter((line) => beginning(NOT_RUN, line) === undefined);

let dir: string;
let sim: SimProcess;

/** The words of an example with the simulator for the fleet, a tiny scenario for large ones, and any free port. */
function wordsHere(line: string): string[] {
  const loads = /^firstbell (run|doctor) /.test(line);
  return wordsOf(line).flatMap((word, at, all) => {
    if (word === 'https://bbb.example.org/bigbluebutton/api' || word === '$BBB_URL') return [sim.url];
    if (loads && word.startsWith('scenarios/')) return ['tiny.yaml'];
    if (all[at - 1] === '--port' || all[at - 1] === '--metrics-port') return ['0'];
    if (word === '--dashboard') return ['--dashboard=0'];
    if (word === 'scenarios/*.yaml') return readdirSync(join(dir, 'scenarios')).map((name) => `scenarios/${name}`);
    return [word];
  });
}

/** The same command line comes from several examples, once the scenarios are the same. */
const distinct = (line: string): string => [...wordsOf(line).map((word) => (line.startsWith('firstbell run ') && word.startsWith('scenarios/') ? '' : word)), redirectionOf(line)].join(' ');
const once = run.filter((line, index) => run.findIndex((other) => distinct(other) === distinct(line)) === index);

/** Presses Ctrl-C once it has said that it is ready. */
async function interruptOnceReady(io: MemoryIo, ended: Promise<number>): Promise<number> {
  const over = new AbortController();
  void ended.finally(() => over.abort()).catch(() => undefined);
  while (!io.stdout().endsWith('\n') && !over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
  io.interrupt();
  return ended;
}

const USERS = [0, 40, 40, 0];
const series = (name: string, scale: number): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: { __name__: name }, values: USERS.map((users, at) => [Date.UTC(2026, 0, 12, 7, 20 * at) / 1000, String(users * scale)]) }] } });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-examples-'));
  sim = await startSimProcess(['--servers', '2']);
  cpSync(join(packageRoot(), 'scenarios'), join(dir, 'scenarios'), { recursive: true });
  const file = (name: string, text: string): void => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  file('tiny.yaml', TINY);
  for (const name of ['20261123-070000-demo', '20261124-070000-demo']) {
    const target = { kind: 'bbb', url: sim.url, secretEnv: 'BBB_SECRET', bbbVersion: '3.0.19' } as const;
    await writeRun(join(dir, 'reports'), buildRun({ run: name, target }));
    file(join('reports', name, 'scenario.yaml'), TINY);
    file(join('reports', name, 'ledger.jsonl'), '');
    expect(await runCli(['report', join('reports', name)], memoryIo({ cwd: dir }))).toBe(0);
  }
  pointToLatest();
  file('reports/capacity-crowd/capacity.json', JSON.stringify(buildCapacity()));
  mkdirSync(join(dir, 'baselines'));
  for (const name of ['wire-3.0.19.json', 'wire-old.json']) file(name, wireText(RECORDED_PROFILE));
  for (const name of ['wire-3.0.20.json', 'wire-new.json', 'wire.json']) file(name, wireText(WRITTEN_PROFILE_4));
  // Only what the page has fetched, under the names that it gives.
  const fetched = [...readFileSync(join(packageRoot(), 'docs', 'school-day.md'), 'utf8').matchAll(/'query=(\w+)'[^>]*> (\S+\.json)$/gm)];
  for (const [, query, name] of fetched) file(name!, series(query!, query === 'bbb_meetings' ? 0.1 : 1));
  file('meetings.csv', `start,end,size\n${'08:00,08:45,20\n'.repeat(20)}`);
  for (const name of ['baseline.json', 'before.json']) expect(await runCli(['baseline', 'reports/latest', '--output', name], memoryIo({ cwd: dir }))).toBe(0);
}, 60_000);

afterAll(async () => {
  await sim.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The newest run is the prepared one, whatever has been run since. */
function pointToLatest(): void {
  rmSync(join(dir, 'reports', 'latest'), { force: true });
  symlinkSync('20261124-070000-demo', join(dir, 'reports', 'latest'));
}

beforeEach(pointToLatest);

const here = (): MemoryIo => memoryIo({ cwd: dir, env: { PATH: process.env['PATH'], FIRSTBELL_BROWSER: browserForTests(), BBB_SECRET: sim.secret } });

describe('an example', () => {
  it.each(once.map((line) => [line]))('does what it says: %s', async (line) => {
    const says = beginning(SAYS, line);
    expect(says, `no expectation for ${line}`).toBeDefined();
    const io = here();
    const ended = runCli(wordsHere(line), io);
    const code = await (line.startsWith('firstbell sim') ? interruptOnceReady(io, ended) : ended);
    expect({ code, errors: code === (says!.code ?? 0) ? '' : io.stderr() }).toEqual({ code: says!.code ?? 0, errors: '' });
    expect(io.stdout()).toMatch(says!.out);
    const file = redirectionOf(line);
    if (file !== undefined) writeFileSync(join(dir, file), io.stdout());
  }, 60_000);

  it('that is not run here is one of the command line', () => {
    for (const start of Object.keys(NOT_RUN)) expect(lines.some((line) => line.startsWith(start)), start).toBe(true);
    for (const start of Object.keys(SAYS)) expect(run.some((line) => line.startsWith(start)), start).toBe(true);
  });

  it('of files that are written leaves them as they are read elsewhere', async () => {
    const io = here();
    expect(await runCli(['check', 'scenarios/our-monday.yaml', 'scenarios/small-monday.yaml'], io)).toBe(0);
    expect(readFileSync(join(dir, 'compare.xml'), 'utf8')).toContain('<testsuite');
    expect(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'))).toMatchObject({ verdict: 'held' });
    expect(JSON.parse(readFileSync(join(dir, 'firstbell.schema.json'), 'utf8'))).toMatchObject({ type: 'object' });
  });
});

describe('firstbell cleanup', () => {
  const never = new AbortController().signal;

  it.each([
    ['firstbell cleanup', 'ledger', 0],
    ['firstbell cleanup reports/latest', 'ledger', 1],
    ['firstbell cleanup --url https://bbb.example.org/bigbluebutton/api', 'tag', 2],
  ] as const)('ends what is open: %s', async (line, from, index) => {
    expect(lines).toContain(line);
    const runId = '20261124-070000-demo';
    const meetingId = `firstbell-${runId}-${index}`;
    await using api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    await new ApiMeetingHost(api).create({ meetingId, name: 'Left behind', runId }, never);
    writeFileSync(join(dir, 'reports', runId, 'ledger.jsonl'), from === 'ledger' ? `${JSON.stringify({ type: 'created', run: runId, meetingId, wallMs: 1 })}\n` : '');
    const io = here();
    expect({ code: await runCli(wordsHere(line), io), errors: io.stderr() }).toEqual({ code: 0, errors: '' });
    expect(io.stdout()).toBe(`ended  ${meetingId}\n1 of 1 meetings ended.\n`);
    expect((await api.getMeetings(never)).map((one) => one.meetingID)).not.toContain(meetingId);
  });
});
