import type { Random } from '../../core/random.js';

/** What the line between a server and its users does to media. */
export interface Impairment {
  /** Packets reach their receivers so much later, ms. */
  readonly audioDelayMs: number;
  readonly videoDelayMs: number;
  /** Share 0–1 of the packets to each receiver that are lost; what senders send arrives. */
  readonly lossShare: number;
  /** Nothing is forwarded, and nobody is asked for a key frame. */
  readonly silent: boolean;
}

export const UNIMPAIRED: Impairment = { audioDelayMs: 0, videoDelayMs: 0, lossShare: 0, silent: false };

export function sameImpairment(one: Impairment, other: Impairment): boolean {
  return one.audioDelayMs === other.audioDelayMs && one.videoDelayMs === other.videoDelayMs && one.lossShare === other.lossShare && one.silent === other.silent;
}

/** The way of packets to one receiver. Losses follow from `random` alone, delays from when `drain` is called. */
export class ImpairedLine {
  readonly #kind: 'audio' | 'video';
  readonly #random: Random;
  readonly #deliver: (packet: Buffer) => boolean;
  readonly #held: { readonly dueMs: number; readonly packet: Buffer }[] = [];

  constructor(kind: 'audio' | 'video', random: Random, deliver: (packet: Buffer) => boolean) {
    this.#kind = kind;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** A lost or held packet counts as sent: the server knows nothing of it. */
  send(packet: Buffer, { audioDelayMs, videoDelayMs, lossShare }: Impairment, nowMs: number): boolean {
    if (lossShare > 0 && this.#random.next() < lossShare) return true;
    const delayMs = this.#kind === 'audio' ? audioDelayMs : videoDelayMs;
    // Behind what is still held, too: a line does not reorder when its delay shrinks.
    if (delayMs === 0 && this.#held.length === 0) return this.#deliver(packet);
    // The room writes the same packet anew for the next receiver.
    this.#held.push({ dueMs: nowMs + delayMs, packet: Buffer.from(packet) });
    return true;
  }

  drain(nowMs: number): void {
    let due = 0;
    while (due < this.#held.length && this.#held[due]!.dueMs <= nowMs) this.#deliver(this.#held[due++]!.packet);
    if (due > 0) this.#held.splice(0, due);
  }
}
