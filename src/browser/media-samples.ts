import type { Sample } from '../metrics/catalogue.js';
import type { Reception } from '../vu/attendee.js';

/** A report of getStats(), reduced by the probe (page/probe.ts). Durations in seconds, as WebRTC gives them. */
export interface StatsReport {
  readonly type: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface StatsBatch {
  /** Page clock, ms. */
  readonly atMs: number;
  readonly reports: readonly StatsReport[];
}

export type MediaSample = Omit<Sample, 'atMs'>;

/** Batches closer together than this say too little for a rate. */
const MIN_INTERVAL_MS = 200;
const MAX_REPORTS = 200;

/** Checks what came out of a page; undefined if it is no batch. */
export function parseBatch(value: unknown): StatsBatch | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { atMs, reports } = value as { atMs?: unknown; reports?: unknown };
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || !Array.isArray(reports)) return undefined;
  const valid = reports.slice(0, MAX_REPORTS).filter((one): one is StatsReport => typeof one === 'object' && one !== null && typeof (one as StatsReport).type === 'string' && typeof (one as StatsReport).id === 'string');
  return { atMs, reports: valid };
}

/**
 * What one interval was like, from two batches of cumulative counters. A counter that went back (a new stream under an old id)
 * or is missing yields no sample: nothing is made up.
 */
export function samplesBetween(before: StatsBatch | undefined, after: StatsBatch): readonly MediaSample[] {
  const earlier = new Map((before?.reports ?? []).map((report) => [report.id, report]));
  const seconds = before === undefined ? 0 : (after.atMs - before.atMs) / 1000;
  const samples: MediaSample[] = [];
  let receiving: MediaSample[] = [];
  for (const report of after.reports) {
    switch (report.type) {
      case 'candidate-pair': {
        const rtt = numberIn(report, 'currentRoundTripTime');
        if (rtt !== undefined) samples.push({ metric: 'rtt', value: rtt * 1000 });
        break;
      }
      case 'inbound-rtp': {
        const last = earlier.get(report.id);
        if (last && seconds * 1000 >= MIN_INTERVAL_MS) receiving = receiving.concat(report['kind'] === 'audio' ? audioSamples(last, report, seconds) : videoSamples(last, report, seconds));
        break;
      }
      case 'outbound-rtp':
        if (report['kind'] === 'video' && typeof report['qualityLimitationReason'] === 'string') samples.push({ metric: 'send_limited', value: report['qualityLimitationReason'] === 'cpu' ? 1 : 0 });
    }
  }
  return samples.concat(receiving);
}

/** What came between two batches, stream by stream; all of a stream that is new, or that began anew under an old id. */
export function receivedBetween(before: StatsBatch | undefined, after: StatsBatch): readonly Reception[] {
  const earlier = new Map((before?.reports ?? []).map((report) => [report.id, report]));
  return after.reports
    .filter(({ type, kind }) => type === 'inbound-rtp' && (kind === 'audio' || kind === 'video'))
    .map((now) => {
      const last = earlier.get(now.id);
      const since = (field: string): number => (last && growth(last, now, field)) ?? numberIn(now, field) ?? 0;
      return { kind: now['kind'] as 'audio' | 'video', bytes: since('bytesReceived'), frames: since('framesDecoded') };
    })
    .filter(({ bytes, frames }) => bytes > 0 || frames > 0);
}

function audioSamples(last: StatsReport, now: StatsReport, seconds: number): MediaSample[] {
  const samples: MediaSample[] = [];
  add(samples, 'audio_jitter', scaled(numberIn(now, 'jitter'), 1000));
  add(samples, 'audio_loss', loss(last, now));
  add(samples, 'audio_bitrate', scaled(flow(last, now, 'bytesReceived'), 8 / 1000 / seconds));
  const received = growth(last, now, 'totalSamplesReceived');
  const concealed = growth(last, now, 'concealedSamples');
  const silent = growth(last, now, 'silentConcealedSamples') ?? 0;
  if (received !== undefined && received > 0 && concealed !== undefined) add(samples, 'audio_concealed', Math.max(0, concealed - silent) / received);
  return samples;
}

function videoSamples(last: StatsReport, now: StatsReport, seconds: number): MediaSample[] {
  const samples: MediaSample[] = [];
  add(samples, 'video_jitter', scaled(numberIn(now, 'jitter'), 1000));
  add(samples, 'video_loss', loss(last, now));
  add(samples, 'video_bitrate', scaled(flow(last, now, 'bytesReceived'), 8 / 1000 / seconds));
  add(samples, 'video_fps', scaled(flow(last, now, 'framesDecoded'), 1 / seconds));
  add(samples, 'video_height', numberIn(now, 'frameHeight'));
  add(samples, 'video_freezes', growth(last, now, 'freezeCount'));
  const frozen = growth(last, now, 'totalFreezesDuration');
  if (frozen !== undefined) add(samples, 'video_freeze_ratio', Math.min(1, frozen / seconds));
  return samples;
}

/** Lost ÷ (lost + received) in the interval; RFC 3550 lets the lost count shrink when late packets come, which counts as none lost. */
function loss(last: StatsReport, now: StatsReport): number | undefined {
  const received = growth(last, now, 'packetsReceived');
  const lostNow = numberIn(now, 'packetsLost');
  const lostBefore = numberIn(last, 'packetsLost');
  if (received === undefined || lostNow === undefined || lostBefore === undefined) return undefined;
  const lost = Math.max(0, lostNow - lostBefore);
  return lost + received === 0 ? undefined : lost / (lost + received);
}

function growth(last: StatsReport, now: StatsReport, field: string): number | undefined {
  const from = numberIn(last, field);
  const to = numberIn(now, field);
  return from === undefined || to === undefined || to < from ? undefined : to - from;
}

/** Growth that makes a rate: none in the interval in which it began, of which only a part can be divided by. */
function flow(last: StatsReport, now: StatsReport, field: string): number | undefined {
  const grown = growth(last, now, field);
  return grown !== undefined && grown > 0 && numberIn(last, field) === 0 ? undefined : grown;
}

function numberIn(report: StatsReport, field: string): number | undefined {
  const value = report[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function add(samples: MediaSample[], metric: MediaSample['metric'], value: number | undefined): void {
  if (value !== undefined && Number.isFinite(value)) samples.push({ metric, value });
}
