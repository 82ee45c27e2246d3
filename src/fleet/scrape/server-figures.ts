import type { FleetFigures } from '../../metrics/fleet-record.js';
import { INNER_DEVICES, STACKED_DEVICES } from './devices.js';
import type { ExposedSample } from './exposition.js';

/** Running totals of a server; a figure per second needs two of them. */
export interface Totals {
  readonly atMs: number;
  readonly cpuSeconds: number | undefined;
  readonly idleSeconds: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly sentBytes: number | undefined;
}

const INNER = new RegExp(`^(${INNER_DEVICES})$`);
const STACKED = new RegExp(`^(${STACKED_DEVICES})$`);

export function totalsOf(samples: readonly ExposedSample[], atMs: number): Totals {
  return {
    atMs,
    // Guests' time stands in user time already.
    cpuSeconds: sum(samples, 'node_cpu_seconds_total', ({ labels }) => !(labels['mode'] ?? '').startsWith('guest')),
    idleSeconds: sum(samples, 'node_cpu_seconds_total', ({ labels }) => labels['mode'] === 'idle' || labels['mode'] === 'iowait'),
    receivedBytes: lineBytes(samples, 'node_network_receive_bytes_total'),
    sentBytes: lineBytes(samples, 'node_network_transmit_bytes_total'),
  };
}

/** Of the network cards. An exporter that shows none, only what stands on them, is taken at its word. */
function lineBytes(samples: readonly ExposedSample[], name: string): number | undefined {
  const outer = samples.filter((sample) => sample.name === name && !INNER.test(sample.labels['device'] ?? ''));
  const cards = outer.filter(({ labels }) => !STACKED.test(labels['device'] ?? ''));
  return sum(cards.length > 0 ? cards : outer, name);
}

/** `before` undefined: the first scrape, which says nothing per second. A counter that fell was reset; the pair is left out. */
export function figuresOf(samples: readonly ExposedSample[], now: Totals, before: Totals | undefined): FleetFigures {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1_000;
  const grown = (of: (totals: Totals) => number | undefined): number | undefined => {
    const [from, to] = [before && of(before), of(now)];
    return from === undefined || to === undefined || to < from || seconds <= 0 ? undefined : to - from;
  };
  const cpuSeconds = grown((totals) => totals.cpuSeconds);
  const idleSeconds = grown((totals) => totals.idleSeconds);
  const kbps = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : (bytes * 8) / 1_000 / seconds);
  const total = sum(samples, 'node_memory_MemTotal_bytes');
  const available = sum(samples, 'node_memory_MemAvailable_bytes');
  return withoutUndefined({
    cpu: cpuSeconds === undefined || idleSeconds === undefined || cpuSeconds <= 0 ? undefined : share(1 - idleSeconds / cpuSeconds),
    memory: total === undefined || available === undefined || total <= 0 ? undefined : share(1 - available / total),
    receiveKbps: kbps(grown((totals) => totals.receivedBytes)),
    sendKbps: kbps(grown((totals) => totals.sentBytes)),
    meetings: sum(samples, 'bbb_meetings'),
    participants: sum(samples, 'bbb_meetings_participants'),
    listeners: sum(samples, 'bbb_meetings_listeners'),
    voice: sum(samples, 'bbb_meetings_voice_participants'),
    video: sum(samples, 'bbb_meetings_video_participants'),
    sfuSockets: sum(samples, 'sfu_websockets'),
  });
}

function sum(samples: readonly ExposedSample[], name: string, of: (sample: ExposedSample) => boolean = () => true): number | undefined {
  const found = samples.filter((sample) => sample.name === name && of(sample));
  return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
}

const share = (value: number): number => Math.min(1, Math.max(0, value));

export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
