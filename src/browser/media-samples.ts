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
  /** The page was hidden: what it shows to nobody may stand still by design. */
  readonly hidden?: true;
}

export type MediaSample = Omit<Sample, 'atMs'>;

/** Batches closer together than this say too little for a rate. */
const MIN_INTERVAL_MS = 200;
const MAX_REPORTS = 200;
/** A slow camera may send no frame for a shorter while. */
const STANDS_STILL_MS = 1_000;

/** Of one stream: what was said of a freeze before totalFreezesDuration counts it. */
interface Standing {
  /** Seconds. */
  readonly said: number;
  /** Frames have come since: the freeze is over and is counted by now, if ever it is. */
  readonly over: boolean;
}

/** What is said of freezes of the streams of one page while they last, by id of the report. */
export type Standings = Map<string, Standing>;

/** Checks what came out of a page; undefined if it is no batch. */
export function parseBatch(value: unknown): StatsBatch | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { atMs, reports, hidden } = value as { atMs?: unknown; reports?: unknown; hidden?: unknown };
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || !Array.isArray(reports)) return undefined;
  const valid = reports.slice(0, MAX_REPORTS).filter((one): one is StatsReport => typeof one === 'object' && one !== null && typeof (one as StatsReport).type === 'string' && typeof (one as StatsReport).id === 'string');
  return { atMs, reports: valid, ...(hidden === true ? { hidden } : {}) };
}

/**
 * What one interval was like, from two batches of cumulative counters. A counter that went back (a new stream under an old id)
 * or is missing yields no sample: nothing is made up. `standings` goes from each interval of a page to the next.
 */
export function samplesBetween(before: StatsBatch | undefined, after: StatsBatch, standings: Standings = new Map()): readonly MediaSample[] {
  const earlier = new Map((before?.reports ?? []).map((report) => [report.id, report]));
  const seconds = before === undefined ? 0 : (after.atMs - before.atMs) / 1000;
  const samples: MediaSample[] = [];
  let receiving: MediaSample[] = [];
  const seen = before?.hidden !== true && after.hidden !== true;
  const ids = new Set(after.reports.map(({ id }) => id));
  for (const id of standings.keys()) if (!ids.has(id)) standings.delete(id);
  for (const report of after.reports) {
    switch (report.type) {
      case 'candidate-pair': {
        const rtt = numberIn(report, 'currentRoundTripTime');
        if (rtt !== undefined) samples.push({ metric: 'rtt', value: rtt * 1000 });
        break;
      }
      case 'inbound-rtp': {
        const last = earlier.get(report.id);
        if (last && seconds * 1000 >= MIN_INTERVAL_MS) receiving = receiving.concat(report['kind'] === 'audio' ? audioSamples(last, report, seconds) : videoSamples(last, report, { seconds, seen, standings }));
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
  // A jitter buffer that gets nothing counts all that it plays as received, concealed and silent: no loss that could be heard would be made up from it.
  if (!((growth(last, now, 'packetsReceived') ?? 0) > 0)) return samples;
  const received = growth(last, now, 'totalSamplesReceived');
  const concealed = growth(last, now, 'concealedSamples');
  const silent = growth(last, now, 'silentConcealedSamples') ?? 0;
  if (received !== undefined && received > 0 && concealed !== undefined) add(samples, 'audio_concealed', Math.max(0, concealed - silent) / received);
  return samples;
}

interface Interval {
  readonly seconds: number;
  /** Somebody could see. */
  readonly seen: boolean;
  readonly standings: Standings;
}

function videoSamples(last: StatsReport, now: StatsReport, interval: Interval): MediaSample[] {
  const { seconds } = interval;
  const samples: MediaSample[] = [];
  add(samples, 'video_jitter', scaled(numberIn(now, 'jitter'), 1000));
  add(samples, 'video_loss', loss(last, now));
  add(samples, 'video_bitrate', scaled(flow(last, now, 'bytesReceived'), 8 / 1000 / seconds));
  add(samples, 'video_fps', scaled(flow(last, now, 'framesDecoded'), 1 / seconds));
  add(samples, 'video_height', numberIn(now, 'frameHeight'));
  add(samples, 'video_freezes', growth(last, now, 'freezeCount'));
  add(samples, 'video_freeze_ratio', freezeRatio(last, now, interval));
  return samples;
}

/**
 * libwebrtc adds a freeze to totalFreezesDuration when the next frame is shown: a picture that stands for good is never in it, and a long freeze is all
 * in the interval in which it ends. So an interval without a frame is said to be frozen at once, and what was said is taken off what is counted later.
 *
 * It is no matter whether packets still come: a picture stands still when the network dies, too. A camera that is switched off is another thing: the
 * client ends its connection (bbb-webrtc-sfu) or its stream (LiveKit), and the report goes with it. Only pages and screens stand still by design:
 * LiveKit's adaptive stream pauses what a hidden page shows, and a shared screen on which nothing moves may send next to nothing.
 */
function freezeRatio(last: StatsReport, now: StatsReport, { seconds, seen, standings }: Interval): number | undefined {
  const decoded = growth(last, now, 'framesDecoded');
  const counted = growth(last, now, 'totalFreezesDuration');
  const { said, over } = standings.get(now.id) ?? { said: 0, over: false };
  if (seen && decoded === 0 && (numberIn(now, 'framesDecoded') ?? 0) > 0 && seconds * 1000 >= STANDS_STILL_MS && now['contentType'] !== 'screenshare') {
    standings.set(now.id, { said: (over ? 0 : Math.max(0, said - (counted ?? 0))) + seconds, over: false });
    return 1;
  }
  if (counted === undefined) {
    standings.delete(now.id);
    return undefined;
  }
  // The first frame may be decoded in this interval, and shown and counted in the next.
  if (said > 0 && counted === 0 && !over) standings.set(now.id, { said, over: (decoded ?? 0) > 0 });
  else standings.delete(now.id);
  return Math.min(1, Math.max(0, counted - said) / seconds);
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
