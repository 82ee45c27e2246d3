import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import { lineLossRatio, refusedRatio, slowdown, standingCores, type CapacityModel, type StandingLoad } from './capacity.js';

/** Kinds of work that someone waits for. A join is done in three parts. */
export type Work = 'api' | 'enter' | 'authorize' | 'join' | 'mutation' | 'start';

/** Parts of the work of a join: the API call, opening the GraphQL socket with its token, and userJoinMeeting. */
const JOIN_PARTS = { enter: 0.2, authorize: 0.3, join: 0.5 } as const;

/** How long what stands is taken as it was when it was counted. */
const COUNTED_EVERY_MS = 200;

export interface CpuOptions {
  readonly model: CapacityModel;
  readonly clock: Clock;
  readonly random: Random;
  standing(): StandingLoad;
}

/**
 * The processor of a simulated server, made of numbers: it takes note of what it is asked for, and says how long each answer takes.
 * Work in calls decays with the time constant `window` (an exponential average), what stands counts in full.
 */
export class VirtualCpu {
  readonly #options: CpuOptions;
  #asOfMs: number;
  /** Cores that calls take, averaged. */
  #calls = 0;
  #counted: StandingLoad = { users: 0, microphones: 0, listeners: 0, cameras: 0, views: 0 };
  #countAtMs = -Infinity;

  constructor(options: CpuOptions) {
    this.#options = options;
    this.#asOfMs = options.clock.nowMs();
  }

  /** ρ: cores asked for ÷ cores. */
  get utilisation(): number {
    const { model } = this.#options;
    this.#decay();
    return (this.#calls + standingCores(model, this.#standing())) / model.cores;
  }

  /** Share (0–1) of packets that do not fit on the line. */
  get lineLoss(): number {
    return lineLossRatio(this.#options.model, this.#standing());
  }

  /** Takes work on; milliseconds until its answer, or that it is turned away (which costs nothing). */
  take(work: Work): { readonly refused: boolean; readonly delayMs: number } {
    const { model, random } = this.#options;
    if (random.next() < refusedRatio(this.utilisation)) return { refused: true, delayMs: 0 };
    const seconds = serviceSeconds(model, work);
    this.#charge(seconds);
    return { refused: false, delayMs: seconds * 1_000 * slowdown(model, this.utilisation) };
  }

  /** Calls `done` once the work is done, false at once if it is turned away; never after `signal` aborts. */
  run(work: Work, signal: AbortSignal, done: (accepted: boolean) => void): void {
    const { clock } = this.#options;
    const { refused, delayMs } = this.take(work);
    if (refused) done(false);
    else
      clock.sleepUntil(clock.nowMs() + delayMs, signal).then(
        () => done(true),
        () => undefined,
      );
  }

  /** Members that are told of something; nobody waits for it. */
  tell(members: number): void {
    this.#charge(members * this.#options.model.fanout);
  }

  #charge(coreSeconds: number): void {
    this.#decay();
    this.#calls += coreSeconds / this.#options.model.window;
  }

  #decay(): void {
    const nowMs = this.#options.clock.nowMs();
    this.#calls *= Math.exp((this.#asOfMs - nowMs) / (this.#options.model.window * 1_000));
    this.#asOfMs = nowMs;
  }

  #standing(): StandingLoad {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#countAtMs >= COUNTED_EVERY_MS) {
      this.#countAtMs = nowMs;
      this.#counted = this.#options.standing();
    }
    return this.#counted;
  }
}

/** Core seconds of a piece of work. */
export function serviceSeconds(model: CapacityModel, work: Work): number {
  return work === 'api' || work === 'mutation' || work === 'start' ? model[work] : model.join * JOIN_PARTS[work];
}
