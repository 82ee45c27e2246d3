import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultControl, requireAllowed, requireFaults } from '../../src/cli/happenings.js';
import { hookRunner } from '../../src/cli/hooks.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { HookEnd } from '../../src/run/ports.js';
import { startSim } from '../../src/sim/fleet.js';
import { planOf } from '../fakes/fake-run.js';

const SECRET = 'correcthorsebattery';
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'firstbell-hooks-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function run(command: readonly string[], { timeoutMs = 20_000, signal = new AbortController().signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<HookEnd> {
  const env = { PATH: process.env['PATH'], BBB_SECRET: SECRET, OTHER: `https://x/?checksum=${SECRET}`, HARMLESS: 'yes' };
  return hookRunner({ io: { clock: systemClock, env }, dir, runId: 'run-1', targetUrl: 'https://bbb.example.org/api', secrets: [SECRET] }).run({ name: 'stop bbb03', command, timeoutMs }, signal);
}

const printed = (end: HookEnd): Promise<string> => readFile(join(dir, end.output!), 'utf8');

describe('a hook', () => {
  it('keeps what the command printed, and its exit code', async () => {
    const end = await run(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(end).toEqual({ exitCode: 7, problem: undefined, output: 'hooks/01-stop-bbb03.log' });
    expect((await printed(end)).split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('sees the run, and no shared secret', async () => {
    const text = await printed(await run(['env']));
    expect(text).toContain('FIRSTBELL_RUN=run-1');
    expect(text).toContain('FIRSTBELL_TARGET=https://bbb.example.org/api');
    expect(text).toContain('HARMLESS=yes');
    expect(text).not.toMatch(/SECRET|OTHER|correcthorse/);
  });

  it('has a secret that it prints nevertheless removed from its output', async () => {
    expect(await printed(await run(['echo', `the secret is ${SECRET}`]))).not.toContain(SECRET);
  });

  it('gets its arguments as they are: no shell looks at them', async () => {
    expect(await printed(await run(['echo', '$HOME; rm -rf $BBB_SECRET `id`']))).toBe('$HOME; rm -rf $BBB_SECRET `id`\n');
  });

  it('is killed with its children after its time, and when the run stops', async () => {
    const command = ['sh', '-c', 'sleep 600 & wait'];
    expect(await run(command, { timeoutMs: 200 })).toEqual({ exitCode: undefined, problem: 'killed after 0.2 s', output: undefined });
    const stop = new AbortController();
    const ended = run(command, { signal: stop.signal });
    stop.abort();
    expect(await ended).toEqual({ exitCode: undefined, problem: 'killed when the run ended', output: undefined });
  });

  it.skipIf(process.platform !== 'linux').each([
    ['when it has ended', 'exit 0', 20_000, { exitCode: 0, problem: undefined }],
    ['when it is killed', 'exec sleep 600', 1_000, { exitCode: undefined, problem: 'killed after 1 s' }],
  ])('does not wait for what it has left behind outside its group: %s', async (_when, then, timeoutMs, expected) => {
    const end = await run(['sh', '-c', `setsid sleep 600 & echo $!; ${then}`], { timeoutMs });
    try {
      expect(end).toMatchObject(expected);
    } finally {
      process.kill(Number((await printed(end)).trim()), 'SIGKILL');
    }
  });

  it('says why it could not be started', async () => {
    expect(await run(['/no/such/program'])).toEqual({ exitCode: undefined, problem: 'could not be started: ENOENT', output: undefined });
    expect(await readdir(dir)).toEqual([]);
  });

  it('does not fill the disk', async () => {
    const text = await printed(await run(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x']));
    expect(text.length).toBeLessThan(1_000_100);
    expect(text).toMatch(/\[2000000 more bytes were printed\]\n$/);
  });
});

describe('commands and faults of a scenario', () => {
  const hook = { atMs: 0, do: 'exec', name: 'a', command: ['reboot', 'now'], timeoutMs: 1_000 } as const;

  it('need the word of the operator, who is shown what would run', () => {
    expect(() => requireAllowed(planOf([], { happenings: [hook] }), false)).toThrow(/runs a command on this machine: reboot now/);
    expect(() => requireAllowed(planOf([], { happenings: [hook] }), true)).not.toThrow();
    expect(() => requireAllowed(planOf([]), false)).not.toThrow();
  });

  it('are refused when the simulator knows no such fault', () => {
    expect(() => requireFaults(planOf([], { happenings: [{ atMs: 0, do: 'faults', faults: ['api-dely=5'] }] }))).toThrow(/"api-dely=5" is no fault/);
  });

  it('reach a simulator that runs, beside the faults it was started with', async () => {
    await using sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
    const state = async (): Promise<unknown> => ((await (await fetch(new URL('/sim/state', sim.url))).json()) as { faults: unknown }).faults;
    const control = faultControl(sim.url, ['full']);
    const signal = new AbortController().signal;
    await control.set(['bbb01:api-delay=5'], signal);
    expect(await state()).toMatchObject([{ kind: 'full' }, { kind: 'api-delay', server: 'bbb01', value: 5 }]);
    await control.set([], signal);
    expect(await state()).toMatchObject([{ kind: 'full' }]);
  });

  it('say so when no simulator answers', async () => {
    await expect(faultControl('http://127.0.0.1:9/bigbluebutton/api', []).set([], new AbortController().signal)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  });
});
