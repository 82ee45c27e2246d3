import { describe, expect, it } from 'vitest';
import { conditionsOf } from '../../../src/browser/line.js';

describe('a line in the terms of Chromium', () => {
  it('is bytes a second, per cent, and a queue of half a second of the slower direction', () => {
    expect(conditionsOf({ name: 'custom', downKbps: 8_000, upKbps: 960, delayMs: 35, lossShare: 0.005 })).toEqual({ offline: false, latency: 35, downloadThroughput: 1_000_000, uploadThroughput: 120_000, packetLoss: 0.5, packetQueueLength: 50 });
  });

  it('loses nothing unless told, and always has room for a packet', () => {
    expect(conditionsOf({ name: 'custom', downKbps: 1, upKbps: 1, delayMs: 0 })).toMatchObject({ packetLoss: 0, packetQueueLength: 1 });
  });
});
