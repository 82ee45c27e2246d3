import type { Stage } from '../scenario/scenario.js';

/** A straight line from (startMs, from) to (endMs, to); a jump when both instants are the same. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly from: number;
  readonly to: number;
}

/** Stages laid end to end from `startMs`, where the value is `from`. */
export function segmentsOf(startMs: number, from: number, stages: readonly Stage[]): readonly Segment[] {
  let at = startMs;
  let value = from;
  return stages.map(({ durationMs, target }) => {
    const segment = { startMs: at, endMs: at + durationMs, from: value, to: target };
    at = segment.endMs;
    value = target;
    return segment;
  });
}

/** Value of the line at an instant; after a jump where two segments meet. 0 before the first and from the end of the last on. */
export function valueAt(segments: readonly Segment[], atMs: number): number {
  for (const { startMs, endMs, from, to } of segments) {
    if (atMs >= startMs && atMs < endMs) return from + ((to - from) * (atMs - startMs)) / (endMs - startMs);
  }
  return 0;
}
