import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowed, DEFAULT_SERIES } from '../../../src/fleet/scrape/allow-list.js';
import { readExposition } from '../../../src/fleet/scrape/exposition.js';
import { recordFleet } from '../../../src/fleet/scrape/fleet-samples.js';
import { hostOf, joinRanges, QUERIES, readRange } from '../../../src/fleet/scrape/range-query.js';
import { exporterSource, prometheusSource } from '../../../src/fleet/scrape/scrape-list.js';
import { figuresOf, totalsOf } from '../../../src/fleet/scrape/server-figures.js';
import { createRecorder } from '../../../src/metrics/recorder.js';

const all = (): boolean => true;
const node = (idle: number, busy: number, received: number, sent: number): string => `# HELP node_cpu_seconds_total Seconds
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{cpu="0",mode="idle"} ${idle}
node_cpu_seconds_total{cpu="0",mode="user"} ${busy}
node_memory_MemTotal_bytes 1.6e+10
node_memory_MemAvailable_bytes 4e+09
node_network_receive_bytes_total{device="eth0"} ${received}
node_network_receive_bytes_total{device="lo"} 99999999
node_network_transmit_bytes_total{device="eth0"} ${sent}
node_network_transmit_bytes_total{device="docker0"} 99999999
`;

describe('an exposition', () => {
  it('gives name, labels and value; comments, exemplars and timestamps are no trouble', () => {
    const text = 'a_total{x="1, \\"two\\"\\n",y="}"} 4 1700000000\nb 1.5e3 # {trace="x"} 1\nc{} 2\n# EOF\n';
    expect(readExposition(text, all, 10).samples).toEqual([
      { name: 'a_total', labels: { x: '1, "two"\n', y: '}' }, value: 4 },
      { name: 'b', labels: {}, value: 1_500 },
      { name: 'c', labels: {}, value: 2 },
    ]);
  });

  it('leaves out what is no number, not asked for, or too much', () => {
    expect(readExposition('a NaN\nb +Inf\nc 1\n<html>\nd{x=1} 3\ne', all, 10).samples).toEqual([{ name: 'c', labels: {}, value: 1 }]);
    expect(readExposition('a 1\nb 1\n', (name) => name === 'b', 10).samples).toHaveLength(1);
    expect(readExposition('a 1\nb 1\nc 1', all, 2)).toMatchObject({ capped: true, samples: { length: 2 } });
  });

  it('never throws, whatever a server answers', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => readExposition(text, all, 5).samples.length <= 5));
  });

  it('reads every label value that is written as the format says', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const written = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
        fc.pre(!/[\r\u2028\u2029]/.test(value));
        expect(readExposition(`a{x="${written}"} 1`, all, 1).samples[0]?.labels['x']).toBe(value);
      }),
    );
  });

  it('keeps the series of the three exporters unless told of more', () => {
    expect(DEFAULT_SERIES.every(allowed([]))).toBe(true);
    expect([allowed([])('go_goroutines'), allowed(['go_goroutines'])('go_goroutines')]).toEqual([false, true]);
  });
});

/** Devices of a server with what each has received; what passes a card is counted on all that stands on it. */
const LINES: readonly (readonly [string, Readonly<Record<string, number>>, number])[] = [
  ['a bridge on a card', { eno1: 500, br0: 500, vnet0: 400, lo: 90 }, 500],
  ['a bridge of Proxmox, with the firewall of a guest', { eno1: 500, vmbr0: 500, tap100i0: 300, fwbr100i0: 300, fwln100i0: 300, fwpr100p0: 300 }, 500],
  ['a bond of two cards, and a card beside it', { eno1: 300, eno2: 200, eno3: 40, bond0: 500 }, 540],
  ['VLANs on a card', { eno1: 500, 'eno1.100': 300, vlan200: 200 }, 500],
  ['a VLAN on a bridge on a bond', { enp1s0f0: 300, enp1s0f1: 200, 'bond-lan': 500, br0: 500, 'br0.7': 450 }, 500],
  ['Open vSwitch', { eth0: 500, 'ovs-system': 0, 'ovs-br0': 500 }, 500],
  ['two cards', { eth0: 500, enp2s0: 100 }, 600],
  ['an exporter that shows the bond alone', { bond0: 500, lo: 90 }, 500],
];

