/** FIFO of at most `capacity` items that drops the oldest and counts what it dropped. For console lines, latest errors, progress. */
export class DroppingQueue<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length > this.#capacity) {
      this.#items.shift();
      this.#dropped++;
    }
  }

  items(): readonly T[] {
    return this.#items;
  }

  get dropped(): number {
    return this.#dropped;
  }
}
