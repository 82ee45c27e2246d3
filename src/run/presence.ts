import type { RunClock } from '../vu/run-clock.js';
import { countOfPeers, type Count } from './compare-counts.js';
import type { MeetingRoll, Roll } from './roll.js';

/** What must be known of the users to count them beside the servers' count, wherever they are played. */
export interface Presence {
  /** Who is in which meeting, as far as it is known here now. */
  rolls(): ReadonlyMap<number, MeetingRoll>;
  /** What users' own clients show, by meeting; without those in which nobody could be asked. */
  peers(signal: AbortSignal): Promise<ReadonlyMap<number, Count>>;
  /** What happens is known here so much later, ms. */
  readonly lagMs: number;
}

/** Users of a meeting that are asked whom they see. */
const WITNESSES = 5;

/** Of users in this process. */
export class LocalPresence implements Presence {
  readonly lagMs = 0;
  readonly #roll: Roll;
  readonly #clock: RunClock;

  constructor(roll: Roll, clock: RunClock) {
    this.#roll = roll;
    this.#clock = clock;
  }

  rolls(): ReadonlyMap<number, MeetingRoll> {
    return this.#roll.meetings(this.#clock.atMs);
  }

  peers(): Promise<ReadonlyMap<number, Count>> {
    const seen = new Map<number, Count>();
    for (const [meeting, { witnesses }] of this.rolls()) {
      const count = countOfPeers(witnesses.slice(0, WITNESSES).flatMap((witness) => witness.peers() ?? []));
      if (count) seen.set(meeting, count);
    }
    return Promise.resolve(seen);
  }
}
