import { HarnessError } from '../../src/core/errors.js';
import type { Bus, LogEntry, RunBus } from '../../src/workers/bus.js';

/** The broker of one run in memory. Delivers at once, in order; an id that it knows counts once, as JetStream has it. A test may append an entry twice or late. */
export class MemoryRunBus implements RunBus {
  readonly state = new Map<string, string>();
  readonly #log: string[] = [];
  readonly #ids = new Set<string>();
  readonly #servers = new Map<string, (text: string) => string | Promise<string>>();
  readonly #hearers = new Map<string, Set<(text: string) => void>>();
  readonly #watchers = new Set<{ readonly key: string; readonly onValue: (key: string, text: string) => void }>();
  #news: () => void = () => undefined;
  /** Texts of the log. */
  get log(): readonly string[] {
    return this.#log;
  }

  confirmed = 0;
  forgotten = false;
  /** The broker does not answer. */
  away = false;

  /** The bus of a process of this run. */
  get bus(): Bus {
    return { offer: () => Promise.resolve(), take: nothing, withdraw: () => Promise.resolve(), run: () => this, connected: true, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  put(key: string, text: string): Promise<void> {
    if (this.away) return Promise.reject(new HarnessError('BROKER_UNREACHABLE', 'timeout'));
    this.state.set(key, text);
    for (const { key: wanted, onValue } of this.#watchers) if (matches(wanted, key)) onValue(key, text);
    return Promise.resolve();
  }

  get(key: string): Promise<string | undefined> {
    if (this.away) return Promise.reject(new HarnessError('BROKER_UNREACHABLE', 'timeout'));
    return Promise.resolve(this.state.get(key));
  }

  watch(key: string, onValue: (key: string, text: string) => void, signal: AbortSignal): Promise<void> {
    const watcher = { key, onValue };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => this.#watchers.delete(watcher));
    for (const [known, text] of this.state) if (matches(key, known)) onValue(known, text);
    return Promise.resolve();
  }

  append(id: string, text: string): Promise<void> {
    if (this.forgotten) return Promise.reject(new HarnessError('STOPPED', 'the run is over'));
    if (this.away) return Promise.reject(new HarnessError('BROKER_UNREACHABLE', 'timeout'));
    if (this.#ids.has(id)) return Promise.resolve();
    this.#ids.add(id);
    this.#log.push(text);
    this.#news();
    return Promise.resolve();
  }

  async *read(signal: AbortSignal): AsyncIterable<LogEntry> {
    for (let next = 0; ; ) {
      for (; next < this.#log.length; next++) yield { text: this.#log[next]!, confirm: () => void this.confirmed++ };
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        this.#news = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async ask(subject: string, text: string): Promise<string> {
    const server = this.#servers.get(subject);
    if (!server) throw new Error(`nobody serves ${subject}`);
    return server(text);
  }

  serve(subject: string, answer: (text: string) => string | Promise<string>): void {
    this.#servers.set(subject, answer);
  }

  tell(subject: string, text: string): void {
    for (const hearer of this.#hearers.get(subject) ?? []) hearer(text);
  }

  hear(subject: string, onText: (text: string) => void, signal: AbortSignal): void {
    const hearers = this.#hearers.get(subject) ?? new Set();
    this.#hearers.set(subject, hearers.add(onText));
    signal.addEventListener('abort', () => hearers.delete(onText));
  }

  forget(): Promise<void> {
    this.state.clear();
    this.forgotten = true;
    return Promise.resolve();
  }
}

function matches(wanted: string, key: string): boolean {
  return wanted.endsWith('*') ? key.startsWith(wanted.slice(0, -1)) : wanted === key;
}

async function* nothing(): AsyncIterable<never> {
  // Tests claim seats themselves.
}
