import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { sleep, systemClock } from '../../src/core/clock.js';

export const NATS_COMMAND = ['nats-server', '/usr/sbin/nats-server'].find((command) => spawnSync(command, ['--version']).status === 0);

/** Where there is no nats-server the tests that need one are skipped, and say so once. */
export const hasNats = NATS_COMMAND !== undefined;
if (!hasNats) console.warn('nats-server was not found: tests of runs on many machines are skipped (Debian: apt-get install nats-server)');

export interface NatsProcess {
  readonly url: string;
  /** Where it keeps its streams. */
  readonly dir: string;
  /** Ends it at once and starts it again, with the same store unless that is lost: without `-sd` it is below /tmp, which a reboot may empty. */
  restart(downMs: number, store?: 'kept' | 'lost'): Promise<void>;
  stop(): Promise<void>;
}

/** A real NATS server with JetStream, on loopback; `config`: lines of its configuration file. */
export async function startNats(config = ''): Promise<NatsProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'firstbell-nats-'));
  const port = await freePort();
  writeFileSync(join(dir, 'config'), config);
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(NATS_COMMAND!, ['-c', join(dir, 'config'), '-js', '-sd', join(dir, 'store'), '-a', '127.0.0.1', '-p', String(port), '-l', join(dir, 'log')], { stdio: 'ignore' });
    for (let tries = 0; tries < 100; tries++) {
      if (readLog(dir).split('Server is ready').length > starts) break;
      await pause(100);
    }
    starts++;
    return child;
  };
  let starts = 1;
  let child = await start();
  const kill = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.kill('SIGKILL');
    await closed;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    dir,
    restart: async (downMs, store = 'kept') => {
      await kill();
      if (store === 'lost') rmSync(join(dir, 'store'), { recursive: true, force: true });
      await pause(downMs);
      child = await start();
    },
    stop: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function pause(ms: number): Promise<void> {
  return sleep(systemClock, ms, new AbortController().signal);
}

function readLog(dir: string): string {
  try {
    return readFileSync(join(dir, 'log'), 'utf8');
  } catch {
    return '';
  }
}

/** Below what systems give to sockets that ask for any port (32768 and up on Linux), so that it stays free until a broker takes it, also again. */
const BROKER_PORTS = { from: 20_000, to: 30_000 };

/** A port of loopback for a broker. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(BROKER_PORTS.from, BROKER_PORTS.to);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Whether somebody listens there, on loopback. */
export function portIsOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Streams and buckets that are there, with how many messages each has. */
export async function streamsOf({ url }: Pick<NatsProcess, 'url'>): Promise<readonly string[]> {
  const connection = await connectNats({ servers: url });
  try {
    const found = await (await jetstreamManager(connection)).streams.list().next();
    return found.map(({ config, state }) => `${config.name}: ${state.messages}`).sort();
  } finally {
    await connection.close();
  }
}
