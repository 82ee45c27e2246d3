import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import { packageRoot } from '../../src/core/paths.js';
import type { PartId } from '../smoke/parts.js';
import type { SmokeSummary } from '../smoke/summary.js';
import { browserForTests } from '../fakes/test-browser.js';
import { finished, startSimProcess, type SimProcess } from './cli.js';

interface SuiteRun {
  readonly code: number | null;
  readonly printed: string;
  readonly summary: SmokeSummary;
  /** Everything that was written. */
  readonly dir: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-smoke-'));
const never = new AbortController().signal;
const NO_BROWSER = { FIRSTBELL_BROWSER: '/nowhere/chromium' };
let sim: SimProcess;
let api: BbbApi;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2']);
  api = new BbbApi(sim, { clock: systemClock });
  await api.create({ meetingID: 'physics', name: 'Physics 8b' }, never);
}, 30_000);

afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await sim?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function startSuite(dir: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const cli = join(packageRoot(), 'node_modules', '@playwright', 'test', 'cli.js');
  return spawn(process.execPath, [cli, 'test', ...args], { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, BBB_URL: sim.url, BBB_SECRET: sim.secret, SMOKE_OUTPUT: dir, SMOKE_WAIT_S: '6', ...env } });
}

async function suite(args: readonly string[], faults: readonly string[], env: Readonly<Record<string, string>>): Promise<SuiteRun> {
  await setFaults(faults);
  const dir = mkdtempSync(join(scratch, 'run-'));
  const { code, stdout, stderr } = await finished(startSuite(dir, args, env));
  await setFaults([]);
  return { code, printed: stdout + stderr, summary: summaryIn(dir), dir };
}

function summaryIn(dir: string): SmokeSummary {
  return JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')) as SmokeSummary;
}

async function setFaults(faults: readonly string[]): Promise<void> {
  const answer = await fetch(new URL('/sim/faults', sim.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults) });
  expect(answer.status).toBe(200);
}

function inState({ summary }: SuiteRun, state: string): readonly PartId[] {
  return summary.parts.filter((one) => one.state === state).map(({ part }) => part);
}

async function meetingsLeft(): Promise<readonly string[]> {
  return (await api.getMeetings(never)).filter(({ ended }) => !ended).map(({ name }) => name);
}

describe('the smoke suite without a browser', () => {
  it('finds a healthy target fine, leaves nothing behind and the meetings of others alone', async () => {
    const run = await suite(['--grep', '@api'], [], NO_BROWSER);
    expect({ code: run.code, broken: inState(run, 'broken'), unexplained: run.summary.unexplained }).toEqual({ code: 0, broken: [], unexplained: [] });
    expect(inState(run, 'ok')).toEqual(['api', 'load-balancer', 'graphql', 'state', 'sfu-audio', 'end']);
    expect(run.summary).toMatchObject({ schema: 1, ok: true, target: new URL(sim.url).host, tests: { failed: 0 } });
    expect(await meetingsLeft()).toEqual(['Physics 8b']);
    expect(readFileSync(join(run.dir, 'junit.xml'), 'utf8')).toMatch(/<testsuites [^>]*failures="0"/);
    expect(existsSync(join(run.dir, 'html', 'index.html'))).toBe(true);
  }, 60_000);

  it('does not take a simulator for a target whose variable is empty', async () => {
    const { code, stdout, stderr } = await finished(startSuite(mkdtempSync(join(scratch, 'run-')), ['--grep', '@api'], { ...NO_BROWSER, BBB_URL: '' }));
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('BBB_URL is set, but empty');
  }, 60_000);

  it.each<{ fault: string; broken: PartId; words: RegExp }>([
    { fault: 'graphql-refuse', broken: 'graphql', words: /connections_limit_exceeded/ },
    { fault: 'no-servers', broken: 'load-balancer', words: /no available server/ },
    { fault: 'api-html', broken: 'api', words: /HTML/ },
  ])('names the $broken when the target has $fault', async ({ fault, broken, words }) => {
    const run = await suite(['--grep', '@api'], [fault], NO_BROWSER);
    expect(run.code).toBe(1);
    expect(inState(run, 'broken')).toEqual([broken]);
    const part = run.summary.parts.find((one) => one.part === broken)!;
    expect(part.found.join('\n')).toMatch(words);
    expect(run.printed).toMatch(new RegExp(`${part.title} +BROKEN`));
    expect(run.printed).toContain(`Begin with ${part.title}`);
    expect(run.printed).not.toContain(sim.secret);
  }, 60_000);

  it('ends its meetings when it is interrupted', async () => {
    await setFaults(['api-delay=800']);
    const dir = mkdtempSync(join(scratch, 'run-'));
    const child = startSuite(dir, ['--grep', 'creates, finds'], NO_BROWSER);
    const ended = finished(child);
    while (!(await meetingsLeft()).some((name) => name.startsWith('Firstbell smoke')) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    await setFaults([]);
    expect(await meetingsLeft()).toEqual(['Physics 8b']);
    expect(summaryIn(dir).ok).toBe(false);
  }, 60_000);
});

describe('the smoke suite with Chromium', () => {
  it('tells media that do not flow from signalling that fails, with evidence and without credentials', async () => {
    const run = await suite(['--grep', 'hear each other'], ['no-media'], { FIRSTBELL_BROWSER: browserForTests() });
    expect(run.code).toBe(1);
    expect(inState(run, 'broken')).toEqual(['sfu-audio']);
    expect(inState(run, 'ok')).toEqual(['api', 'client', 'graphql', 'state']);
    expect(run.summary.parts.find(({ part }) => part === 'sfu-audio')!.found[0]).toMatch(/hears the .*0 audio packets arrived/);
    const files = readdirSync(run.dir, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
    expect(files.some((path) => /test-failed-\d\.png$/.test(path))).toBe(true);
    const traces = files.filter((path) => path.endsWith('trace.zip'));
    expect(traces).toHaveLength(1);

    const texts = files.flatMap((path) => textsIn(path, readFileSync(path)));
    expect(texts.some(({ text }) => text.includes('sessionToken=[redacted]'))).toBe(true);
    for (const { name, text } of texts) {
      expect(text.includes(sim.secret), `the secret in ${name}`).toBe(false);
      expect(/checksum=[0-9a-f]{8}/.exec(text)?.[0], `a checksum in ${name}`).toBeUndefined();
      expect(/(?:session|auth)Token(?:=|%3D|\\*": ?\\*")[a-z0-9]{8,}/i.exec(text)?.[0], `a token in ${name}`).toBeUndefined();
    }
    expect(await meetingsLeft()).toEqual(['Physics 8b']);
  }, 90_000);
});

/** A file, or what is in it: traces are zips, and the HTML report carries one as base64. */
function textsIn(name: string, bytes: Uint8Array): readonly { readonly name: string; readonly text: string }[] {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return Object.entries(unzipSync(bytes)).flatMap(([entry, inner]) => textsIn(`${name}!${entry}`, inner));
  const text = strFromU8(bytes, true);
  const inside = /base64,(UEsDB[A-Za-z0-9+/=]+)/.exec(text)?.[1];
  return [{ name, text }, ...(inside === undefined ? [] : textsIn(`${name}#`, Buffer.from(inside, 'base64')))];
}
