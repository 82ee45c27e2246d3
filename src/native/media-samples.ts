import type { MetricName, Sample } from '../metrics/catalogue.js';
import type { Reception } from '../vu/attendee.js';
import type { Measured } from './media/messages.js';

export type MediaSample = Omit<Sample, 'atMs'>;

/**
 * What an interval of a received stream was like, in the terms of the catalogue. Nothing received says nothing but that nothing came. The interval in
 * which it began has no rates: divided by all of it they would be too low, and how long a person waited is the phases first_audio and first_video.
 */
export function receivedSamples(kind: 'audio' | 'video' | 'screen', row: Measured, seconds: number): readonly MediaSample[] {
  const samples: MediaSample[] = row.whole ? [{ metric: `${kind}_bitrate`, value: (row.bytes * 8) / 1000 / seconds }] : [];
  const count = (metric: MetricName, value: number): void => {
    if (value > 0) samples.push({ metric, value });
  };
  count(`${kind}_gaps`, row.gaps);
  count('packets_reordered', row.reordered);
  if (kind !== 'audio') {
    if (row.whole) samples.push({ metric: `${kind}_fps`, value: row.frames / seconds });
    count('key_frames', row.keyFrames);
  }
  if (row.packets + row.lost > 0) samples.push({ metric: `${kind}_loss`, value: row.lost / (row.packets + row.lost) });
  if (row.packets > 0) samples.push({ metric: `${kind}_jitter`, value: row.jitterMs });
  return samples;
}

/** What came in the interval. */
export function reception(kind: 'audio' | 'video' | 'screen', { bytes, frames }: Measured): Reception {
  return kind === 'audio' ? { kind, bytes, frames: 0 } : { kind: 'video', bytes, frames };
}

export function sentSamples({ rttMs, keyFrameRequests }: Measured): readonly MediaSample[] {
  const samples: MediaSample[] = [];
  if (rttMs !== undefined) samples.push({ metric: 'rtt', value: rttMs });
  if (keyFrameRequests > 0) samples.push({ metric: 'key_frame_requests', value: keyFrameRequests });
  return samples;
}
