import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import { cli, finished, startSimProcess, type CliResult, type SimProcess } from '../e2e/cli.js';
import { startTcpProxy } from '../fakes/tcp-proxy.js';
import { pause } from '../fakes/nats.js';
import { browsersAmong, descendants, DrillStage, gone, hasMedia, openMeetings, startFleet, type Target } from './stage.js';

/** More of what goes wrong on a bad day: runs, browsers and fleets that die, connections that are cut or crawl, clocks that jump, machines that are too small. */

const stage = new DrillStage();
let sim: SimProcess;

beforeAll(async () => {
  sim = await startSimProcess(['--servers', '2', '--graphql-connections', '12000', '--sockets-per-second', '400']);
}, 30_000);

afterAll(async () => {
  await sim.stop();
  stage.close();
});

const part = (name: string, users: number, seconds: number, start = 0): string =>
  `  - { name: ${name}, executor: constant-users, start: ${start}s, meetings: lesson, meetingCount: ${Math.ceil(users / 20)}, users: ${users}, duration: ${seconds}s }`;

const talks = (seconds: number): string => `  - { name: talks, executor: constant-users, meetings: talk, meetingCount: 2, users: 8, duration: ${seconds}s }`;

/** One server of a fleet, without its balancer, behind a proxy. */
async function behindProxy(server: number): Promise<{ readonly target: Target; readonly proxy: Awaited<ReturnType<typeof startTcpProxy>> }> {
  const { url, secret } = sim.servers[server]!;
  const proxy = await startTcpProxy(Number(new URL(url).port));
  return { proxy, target: { url: url.replace(new URL(url).host, `127.0.0.1:${proxy.port}`), secret } };
}

