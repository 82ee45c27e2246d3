import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** nginx's `/livekit/` (bbb-livekit's livekit.nginx): everything below it goes to LiveKit's root. */
export const LIVEKIT_PATH = '/livekit/';

/** Hands a WebSocket upgrade on, byte for byte. */
export function proxyUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, port: number): void {
  const upstream = connect({ port, host: '127.0.0.1' });
  const end = (): void => {
    socket.destroy();
    upstream.destroy();
  };
  upstream.once('connect', () => {
    const headers = pairs(request.rawHeaders).map(([name, value]) => `${name}: ${value}`);
    upstream.write(`${request.method} ${below(request.url)} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  upstream.on('error', () => {
    // nginx has its own words for a backend that is away.
    if (!upstream.readyState.startsWith('open') && socket.writable) socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    end();
  });
  upstream.on('close', end);
  socket.on('close', end);
}

export interface Proxied {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const MAX_BODY_CHARS = 64 * 1024;

/** A GET: livekit-client asks why it was refused. */
export function proxyGet(url: string | undefined, headers: IncomingMessage['headers'], port: number): Promise<Proxied> {
  return new Promise((resolve) => {
    const authorization = headers.authorization;
    const upstream = httpRequest({ host: '127.0.0.1', port, path: below(url), headers: authorization === undefined ? {} : { authorization } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => (body = (body + text).slice(0, MAX_BODY_CHARS)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 502, type: answer.headers['content-type'] ?? 'text/plain', body }));
    });
    upstream.on('error', () => resolve({ status: 502, type: 'text/html', body: '<html><body><h1>502 Bad Gateway</h1></body></html>' }));
    upstream.end();
  });
}

function below(url: string | undefined): string {
  return `/${(url ?? '').slice(LIVEKIT_PATH.length)}`;
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2]!, raw[index * 2 + 1]!]);
}
