import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { verifyChecksum } from '../../src/bbb/checksum.js';

/** The secret of every hand-written server. */
export const SECRET = 'hand-written-secret-4711';

/** Unlike any real credential that the servers give out; no message may contain it. */
export const TOKEN = 'tokentokentoken7';

export interface Listening extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly url: string;
  /** Connections accepted so far. */
  readonly connections: () => number;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** A server on a free port of the loopback that answers as `handler` says. */
export async function serveHttp(handler: Handler, server: Server = createHttp()): Promise<Listening & { readonly server: Server }> {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => handler(request, response, new URL(request.url ?? '/', 'http://127.0.0.1')));
  return { ...(await listening(server)), server };
}

/** A server that does with the bare connection as `handler` says. */
export function serveTcp(handler: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcp(handler));
}

/** A port that nobody listens on (any more). */
export async function deadHost(): Promise<string> {
  await using server = await serveTcp((socket) => socket.destroy());
  return server.host;
}

async function listening(server: TcpServer): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { host, url: `http://${host}/bigbluebutton/api`, connections: () => connections, [Symbol.asyncDispose]: close };
}

export function sendXml(response: ServerResponse, inside: string): void {
  response.writeHead(200, { 'content-type': 'text/xml;charset=utf-8' }).end(`<response>${inside}</response>`);
}

export function sendRedirect(response: ServerResponse, location: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(302, { location, ...headers }).end();
}

/** Whether the request is signed as BBB wants it: over the query exactly as it came. */
export function isSigned(request: IncomingMessage, secret = SECRET): boolean {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const match = /^(.*?)&?checksum=([0-9a-f]+)$/.exec(query);
  return match !== null && verifyChecksum(match[2]!, path.split('/').at(-1)!, match[1]!, secret);
}

/** The redirect by which BBB refuses a join. */
export function refusalUrl(host: string, key: string, message = 'Sorry'): string {
  return `http://${host}/?${new URLSearchParams({ errors: JSON.stringify([{ key, message }]) }).toString()}`;
}
