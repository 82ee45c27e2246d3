import type { RampingArrivalRate } from '../scenario/scenario.js';
import { FreeSeats } from './free-seats.js';
import { segmentsOf, type Segment } from './ramp.js';
import type { Spell } from './user-pacer.js';

/** Sums of areas miss a whole number by rounding; an arrival due at the very end still comes. */
const EPSILON = 1e-6;

/** Arrival number → due time, for a piecewise linear rate. */
export interface RatePacer {
  /** Arrivals in all. */
  readonly count: number;
  /** Of the n-th arrival, 1 to `count`, in ms. */
  dueMs(n: number): number;
}

interface Piece extends Segment {
  /** Arrivals before and at the end of the segment. */
  readonly before: number;
  readonly after: number;
}

/**
 * The n-th arrival is due when the integral of the rate reaches n. Within a segment with rate r0 at its begin and slope k (both
 * per ms), A arrivals are reached after t ms with r0·t + k·t²/2 = A; solved as t = 2A / (r0 + √(r0² + 2kA)), which also holds
 * for k = 0 and does not cancel.
 */
export function ratePacer(part: Pick<RampingArrivalRate, 'startMs' | 'startRatePerSec' | 'stages'>): RatePacer {
  let before = 0;
  const pieces = segmentsOf(part.startMs, part.startRatePerSec, part.stages).map((segment): Piece => {
    const area = ((segment.from + segment.to) / 2) * ((segment.endMs - segment.startMs) / 1_000);
    const piece = { ...segment, before, after: before + area };
    before = piece.after;
    return piece;
  });
  return {
    count: Math.floor(before + EPSILON),
    dueMs: (n) => dueWithin(pieceOf(pieces, n), n),
  };
}

/** First piece in which the n-th arrival falls. */
function pieceOf(pieces: readonly Piece[], n: number): Piece {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.after + EPSILON < n) low = middle + 1;
    else high = middle;
  }
  return pieces[low]!;
}

function dueWithin({ startMs, endMs, from, to, before }: Piece, n: number): number {
  const durationMs = endMs - startMs;
  if (durationMs === 0) return startMs;
  const arrivals = n - before;
  const r0 = from / 1_000;
  const slope = (to - from) / 1_000 / durationMs;
  const divisor = r0 + Math.sqrt(Math.max(0, r0 * r0 + 2 * slope * arrivals));
  return startMs + (divisor === 0 ? durationMs : Math.min(durationMs, (2 * arrivals) / divisor));
}

/** A stay, or an arrival for which nobody is free. */
export type ArrivalSpell = Spell & { readonly dropped: boolean };

/**
 * Each arrival takes the lowest free seat for `stayMs`. One that would make more than `maxUsers` at once is dropped: due,
 * counted, never delayed.
 */
export function arrivalSpells(part: RampingArrivalRate): readonly ArrivalSpell[] {
  const pacer = ratePacer(part);
  const seats = new FreeSeats(part.maxUsers);
  const present: Spell[] = [];
  let gone = 0;
  const spells: ArrivalSpell[] = [];
  for (let n = 1; n <= pacer.count; n++) {
    const dueMs = Math.round(pacer.dueMs(n));
    // Everybody stays equally long, so those who came first leave first.
    while (gone < present.length && present[gone]!.leaveMs <= dueMs) seats.free(present[gone++]!.seat);
    const seat = seats.take();
    if (seat === undefined) {
      spells.push({ seat: -1, dueMs, leaveMs: dueMs, dropped: true });
      continue;
    }
    const spell = { seat, dueMs, leaveMs: dueMs + part.stayMs, dropped: false };
    present.push(spell);
    spells.push(spell);
  }
  return spells;
}
