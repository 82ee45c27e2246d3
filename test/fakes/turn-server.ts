import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../src/core/clock.js';
import { uniqueToken } from '../../src/core/random.js';

const COMMAND = ['turnserver', '/usr/bin/turnserver'].find((command) => spawnSync(command, ['--version']).error === undefined);

/** Where there is no coturn the tests that need one are skipped, and say so once. */
export const hasTurn = COMMAND !== undefined;
if (!hasTurn) console.warn('turnserver was not found: tests of forced TURN are skipped (Debian: apt-get install coturn)');

export interface TurnProcess {
  /** `host:port` */
  readonly host: string;
  readonly secret: string;
  /** What it wrote about allocations and refusals so far. */
  log(): string;
  stop(): Promise<void>;
}

const READY_TRIES = 100;
const never = new AbortController().signal;

/** A real TURN server (coturn) on loopback, with BBB's kind of credentials. */
export async function startTurn(): Promise<TurnProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'firstbell-turn-'));
  const file = join(dir, 'turn.log');
  const port = await freeUdpPort();
  const secret = uniqueToken(24);
  const args = ['-n', '--no-cli', '--no-tls', '--no-dtls', '--no-tcp', '--no-rfc5780', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', String(port), '--allow-loopback-peers', '--use-auth-secret', '--static-auth-secret', secret, '-r', 'firstbell', '-b', join(dir, 'db'), '--pidfile', join(dir, 'pid'), '-l', file, '--simple-log', '--verbose'];
  const child = spawn(COMMAND!, args, { stdio: 'ignore' });
  const log = (): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  for (let tries = 0; tries < READY_TRIES && !/listener opened on/i.test(log()); tries++) await sleep(systemClock, 100, never);
  return {
    host: `127.0.0.1:${port}`,
    secret,
    log,
    stop: async () => {
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await closed;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
