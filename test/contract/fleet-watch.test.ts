import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { FleetWatch } from '../../src/fleet/scrape/fleet-watch.js';
import type { ScrapeSource } from '../../src/fleet/scrape/scrape-list.js';
import type { FleetRecord } from '../../src/metrics/fleet-record.js';
import { listenerWarnings } from '../fakes/warnings.js';

let server: Server;
let origin: string;
let sent = 0;
const queries: URLSearchParams[] = [];
const auth: (string | undefined)[] = [];

/** Exporters and a Prometheus server, and what may be found instead of one. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    auth.push(request.headers.authorization);
    switch (url.pathname) {
      case '/metrics':
        sent += 1_000_000;
        response.end(`bbb_meetings 4\nbbb_meetings_participants 80\nnode_network_transmit_bytes_total{device="eth0"} ${sent}\nnode_load5 2\ngo_goroutines 9\n`);
        return;
      case '/huge':
        for (let n = 0; n < 90; n++) response.write('# '.padEnd(65_536, 'x'));
        response.end();
        return;
      case '/silent':
        return;
      case '/api/v1/query_range': {
        queries.push(url.searchParams);
        const value = url.searchParams.get('query')!.includes('node_cpu') ? '0.4' : '7';
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: { instance: 'bbb01.example:9100' }, values: [[1_700_000_000, value]] }] } }));
        return;
      }
      default:
        response.writeHead(500).end('<html>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function look(sources: readonly ScrapeSource[], looks = 1): Promise<FleetRecord[]> {
  const records: FleetRecord[] = [];
  let atMs = 0;
  await using watch = new FleetWatch({ sources, keep: ['node_load5'], everyMs: 1_000, clock: systemClock, atMs: () => (atMs += 1_000), onRecord: (record) => records.push(record) });
  for (let n = 0; n < looks; n++) await watch.look(new AbortController().signal);
  return records;
}

const exporter = (path: string, server = 'bbb01'): ScrapeSource => ({ kind: 'exporter', server, url: `${origin}${path}` });

describe('a look at the fleet', () => {
  it('gives figures, the series of the allow-list and those asked for besides', async () => {
    const [first, second] = await look([exporter('/metrics')], 2);
    expect(first).toEqual({ server: 'bbb01', source: 'exporter', atMs: 1_000, up: true, figures: { meetings: 4, participants: 80 }, series: { bbb_meetings: 4, bbb_meetings_participants: 80, node_load5: 2 } });
    expect(second!.figures).toEqual({ meetings: 4, participants: 80, sendKbps: 8_000 });
  });

  it('asks many servers at once', async () => {
    const sources = Array.from({ length: 12 }, (_, index) => exporter('/metrics', `bbb${index}`));
    expect(await listenerWarnings(async () => expect(await look(sources)).toHaveLength(12))).toBe(0);
  });

  it.each([
    ['answers with an error', '/gone', 'TARGET_HTTP_STATUS'],
    ['never ends its answer', '/huge', 'TARGET_ANSWER_TOO_LARGE'],
    ['does not answer', '/silent', 'TARGET_TIMEOUT'],
  ])('goes on where a server %s, and says so', async (_what, path, code) => {
    const records = await look([exporter(path, 'bbb02'), exporter('/metrics')]);
    expect(records.find(({ server }) => server === 'bbb02')).toMatchObject({ up: false, code, figures: {} });
    expect(records.find(({ server }) => server === 'bbb01')).toMatchObject({ up: true });
  });

  it('asks a Prometheus server by range query, with its token, and takes each value once', async () => {
    queries.length = auth.length = 0;
    const records = await look([{ kind: 'prometheus', url: origin, token: 'abc' }], 2);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ server: 'bbb01.example', source: 'prometheus', up: true, figures: { cpu: 0.4, meetings: 7, sendKbps: 7 } });
    expect(Number(queries[0]!.get('end')) - Number(queries[0]!.get('start'))).toBeCloseTo(60, 1);
    expect(new Set(auth)).toEqual(new Set(['Bearer abc']));
  });

  it('says so when what answers is no Prometheus server', async () => {
    const [record] = await look([{ kind: 'prometheus', url: `${origin}/metrics` }]);
    expect(record).toMatchObject({ up: false, code: 'TARGET_HTTP_STATUS' });
  });
});
