import type { Bus, LogEntry, RunBus, Task } from '../../src/workers/bus.js';

/** A broker in memory, for one process: state, log and calls of runs, and tasks for a single taker. */
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

export class MemoryRunBus implements RunBus {
  readonly state = new Map<string, string>();
  readonly #log: string[] = [];
  readonly #ids = new Set<string>();
  readonly #served = new Map<string, (text: string) => string | Promise<string>>();
  #wake: () => void = () => undefined;

  put(key: string, text: string): Promise<void> {
    this.state.set(key, text);
    return Promise.resolve();
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.state.get(key));
  }

  watch(): Promise<void> {
    return Promise.resolve();
  }

  append(id: string, text: string): Promise<void> {
    if (!this.#ids.has(id)) this.#log.push(text);
    this.#ids.add(id);
    this.#wake();
    return Promise.resolve();
  }

  async *read(signal: AbortSignal): AsyncIterable<LogEntry> {
    for (let next = 0; !signal.aborted; ) {
      if (next < this.#log.length) yield { text: this.#log[next++]!, confirm: () => undefined };
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
    }
  }

  async ask(subject: string, text: string): Promise<string> {
    const answer = this.#served.get(subject);
    if (!answer) throw new Error(`nobody serves ${subject}`);
    return answer(text);
  }

  serve(subject: string, answer: (text: string) => string | Promise<string>): void {
    this.#served.set(subject, answer);
  }

  tell(): void {
    // Nobody listens.
  }

  hear(): void {
    // Nobody talks.
  }

  forget(): Promise<void> {
    this.state.clear();
    return Promise.resolve();
  }
}
