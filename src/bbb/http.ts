import { Agent, request } from 'undici';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { HarnessError } from '../core/errors.js';
import { ownLimit } from '../core/own-limits.js';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
  readonly setCookies: readonly string[];
  /** `Date` header in Unix ms; undefined if missing or unreadable. */
  readonly dateMs: number | undefined;
  /** `X-Request-Id`, which BBB's client sends back with its round-trip times. */
  readonly requestId: string | undefined;
}

export interface HttpLimits {
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = { timeoutMs: 15_000, maxAnswerBytes: 8 * 1024 * 1024 };

/** As many calls as may be under way at once; a crowd of real clients would have a connection each. */
const CONNECTIONS_PER_HOST = 128;
const MAX_ID_CHARS = 128;
const HEADERS = { 'user-agent': 'Firstbell', accept: 'text/xml, application/json;q=0.9, */*;q=0.1' };

/** HTTP GETs with keep-alive, a time limit and a size limit; redirects are handed back, not followed. */
export class HttpClient implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #limits: HttpLimits;

  constructor(clock: Clock, limits: HttpLimits = DEFAULT_HTTP_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
    this.#agent = new Agent({ connections: CONNECTIONS_PER_HOST, pipelining: 1, headersTimeout: limits.timeoutMs, bodyTimeout: limits.timeoutMs, connect: { timeout: limits.timeoutMs } });
  }

  /** Rejects with TARGET_UNREACHABLE, TARGET_TIMEOUT, TARGET_TLS, TARGET_ANSWER_TOO_LARGE, or the signal's reason. */
  async get(attempted: string, url: string, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const host = new URL(url).host;
    const tooSlow = (): HarnessError =>
      new HarnessError('TARGET_TIMEOUT', `${attempted}: no answer from ${host} within ${this.#limits.timeoutMs / 1000} s`, { hint: 'the server is overloaded, or a firewall drops the packets' });
    try {
      return await within(this.#clock, this.#limits.timeoutMs, signal, tooSlow, async (limited) => {
        const answer = await request(url, { method: 'GET', dispatcher: this.#agent, signal: limited, headers: { ...HEADERS, ...headers } });
        const text = await this.#body(attempted, host, answer.body);
        const date = Date.parse(first(answer.headers['date']) ?? '');
        return {
          status: answer.statusCode,
          text,
          location: first(answer.headers['location']),
          setCookies: [answer.headers['set-cookie'] ?? []].flat(),
          dateMs: Number.isNaN(date) ? undefined : date,
          requestId: first(answer.headers['x-request-id'])?.slice(0, MAX_ID_CHARS),
        };
      });
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      signal.throwIfAborted();
      throw networkError(attempted, host, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #body(attempted: string, host: string, body: AsyncIterable<Buffer>): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > this.#limits.maxAnswerBytes) {
        throw new HarnessError('TARGET_ANSWER_TOO_LARGE', `${attempted}: the answer of ${host} is larger than ${this.#limits.maxAnswerBytes} bytes`, { hint: 'is this the API URL? `bbb-conf --secret` prints it' });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH)/;

/** Says what failed on the way to `host`, from the codes of Node, OpenSSL and undici. */
export function networkError(attempted: string, host: string, error: unknown): HarnessError {
  const own = ownLimit(attempted, error);
  if (own) return own;
  const code = codeIn(error);
  const unreachable = (what: string, hint: string): HarnessError => new HarnessError('TARGET_UNREACHABLE', `${attempted}: ${what}`, { hint, cause: error });
  if (TLS_CODES.test(code)) {
    return new HarnessError('TARGET_TLS', `${attempted}: the TLS connection to ${host} failed (${code})`, {
      hint: 'check the certificate (name, chain, expiry) and that the port speaks TLS; a private CA goes into NODE_EXTRA_CA_CERTS',
      cause: error,
    });
  }
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable(`${host} refuses connections`, 'is the service running, and is the port right?');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(`the name ${host} cannot be resolved`, 'check the host name and the DNS');
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
    case 'EPIPE':
      return unreachable(`${host} closed the connection before its answer was complete`, 'the server or a proxy is restarting or refuses this client');
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(`there is no route to ${host} (${code})`, 'check the network of this machine');
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'ETIMEDOUT':
      return new HarnessError('TARGET_TIMEOUT', `${attempted}: ${host} did not answer in time`, { hint: 'the server is overloaded, or a firewall drops the packets', cause: error });
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'HPE_HEADER_OVERFLOW':
      return new HarnessError('TARGET_ANSWER_TOO_LARGE', `${attempted}: the headers of ${host}'s answer are too large`, { cause: error });
    default:
      if (code.startsWith('HPE_')) return new HarnessError('TARGET_NOT_BBB', `${attempted}: ${host} does not speak HTTP on that port`, { hint: 'is the port right?', cause: error });
      return unreachable(`the connection to ${host} failed${code === '' ? '' : ` (${code})`}`, 'run `firstbell doctor` against it');
  }
}

function codeIn(error: unknown): string {
  let current: unknown = error;
  for (let depth = 0; typeof current === 'object' && current !== null && depth < 5; depth++) {
    const { name, code, cause, errors } = current as { name?: unknown; code?: unknown; cause?: unknown; errors?: readonly unknown[] };
    if (typeof code === 'string' && code !== 'UND_ERR' && code !== '') return code;
    // undici's parser gives most of its errors no code.
    if (name === 'HTTPParserError') return 'HPE_INVALID';
    current = cause ?? errors?.[0];
  }
  return '';
}
