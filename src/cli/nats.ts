import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../core/errors.js';
import type { Bus } from '../workers/bus.js';
import { connectNats } from '../workers/nats-bus.js';
import type { Io } from './io.js';
import { oneText } from './options.js';

export interface NatsArgs {
  readonly nats: string | undefined;
  readonly natsCreds: string | undefined;
  readonly natsCa: string | undefined;
  readonly natsCert: string | undefined;
  readonly natsKey: string | undefined;
}

/** What every command that speaks to the broker takes. Passwords and tokens come from the environment only. */
export function natsOptions(yargs: Argv): Argv {
  return yargs
    .option('nats', { coerce: oneText, describe: 'NATS server with JetStream, e.g. nats://10.0.0.5:4222 or tls://…; several with commas. Default: NATS_URL. Token, or user and password, come from NATS_TOKEN, NATS_USER and NATS_PASSWORD' })
    .option('nats-creds', { coerce: oneText, describe: 'Credentials file for NATS (default: NATS_CREDS)' })
    .option('nats-ca', { coerce: oneText, describe: 'File with the CA of the NATS server’s certificate' })
    .option('nats-cert', { coerce: oneText, describe: 'Client certificate for NATS' })
    .option('nats-key', { coerce: oneText, describe: 'Key of the client certificate' });
}

/** Connects; rejects with USAGE without an address, with BROKER_UNREACHABLE when nobody answers. */
export async function openBus(io: Io, args: NatsArgs, name: string): Promise<Bus> {
  const address = args.nats ?? io.env['NATS_URL'];
  if (address === undefined || address === '') {
    throw new HarnessError('USAGE', 'no NATS server was named', { hint: 'add --nats nats://HOST:4222 or set NATS_URL; `nats-server -js` starts one' });
  }
  const servers = address.split(',').map((server) => server.trim());
  for (const server of servers) if (!/^(nats|tls):\/\/[^\s]+$|^[A-Za-z0-9.-]+(:\d+)?$/.test(server)) throw new HarnessError('USAGE', 'the address of the NATS server must look like nats://HOST:4222');
  const credsFile = args.natsCreds ?? io.env['NATS_CREDS'];
  const env = (variable: string): string | undefined => (io.env[variable] === '' ? undefined : io.env[variable]);
  const [token, user, password] = [env('NATS_TOKEN'), env('NATS_USER'), env('NATS_PASSWORD')];
  const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(io.cwd, file));
  const [caFile, certFile, keyFile] = [path(args.natsCa), path(args.natsCert), path(args.natsKey)];
  if ((certFile === undefined) !== (keyFile === undefined)) throw new HarnessError('USAGE', 'a client certificate for NATS needs its key', { hint: 'give --nats-cert and --nats-key together' });
  // The client by itself takes tls:// for a wish: without this a broker, or somebody in between, that offers no TLS would be told the token.
  const secured = servers.some((server) => server.startsWith('tls://')) || caFile !== undefined || certFile !== undefined;
  return connectNats({
    servers,
    name,
    ...(credsFile === undefined ? {} : { credentials: await readCredentials(io, credsFile) }),
    ...(token === undefined ? {} : { token }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(!secured ? {} : { tls: { ...(caFile === undefined ? {} : { caFile }), ...(certFile === undefined ? {} : { certFile }), ...(keyFile === undefined ? {} : { keyFile }) } }),
  });
}

async function readCredentials(io: Io, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `cannot read the NATS credentials ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { cause: error });
  }
}
