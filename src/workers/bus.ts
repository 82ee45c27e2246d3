/**
 * What workers and coordinator need of a broker. `NatsBus` is the real one (NATS JetStream); tests have one in memory.
 * Every method rejects with BROKER_UNREACHABLE when the broker does not answer; texts are JSON and never hold a secret.
 */
export interface Bus extends AsyncDisposable {
  /** Puts a task on a queue that exactly one taker gets; `id` makes doing it twice harmless. */
  offer(queue: string, id: string, text: string): Promise<void>;
  /** Tasks of these queues, one at a time: the next is asked for when the loop comes round. Ends when `signal` aborts. */
  take(queues: readonly string[], signal: AbortSignal): AsyncIterable<Task>;
  /** Takes back what nobody has taken. */
  withdraw(id: string): Promise<void>;
  /** What belongs to one run; made when first used. */
  run(runId: string): RunBus;
  /** False while the connection is being made again. */
  readonly connected: boolean;
}

export interface Task {
  readonly text: string;
  /** 1 when first delivered; more after a taker went silent or gave it back. */
  readonly attempt: number;
  /** Still at it; to be called more often than every TASK_SILENCE_MS. */
  working(): void;
  done(): Promise<void>;
  /** For somebody else, or later. */
  giveBack(delayMs: number): void;
  /** For nobody any more. */
  drop(): void;
}

/** A task whose taker is silent for so long goes to another. */
export const TASK_SILENCE_MS = 15_000;
/** So often its taker says that it is still at it. */
export const WORKING_EVERY_MS = TASK_SILENCE_MS / 3;

/** State, log and calls of one run. */
export interface RunBus {
  /** State that outlives whoever wrote it. Only the coordinator writes: the first `put` makes state and log. */
  put(key: string, text: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** The present and every later value of a key (`seat.3`) or of all of a kind (`meeting.*`), until `signal` aborts. */
  watch(key: string, onValue: (key: string, text: string) => void, signal: AbortSignal): Promise<void>;
  /** Appends to the run's log; `id` makes doing it twice harmless. Resolves when the broker has it; rejects with STOPPED when the run was forgotten. Any length. */
  append(id: string, text: string): Promise<void>;
  /** The log from where the last reader had confirmed; ends when `signal` aborts. What is confirmed is deleted. */
  read(signal: AbortSignal): AsyncIterable<LogEntry>;
  /** Asks whoever serves; rejects with BROKER_UNREACHABLE after `limitMs`. */
  ask(subject: string, text: string, limitMs: number): Promise<string>;
  serve(subject: string, answer: (text: string) => string | Promise<string>, signal: AbortSignal): void;
  /** Says it to whoever listens now; may be lost. */
  tell(subject: string, text: string): void;
  hear(subject: string, onText: (text: string) => void, signal: AbortSignal): void;
  /** Deletes state and log. */
  forget(): Promise<void>;
}

export interface LogEntry {
  readonly text: string;
  /** This entry is dealt with. */
  confirm(): void;
}
