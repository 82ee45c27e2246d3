import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** open: as if it were not there · shut: every connection is reset, none is taken · drip: answers come a byte at a time. */
export type ProxyMode = 'open' | 'shut' | 'drip';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Everything that went through, both ways, byte for character. */
  heard(): string;
}

const DRIP_EVERY_MS = 100;

/**
 * Stands between users and one simulated server, and replaces the server's port by its own in what that says, so that sockets come this way too.
 * Both ports have five digits: no length changes.
 */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let mode: ProxyMode = 'open';
  const pairs = new Set<readonly [Socket, Socket]>();
  const drips = new Set<NodeJS.Timeout>();
  let port = 0;
  const heard: string[] = [];
  const server = createServer((near) => {
    if (mode === 'shut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk) => {
      heard.push(chunk.toString('latin1'));
      far.write(chunk);
    });
    let held = '';
    const drip = setInterval(() => {
      if (held === '') return;
      // Once it is open again everything comes at once.
      const now = mode === 'drip' ? 1 : held.length;
      near.write(held.slice(0, now), 'latin1');
      held = held.slice(now);
    }, DRIP_EVERY_MS);
    drips.add(drip);
    near.once('close', () => {
      clearInterval(drip);
      drips.delete(drip);
    });
    far.on('data', (chunk) => {
      const text = chunk.toString('latin1').replaceAll(`127.0.0.1:${target}`, `127.0.0.1:${port}`);
      heard.push(text);
      if (mode === 'drip' || held !== '') held += text;
      else near.write(text, 'latin1');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  port = (server.address() as AddressInfo).port;
  if (String(port).length !== String(target).length) throw new Error('the ports differ in length');
  return {
    port,
    set: (wanted) => {
      mode = wanted;
      if (mode === 'shut') for (const [near] of pairs) near.resetAndDestroy();
    },
    heard: () => heard.join(''),
    [Symbol.asyncDispose]: async () => {
      for (const drip of drips) clearInterval(drip);
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
