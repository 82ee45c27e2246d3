import { every, type Clock } from '../core/clock.js';
import type { RunBus } from './bus.js';
import { ALIVE, ALIVE_EVERY_MS, CLAIM, INTERIM, parse, READY, REFUSAL, type Claim, type ClaimAnswer, type Ready, type Refusal } from './messages.js';

/** What a crew answers its workers. */
export interface SeatDeskOptions {
  readonly bus: RunBus;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onClaim: (claim: Claim) => Promise<ClaimAnswer>;
  /** What is wrong with it; undefined: nothing. */
  readonly onReady: (ready: Ready) => string | undefined;
  readonly onRefusal: (refusal: Refusal) => void;
  readonly onAlive: (worker: string) => void;
  readonly onInterim: (snapshot: unknown) => void;
}

/** Serves the questions of workers, hears what they tell, and says that the coordinator lives, until `signal` aborts. What has not the shape it should have is refused. */
export function serveWorkers({ bus, clock, signal, onClaim, onReady, onRefusal, onAlive, onInterim }: SeatDeskOptions): void {
  bus.serve('clock', () => JSON.stringify({ wallMs: clock.wallMs() }), signal);
  bus.serve('claim', async (text) => {
    const claim = parse(CLAIM, text);
    return JSON.stringify(claim ? await onClaim(claim) : { answer: 'over' });
  }, signal);
  bus.serve('ready', (text) => {
    const ready = parse(READY, text);
    const message = ready ? onReady(ready) : 'the report that a share is ready could not be read';
    return JSON.stringify({ ok: message === undefined, ...(message === undefined ? {} : { message }) });
  }, signal);
  bus.serve('refuse', (text) => {
    const refusal = parse(REFUSAL, text);
    if (refusal) onRefusal(refusal);
    return '{}';
  }, signal);
  bus.hear('alive', (text) => {
    const alive = parse(ALIVE, text);
    if (alive) onAlive(alive.worker);
  }, signal);
  bus.hear('interim', (text) => {
    const said = parse(INTERIM, text);
    if (said) onInterim(said.snapshot);
  }, signal);
  void every(clock, ALIVE_EVERY_MS, signal, () => bus.tell('coordinator', JSON.stringify({ wallMs: clock.wallMs() })));
}
