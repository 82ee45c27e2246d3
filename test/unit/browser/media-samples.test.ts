import { describe, expect, it } from 'vitest';
import { parseBatch, receivedBetween, samplesBetween, type StatsBatch, type StatsReport } from '../../../src/browser/media-samples.js';

const batch = (atMs: number, ...reports: StatsReport[]): StatsBatch => ({ atMs, reports });
const audio = (fields: Record<string, unknown>, id = '1/in'): StatsReport => ({ type: 'inbound-rtp', id, kind: 'audio', ...fields });
const video = (fields: Record<string, unknown>, id = '2/in'): StatsReport => ({ type: 'inbound-rtp', id, kind: 'video', ...fields });
const values = (before: StatsBatch | undefined, after: StatsBatch): Record<string, number> => Object.fromEntries(samplesBetween(before, after).map(({ metric, value }) => [metric, value]));

describe('samplesBetween', () => {
  it('turns counters of an audio stream into what its two seconds were like', () => {
    const before = audio({ packetsReceived: 1_000, packetsLost: 10, bytesReceived: 50_000, totalSamplesReceived: 960_000, concealedSamples: 4_800, silentConcealedSamples: 800, jitter: 0.001 });
    const after = audio({ packetsReceived: 1_095, packetsLost: 15, bytesReceived: 58_000, totalSamplesReceived: 1_056_000, concealedSamples: 10_600, silentConcealedSamples: 1_800, jitter: 0.004 });
    expect(values(batch(10_000, before), batch(12_000, after))).toEqual({ audio_jitter: 4, audio_loss: 0.05, audio_bitrate: 32, audio_concealed: 0.05 });
  });

  it('turns counters of a video stream into frames per second, freezes and height', () => {
    const before = video({ packetsReceived: 100, packetsLost: 0, bytesReceived: 10_000, framesDecoded: 30, freezeCount: 1, totalFreezesDuration: 0.5, frameHeight: 240, jitter: 0.01 });
    const after = video({ packetsReceived: 200, packetsLost: 0, bytesReceived: 60_000, framesDecoded: 60, freezeCount: 2, totalFreezesDuration: 1.0, frameHeight: 480, jitter: 0.02 });
    expect(values(batch(0, before), batch(2_000, after))).toEqual({ video_jitter: 20, video_loss: 0, video_bitrate: 200, video_fps: 15, video_height: 480, video_freezes: 1, video_freeze_ratio: 0.25 });
  });

  it('gives the round trip in ms and says whether the CPU limits a sender', () => {
    const after = batch(2_000, { type: 'candidate-pair', id: '1/p', currentRoundTripTime: 0.025 }, { type: 'outbound-rtp', id: '1/o', kind: 'video', qualityLimitationReason: 'cpu' }, { type: 'outbound-rtp', id: '2/o', kind: 'video', qualityLimitationReason: 'bandwidth' }, { type: 'outbound-rtp', id: '3/o', kind: 'audio' });
    expect(samplesBetween(undefined, after)).toEqual([
      { metric: 'rtt', value: 25 },
      { metric: 'send_limited', value: 1 },
      { metric: 'send_limited', value: 0 },
    ]);
  });

  it('says nothing of a stream seen for the first time, nor of an interval too short for a rate', () => {
    const report = audio({ packetsReceived: 100, packetsLost: 0, jitter: 0.001 });
    expect(samplesBetween(undefined, batch(2_000, report))).toEqual([]);
    expect(samplesBetween(batch(0, audio({ packetsReceived: 1, packetsLost: 0 }, 'another')), batch(2_000, report))).toEqual([]);
    expect(samplesBetween(batch(1_850, report), batch(2_000, report))).toEqual([]);
  });

  it('makes nothing up when a counter went back or is missing', () => {
    expect(values(batch(0, audio({ packetsReceived: 100, packetsLost: 0, bytesReceived: 9_000 })), batch(2_000, audio({ packetsReceived: 3, packetsLost: 0 })))).toEqual({});
    expect(values(batch(0, video({})), batch(2_000, video({ framesDecoded: 20, jitter: Number.NaN })))).toEqual({});
  });

  it('counts late packets that shrink the loss as none lost, and no packets at all as no statement', () => {
    expect(values(batch(0, audio({ packetsReceived: 100, packetsLost: 5 })), batch(2_000, audio({ packetsReceived: 200, packetsLost: 3 })))).toEqual({ audio_loss: 0 });
    expect(values(batch(0, audio({ packetsReceived: 100, packetsLost: 5 })), batch(2_000, audio({ packetsReceived: 100, packetsLost: 5 })))).toEqual({});
  });

  it('knows total loss', () => {
    expect(values(batch(0, audio({ packetsReceived: 100, packetsLost: 5 })), batch(2_000, audio({ packetsReceived: 100, packetsLost: 105 })))).toEqual({ audio_loss: 1 });
  });

  it('makes no rate of an interval in which the stream began, and 0 of one in which nothing came', () => {
    const still = video({ packetsReceived: 0, packetsLost: 0, bytesReceived: 0, framesDecoded: 0 });
    const begun = video({ packetsReceived: 20, packetsLost: 0, bytesReceived: 9_000, framesDecoded: 6 });
    expect(values(batch(0, still), batch(2_000, begun))).toEqual({ video_loss: 0 });
    expect(values(batch(0, still), batch(2_000, still))).toEqual({ video_bitrate: 0, video_fps: 0 });
    expect(values(batch(0, audio({ packetsReceived: 0, packetsLost: 0, bytesReceived: 0 })), batch(2_000, audio({ packetsReceived: 9, packetsLost: 0, bytesReceived: 700 })))).toEqual({ audio_loss: 0 });
  });

  it('caps the share of frozen time at the whole interval', () => {
    expect(values(batch(0, video({ totalFreezesDuration: 1 })), batch(2_000, video({ totalFreezesDuration: 9 })))).toEqual({ video_freeze_ratio: 1 });
  });
});

