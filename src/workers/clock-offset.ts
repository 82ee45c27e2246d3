import type { Clock } from '../core/clock.js';
import type { RunBus } from './bus.js';
import { CLOCK_ANSWER, parse } from './messages.js';

export interface ClockOffset {
  /** This machine's wall clock is so much ahead of the coordinator's, ms. */
  readonly offsetMs: number;
  /** The coordinator's Unix time when the monotonic clock here read 0, ms. A step of the wall clock here does not change it. */
  readonly epochMs: number;
  /** Of the best of the questions; the offset is exact to half of it. */
  readonly roundTripMs: number;
}

const QUESTIONS = 8;
const ANSWER_LIMIT_MS = 3_000;

/** Asks for the coordinator's time; the quickest answer counts, taken as given half-way (RFC 5905 §8, offset θ). */
export async function measureClockOffset(bus: RunBus, clock: Clock): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let question = 0; question < QUESTIONS; question++) {
    const [sentMs, sentWallMs] = [clock.nowMs(), clock.wallMs()];
    const answer = parse(CLOCK_ANSWER, await bus.ask('clock', '{}', ANSWER_LIMIT_MS));
    const roundTripMs = clock.nowMs() - sentMs;
    if (answer && (best === undefined || roundTripMs < best.roundTripMs)) {
      const halfMs = roundTripMs / 2;
      best = { offsetMs: sentWallMs + halfMs - answer.wallMs, epochMs: answer.wallMs - sentMs - halfMs, roundTripMs };
    }
  }
  return best ?? { offsetMs: 0, epochMs: clock.wallMs() - clock.nowMs(), roundTripMs: 0 };
}

/** The coordinator's Unix time now, ms, by the monotonic clock: what is agreed on holds although the wall clock here is set meanwhile. */
export function coordinatorMs(clock: Clock, { epochMs }: ClockOffset): number {
  return epochMs + clock.nowMs();
}
