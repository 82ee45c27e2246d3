import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.js';
import { openBus, type NatsArgs } from '../../src/cli/nats.js';
import { memoryIo } from '../fakes/memory-io.js';
import { freePort, hasNats, NATS_COMMAND, pause, portIsOpen } from '../fakes/nats.js';
import { credentialsFile, operatorConfig, type NatsAccount } from '../fakes/nats-jwt.js';

const TOKEN = 'a-token-of-the-broker';
const WRONG = 'a-wrong-one-of-somebody';
const NONE: NatsArgs = { nats: undefined, natsCreds: undefined, natsCa: undefined, natsCert: undefined, natsKey: undefined };

describe.skipIf(!hasNats)('the connection to the broker', () => {
  let dir: string;
  const children: ChildProcess[] = [];
  const file = (name: string): string => join(dir, name);

  async function start(config: string): Promise<string> {
    const port = await freePort();
    writeFileSync(file(`${port}.conf`), `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${file(String(port))}" }\n${config}\n`);
    const child = spawn(NATS_COMMAND!, ['-c', file(`${port}.conf`)], { stdio: 'ignore' });
    children.push(child);
    for (let tries = 0; tries < 100 && !(await portIsOpen(port)); tries++) await pause(100);
    if (child.exitCode !== null) throw new Error(`nats-server does not take this configuration: ${config}`);
    // The client checks certificates against names, not against addresses.
    return `localhost:${port}`;
  }

  const tls = (more = ''): string => `tls { cert_file: "${file('broker.pem')}", key_file: "${file('broker.key')}"${more} }`;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'firstbell-nats-tls-'));
    for (const name of ['broker', 'other', 'worker']) {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256', extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }] } as never);
      writeFileSync(file(`${name}.key`), key);
      writeFileSync(file(`${name}.pem`), cert);
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(
      children.map((child) => {
        if (child.exitCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (nats: string, env: Readonly<Record<string, string>>, args: Partial<NatsArgs> = {}) => openBus(memoryIo({ env }), { ...NONE, nats, ...args }, 'test');
  const refusal = (opening: ReturnType<typeof open>): Promise<unknown> =>
    opening.then(
      async (bus) => {
        await bus[Symbol.asyncDispose]();
        return 'connected';
      },
      (error: unknown) => error,
    );

  /** What a person sees of a worker that gets no connection. */
  async function seen(nats: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<{ readonly code: number; readonly text: string }> {
    const io = memoryIo({ env: { ...env, NATS_URL: nats } });
    const code = await runCli(['worker', '--debug', ...args], io);
    return { code, text: io.stdout() + io.stderr() };
  }

  describe('with a token', () => {
    let secure: string;
    let plain: string;
    const env = { NATS_TOKEN: TOKEN };

    beforeAll(async () => {
      secure = await start(`authorization { token: "${TOKEN}" }\n${tls()}`);
      plain = await start(`authorization { token: "${TOKEN}" }`);
    }, 60_000);

    it('is made over TLS, with the CA and the token', async () => {
      await using bus = await open(`tls://${secure}`, env, { natsCa: file('broker.pem') });
      expect(bus.connected).toBe(true);
    });

    it('is made without TLS only where nobody asked for it', async () => {
      await using bus = await open(`nats://${plain}`, env);
      expect(bus.connected).toBe(true);
      expect(await refusal(open(`tls://${plain}`, env))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    });

    it('is refused to a broker whose certificate nobody vouches for', async () => {
      expect(await refusal(open(`tls://${secure}`, env))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
      expect(await refusal(open(`tls://${secure}`, env, { natsCa: file('other.pem') }))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
    });

    it('needs the right one, and what is said does not repeat it', async () => {
      const { code, text } = await seen(`nats://${plain}`, { NATS_TOKEN: WRONG });
      expect({ code, text }).toEqual({ code: 4, text: expect.stringMatching(/cannot use the NATS server at nats:\/\/localhost:\d+: .*authoriz.*\n.*credentials right/i) as string });
      expect(text).not.toContain(WRONG);
    });
  });

  describe('with user and password', () => {
    let nats: string;

    beforeAll(async () => {
      nats = await start(`authorization { users: [{ user: "firstbell", password: "${TOKEN}" }] }`);
    }, 60_000);

    it('is made', async () => {
      await using bus = await open(nats, { NATS_USER: 'firstbell', NATS_PASSWORD: TOKEN });
      expect(bus.connected).toBe(true);
    });

    it.each([
      ['another password', { NATS_USER: 'firstbell', NATS_PASSWORD: WRONG }],
      ['no password', { NATS_USER: 'firstbell' }],
      ['another user', { NATS_USER: 'somebody', NATS_PASSWORD: TOKEN }],
      ['a token', { NATS_TOKEN: WRONG }],
      ['nothing', {}],
    ])('is refused with %s', async (_what, env) => {
      const { code, text } = await seen(nats, env);
      expect({ code, text }).toEqual({ code: 4, text: expect.stringMatching(/cannot use the NATS server at localhost:\d+: .*authoriz/i) as string });
      expect(text).not.toContain(WRONG);
      expect(text).not.toContain(TOKEN);
    });

    it('does not take them from the address, and does not repeat them', async () => {
      const { code, text } = await seen(`nats://firstbell:${TOKEN}@${nats}`, {});
      expect({ code, text }).toEqual({ code: 2, text: expect.stringContaining('NATS_PASSWORD') as string });
      expect(text).not.toContain(TOKEN);
    });
  });

  describe('with a credentials file', () => {
    let nats: string;
    let account: NatsAccount;

    beforeAll(async () => {
      const made = operatorConfig();
      account = made.account;
      nats = await start(made.config);
      writeFileSync(file('worker.creds'), credentialsFile(account));
    }, 60_000);

    it('is made, also with lines that end as Windows has it', async () => {
      await using bus = await open(nats, {}, { natsCreds: file('worker.creds') });
      expect(bus.connected).toBe(true);
      writeFileSync(file('windows.creds'), credentialsFile(account).replaceAll('\n', '\r\n'));
      await using other = await open(nats, { NATS_CREDS: file('windows.creds') });
      expect(other.connected).toBe(true);
    });

    it('is refused with those of another account, and what is said repeats neither seed nor JWT', async () => {
      const stranger = credentialsFile(operatorConfig().account);
      writeFileSync(file('stranger.creds'), stranger);
      const { code, text } = await seen(nats, {}, ['--nats-creds', file('stranger.creds')]);
      expect({ code, text }).toEqual({ code: 4, text: expect.stringMatching(/cannot use the NATS server at localhost:\d+: .*authoriz/i) as string });
      for (const secret of stranger.split('\n').filter((line) => line.length > 40)) expect(text).not.toContain(secret);
    });

    it('says so when the file is none, or is not there', async () => {
      writeFileSync(file('none.creds'), `${WRONG}\n`);
      const none = await seen(nats, {}, ['--nats-creds', file('none.creds')]);
      expect(none).toEqual({ code: 2, text: expect.stringContaining('none.creds holds no NATS credentials') as string });
      expect(none.text).not.toContain(WRONG);
      expect(await seen(nats, { NATS_CREDS: file('nowhere.creds') })).toEqual({ code: 2, text: expect.stringMatching(/cannot read the credentials for NATS, .*nowhere\.creds: ENOENT/) as string });
    });

    it('says so when the seed of the file is damaged', async () => {
      const [seed] = /^SU[A-Z0-9]+$/m.exec(credentialsFile(account))!;
      writeFileSync(file('damaged.creds'), credentialsFile(account).replace(/^SU[A-Z0-9]+$/m, `${seed.slice(0, -4)}AAAA`));
      const { code, text } = await seen(nats, {}, ['--nats-creds', file('damaged.creds')]);
      expect({ code, text }).toEqual({ code: 4, text: expect.stringContaining('cannot use the NATS server') as string });
      expect(text).not.toContain(seed.slice(0, -4));
    });
  });

  describe('with a client certificate', () => {
    let nats: string;
    const certificate = (name: string): readonly string[] => ['--nats-ca', file('broker.pem'), '--nats-cert', file(`${name}.pem`), '--nats-key', file(`${name}.key`)];

    beforeAll(async () => {
      nats = await start(tls(`, ca_file: "${file('worker.pem')}", verify: true`));
    }, 60_000);

    it('is made', async () => {
      await using bus = await open(`tls://${nats}`, {}, { natsCa: file('broker.pem'), natsCert: file('worker.pem'), natsKey: file('worker.key') });
      expect(bus.connected).toBe(true);
    });

    it('is refused without one, with that of somebody else, and with a key that does not fit', async () => {
      // At once: each is tried for a while.
      const [none, others, unfit] = await Promise.all([
        seen(`tls://${nats}`, {}, ['--nats-ca', file('broker.pem')]),
        seen(`tls://${nats}`, {}, certificate('other')),
        seen(`tls://${nats}`, {}, [...certificate('worker').slice(0, -1), file('other.key')]),
      ]);
      for (const each of [none, others]) expect(each).toEqual({ code: 4, text: expect.stringMatching(/at tls:\/\/localhost:\d+ takes no connection, perhaps for want of a client certificate.*\n.*--nats-cert/) as string });
      expect(unfit).toEqual({ code: 4, text: expect.stringMatching(/cannot use the NATS server at tls:\/\/localhost:\d+: .*key values mismatch/) as string });
      for (const each of [none, others, unfit]) expect(each.text).not.toContain('PRIVATE KEY');
    });

    it('needs certificate and key together, and files that are there', async () => {
      expect(await seen(`tls://${nats}`, {}, ['--nats-key', file('worker.key')])).toMatchObject({ code: 2 });
      expect(await seen(`tls://${nats}`, {}, [...certificate('worker').slice(0, -1), file('nowhere.key')])).toEqual({ code: 2, text: expect.stringMatching(/cannot read the key of the client certificate for NATS, .*nowhere\.key: ENOENT/) as string });
    });
  });
}, 60_000);
