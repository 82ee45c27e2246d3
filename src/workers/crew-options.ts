import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/log.js';
import type { RunEvent } from '../metrics/events.js';
import type { RunningTotal } from '../metrics/running-total.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import type { Bus } from './bus.js';
import type { Job } from './messages.js';
import type { SeatKind } from './seat-book.js';

/** What a run on many machines is made of. */
export interface RemoteCrewOptions {
  readonly bus: Bus;
  readonly plan: Plan;
  readonly job: Job;
  /** Text of the wire profile, if it is not the recorded one. */
  readonly wire: string | undefined;
  readonly seats: readonly SeatKind[];
  /** How long to wait for workers to take the seats and get ready. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly total: RunningTotal;
  /** Takes what workers measured. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Takes a picture of a failure (a JPEG, as its worker says). */
  readonly onEvidence: (seq: number, jpeg: Buffer) => void;
  /** Whether something from the broker has the shape of an event, or of a snapshot. */
  readonly readEvent: (value: unknown) => RunEvent | undefined;
  readonly readSnapshot: (value: unknown) => Snapshot | undefined;
  /** Resolves when everything received is on its way to the disk. */
  readonly flush: () => Promise<void>;
  /** Events of the run so far, where a coordinator that died is replaced; undefined: the run is new. */
  readonly resumed: readonly RunEvent[] | undefined;
  readonly say: (text: string) => void;
  readonly logger: Logger;
}
