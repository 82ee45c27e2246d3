import { z } from 'zod';
import { HarnessError } from '../../core/errors.js';
import type { FleetFigures } from '../../metrics/fleet-record.js';
import { INNER_DEVICES, STACKED_DEVICES } from './devices.js';
import { withoutUndefined } from './server-figures.js';

/** As `totalsOf` adds up devices: the cards alone, or, of an instance that shows none, what stands on them. */
function lineKbps(name: string): string {
  const without = (devices: string): string => `sum by (instance) (rate(${name}{device!~"${devices}"}[1m]))`;
  return `(${without(`${INNER_DEVICES}|${STACKED_DEVICES}`)} or ${without(INNER_DEVICES)}) * 8 / 1000`;
}

/** What a Prometheus server is asked for, per instance. Rates over a minute: two scrapes of the usual 15 s fit well. */
export const QUERIES: Readonly<Record<keyof FleetFigures, string>> = {
  cpu: '1 - avg by (instance) (sum by (instance, cpu) (rate(node_cpu_seconds_total{mode=~"idle|iowait"}[1m])))',
  memory: 'max by (instance) (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)',
  receiveKbps: lineKbps('node_network_receive_bytes_total'),
  sendKbps: lineKbps('node_network_transmit_bytes_total'),
  meetings: 'sum by (instance) (bbb_meetings)',
  participants: 'sum by (instance) (bbb_meetings_participants)',
  listeners: 'sum by (instance) (bbb_meetings_listeners)',
  voice: 'sum by (instance) (bbb_meetings_voice_participants)',
  video: 'sum by (instance) (bbb_meetings_video_participants)',
  sfuSockets: 'sum by (instance) (sfu_websockets)',
};

const MAX_INSTANCES = 2_000;
const MAX_POINTS = 2_000;

const ANSWER = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string().max(1_000)), values: z.array(z.tuple([z.number(), z.string().max(64)])).max(MAX_POINTS) })).max(MAX_INSTANCES),
  }),
});

/** Newest value of each instance: name of the server → Unix time and value. */
export type Newest = ReadonlyMap<string, { readonly wallMs: number; readonly value: number }>;

/** Reads the answer to a range query. Throws FILE_UNREADABLE if it is none: an error of Prometheus, or a page of something else. */
export function readRange(text: string): Newest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const answer = ANSWER.safeParse(parsed);
  if (!answer.success) throw new HarnessError('FILE_UNREADABLE', 'the answer is not that of a Prometheus server to a range query', { hint: 'name its base URL, e.g. http://prometheus:9090' });
  const newest = new Map<string, { wallMs: number; value: number }>();
  for (const { metric, values } of answer.data.data.result) {
    const last = values.filter(([, value]) => Number.isFinite(Number(value))).at(-1);
    const server = hostOf(metric['instance'] ?? '');
    if (last && server !== '') newest.set(server, { wallMs: last[0] * 1_000, value: Number(last[1]) });
  }
  return newest;
}

/** `bbb01.example.org:9100` is told by several exporters on several ports: the server is the host. */
export function hostOf(instance: string): string {
  return instance
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '')
    .replace(/:\d+$/, '');
}

/** Figures by server, from the answers to the queries, with the instant of the newest of each. */
export function joinRanges(answers: Readonly<Partial<Record<keyof FleetFigures, Newest>>>): ReadonlyMap<string, { readonly wallMs: number; readonly figures: FleetFigures }> {
  const servers = new Map<string, { wallMs: number; figures: FleetFigures }>();
  for (const [figure, newest] of Object.entries(answers) as [keyof FleetFigures, Newest][]) {
    for (const [server, { wallMs, value }] of newest) {
      const known = servers.get(server);
      // A share above 1 or below 0 is rounding of a rate.
      const kept = figure === 'cpu' || figure === 'memory' ? Math.min(1, Math.max(0, value)) : value;
      servers.set(server, { wallMs: Math.max(wallMs, known?.wallMs ?? 0), figures: withoutUndefined({ ...known?.figures, [figure]: kept }) });
    }
  }
  return servers;
}
