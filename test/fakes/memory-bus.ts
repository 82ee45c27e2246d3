import { sleep, type Clock } from '../../src/core/clock.js';
import type { Bus, Task } from '../../src/workers/bus.js';
import { MemoryRunBus } from './memory-run-bus.js';

/** A broker in memory; each run has its own state, log and calls. With a clock, tasks that were given back are offered again; without, each goes to one taker once. */
export class MemoryBus implements Bus {
  readonly connected = true;
  readonly offered: { readonly queue: string; readonly id: string; readonly text: string }[] = [];
  readonly givenBack: string[] = [];
  readonly #runs = new Map<string, MemoryRunBus>();
  readonly #clock: Clock | undefined;
  readonly #over = new AbortController();
  readonly #wakes = new Set<() => void>();

  constructor(clock?: Clock) {
    this.#clock = clock;
  }

  offer(queue: string, id: string, text: string): Promise<void> {
    this.offered.push({ queue, id, text });
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
    return Promise.resolve();
  }

  async *take(queues: readonly string[], signal: AbortSignal): AsyncIterable<Task> {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const index = this.offered.findIndex(({ queue }) => queues.includes(queue));
      if (index < 0) await Promise.race([ended, new Promise<void>((resolve) => this.#wakes.add(resolve))]);
      else {
        const [task] = this.offered.splice(index, 1);
        yield { text: task!.text, attempt: 1, working: () => undefined, done: () => Promise.resolve(), giveBack: (delayMs) => this.#giveBack(task!, delayMs), drop: () => undefined };
      }
    }
  }

  #giveBack(task: MemoryBus['offered'][number], delayMs: number): void {
    this.givenBack.push(task.id);
    if (this.#clock) void sleep(this.#clock, delayMs, this.#over.signal).then(() => this.offer(task.queue, task.id, task.text), () => undefined);
  }

  withdraw(id: string): Promise<void> {
    for (const [index, task] of this.offered.entries()) if (task.id === id) this.offered.splice(index, 1);
    return Promise.resolve();
  }

  run(runId: string): MemoryRunBus {
    const known = this.#runs.get(runId) ?? new MemoryRunBus();
    this.#runs.set(runId, known);
    return known;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    return Promise.resolve();
  }
}
