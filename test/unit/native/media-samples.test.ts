import { describe, expect, it } from 'vitest';
import { receivedSamples, reception, sentSamples } from '../../../src/native/media-samples.js';
import type { Measured } from '../../../src/native/media/messages.js';

const row = (more: Partial<Measured>): Measured => ({ session: 1, whole: true, packets: 0, bytes: 0, lost: 0, reordered: 0, gaps: 0, frames: 0, keyFrames: 0, jitterMs: 0, sentPackets: 0, keyFrameRequests: 0, ...more });

describe('samples of an interval', () => {
  it('of sound', () => {
    expect(receivedSamples('audio', row({ packets: 99, bytes: 7_500, lost: 1, jitterMs: 3, gaps: 2, reordered: 4 }), 2)).toEqual([
      { metric: 'audio_bitrate', value: 30 },
      { metric: 'audio_gaps', value: 2 },
      { metric: 'packets_reordered', value: 4 },
      { metric: 'audio_loss', value: 0.01 },
      { metric: 'audio_jitter', value: 3 },
    ]);
  });

  it('of a picture', () => {
    expect(receivedSamples('video', row({ packets: 100, bytes: 50_000, frames: 30, keyFrames: 1, jitterMs: 5 }), 2)).toEqual([
      { metric: 'video_bitrate', value: 200 },
      { metric: 'video_fps', value: 15 },
      { metric: 'key_frames', value: 1 },
      { metric: 'video_loss', value: 0 },
      { metric: 'video_jitter', value: 5 },
    ]);
  });

  it('have no rates where the stream began within it: they would be too low', () => {
    const begun = { whole: false, packets: 20, bytes: 10_000, frames: 6 };
    expect(receivedSamples('video', row({ ...begun, keyFrames: 1, jitterMs: 5 }), 5)).toEqual([
      { metric: 'key_frames', value: 1 },
      { metric: 'video_loss', value: 0 },
      { metric: 'video_jitter', value: 5 },
    ]);
    expect(receivedSamples('audio', row({ whole: false }), 5)).toEqual([]);
    expect(reception('video', row(begun))).toEqual({ kind: 'video', bytes: 10_000, frames: 6 });
  });

  it('of a picture that stands still are 0', () => {
    expect(receivedSamples('video', row({}), 5)).toEqual([{ metric: 'video_bitrate', value: 0 }, { metric: 'video_fps', value: 0 }]);
  });

  it('of silence say that nothing came, and make up neither loss nor jitter', () => {
    expect(receivedSamples('audio', row({ jitterMs: 3 }), 5)).toEqual([{ metric: 'audio_bitrate', value: 0 }]);
  });

  it('in all: bytes of sound; bytes and frames of cameras and screens', () => {
    expect(reception('audio', row({ packets: 99, bytes: 7_500 }))).toEqual({ kind: 'audio', bytes: 7_500, frames: 0 });
    for (const kind of ['video', 'screen'] as const) expect(reception(kind, row({ packets: 100, bytes: 50_000, frames: 30 }))).toEqual({ kind: 'video', bytes: 50_000, frames: 30 });
  });

  it('of what was sent', () => {
    expect(sentSamples(row({ rttMs: 12, keyFrameRequests: 2 }))).toEqual([
      { metric: 'rtt', value: 12 },
      { metric: 'key_frame_requests', value: 2 },
    ]);
    expect(sentSamples(row({}))).toEqual([]);
  });
});
