import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { networkError } from '../bbb/http.js';
import { HarnessError } from '../core/errors.js';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import type { Finding } from './check.js';

export interface NetworkOptions {
  readonly url: URL;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** A certificate that ends sooner than this is worth a word, days. */
const CERTIFICATE_DAYS = 14;
const DAY_MS = 86_400_000;

/** Resolves the host name. Rejects with TARGET_UNREACHABLE. */
export async function probeName({ url, clock, timeoutMs }: NetworkOptions, signal: AbortSignal): Promise<Finding> {
  const name = bareHost(url);
  if (isIP(name) !== 0) return { ok: 'skipped', detail: `${name} is an address` };
  try {
    const addresses = await within(clock, timeoutMs, signal, () => tooSlow(`resolve ${name}`, timeoutMs), () => lookup(name, { all: true }));
    return { ok: true, detail: `${name} is ${addresses.map(({ address }) => address).join(', ')}` };
  } catch (error) {
    throw asHarnessError(`resolve ${name}`, url.host, error, signal);
  }
}

/** Opens a TCP connection. Rejects with TARGET_UNREACHABLE or TARGET_TIMEOUT. */
export async function probeConnection(options: NetworkOptions, signal: AbortSignal): Promise<Finding> {
  const { url, clock } = options;
  const startMs = clock.nowMs();
  const socket = connectTcp({ host: bareHost(url), port: portOf(url) });
  await opened(options, socket, 'connect', `connect to ${url.host}`, signal);
  return { ok: true, detail: `${url.hostname}:${portOf(url)} answers in ${Math.round(clock.nowMs() - startMs)} ms` };
}

/** Opens a TLS connection and looks at the certificate. Rejects with TARGET_TLS as well. */
export async function probeTls(options: NetworkOptions, signal: AbortSignal): Promise<Finding> {
  const { url, clock } = options;
  if (url.protocol === 'http:') {
    if (isLoopback(url)) return { ok: 'skipped', detail: 'plain HTTP on this machine' };
    return { ok: 'warn', detail: 'plain HTTP', help: 'browsers give no microphone or camera without TLS; use https' };
  }
  const name = bareHost(url);
  let certificate = { until: '', protocol: '' };
  const socket: TLSSocket = connectTls({ host: name, port: portOf(url), ...(isIP(name) === 0 ? { servername: name } : {}) });
  socket.once('secureConnect', () => (certificate = { until: socket.getPeerCertificate().valid_to, protocol: socket.getProtocol() ?? 'TLS' }));
  await opened(options, socket, 'secureConnect', `open a TLS connection to ${url.host}`, signal);
  return tlsFinding(certificate.protocol, certificate.until, clock.wallMs());
}

/** `validTo` as OpenSSL prints it, `wallMs` Unix time. */
export function tlsFinding(protocol: string, validTo: string, wallMs: number): Finding {
  const daysLeft = Math.floor((Date.parse(validTo) - wallMs) / DAY_MS);
  const detail = `${protocol}, certificate valid for ${daysLeft} more days`;
  return daysLeft < CERTIFICATE_DAYS ? { ok: 'warn', detail, help: 'renew the certificate before the day of the test' } : { ok: true, detail };
}

async function opened({ url, clock, timeoutMs }: NetworkOptions, socket: Socket, event: 'connect' | 'secureConnect', attempted: string, signal: AbortSignal): Promise<void> {
  // Destroyed below in any case; errors after that concern nobody.
  const done = new Promise<void>((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.on('error', reject);
    socket.once('close', () => reject(new HarnessError('TARGET_UNREACHABLE', `${attempted}: ${url.host} closed the connection`)));
  });
  done.catch(() => undefined);
  try {
    await within(clock, timeoutMs, signal, () => tooSlow(attempted, timeoutMs), () => done);
  } catch (error) {
    throw asHarnessError(attempted, url.host, error, signal);
  } finally {
    socket.destroy();
  }
}

function asHarnessError(attempted: string, host: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof HarnessError ? error : networkError(attempted, host, error);
}

function tooSlow(attempted: string, timeoutMs: number): HarnessError {
  return new HarnessError('TARGET_TIMEOUT', `${attempted}: nothing within ${timeoutMs / 1000} s`, { hint: 'a firewall that drops packets looks like this' });
}

function portOf(url: URL): number {
  return url.port !== '' ? Number(url.port) : url.protocol === 'https:' ? 443 : 80;
}

/** Without the brackets of an IPv6 address. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

export function isLoopback(url: URL): boolean {
  const name = bareHost(url);
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\./.test(name);
}