/** The longest first, so that the others are played meanwhile. */
describe.concurrent('a drill', () => {
  it('with a fleet that falls silent, every connection open: the silence is noticed, and nobody counts as fine (exit 3)', async () => {
    const name = stage.fresh('silent');
    await using fleet = await startFleet(['--servers', '1', '--sockets-per-second', '400']);
    // Everybody is in after 20 s at the latest; silence is noticed after 20 s more.
    await using run = stage.run(name, stage.scenario(name, part('lessons', 20, 55)), fleet);
    await stage.events(name, 'user-joined', 20);
    process.kill(fleet.pid, 'SIGSTOP');
    expect((await run.done).code).toBe(3);
    expect(stage.summary(name).users).toMatchObject({ joined: 20, lost: 20, left: 0 });
  }, 240_000);

  it('with connections that are cut for a while: everybody comes back as the client does, and each interruption is counted (exit 0)', async () => {
    const name = stage.fresh('cut');
    const { target, proxy } = await behindProxy(0);
    await using _proxy = proxy;
    // Everybody is in after 20 s at the latest; who is cut off tries again 10 s later.
    await using run = stage.run(name, stage.scenario(name, part('lessons', 20, 50)), target);
    await stage.events(name, 'user-joined', 20);
    proxy.set('shut');
    await pause(2_000);
    proxy.set('open');
    const { code, stderr } = await run.done;
    // A look at the target's meetings may have met the cut, and says so.
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|INTERNAL/) as string });
    const { users, metrics, meetings } = stage.summary(name);
    expect(users).toMatchObject({ joined: 20, left: 20, lost: 0, failed: 0 });
    expect(metrics.reconnect_time?.count).toBe(20);
    expect(metrics.errors?.by['code=CONNECTION_INTERRUPTED']?.sum).toBeGreaterThanOrEqual(20);
    expect(meetings.leftOpen).toBe(0);
    expect(await openMeetings(sim, name)).toBe(0);
  }, 150_000);

  it('with a server whose answers crawl: who comes then does not get in, who is in stays in (exit 3)', async () => {
    const name = stage.fresh('crawl');
    const { target, proxy } = await behindProxy(1);
    await using _proxy = proxy;
    // The early ones are in before the late ones come, and stay until those have given up.
    await using run = stage.run(name, stage.scenario(name, `${part('early', 10, 62)}\n${part('late', 10, 35, 23)}`), target);
    await stage.events(name, 'meeting-created', 2);
    await stage.events(name, 'user-joined', 10);
    proxy.set('drip');
    await stage.events(name, 'user-ended', 10);
    proxy.set('open');
    expect((await run.done).code).toBe(3);
    const { users, errors, meetings, reasons } = stage.summary(name);
    expect(users).toMatchObject({ joined: 10, failed: 10, left: 10, lost: 0 });
    expect(reasons.join()).toContain('join_failed rate < 1%');
    expect(errors.some(({ code, phase }) => (code === 'CLIENT_NOT_READY' || code === 'TARGET_TIMEOUT') && phase !== undefined)).toBe(true);
    expect(meetings.leftOpen).toBe(0);
    expect(await openMeetings(sim, name)).toBe(0);
  }, 150_000);

  it('with a kill -9 of a fleet in mid-lesson: everybody is lost, and nobody counts as fine (exit 3)', async () => {
    const name = stage.fresh('dead');
    await using fleet = await startFleet(['--servers', '1', '--sockets-per-second', '400']);
    await using run = stage.run(name, stage.scenario(name, `${part('lessons', 40, 60)}\n${talks(60)}`), fleet);
    await stage.events(name, 'user-joined', 48);
    const processes = descendants(run.child.pid!);
    const servers = descendants(fleet.pid);
    fleet.kill();
    if (process.platform === 'linux') expect({ harness: hasMedia(processes), fleet: hasMedia(servers) }).toEqual({ harness: true, fleet: true });
    expect((await run.done).code).toBe(3);
    const { users, meetings } = stage.summary(name);
    expect(users).toMatchObject({ joined: 48, lost: 48, left: 0 });
    // Nobody can say whether they are gone.
    expect(meetings.leftOpen).toBe(4);
    await gone(servers);
    await gone(processes);
  }, 240_000);

  it('with a kill -9 of the run itself: cleanup ends what it left, twice is harmless, and neither browsers nor media processes live on', async () => {
    const name = stage.fresh('killed');
    await using run = stage.run(name, stage.scenario(name, `${part('lessons', 40, 60)}\n${talks(60)}`, 'users: { browser: 2, native: rest }'), sim);
    await stage.events(name, 'user-joined', 48);
    const processes = descendants(run.child.pid!);
    const exited = once(run.child, 'exit');
    run.child.kill('SIGKILL');
    await exited;
    expect(await openMeetings(sim, name)).toBeGreaterThan(0);
    if (process.platform === 'linux') expect({ browsers: browsersAmong(processes).length > 0, media: hasMedia(processes) }).toEqual({ browsers: true, media: true });
    await gone(processes);
    const clean = (): Promise<CliResult> => cli(['cleanup', stage.latest(name), '--json'], { env: { BBB_SECRET: sim.secret } });
    expect((await clean()).code).toBe(0);
    expect(await openMeetings(sim, name)).toBe(0);
    const again = await clean();
    expect({ code: again.code, meetings: (JSON.parse(again.stdout) as { meetings: unknown[] }).meetings }).toEqual({ code: 0, meetings: [] });
  }, 150_000);

  it.skipIf(process.platform !== 'linux')('with a kill of a browser: its user is a loss of the generator, nobody else is affected, and nothing is said of the target (exit 5)', async () => {
    const name = stage.fresh('browser');
    const file = stage.scenario(name, '  - { name: talks, executor: constant-users, meetings: talk, meetingCount: 2, users: 6, duration: 35s }', 'users: { browser: 2, native: rest }');
    await using run = stage.run(name, file, sim);
    await stage.events(name, 'user-joined', 6);
    const processes = descendants(run.child.pid!);
    const browsers = browsersAmong(processes);
    expect({ browsers: browsers.length >= 2, media: hasMedia(processes) }).toEqual({ browsers: true, media: true });
    process.kill(browsers.at(-1)!, 'SIGKILL');
    const { code, stderr } = await run.done;
    expect({ code, stderr }).toMatchObject({ code: 5 });
    const { users, verdict, reasons, meetings, errors } = stage.summary(name);
    expect(users).toMatchObject({ joined: 6, lost: 1, left: 5 });
    expect({ verdict, reasons }).toEqual({ verdict: 'not-delivered', reasons: ['1 user was lost with its browser (a loss of the generator, not of the target)'] });
    expect(errors.map((error) => error.code)).toContain('BROWSER_FAILED');
    expect(meetings.leftOpen).toBe(0);
    expect(await openMeetings(sim, name)).toBe(0);
    await gone(processes);
  }, 120_000);

  it('with a clock on the wall that jumps by hours, there and back: nobody is late, and nothing ends early (exit 0)', async () => {
    const name = stage.fresh('jump');
    const jumps = join(stage.scratch, 'jumps.mjs');
    // Loaded before Firstbell in every process of it. Ten seconds in, three hours later; five seconds on, a day back.
    writeFileSync(jumps, `const now = Date.now.bind(Date);\nconst beganMs = performance.now();\nDate.now = () => { const s = (performance.now() - beganMs) / 1000; return now() + (s < 6 ? 0 : s < 10 ? 3 * 3_600_000 : -24 * 3_600_000); };\n`);
    const file = stage.scenario(name, `${part('early', 20, 16)}\n${part('late', 20, 6, 12)}`);
    await using run = stage.run(name, file, sim, { NODE_OPTIONS: `--import=${pathToFileURL(jumps).href}` });
    const { code, stderr } = await run.done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { users, durationMs, metrics, generator, meetings } = stage.summary(name);
    expect(users).toMatchObject({ planned: 40, joined: 40, left: 40 });
    expect(durationMs).toBeGreaterThanOrEqual(18_000);
    expect(durationMs).toBeLessThan(120_000);
    expect(generator.latenessP99Ms).toBeLessThan(60_000);
    expect(metrics.join_time?.max).toBeLessThan(60_000);
    expect(meetings).toMatchObject({ created: 2, ended: 2, leftOpen: 0 });
  }, 120_000);

  it.skipIf(process.platform !== 'linux')('with 10,000 users on a machine that cannot: refused before anything is sent, with what to do (exit 5)', async () => {
    const name = stage.fresh('large');
    const file = stage.scenario(name, `  - { name: crowd, executor: ramping-users, meetings: lesson, meetingCount: 500, stages: [{ duration: 60s, target: 10000 }, { duration: 20s, target: 10000 }] }`);
    const args = ['-c', 'ulimit -n 4096; exec "$0" "$@"', process.execPath, join(packageRoot(), 'bin', 'firstbell.js'), 'run', file, '--url', sim.url, '--reports', join(stage.scratch, name), '--json'];
    const { code, stdout, stderr } = await finished(spawn('sh', args, { env: { ...process.env, BBB_SECRET: sim.secret }, stdio: ['ignore', 'pipe', 'pipe'] }));
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'GENERATOR_LIMIT', message: 'the plan needs at least 10000 connections at once, and this process may open 4096 files', help: expect.stringContaining('--workers') as string } });
    expect(stderr).not.toContain('INTERNAL');
    expect(await openMeetings(sim, name)).toBe(0);
  }, 60_000);
});
