/** Seats 0 … size − 1; gives the lowest free one. A binary heap of those that were used and are free again. */
export class FreeSeats {
  readonly #size: number;
  readonly #freed: number[] = [];
  #unused = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Undefined: all are taken. */
  take(): number | undefined {
    // A freed seat is always lower than one that was never used.
    if (this.#freed.length > 0) return this.#pop();
    return this.#unused < this.#size ? this.#unused++ : undefined;
  }

  free(seat: number): void {
    const heap = this.#freed;
    let index = heap.push(seat) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]! <= seat) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = seat;
  }

  #pop(): number {
    const heap = this.#freed;
    const lowest = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return lowest;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return lowest;
  }
}