describe('receivedBetween', () => {
  it('gives what came of each stream since the batch before, and nothing of one that stood still', () => {
    const before = batch(0, audio({ bytesReceived: 1_000 }), video({ bytesReceived: 5_000, framesDecoded: 30 }), video({ bytesReceived: 700, framesDecoded: 3 }, '3/in'));
    const after = batch(2_000, audio({ bytesReceived: 9_000 }), video({ bytesReceived: 25_000, framesDecoded: 60 }), video({ bytesReceived: 700, framesDecoded: 3 }, '3/in'), { type: 'outbound-rtp', id: '4/out', kind: 'audio', bytesSent: 1_000 });
    expect(receivedBetween(before, after)).toEqual([
      { kind: 'audio', bytes: 8_000, frames: 0 },
      { kind: 'video', bytes: 20_000, frames: 30 },
    ]);
  });

  it('counts all of a stream that is new, and of one that began anew under an old id', () => {
    expect(receivedBetween(undefined, batch(0, audio({ bytesReceived: 1_000 })))).toEqual([{ kind: 'audio', bytes: 1_000, frames: 0 }]);
    expect(receivedBetween(batch(0, audio({ bytesReceived: 1_000 })), batch(2_000, audio({ bytesReceived: 200 })))).toEqual([{ kind: 'audio', bytes: 200, frames: 0 }]);
  });

  it('makes nothing up when a counter is missing', () => {
    expect(receivedBetween(batch(0, audio({})), batch(2_000, audio({}), { type: 'inbound-rtp', id: '9/in', bytesReceived: 5 }))).toEqual([]);
  });
});

describe('parseBatch', () => {
  it('keeps well-formed reports and drops the rest', () => {
    expect(parseBatch({ is: 'stats', atMs: 5, reports: [{ type: 'a', id: 'b' }, null, 'x', { type: 1, id: 'c' }, { type: 'd' }] })).toEqual({ atMs: 5, reports: [{ type: 'a', id: 'b' }] });
  });

  it.each([null, 5, 'text', {}, { atMs: '5', reports: [] }, { atMs: Number.POSITIVE_INFINITY, reports: [] }, { atMs: 5, reports: {} }])('takes %j for no batch', (value) => {
    expect(parseBatch(value)).toBeUndefined();
  });

  it('is bounded', () => {
    expect(parseBatch({ atMs: 1, reports: Array.from({ length: 5_000 }, (_, at) => ({ type: 'a', id: String(at) })) })?.reports).toHaveLength(200);
  });
});
