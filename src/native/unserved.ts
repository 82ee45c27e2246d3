import { NOTHING_RECEIVED } from '../rtc/receive-stats.js';
import { MEASURE_EVERY_MS, type Measured } from './media/messages.js';

/** So long the client waits for a picture before it calls it failed (video-provider: CAMERA_SHARE_FAILED_WAIT_TIME): until then a tile may well be empty. */
const PATIENCE_MS = 15_000;

/** An interval of what is wanted and not served: a person looks at an empty tile, and there is no session that could measure it. */
export const NOTHING_CAME: Measured = { ...NOTHING_RECEIVED, whole: true, session: 0, sentPackets: 0, keyFrameRequests: 0 };

/** The interval that ends now is, as a whole, beyond the patience with what has not been served since then; ms of one clock. */
export function isUnserved(sinceMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= PATIENCE_MS + MEASURE_EVERY_MS;
}
