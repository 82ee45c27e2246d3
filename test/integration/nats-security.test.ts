import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBus } from '../../src/cli/nats.js';
import { memoryIo } from '../fakes/memory-io.js';
import { freePort, hasNats, NATS_COMMAND, pause, portIsOpen } from '../fakes/nats.js';

const TOKEN = 'a-token-of-the-broker';
const NONE = { nats: undefined, natsCreds: undefined, natsCa: undefined, natsCert: undefined, natsKey: undefined };

describe.skipIf(!hasNats)('the connection to the broker', () => {
  let dir: string;
  let secure: string;
  let plain: string;
  const children: ChildProcess[] = [];

  async function start(config: string): Promise<string> {
    const port = await freePort();
    const file = join(dir, `${port}.conf`);
    writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(dir, String(port))}" }\nauthorization { token: "${TOKEN}" }\n${config}\n`);
    children.push(spawn(NATS_COMMAND!, ['-c', file], { stdio: 'ignore' }));
    for (let tries = 0; tries < 100 && !(await portIsOpen(port)); tries++) await pause(100);
    // The client checks certificates against names, not against addresses.
    return `localhost:${port}`;
  }

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'firstbell-nats-tls-'));
    for (const name of ['broker', 'other']) {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256', extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }] } as never);
      writeFileSync(join(dir, `${name}.key`), key);
      writeFileSync(join(dir, `${name}.pem`), cert);
    }
    secure = await start(`tls { cert_file: "${join(dir, 'broker.pem')}", key_file: "${join(dir, 'broker.key')}" }`);
    plain = await start('');
  }, 60_000);

  afterAll(async () => {
    await Promise.all(
      children.map((child) => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (nats: string, differences: Partial<typeof NONE> = {}, token = TOKEN) => openBus(memoryIo({ env: { NATS_TOKEN: token } }), { ...NONE, nats, ...(differences as object) }, 'test');
  const refusal = (opening: ReturnType<typeof open>): Promise<unknown> =>
    opening.then(
      async (bus) => {
        await bus[Symbol.asyncDispose]();
        return 'connected';
      },
      (error: unknown) => error,
    );

  it('is made over TLS, with the CA and the token', async () => {
    await using bus = await open(`tls://${secure}`, { natsCa: join(dir, 'broker.pem') } as never);
    expect(bus.connected).toBe(true);
  });

  it('is made without TLS only where nobody asked for it', async () => {
    await using bus = await open(`nats://${plain}`);
    expect(bus.connected).toBe(true);
    expect(await refusal(open(`tls://${plain}`))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });

  it('is refused to a broker whose certificate nobody vouches for', async () => {
    expect(await refusal(open(`tls://${secure}`))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(await refusal(open(`tls://${secure}`, { natsCa: join(dir, 'other.pem') } as never))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });

  it('needs the token, and an error does not repeat what was given', async () => {
    const error = (await refusal(open(`nats://${plain}`, {}, 'a-wrong-token'))) as Error;
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(`${error.message} ${String(error.stack)}`).not.toContain('a-wrong-token');
  });

  it('asks for certificate and key together', async () => {
    expect(await refusal(open(`tls://${secure}`, { natsKey: 'x.key' } as never))).toMatchObject({ code: 'USAGE' });
  });
}, 60_000);
