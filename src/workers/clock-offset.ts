import type { Clock } from '../core/clock.js';
import type { RunBus } from './bus.js';
import { CLOCK_ANSWER, parse } from './messages.js';

export interface ClockOffset {
  /** This machine's wall clock is so much ahead of the coordinator's, ms. */
  readonly offsetMs: number;
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
    if (answer && (best === undefined || roundTripMs < best.roundTripMs)) best = { offsetMs: sentWallMs + roundTripMs / 2 - answer.wallMs, roundTripMs };
  }
  return best ?? { offsetMs: 0, roundTripMs: 0 };
}
