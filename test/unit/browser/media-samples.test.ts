import { describe, expect, it } from 'vitest';
import { parseBatch, receivedBetween, samplesBetween, type Standings, type StatsBatch, type StatsReport } from '../../../src/browser/media-samples.js';

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

  it('makes no concealment up where no packet came: what a jitter buffer plays then is silence', () => {
    const before = audio({ packetsReceived: 1_000, packetsLost: 10, totalSamplesReceived: 960_000, concealedSamples: 4_800, silentConcealedSamples: 800 });
    const dead = audio({ packetsReceived: 1_000, packetsLost: 10, totalSamplesReceived: 1_056_000, concealedSamples: 100_800, silentConcealedSamples: 96_800 });
    expect(values(batch(10_000, before), batch(12_000, dead))).toEqual({});
  });
});

describe('a picture that stands still', () => {
  type Look = Record<string, unknown> & { readonly framesDecoded: number };
  /** Looks every 2 s; the freeze ratio of each interval between them. */
  const ratios = (looks: readonly Look[], more: Partial<StatsBatch> = {}, everyMs = 2_000): readonly (number | undefined)[] => {
    const standings: Standings = new Map();
    const batches = looks.map((look, index) => ({ ...batch(index * everyMs, video({ totalFreezesDuration: 0, ...look })), ...more }));
    return batches.slice(1).map((after, index) => samplesBetween(batches[index], after, standings).find(({ metric }) => metric === 'video_freeze_ratio')?.value);
  };
  const standing = (count: number, look: Look): readonly Look[] => Array.from({ length: count }, () => look);

  it('is frozen while it does, and not again when libwebrtc counts it', () => {
    // Still from 1 s to 11 s.
    const looks = [{ framesDecoded: 30 }, ...standing(5, { framesDecoded: 45 }), { framesDecoded: 60, totalFreezesDuration: 10 }, { framesDecoded: 90, totalFreezesDuration: 10 }];
    expect(ratios(looks)).toEqual([0, 1, 1, 1, 1, 1, 0]);
  });

  it('is frozen for good if no frame ever comes, whether packets do or not', () => {
    expect(ratios(standing(4, { framesDecoded: 45 }))).toEqual([1, 1, 1]);
    expect(ratios([{ framesDecoded: 45, packetsReceived: 100 }, { framesDecoded: 45, packetsReceived: 200 }])).toEqual([1]);
  });

  it('is not counted twice when the first frame is shown an interval after it was decoded', () => {
    const looks = [...standing(3, { framesDecoded: 45 }), { framesDecoded: 46 }, { framesDecoded: 76, totalFreezesDuration: 5 }, { framesDecoded: 106, totalFreezesDuration: 6 }];
    expect(ratios(looks)).toEqual([1, 1, 0, 0.5, 0.5]);
  });

  it('takes nothing off later freezes for one that libwebrtc never counted', () => {
    const looks = [...standing(3, { framesDecoded: 45 }), { framesDecoded: 75 }, { framesDecoded: 105 }, { framesDecoded: 135, totalFreezesDuration: 1 }];
    expect(ratios(looks)).toEqual([1, 1, 0, 0, 0.5]);
  });

  it('is frozen for no more than the interval, of freezes that began before the stream was looked at', () => {
    expect(ratios([{ framesDecoded: 30 }, { framesDecoded: 60, totalFreezesDuration: 8 }])).toEqual([1]);
  });

  it('is none before it began, nor on a hidden page, nor a screen on which nothing moves, nor for an instant', () => {
    expect(ratios(standing(3, { framesDecoded: 0 }))).toEqual([0, 0]);
    expect(ratios(standing(3, { framesDecoded: 45 }), { hidden: true })).toEqual([0, 0]);
    expect(ratios(standing(3, { framesDecoded: 45, contentType: 'screenshare' }))).toEqual([0, 0]);
    expect(ratios(standing(3, { framesDecoded: 45 }), {}, 500)).toEqual([0, 0]);
  });

  it('is forgotten with its stream', () => {
    const standings: Standings = new Map();
    samplesBetween(batch(0, video({ framesDecoded: 9 })), batch(2_000, video({ framesDecoded: 9 })), standings);
    expect(standings.size).toBe(1);
    samplesBetween(batch(2_000, video({ framesDecoded: 9 })), batch(4_000), standings);
    expect(standings.size).toBe(0);
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

  it('knows whether the page was hidden', () => {
    expect(parseBatch({ atMs: 5, reports: [], hidden: true })).toEqual({ atMs: 5, reports: [], hidden: true });
    expect(parseBatch({ atMs: 5, reports: [], hidden: 'no' })).toEqual({ atMs: 5, reports: [] });
  });

  it.each([null, 5, 'text', {}, { atMs: '5', reports: [] }, { atMs: Number.POSITIVE_INFINITY, reports: [] }, { atMs: 5, reports: {} }])('takes %j for no batch', (value) => {
    expect(parseBatch(value)).toBeUndefined();
  });

  it('is bounded', () => {
    expect(parseBatch({ atMs: 1, reports: Array.from({ length: 5_000 }, (_, at) => ({ type: 'a', id: String(at) })) })?.reports).toHaveLength(200);
  });
});
