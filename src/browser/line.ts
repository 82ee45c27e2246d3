import type { BrowserContext, Page } from 'playwright';
import type { LineProfile } from '../vu/attendee.js';

/** A bottleneck holds this much of what waits for it; what comes on top is lost, as in a home router. */
const QUEUE_MS = 500;
const PACKET_BITS = 1_200 * 8;

/** What Chromium is told (DevTools protocol, Network.emulateNetworkConditions). */
export interface NetworkConditions {
  readonly offline: false;
  /** Of a request: once. Of WebRTC: each way. ms. */
  readonly latency: number;
  /** bytes/s */
  readonly downloadThroughput: number;
  readonly uploadThroughput: number;
  /** WebRTC only, each way, per cent. */
  readonly packetLoss: number;
  /** WebRTC only, packets. */
  readonly packetQueueLength: number;
}

/**
 * A line in the terms of Chromium's emulation. It has one delay: jitter is not played, save that which a full queue makes. The queue is as
 * long as the slower direction needs.
 */
export function conditionsOf({ downKbps, upKbps, delayMs, lossShare = 0 }: LineProfile): NetworkConditions {
  return {
    offline: false,
    latency: delayMs,
    downloadThroughput: (downKbps * 1000) / 8,
    uploadThroughput: (upKbps * 1000) / 8,
    packetLoss: lossShare * 100,
    packetQueueLength: Math.max(1, Math.ceil((Math.min(downKbps, upKbps) * QUEUE_MS) / PACKET_BITS)),
  };
}

/** The line of one page. */
export interface PlayedLine {
  /** Again, after something else has changed the network of the page. */
  play(): Promise<void>;
}

/**
 * Gives a page the line: HTTP, WebSockets and WebRTC, media in both directions. Must be called before the page makes its first peer
 * connection: Chromium lets those that exist already pass.
 */
export async function playLine(context: BrowserContext, page: Page, line: LineProfile): Promise<PlayedLine> {
  const session = await context.newCDPSession(page);
  const play = (): Promise<void> => session.send('Network.emulateNetworkConditions', { ...conditionsOf(line) }).then(() => undefined);
  await play();
  return { play };
}
