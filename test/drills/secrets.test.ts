import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.js';
import { connectNats } from '../../src/workers/nats-bus.js';
import { startCli, startSimProcess } from '../e2e/cli.js';
import { startTcpProxy } from '../fakes/tcp-proxy.js';
import { hasNats, startNats } from '../fakes/nats.js';
import { descendants, DrillStage, readProc } from './stage.js';

/**
 * A whole run on two workers, with browsers and media, of which everything is looked through: run folder, what was printed, the process list, the
 * environment of every child, all that NATS carried and kept. What must not be there is known from the wire to the target: the secret, each checksum
 * that was sent, each token and cookie that came back.
 */

const stage = new DrillStage();
afterAll(() => stage.close());

const LOOK_EVERY_MS = 150;

describe.skipIf(!hasNats || process.platform !== 'linux')('secrets', () => {
  it('are nowhere but on the wire to the target', async () => {
    const name = stage.fresh('secrets');
    const nats = await startNats();
    const sim = await startSimProcess(['--servers', '1', '--sockets-per-second', '200']);
    const server = sim.servers[0]!;
    await using wire = await startTcpProxy(Number(new URL(server.url).port));
    await using broker = await startTcpProxy(Number(new URL(nats.url).port));
    const secretEnv = { BBB_SECRET: server.secret };
    const env = { ...secretEnv, NATS_URL: `nats://127.0.0.1:${broker.port}`, NATS_TOKEN_OF_OTHERS: 'not-for-children-0123456789' };
    const printed: string[] = [];
    const workers = ['one', 'two'].map((name) => startCli(['worker', '--name', name, '--debug'], { env }));
    for (const { stdout, stderr } of workers) for (const stream of [stdout!, stderr!]) stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
    const seen = new Map<number, { command: string; environment: string }>();
    const over = new AbortController();
    try {
      const file = stage.scenario(name, '  - { name: lessons, executor: constant-users, meetings: talk, meetingCount: 2, users: 8, duration: 12s }', 'users: { browser: 2, native: rest }');
      const coordinator = startCli(['run', file, '--url', server.url.replace(new URL(server.url).host, `127.0.0.1:${wire.port}`), '--workers', '2', '--reports', join(stage.scratch, name), '--allow-foreign-meetings', '--debug'], { env });
      for (const stream of [coordinator.stdout!, coordinator.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
      const ended = new Promise<number | null>((resolve) => coordinator.once('close', resolve));
      const looking = (async () => {
        while (!over.signal.aborted) {
          for (const top of [coordinator.pid!, ...workers.map(({ pid }) => pid!)]) {
            // One that is just being started is still a copy of its parent, command line, environment and all: it is looked at again.
            const own = readProc(top, 'cmdline').replaceAll('\0', ' ');
            for (const [pid, command] of descendants(top)) if (command !== own && (seen.get(pid)?.environment ?? '') === '') seen.set(pid, { command, environment: readProc(pid, 'environ') });
          }
          await sleep(systemClock, LOOK_EVERY_MS, over.signal).catch(() => undefined);
        }
      })();
      await stage.events(name, 'user-joined', 8);
      await sayNonsense(nats.url, stage.latest(name));
      const code = await ended;
      over.abort();
      await looking;
      expect({ code, printed: code === 0 ? '' : printed.join('') }).toEqual({ code: 0, printed: '' });
      // What does not make sense in the log of the run costs nothing but itself.
      expect(stage.summary(name).users).toMatchObject({ planned: 8, started: 8, joined: 8, left: 8 });
      expect(printed.join('')).toContain('could not be read');

      const heard = wire.heard();
      const values = (pattern: RegExp): string[] => [...new Set([...heard.matchAll(pattern)].map(([, value]) => value!))];
      const checksums = values(/checksum=([0-9a-f]{40,128})/g);
      const tokens = values(/sessionToken=([A-Za-z0-9]{8,})/g);
      const cookies = values(/JSESSIONID=([A-Za-z0-9.]{8,})/g);
      expect({ checksums: checksums.length > 10, tokens: tokens.length >= 8, cookies: cookies.length >= 8 }).toEqual({ checksums: true, tokens: true, cookies: true });
      const secrets = [server.secret, 'not-for-children-0123456789', ...checksums, ...tokens, ...cookies];

      const traffic = broker.heard();
      expect(traffic).toContain('user-joined');
      const children = [...seen.values()];
      expect(children.some(({ command }) => /chrom/i.test(command))).toBe(true);
      expect(children.some(({ command, environment }) => command.includes('media/worker.js') && environment !== '')).toBe(true);
      const places = {
        'the run folder': textsBelow(join(stage.scratch, name)),
        'what was printed': printed.join(''),
        'the process list': [coordinator, ...workers].map(({ spawnargs }) => spawnargs.join(' ')).join('\n') + children.map(({ command }) => command).join('\n'),
        'the environment of children': children.map(({ environment }) => environment).join('\n'),
        'the traffic of NATS': traffic,
        'the store and the log of NATS': textsBelow(nats.dir),
      };
      const found = Object.entries(places).flatMap(([place, text]) => secrets.filter((secret) => text.includes(secret)).map((secret) => `${place}: ${secret.slice(0, 6)}… ${text.slice(Math.max(0, text.indexOf(secret) - 80), text.indexOf(secret))}`));
      expect(found).toEqual([]);
    } finally {
      over.abort();
      for (const worker of workers) worker.kill('SIGKILL');
      await sim.stop();
      await nats.stop();
    }
  }, 120_000);
});

/** Somebody else who can write to the broker, in the name of a worker. */
async function sayNonsense(url: string, folder: string): Promise<void> {
  const events = readFileSync(join(folder, 'events.jsonl'), 'utf8');
  const { run } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { run: string };
  const { worker, share } = JSON.parse(events.split('\n').find((line) => line.includes('"worker-ready"'))!) as { worker: string; share: number };
  await using bus = await connectNats({ servers: [url], name: 'intruder' });
  const log = bus.run(run);
  const snapshot = { schema: 1, run, worker: 'intruder', interval: 0, startMs: 0, endMs: 1, series: [{ metric: 'join_time', kind: 'histogram', tags: {}, count: 1, sum: 1, min: 1, max: 1, hist: 'AAAA' }] };
  const nobody = { type: 'user-started', atMs: 1, seq: 999_999_999, latenessMs: 0 };
  for (const [id, text] of ['{', JSON.stringify({ type: 'snapshot', worker, seat: share, snapshot }), JSON.stringify({ type: 'events', worker, seat: share, events: [nobody, 7] }), JSON.stringify({ type: 'evidence', worker, seat: share, seq: 3, jpeg: 'PHNjcmlwdD4=' })].entries()) {
    await log.append(`intruder.${id}`, text);
  }
}

function textsBelow(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}
