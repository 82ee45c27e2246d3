/** How late packets leave: the latest of each stretch of time, so that a thousand senders make no more samples than one. */
export class Pace {
  readonly #stretchMs: number;
  #endMs = Number.NEGATIVE_INFINITY;
  #latestMs: number | undefined;
  #taken: number[] = [];

  constructor(stretchMs: number) {
    this.#stretchMs = stretchMs;
  }

  /** A frame began to leave so late; undefined: none did. */
  add(nowMs: number, lateMs: number | undefined): void {
    if (nowMs >= this.#endMs) {
      this.#close();
      this.#endMs = nowMs + this.#stretchMs;
    }
    if (lateMs !== undefined) this.#latestMs = Math.max(this.#latestMs ?? 0, lateMs);
  }

  /** Since the call before, ms; the stretch under way belongs to the next. */
  take(): readonly number[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  #close(): void {
    if (this.#latestMs !== undefined) this.#taken.push(this.#latestMs);
    this.#latestMs = undefined;
  }
}
