import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { HarnessError } from '../core/errors.js';

export interface LocalServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464`. */
  readonly origin: string;
}

export interface LocalHttpOptions {
  /** Address to bind. */
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** For the message when the port is taken. */
  readonly flag: string;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

const HEADERS_MS = 10_000;
const MAX_CONNECTIONS = 64;

/** A small HTTP server for people and programs of this machine. PORT_IN_USE if the port is taken. */
export async function listenLocal({ host, port, flag, handle }: LocalHttpOptions): Promise<LocalServer> {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS, maxHeaderSize: 16_384 }, (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    handle(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on: ${error.code ?? error.message}`;
      reject(new HarnessError('PORT_IN_USE', `port ${port} on ${host} ${what}`, { hint: `give another ${flag}`, cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
  server.on('error', () => undefined);
  const bound = server.address() as AddressInfo;
  return {
    origin: originOf(bound, hostname()),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** To be opened from elsewhere, too: what is bound to every address of a machine has the machine's name. */
export function originOf({ address, family, port }: AddressInfo, machine: string): string {
  if (address === '0.0.0.0' || address === '::') return `http://${machine}:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Whether a Host header names this machine itself, whatever the port. */
export function namesLoopback(header: string | undefined): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').toLowerCase();
  return host === 'localhost' || host === '[::1]' || isLoopbackAddress(host);
}
