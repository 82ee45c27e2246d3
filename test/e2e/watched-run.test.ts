import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetRecord } from '../../src/metrics/fleet-record.js';
import type { Summary } from '../../src/report/summary.js';
import { browserForTests } from '../fakes/test-browser.js';
import { finished, startCli, startSimProcess, type CliResult, type SimProcess } from './cli.js';

const SCENARIO = `
name: Watched
seed: 3
target: simulator
fleet: { servers: 2, lineMbps: 100 }
users: { native: rest, browser: 0 }
meetings:
  lesson: { size: 4 }
load:
  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: 4, users: 16, duration: 5m }
thresholds: ['join_time p(95) < 20 s']
checkpointEvery: 4s
`;
const prometheus = spawnSync('prometheus', ['--version']).status === 0 && spawnSync('promtool', ['--version']).status === 0;
if (!prometheus) console.info('prometheus is not installed: no real one scrapes the run (Debian: apt-get install prometheus)');

let base: string;
let browser: Browser;
let sim: SimProcess;
let run: ChildProcess;
let over: Promise<CliResult>;
let result: CliResult;
let summary: Summary;
let dir: string;
let scraped: { readonly health: string; readonly users: number; readonly lint: string } | undefined;
let origins: readonly string[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What the run says on standard error once `pattern` is in it. */
function said(pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    run.stderr!.on('data', (chunk: string | Buffer) => {
      text += String(chunk);
      const match = pattern.exec(text);
      if (match) resolve(match);
    });
    run.once('close', (code) => reject(new Error(`the run ended with ${code}: ${text}`)));
  });
}

async function scrapeWithPrometheus(target: string): Promise<typeof scraped> {
  const port = await freePort();
  const config = join(base, 'prometheus.yml');
  writeFileSync(config, `global: { scrape_interval: 1s }\nscrape_configs:\n  - { job_name: firstbell, static_configs: [{ targets: ['${target}'] }] }\n`);
  const server = spawn('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${join(base, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    const ask = async <T>(path: string): Promise<T | undefined> => fetch(`http://127.0.0.1:${port}/api/v1/${path}`).then((answer) => answer.json() as Promise<T>, () => undefined);
    let [health, users] = ['none', 0];
    for (let n = 0; n < 40 && users !== 16; n++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const targets = await ask<{ data: { activeTargets: { health: string }[] } }>('targets');
      const found = await ask<{ data: { result: { value: [number, string] }[] } }>('query?query=sum(firstbell_server_users)');
      health = targets?.data.activeTargets[0]?.health ?? 'none';
      users = Number(found?.data.result[0]?.value[1] ?? 0);
    }
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await (await fetch(`http://${target}/metrics`)).text(), encoding: 'utf8' });
    return { health, users, lint: stdout + stderr };
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('close', resolve));
  }
}

/** A run on a fleet that was there before, watched by a browser and a Prometheus server, and stopped by the button. */
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'firstbell-watched-'));
  writeFileSync(join(base, 'watched.yaml'), SCENARIO);
  sim = await startSimProcess(['--servers', '2']);
  browser = await chromium.launch({ executablePath: browserForTests() });
  const exporters = sim.servers.flatMap(({ url }) => ['--scrape', `${new URL(url).host}=${new URL(url).origin}/metrics`]);
  run = startCli(['run', join(base, 'watched.yaml'), '--url', sim.url, '--reports', join(base, 'reports'), '--dashboard=0', '--metrics-port', '0', '--scrape-every', '1', ...exporters], { env: { BBB_SECRET: sim.secret } });
  const checkpoint = said(/checkpoint: 16 users in 4 meetings/);
  checkpoint.catch(() => undefined);
  const addresses = said(/Metrics for Prometheus: http:\/\/(\S+)\/metrics\nDashboard: (\S+)/);
  over = finished(run);
  const [, metrics, url] = await addresses;
  origins = [`http://${metrics}/metrics`, url!];
  await checkpoint;
  if (prometheus) scraped = await scrapeWithPrometheus(metrics!);
  const page = await browser.newPage();
  await page.goto(url!);
  await page.getByText('16 users').or(page.getByText('16 planned now')).first().waitFor();
  await page.getByRole('button', { name: 'Stop the run …' }).click();
  await page.getByRole('button', { name: 'Stop the run', exact: true }).click();
  await page.getByText('The run is over').waitFor({ timeout: 30_000 });
  result = await over;
  const reports = join(base, 'reports');
  dir = join(reports, readdirSync(reports).find((name) => name !== 'latest') ?? 'none');
  summary = JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')) as Summary;
}, 90_000);

afterAll(async () => {
  run?.kill('SIGKILL');
  await browser?.close();
  await sim?.stop();
  rmSync(base, { recursive: true, force: true });
});

describe('a run that is watched and stopped from its dashboard', () => {
  it('ends as Ctrl-C ends it, with everybody and every meeting accounted for', () => {
    expect(result.code).toBe(130);
    expect(result.stderr).toContain('Stopping: no new users, everyone leaves, meetings are ended.');
    expect(summary).toMatchObject({ verdict: 'interrupted', meetings: { created: 4, ended: 4, leftOpen: 0 }, users: { started: 16, joined: 16 } });
  });

  it('leaves nothing behind: no meeting on the fleet, no port open', async () => {
    const state = (await (await fetch(`${new URL(sim.servers[0]!.url).origin}/sim/state`)).json()) as { meetings: unknown[] };
    expect(state.meetings).toEqual([]);
    for (const origin of origins) await expect(fetch(origin)).rejects.toThrow();
  });

  it('has what the servers said beside what users felt, named alike', () => {
    const records = readFileSync(join(dir, 'fleet.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as FleetRecord);
    expect(new Set(records.map(({ server }) => server))).toEqual(new Set(summary.servers.map(({ name }) => name)));
    expect(summary.fleet.reduce((sum, { peakParticipants = 0 }) => sum + peakParticipants, 0)).toBe(16);
    for (const { lineOutP95Kbps, failedScrapes } of summary.fleet) {
      expect(lineOutP95Kbps).toBeGreaterThan(0);
      expect(failedScrapes).toBe(0);
    }
  });

  it('tells at checkpoints and of the first lesson who was where', () => {
    expect(summary.checkpoints.length).toBeGreaterThan(0);
    expect(summary.checkpoints.at(-1)).toMatchObject({ present: 16, meetings: 4, held: 1, broken: [] });
    expect(summary.spread).toMatchObject({ fleetServers: 2, users: 16, meetings: 4, largestShare: 0.5, largestOverMean: 1 });
  });

  it.skipIf(!prometheus)('was scraped by a real Prometheus, without complaints of promtool', () => {
    expect(scraped).toEqual({ health: 'up', users: 16, lint: '' });
  });
});
