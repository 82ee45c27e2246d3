import { createServer, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunMeta } from '../../src/metrics/events.js';
import type { Summary } from '../../src/report/summary.js';
import { hasNats, startNats } from '../fakes/nats.js';
import { cli, startCli, startSimProcess, type SimProcess } from './cli.js';

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-checksum-'));
const SHA512_DIGITS = 128;
const SCENARIO = `
name: Checksums
seed: 1
target: { url: http://127.0.0.1:1/bigbluebutton/api, secretEnv: BBB_SECRET }
users: { browser: 1, native: rest }
meetings: { lesson: { size: 2, teachers: 1, teacher: { audio: listen-only }, pupil: { audio: listen-only } } }
load:
  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: 1, users: 2, duration: 12s }
thresholds: [ join_failed rate == 0% ]
limits: { maxLateness: 10s, maxEventLoopDelay: 10s }
`;
let sim: SimProcess;
let strict: Server;
let url: string;

/** The simulator behind an API that takes SHA-512 checksums only. */
beforeAll(async () => {
  sim = await startSimProcess(['--servers', '1']);
  strict = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', new URL(sim.url).origin);
    const checksum = asked.searchParams.get('checksum');
    if (checksum !== null && checksum.length !== SHA512_DIGITS) {
      response.writeHead(200, { 'content-type': 'text/xml' }).end('<response><returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>no</message></response>');
      return;
    }
    void fetch(asked, { redirect: 'manual' }).then(async (answer) => {
      const location = answer.headers.get('location');
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain', ...(location === null ? {} : { location }), 'set-cookie': answer.headers.getSetCookie() }).end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(strict.address() as AddressInfo).port}/bigbluebutton/api`;
  writeFileSync(join(scratch, 'scenario.yaml'), SCENARIO);
}, 30_000);

afterAll(async () => {
  strict.close();
  strict.closeAllConnections();
  await sim.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function holds(name: string, env: Readonly<Record<string, string>>, ...extra: readonly string[]): Promise<void> {
  const reports = join(scratch, name);
  const result = await cli(['run', join(scratch, 'scenario.yaml'), '--url', url, '--reports', reports, '--json', ...extra], { env });
  expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({ code: 0, stderr: '' });
  expect((JSON.parse(result.stdout) as Summary).users).toMatchObject({ joined: 2, failed: 0 });
  expect(result.stderr.match(/signed with sha512/g)).toHaveLength(1);
  expect((JSON.parse(readFileSync(join(reports, 'latest', 'run.json'), 'utf8')) as RunMeta).target.algorithm).toBe('sha512');
}

it('a server that takes SHA-512 only is tested with it, said once, and cleaned up', async () => {
  await holds('here', { BBB_SECRET: sim.secret });
  // By its address: that lists the meetings in any case, which takes the checksum.
  const cleaned = await cli(['cleanup', '--url', url], { env: { BBB_SECRET: sim.secret } });
  expect({ code: cleaned.code, stderr: cleaned.code === 0 ? '' : cleaned.stderr }).toEqual({ code: 0, stderr: '' });
}, 120_000);

it.skipIf(!hasNats)('workers sign as their run does', async () => {
  const nats = await startNats();
  const env = { BBB_SECRET: sim.secret, NATS_URL: nats.url };
  const worker = startCli(['worker', '--name', 'one'], { env });
  try {
    await holds('far', env, '--workers', '1');
  } finally {
    worker.kill('SIGKILL');
    await nats.stop();
  }
}, 120_000);

it('a wrong secret is still one', async () => {
  const result = await cli(['run', join(scratch, 'scenario.yaml'), '--url', url], { env: { BBB_SECRET: 'not-the-secret-of-this-server' } });
  expect(result.code).toBe(4);
  expect(result.stderr).toContain('error API_CHECKSUM');
}, 60_000);
