/**
 * Who is heard. BBB mixes in FreeSWITCH; the simulator does not decode, so every listener gets one speaker's packets: the one
 * who holds the floor. Loudness is estimated by the size of Opus packets (variable bit rate: silence is small), smoothed.
 */
export class Floor {
  readonly #levels = new Map<string, number>();
  #holder: string | undefined;
  #second: string | undefined;

  /** A packet of `userId` with this many payload bytes. */
  heard(userId: string, bytes: number): void {
    const level = this.#levels.get(userId) ?? bytes;
    this.#levels.set(userId, level + SMOOTHING * (bytes - level));
  }

  /** The user is muted or gone. */
  remove(userId: string): void {
    this.#levels.delete(userId);
    if (this.#holder === userId) this.#holder = undefined;
    if (this.#second === userId) this.#second = undefined;
  }

  /** Decides anew; to be called a few times per second. The holder keeps the floor unless another is clearly louder. */
  decide(): void {
    const ranked = [...this.#levels].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const loudest = ranked[0];
    const held = this.#holder === undefined ? undefined : this.#levels.get(this.#holder);
    if (held === undefined) this.#holder = loudest?.[0];
    else if (loudest && loudest[0] !== this.#holder && loudest[1] > held * CLEARLY_LOUDER) this.#holder = loudest[0];
    this.#second = ranked.find(([userId]) => userId !== this.#holder)?.[0];
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  /** Whom the holder hears. */
  get second(): string | undefined {
    return this.#second;
  }
}

/** Weight of a new packet: about 0.4 s of memory at 50 packets/s. */
const SMOOTHING = 0.05;
const CLEARLY_LOUDER = 1.3;
