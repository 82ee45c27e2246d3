import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** An account of a broker that is run by an operator: its keys sign the users'. */
export interface NatsAccount {
  readonly pair: KeyPair;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
const ACCOUNT_LIMITS = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const JETSTREAM_LIMITS = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** What a server's configuration needs to trust an operator with one account that has JetStream, as `nsc` would make them. */
export function operatorConfig(): { readonly config: string; readonly account: NatsAccount } {
  const operator = nkeys.createOperator();
  const [account, system] = [nkeys.createAccount(), nkeys.createAccount()];
  const own = signed(operator, account, 'school', { type: 'account', limits: { ...ACCOUNT_LIMITS, ...JETSTREAM_LIMITS } });
  const systems = signed(operator, system, 'system', { type: 'account', limits: ACCOUNT_LIMITS });
  const config = [
    `operator: ${signed(operator, operator, 'operator', { type: 'operator' })}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    `resolver_preload: { ${account.getPublicKey()}: ${own}, ${system.getPublicKey()}: ${systems} }`,
  ].join('\n');
  return { config, account: { pair: account } };
}

/** As `nsc generate creds` writes it, for a new user of the account. */
export function credentialsFile({ pair }: NatsAccount): string {
  const user = nkeys.createUser();
  const seed = new TextDecoder().decode(user.getSeed());
  return [
    '-----BEGIN NATS USER JWT-----',
    signed(pair, user, 'worker', { type: 'user', ...UNLIMITED }),
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
}

/** A JWT of NATS (ed25519-nkey): who issues it signs with its own key. */
function signed(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ jti: name, iat: 1_700_000_000, iss: issuer.getPublicKey(), name, sub: subject.getPublicKey(), nats: { ...nats, version: 2 } })}`;
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`;
}
