import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { sleep, type Clock } from '../../core/clock.js';
import { HarnessError } from '../../core/errors.js';
import type { Logger } from '../../core/log.js';
import { DroppingQueue } from '../../core/queue.js';
import { uniqueToken } from '../../core/random.js';
import type { LivekitKey } from './token.js';
import { listenForWebhooks, type LivekitEvent } from './webhook.js';

export interface LivekitOptions {
  /** The program. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heard: (event: LivekitEvent) => void;
}

/** A real livekit-server for a simulated fleet, as systemd keeps BBB's own: started again when it ends by itself. */
export interface Livekit extends AsyncDisposable {
  /** On the loopback. */
  readonly port: number;
  readonly key: LivekitKey;
  /** Of the process; undefined while it is being started again. */
  readonly pid: number | undefined;
}

const READY_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 50;
/** systemd's RestartSec for BBB's services is a second or more. */
const RESTART_AFTER_MS = 1_000;
/** Ends with our end of the pipe, whatever way we end: a livekit-server without its simulator would stay for ever. */
const KEPT = '"$1" < /dev/null 3<&- & pid=$!; echo "pid $pid"; exec 3<&0; (cat <&3 > /dev/null; kill -9 $pid 2> /dev/null) > /dev/null 2>&1 & exec 3<&-; wait $pid';
/** Below the ports that systems hand out by themselves. */
const RTC_PORTS = { first: 20_000, last: 32_000 } as const;

/** Rejects with TARGET_UNREACHABLE if it does not become ready. */
export async function startLivekit({ path, clock, logger, heard }: LivekitOptions): Promise<Livekit> {
  const key: LivekitKey = { id: `sim${uniqueToken(8)}`, secret: uniqueToken(48) };
  const webhooks = await listenForWebhooks(key, heard);
  const port = await freePort();
  const lastWords = new DroppingQueue<string>(10);
  const closing = new AbortController();
  let child: ChildProcess | undefined;
  let pid: number | undefined;
  let exited: Promise<void> = Promise.resolve();
  const run = (): void => {
    // The key reaches it by the environment: arguments can be read by everybody on the machine.
    const started = spawn('/bin/sh', ['-c', KEPT, 'livekit', path], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: '/usr/bin:/bin', LIVEKIT_CONFIG: configOf(port, webhooks.url, key) } });
    child = started;
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (/^pid \d+$/.test(line)) pid = Number(line.slice(4));
      else lastWords.push(line);
    });
    createInterface({ input: started.stderr }).on('line', (line) => lastWords.push(line));
    started.stdin.on('error', () => undefined);
    started.once('error', (error) => lastWords.push(error.message));
    exited = new Promise((resolve) => started.once('exit', () => resolve()));
    started.once('exit', (code, signal) => {
      child = pid = undefined;
      started.stdin.destroy();
      if (closing.signal.aborted) return;
      logger.log('warn', `livekit-server ended (${signal ?? code}); starting it again`);
      void sleep(clock, RESTART_AFTER_MS, closing.signal).then(run, () => undefined);
    });
  };
  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    webhooks.server.close();
    webhooks.server.closeAllConnections();
    const last = child;
    if (!last) return;
    // Not asked to end: it would wait for its participants to leave.
    last.stdin?.destroy();
    await exited;
  };
  run();
  try {
    await untilReady(port, clock);
  } catch (error) {
    await close();
    throw new HarnessError('TARGET_UNREACHABLE', `livekit-server did not become ready within ${READY_LIMIT_MS / 1_000} s:\n${lastWords.items().join('\n')}`, { hint: `does \`${path} --version\` work?`, cause: error });
  }
  return {
    port,
    key,
    get pid() {
      return pid;
    },
    [Symbol.asyncDispose]: close,
  };
}

async function untilReady(port: number, clock: Clock): Promise<void> {
  const never = new AbortController().signal;
  for (const endMs = clock.nowMs() + READY_LIMIT_MS; ; ) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      if (answer.ok) return;
    } catch (error) {
      if (clock.nowMs() >= endMs) throw error;
    }
    await sleep(clock, LOOK_EVERY_MS, never);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** YAML is a superset of JSON. Everything stays on the loopback. */
function configOf(port: number, webhookUrl: string, { id, secret }: LivekitKey): string {
  return JSON.stringify({
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: { port_range_start: RTC_PORTS.first, port_range_end: RTC_PORTS.last, tcp_port: 0, use_external_ip: false, node_ip: '127.0.0.1', enable_loopback_candidate: true, interfaces: { includes: ['lo'] } },
    keys: { [id]: secret },
    room: { auto_create: true, empty_timeout: 60, departure_timeout: 20 },
    webhook: { api_key: id, urls: [webhookUrl] },
    logging: { level: 'warn', pion_level: 'error' },
  });
}
