import type { Bus, Task } from '../../src/workers/bus.js';
import { MemoryRunBus } from './memory-run-bus.js';

/** A broker in memory with tasks for a single taker; each run has its own state, log and calls. */
export class MemoryBus implements Bus {
  readonly connected = true;
  readonly offered: { readonly queue: string; readonly id: string; readonly text: string }[] = [];
  readonly givenBack: string[] = [];
  readonly #runs = new Map<string, MemoryRunBus>();
  #wake: () => void = () => undefined;

  offer(queue: string, id: string, text: string): Promise<void> {
    this.offered.push({ queue, id, text });
    this.#wake();
    return Promise.resolve();
  }

  async *take(queues: readonly string[], signal: AbortSignal): AsyncIterable<Task> {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const index = this.offered.findIndex(({ queue }) => queues.includes(queue));
      if (index < 0) await Promise.race([ended, new Promise<void>((resolve) => (this.#wake = resolve))]);
      else {
        const [task] = this.offered.splice(index, 1);
        yield { text: task!.text, attempt: 1, working: () => undefined, done: () => Promise.resolve(), giveBack: () => void this.givenBack.push(task!.id), drop: () => undefined };
      }
    }
  }

  withdraw(): Promise<void> {
    return Promise.resolve();
  }

  run(runId: string): MemoryRunBus {
    const known = this.#runs.get(runId) ?? new MemoryRunBus();
    this.#runs.set(runId, known);
    return known;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
