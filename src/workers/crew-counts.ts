import type { RunEvent } from '../metrics/events.js';
import type { RunCounts } from '../run/run-result.js';

/** Counts of a run from the events of its workers; each event of a user counts once. */
export class CrewCounts {
  readonly #planned: number;
  readonly #started = new Set<number>();
  readonly #dropped = new Set<number>();
  readonly #joined = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #present = new Set<number>();
  readonly #ends = { left: 0, failed: 0, lost: 0, aborted: 0 };
  #peak = 0;

  constructor(planned: number) {
    this.#planned = planned;
  }

  /** False for what is known already. */
  take(event: RunEvent): boolean {
    switch (event.type) {
      case 'user-started':
        return addTo(this.#started, event.seq);
      case 'user-dropped':
        return addTo(this.#dropped, event.seq);
      case 'user-joined':
        if (!addTo(this.#joined, event.seq)) return false;
        this.#present.add(event.seq);
        this.#peak = Math.max(this.#peak, this.#present.size);
        return true;
      case 'user-ended':
        if (!addTo(this.#ended, event.seq)) return false;
        this.#present.delete(event.seq);
        this.#ends[event.outcome]++;
        return true;
      default:
        return true;
    }
  }

  isRunning(seq: number): boolean {
    return this.#started.has(seq) && !this.#ended.has(seq);
  }

  isWaiting(seq: number): boolean {
    return !this.#started.has(seq) && !this.#dropped.has(seq);
  }

  /** Sequence numbers of the users that have been started or dropped. */
  get begun(): readonly number[] {
    return [...this.#started, ...this.#dropped];
  }

  get present(): number {
    return this.#present.size;
  }

  get counts(): RunCounts {
    const [started, dropped] = [this.#started.size, this.#dropped.size];
    return { planned: this.#planned, started, dropped, notStarted: this.#planned - started - dropped, joined: this.#joined.size, ...this.#ends, peakConcurrent: this.#peak };
  }
}

function addTo(set: Set<number>, seq: number): boolean {
  const before = set.size;
  set.add(seq);
  return set.size > before;
}
