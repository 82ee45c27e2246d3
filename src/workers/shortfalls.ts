import type { RunEvent } from '../metrics/events.js';
import { lostWorkers } from '../run/lost-workers.js';
import { isCutShort, isOwnLoss, ownLosses } from '../run/own-failure.js';

type WorkerEvent = Extract<RunEvent, { readonly type: 'worker-ready' | 'worker-refused' | 'worker-lost' | 'share-incomplete' | 'share-taken-over' }>;

/** What workers kept from the target, for the verdict. The record says the same of it (recorded-result.ts), but for samples that a worker lost. */
export class Shortfalls {
  readonly #events: WorkerEvent[] = [];
  readonly #samples: string[] = [];
  #ownLosses = 0;
  #cutShort = 0;

  /** `known`: of the run so far. */
  constructor(known: readonly RunEvent[]) {
    for (const event of known) this.take(event);
  }

  take(event: RunEvent): void {
    if (isOfWorker(event)) this.#events.push(event);
    else if (event.type === 'user-ended') {
      if (isOwnLoss(event)) this.#ownLosses++;
      if (isCutShort(event)) this.#cutShort++;
    }
  }

  get cutShort(): number {
    return this.#cutShort;
  }

  /** Whether it was said already that this worker could not bring this share. */
  isIncomplete(worker: string, share: number): boolean {
    return this.#events.some((event) => event.type === 'share-incomplete' && event.worker === worker && event.share === share);
  }

  samplesLost(worker: string, count: number): void {
    if (count > 0) this.#samples.push(`${count} samples of worker ${worker} were lost: too many series`);
  }

  /** One sentence each. `toItsEnd`: the run was not stopped. */
  reasons(toItsEnd: boolean): readonly string[] {
    return [...lostWorkers(this.#events, toItsEnd), ...ownLosses(this.#ownLosses), ...this.#samples];
  }

  /** Why workers that were there have no share now. */
  get refusals(): readonly string[] {
    return lostWorkers(this.#events.filter(({ type }) => type === 'worker-refused' || type === 'worker-ready'), false);
  }
}

function isOfWorker(event: RunEvent): event is WorkerEvent {
  return event.type === 'worker-ready' || event.type === 'worker-refused' || event.type === 'worker-lost' || event.type === 'share-incomplete' || event.type === 'share-taken-over';
}
