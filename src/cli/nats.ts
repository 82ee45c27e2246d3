import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { HarnessError } from '../core/errors.js';
import type { Logger } from '../core/log.js';
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

/** Connects; rejects with USAGE without an address, with FILE_UNREADABLE for a file that is not there or holds something else, with BROKER_UNREACHABLE when nobody answers or the credentials are refused. */
export async function openBus(io: Io, args: NatsArgs, name: string, logger?: Logger): Promise<Bus> {
  const address = args.nats ?? io.env['NATS_URL'];
  if (address === undefined || address === '') {
    throw new HarnessError('USAGE', 'no NATS server was named', { hint: 'add --nats nats://HOST:4222 or set NATS_URL; `nats-server -js` starts one' });
  }
  const servers = address.split(',').map((server) => server.trim());
  // The client would not use them, and a command line is read by others.
  if (servers.some((server) => server.includes('@'))) throw new HarnessError('USAGE', 'the address of the NATS server has a user or a token in it', { hint: 'set NATS_TOKEN, or NATS_USER and NATS_PASSWORD, and name the server alone' });
  for (const server of servers) if (!/^(nats|tls):\/\/[^\s]+$|^[A-Za-z0-9.-]+(:\d+)?$/.test(server)) throw new HarnessError('USAGE', 'the address of the NATS server must look like nats://HOST:4222');
  const credsFile = args.natsCreds ?? io.env['NATS_CREDS'];
  const env = (variable: string): string | undefined => (io.env[variable] === '' ? undefined : io.env[variable]);
  const [token, user, password] = [env('NATS_TOKEN'), env('NATS_USER'), env('NATS_PASSWORD')];
  const { natsCa, natsCert, natsKey } = args;
  if ((natsCert === undefined) !== (natsKey === undefined)) throw new HarnessError('USAGE', 'a client certificate for NATS needs its key', { hint: 'give --nats-cert and --nats-key together' });
  // The client by itself takes tls:// for a wish: without this a broker, or somebody in between, that offers no TLS would be told the token.
  const secured = servers.some((server) => server.startsWith('tls://')) || natsCa !== undefined || natsCert !== undefined;
  const text = (what: string, file: string | undefined): Promise<string | undefined> => (file === undefined ? Promise.resolve(undefined) : textOf(io, what, file));
  const [ca, cert, key] = [await text('CA', natsCa), await text('client certificate', natsCert), await text('key of the client certificate', natsKey)];
  return connectNats({
    servers,
    name,
    wallMs: io.clock.wallMs(),
    ...(logger === undefined ? {} : { logger }),
    ...(credsFile === undefined ? {} : { credentials: await readCredentials(io, credsFile) }),
    ...(token === undefined ? {} : { token }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(!secured ? {} : { tls: { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) } }),
  });
}

/** The JWT and the seed of a user, as `nsc generate creds` writes them. */
async function readCredentials(io: Io, file: string): Promise<string> {
  // The client's pattern knows no lines that end as Windows has it.
  const credentials = (await textOf(io, 'credentials', file)).replaceAll('\r', '');
  if (!/-BEGIN NATS USER JWT-[^]+-BEGIN USER NKEY SEED-/.test(credentials)) {
    throw new HarnessError('FILE_UNREADABLE', `${file} holds no NATS credentials`, { hint: 'it must have the JWT and the seed of a user, as `nsc generate creds` writes them' });
  }
  return credentials;
}

async function textOf(io: Io, what: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `cannot read the ${what} for NATS, ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { cause: error });
  }
}