describe('the figures of a server', () => {
  const at = (atMs: number, text: string) => {
    const { samples } = readExposition(text, allowed([]), 100);
    return { samples, totals: totalsOf(samples, atMs) };
  };

  it('are the growth of its counters between two scrapes, without inner devices', () => {
    const first = at(0, node(100, 50, 1_000_000, 5_000_000));
    const second = at(10_000, node(106, 54, 2_250_000, 17_500_000));
    expect(figuresOf(first.samples, first.totals, undefined)).toEqual({ memory: 0.75 });
    expect(figuresOf(second.samples, second.totals, first.totals)).toEqual({ cpu: 0.4, memory: 0.75, receiveKbps: 1_000, sendKbps: 10_000 });
  });

  it.each(LINES)('count what passes the line once: %s', (_what, devices, bytes) => {
    const text = Object.entries(devices).map(([device, received]) => `node_network_receive_bytes_total{device="${device}"} ${received}\n`);
    expect(at(0, text.join('')).totals.receivedBytes).toBe(bytes);
  });

  it('are missing, not zero, after a restart of the server', () => {
    const first = at(0, node(100, 50, 1_000_000, 5_000_000));
    const restarted = at(10_000, node(1, 1, 500, 500));
    expect(figuresOf(restarted.samples, restarted.totals, first.totals)).toEqual({ memory: 0.75 });
  });

  it('become samples with the server’s tag, the line held against the scenario’s', () => {
    using recorder = createRecorder({ maxSeries: 100 });
    recordFleet(recorder, 100, { atMs: 0, server: 'bbb01', source: 'exporter', up: true, figures: { cpu: 0.4, receiveKbps: 1_000, sendKbps: 10_000, participants: 30 } });
    recordFleet(recorder, 100, { atMs: 0, server: 'bbb02', source: 'exporter', up: false, code: 'TARGET_TIMEOUT', figures: {} });
    recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
    const { cumulative } = recorder;
    expect(cumulative.figures('server_line_use', { server: 'bbb01' }).max).toBe(0.1);
    expect(cumulative.figures('server_scrape_failed').rate).toBe(0.5);
    expect(cumulative.tagValues('server_cpu', 'server')).toEqual(['bbb01']);
  });
});

describe('the answers of a Prometheus server', () => {
  const matrix = (result: object[]): string => JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });

  it('are joined by the host of the instance', () => {
    const cpu = readRange(matrix([{ metric: { instance: 'bbb01.example.org:9100' }, values: [[1_700, '0.2'], [1_715, '0.3'], [1_730, 'NaN']] }]));
    const meetings = readRange(matrix([{ metric: { instance: 'https://bbb01.example.org:9688/metrics' }, values: [[1_720, '4']] }]));
    expect([...joinRanges({ cpu, meetings })]).toEqual([['bbb01.example.org', { wallMs: 1_720_000, figures: { cpu: 0.3, meetings: 4 } }]]);
  });

  it.each(LINES)('count what passes the line once: %s', (_what, devices, bytes) => {
    // As Prometheus reads it: a selector takes whole names, and what `or` has on its right is for instances that have nothing on its left.
    const selectors = [...QUERIES.receiveKbps.matchAll(/device!~"([^"\\]*)"/g)].map(([, out]) => new RegExp(`^(?:${out})$`));
    expect(QUERIES.receiveKbps.replaceAll(/\{[^}]*\}/g, '')).toBe('(sum by (instance) (rate(node_network_receive_bytes_total[1m])) or sum by (instance) (rate(node_network_receive_bytes_total[1m]))) * 8 / 1000');
    const taken = selectors.map((out) => Object.entries(devices).filter(([device]) => !out.test(device))).find((some) => some.length > 0);
    expect(taken!.reduce((total, [, received]) => total + received, 0)).toBe(bytes);
  });

  it('are refused when they are something else', () => {
    for (const text of ['<html>', '{}', '{"status":"error","error":"x"}', '[]']) expect(() => readRange(text)).toThrow('not that of a Prometheus server');
  });

  it.each([['bbb01:9100', 'bbb01'], ['[::1]:9100', '[::1]'], ['http://x.example/metrics', 'x.example'], ['', '']])('names the host of %s', (instance, host) => expect(hostOf(instance)).toBe(host));
});

describe('the list of scrapes', () => {
  it('takes a name and a URL, or a URL alone', () => {
    expect(exporterSource('bbb01=http://10.0.0.1:9100/metrics')).toEqual({ kind: 'exporter', server: 'bbb01', url: 'http://10.0.0.1:9100/metrics' });
    expect(exporterSource('http://bbb02.example:9100/metrics?x=1')).toMatchObject({ server: 'bbb02.example' });
    expect(prometheusSource('http://prometheus:9090/')).toEqual({ kind: 'prometheus', url: 'http://prometheus:9090' });
  });

  it('refuses what is no URL, and credentials in one, without repeating them', () => {
    expect(() => exporterSource('bbb01')).toThrow('takes an http or https URL');
    expect(() => exporterSource('bbb01=ftp://x/')).toThrow('takes an http or https URL');
    expect(() => prometheusSource('http://me:hunter2@prometheus:9090')).toThrow(/^(?!.*hunter2).*no credentials/);
  });
});
