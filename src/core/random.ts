import { randomBytes, randomUUID } from 'node:crypto';

/** Seeded pseudo-random numbers. Every virtual user derives its own stream, so results do not depend on order. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  int(below: number): number;
  /** Independent stream named by integers, e.g. `derive(arrivalSeq)`. */
  derive(...path: number[]): Random;
}

/** SplitMix32 finaliser; turns similar seeds into unrelated states. */
function mix(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

class Mulberry32 implements Random {
  #state: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = mix(this.#seed);
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  derive(...path: number[]): Random {
    let seed = mix(this.#seed ^ 0x5bd1e995);
    for (const step of path) seed = mix(seed ^ mix(step));
    return new Mulberry32(seed);
  }
}

export function seededRandom(seed: number): Random {
  return new Mulberry32(seed);
}

/** Random v4 UUID, not seeded: for things that must be unique in the world (client UUIDs, run ids). */
export function uniqueUuid(): string {
  return randomUUID();
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Unseeded token of lower-case letters and digits, as BBB uses for tokens and user ids. */
export function uniqueToken(length: number): string {
  let token = '';
  while (token.length < length) {
    for (const byte of randomBytes(length)) {
      // 252 = 7 × 36: bytes above would favour the first letters.
      if (byte < 252 && token.length < length) token += ALPHABET[byte % 36];
    }
  }
  return token;
}
