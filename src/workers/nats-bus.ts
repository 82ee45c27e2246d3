import { jetstream, jetstreamManager, AckPolicy, DeliverPolicy, DiscardPolicy, JetStreamApiCodes, JetStreamApiError, RetentionPolicy, StorageType, type ConsumerMessages, type JetStreamClient, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { connect, credsAuthenticator, errors, headers, nanos, type NatsConnection } from '@nats-io/transport-node';
import { sleep, systemClock, type Clock } from '../core/clock.js';
import { HarnessError, messageOf } from '../core/errors.js';
import { silentLogger, type Logger } from '../core/log.js';
import { TASK_SILENCE_MS, type Bus, type LogEntry, type RunBus, type Task } from './bus.js';
import { collect } from './log-parts.js';

export interface NatsOptions {
  /** nats:// or tls://, several for a cluster. */
  readonly servers: readonly string[];
  /** Contents of a credentials file (NKEY and JWT). */
  readonly credentials?: string;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** Contents of the files (PEM). */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Unix time; streams that runs left behind a day before are removed. Undefined: they are left. */
  readonly wallMs?: number;
  /** Told what is wrong with the broker while nobody waits for an answer. */
  readonly logger?: Logger;
  readonly clock?: Clock;
}

const TASKS = 'FIRSTBELL_SHARES';
const TASK_SUBJECT = 'firstbell.shares';
const RUN_STREAM = 'firstbell_';
const HOUR_MS = 3_600_000;
/** What a run leaves on the broker is gone after a day, whatever became of it. */
const KEEP_MS = 24 * HOUR_MS;
const MB = 1_048_576;
/** Bounds of the shared stream, and of one run's state and log: over them the broker refuses what is new, and whoever said it keeps it and tries again. */
const MAX_BYTES = { tasks: 16 * MB, state: 64 * MB, log: 1_024 * MB } as const;
/** Of a log entry that came in while the broker restarted, how long its id is known. */
const DUPLICATE_WINDOW_MS = 600_000;
/** Of an entry in one message, where the broker takes as much: its default limit is 1 MiB. */
const PART_BYTES = 500_000;
/** Of a message, what is beside the text: headers with ids. */
const HEAD_BYTES = 1_000;
const EXPIRES_MS = 5_000;
const REDELIVER_UNCONFIRMED_MS = 30_000;
const CONNECT_LIMIT_MS = 10_000;
/** Before shares are asked for again of a broker that answered with an error. */
const TAKE_AGAIN_MS = 1_000;

/** Connects. Rejects with BROKER_UNREACHABLE, also when the server has no JetStream. */
export async function connectNats(options: NatsOptions): Promise<Bus> {
  const { servers, credentials, token, user, password, tls, name, wallMs, logger = silentLogger, clock = systemClock } = options;
  const shown = servers.map(withoutUser).join(', ');
  try {
    const connection = await connect({
      servers: [...servers],
      name,
      timeout: CONNECT_LIMIT_MS,
      // A broker that restarts is waited for; who gives up is decided by whoever waits.
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
      ...(token === undefined ? {} : { token }),
      ...(user === undefined ? {} : { user, pass: password ?? '' }),
      ...(tls === undefined ? {} : { tls }),
    });
    try {
      const manager = await jetstreamManager(connection);
      await ensureTaskStream(manager);
      if (wallMs !== undefined) await removeForgotten(manager, wallMs);
      return new NatsBus(connection, manager, logger, clock);
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    // With TLS 1.3 a client learns of a refused certificate after its handshake only, and this one then goes on waiting.
    if (tls && error instanceof errors.TimeoutError) throw unreachable(`the NATS server at ${shown} takes no connection, perhaps for want of a client certificate that it trusts`, error, 'give --nats-cert and --nats-key, of a CA that the server knows; its log says whom it refused');
    throw unreachable(`cannot use the NATS server at ${shown}`, error);
  }
}

/** One stream for all runs, so that a worker can wait without knowing of one. A seat stays on it while it is held, so that another can take it should its worker be lost. */
async function ensureTaskStream(manager: JetStreamManager): Promise<void> {
  const bounds = { max_age: nanos(KEEP_MS), max_bytes: MAX_BYTES.tasks, discard: DiscardPolicy.New };
  const config = { name: TASKS, subjects: [`${TASK_SUBJECT}.*.*`], retention: RetentionPolicy.Workqueue, storage: StorageType.File, duplicate_window: nanos(DUPLICATE_WINDOW_MS), ...bounds };
  const there = await manager.streams.info(TASKS).catch(() => manager.streams.add(config));
  // Made by an earlier version.
  if (there.config.max_bytes !== bounds.max_bytes || there.config.max_age !== bounds.max_age) await manager.streams.update(TASKS, bounds);
}

/** Removes streams of runs whose coordinator died and was never replaced: what they held has aged away, and they would stay for ever. Who may not look leaves them to others. */
async function removeForgotten(manager: JetStreamManager, wallMs: number): Promise<void> {
  const old = (at: string): boolean => Date.parse(at) < wallMs - KEEP_MS;
  try {
    for await (const { config, state, created } of manager.streams.list()) {
      if (!config.name.startsWith(RUN_STREAM) && !config.name.startsWith(`KV_${RUN_STREAM}`)) continue;
      if (state.messages === 0 && old(created) && old(state.last_ts)) await manager.streams.delete(config.name);
    }
  } catch {
    // No run depends on it.
  }
}

class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #runs = new Map<string, NatsRunBus>();
  #connected = true;
  /** Why no shares can be taken, as said last; the same is said once. */
  #trouble: string | undefined;

  constructor(connection: NatsConnection, manager: JetStreamManager, logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection);
    void this.#followStatus();
  }

  get connected(): boolean {
    return this.#connected;
  }

  async offer(queue: string, id: string, text: string): Promise<void> {
    await reached(this.#client.publish(`${TASK_SUBJECT}.${token(queue)}.${token(id)}`, text, { msgID: id }));
  }

  async *take(queues: readonly string[], signal: AbortSignal): AsyncIterable<Task> {
    await reached(Promise.all(queues.map((queue) => this.#consumer(token(queue)))));
    while (!signal.aborted) {
      // In turn, so that who serves several queues waits for none of them alone.
      for (const queue of queues) {
        if (signal.aborted) return;
        const message = await this.#next(queue, Math.ceil(EXPIRES_MS / queues.length), signal);
        if (message) yield taskOf(message);
        else if (!this.#connected) await this.#reconnected(signal);
      }
    }
  }

  /** Null: nothing came. After an answer that is an error it waits, or it would ask again with every round trip. */
  async #next(queue: string, expires: number, signal: AbortSignal): Promise<JsMsg | null> {
    try {
      const consumer = await this.#client.consumers.get(TASKS, consumerOf(queue));
      const message = await consumer.next({ expires });
      this.#trouble = undefined;
      return message;
    } catch (error) {
      if (this.#connected && !signal.aborted) await this.#mend(queue, error, signal);
      return null;
    }
  }

  /** A broker that restarts without its store has neither stream nor consumer any more, and nobody else makes this one's. */
  async #mend(queue: string, error: unknown, signal: AbortSignal): Promise<void> {
    let trouble = `no shares can be taken from the NATS server: ${messageOf(error)}`;
    if (isMissing(error)) {
      try {
        await ensureTaskStream(this.#manager);
        await this.#consumer(queue);
        trouble = 'the NATS server had lost the queue of shares, perhaps with its store (`nats-server -js -sd DIR` keeps it): it was made again';
      } catch (again) {
        trouble = `the NATS server has lost the queue of shares, and it cannot be made again: ${messageOf(again)}`;
      }
    }
    if (trouble !== this.#trouble) this.#logger.log('warn', trouble);
    this.#trouble = trouble;
    await sleep(this.#clock, TAKE_AGAIN_MS, signal).catch(() => undefined);
  }

  async withdraw(id: string): Promise<void> {
    await reached(this.#manager.streams.purge(TASKS, { filter: `${TASK_SUBJECT}.*.${token(id)}` }));
  }

  run(runId: string): RunBus {
    let bus = this.#runs.get(runId);
    if (!bus) this.#runs.set(runId, (bus = new NatsRunBus(this.#connection, this.#manager, this.#client, runId)));
    return bus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.drain().catch(() => this.#connection.close());
  }

  async #consumer(queue: string): Promise<void> {
    await this.#manager.consumers.add(TASKS, {
      durable_name: consumerOf(queue),
      filter_subject: `${TASK_SUBJECT}.${queue}.*`,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(TASK_SILENCE_MS),
      deliver_policy: DeliverPolicy.All,
    });
  }

  async #followStatus(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect' || type === 'reconnecting') this.#connected = false;
      else if (type === 'reconnect') this.#connected = true;
    }
  }

  async #reconnected(signal: AbortSignal): Promise<void> {
    for await (const { type } of this.#connection.status()) if (type === 'reconnect' || signal.aborted) return;
  }
}

function consumerOf(queue: string): string {
  return `takers-${queue}`;
}

function taskOf(message: JsMsg): Task {
  return {
    text: message.string(),
    attempt: message.info.deliveryCount,
    working: () => message.working(),
    done: async () => void (await message.ackAck().catch(() => false)),
    giveBack: (delayMs) => message.nak(delayMs),
    drop: () => message.term(),
  };
}

class NatsRunBus implements RunBus {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #name: string;
  readonly #prefix: string;
  #kv: Promise<KV> | undefined;

  constructor(connection: NatsConnection, manager: JetStreamManager, client: JetStreamClient, runId: string) {
    this.#connection = connection;
    this.#manager = manager;
    this.#client = client;
    this.#name = `${RUN_STREAM}${token(runId)}`;
    this.#prefix = `firstbell.run.${token(runId)}`;
  }

  async put(key: string, text: string): Promise<void> {
    const kv = await this.#state('made');
    await reached(kv.put(key, text));
  }

  async get(key: string): Promise<string | undefined> {
    const kv = await this.#state('found');
    const entry = await reached(kv.get(key).catch(nothingIfGone));
    return entry?.operation === 'PUT' ? entry.string() : undefined;
  }

  async watch(key: string, onValue: (key: string, text: string) => void, signal: AbortSignal): Promise<void> {
    const kv = await this.#state('found');
    const entries = await reached(kv.watch({ key }));
    const stop = (): void => entries.stop();
    signal.addEventListener('abort', stop, { once: true });
    void (async () => {
      for await (const entry of entries) if (entry.operation === 'PUT') onValue(entry.key, entry.string());
    })().catch(() => undefined);
    if (signal.aborted) stop();
  }

  async append(id: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const size = Math.max(1, Math.min(PART_BYTES, this.#maxPayload - HEAD_BYTES));
    const count = Math.max(1, Math.ceil(bytes.length / size));
    for (let part = 0; part < count; part++) {
      const head = headers();
      head.set('entry', id);
      head.set('part', `${part}/${count}`);
      await reached(this.#client.publish(`${this.#prefix}.log`, bytes.subarray(part * size, (part + 1) * size), { msgID: `${id}#${part}`, headers: head })).catch((error: unknown) => this.#overIfForgotten(error));
    }
  }

  async *read(signal: AbortSignal): AsyncIterable<LogEntry> {
    await this.#ensureLog();
    // What a coordinator that died had been given and not confirmed would come only after a while, behind what came later.
    await reached(this.#manager.consumers.delete(this.#name, 'reader').catch(nothingIfMissing));
    const consumer = await reached(
      this.#manager.consumers
        .add(this.#name, { durable_name: 'reader', ack_policy: AckPolicy.Explicit, ack_wait: nanos(REDELIVER_UNCONFIRMED_MS), deliver_policy: DeliverPolicy.All, max_ack_pending: 20_000 })
        .then(() => this.#client.consumers.get(this.#name, 'reader')),
    );
    const messages: ConsumerMessages = await reached(consumer.consume({ max_messages: 500 }));
    const stop = (): void => void messages.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const parts = new Map<string, JsMsg[]>();
    for await (const message of messages) {
      const whole = collect(parts, message);
      if (whole) yield { text: Buffer.concat(whole.map((part) => part.data)).toString(), confirm: () => whole.forEach((part) => part.ack()) };
    }
  }

  async ask(subject: string, text: string, limitMs: number): Promise<string> {
    return (await reached(this.#connection.request(`${this.#prefix}.ask.${subject}`, text, { timeout: limitMs }))).string();
  }

  serve(subject: string, answer: (text: string) => string | Promise<string>, signal: AbortSignal): void {
    const subscription = this.#connection.subscribe(`${this.#prefix}.ask.${subject}`, {
      callback: (error, message) => {
        if (error) return;
        void Promise.resolve(answer(message.string())).then(
          (text) => message.respond(text),
          () => undefined,
        );
      },
    });
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }

  tell(subject: string, text: string): void {
    // Too long for this broker: lost, as it may be.
    if (!this.#connection.isClosed() && Buffer.byteLength(text) <= this.#maxPayload) this.#connection.publish(`${this.#prefix}.tell.${subject}`, text);
  }

  hear(subject: string, onText: (text: string) => void, signal: AbortSignal): void {
    const subscription = this.#connection.subscribe(`${this.#prefix}.tell.${subject}`, { callback: (error, message) => (error ? undefined : onText(message.string())) });
    signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }

  async forget(): Promise<void> {
    for (const stream of [`KV_${this.#name}_state`, this.#name]) await reached(this.#manager.streams.delete(stream).catch(nothingIfGone));
  }

  /** Bytes of a message that the broker takes. */
  get #maxPayload(): number {
    return this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** The coordinator makes it; whoever comes after the end must not make it again. */
  async #state(how: 'made' | 'found'): Promise<KV> {
    if (how === 'found') return (await this.#kv) ?? reached(new Kvm(this.#client).open(`${this.#name}_state`));
    this.#kv ??= this.#make().catch((error: unknown) => {
      this.#kv = undefined;
      throw error;
    });
    return this.#kv;
  }

  async #make(): Promise<KV> {
    // Before the first worker can know of the run: to say something in a log that is not there is to come after its end.
    await this.#ensureLog();
    // The whole bucket ages: servers before 2.11 know no lifetime of a single key, and say nothing about it.
    return reached(new Kvm(this.#client).create(`${this.#name}_state`, { history: 1, ttl: KEEP_MS, max_bytes: MAX_BYTES.state, storage: StorageType.File }));
  }

  /** Entries stay until the reader has confirmed them. */
  #ensureLog(): Promise<unknown> {
    const config = { name: this.#name, subjects: [`${this.#prefix}.log`], retention: RetentionPolicy.Workqueue, discard: DiscardPolicy.New, storage: StorageType.File, max_age: nanos(KEEP_MS), max_bytes: MAX_BYTES.log, duplicate_window: nanos(DUPLICATE_WINDOW_MS) };
    return reached(this.#manager.streams.info(this.#name).catch(() => this.#manager.streams.add(config)));
  }

  async #overIfForgotten(error: unknown): Promise<never> {
    const gone = await this.#manager.streams.info(this.#name).then(() => false, isGone);
    throw gone ? new HarnessError('STOPPED', 'the run is over: nobody reads its log any more', { cause: error }) : error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === Number(JetStreamApiCodes.StreamNotFound);
}

/** The stream or the consumer. */
function isMissing(error: unknown): boolean {
  return isGone(error) || (error instanceof JetStreamApiError && error.code === Number(JetStreamApiCodes.ConsumerNotFound));
}

function nothingIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function nothingIfGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

/** Letters, digits, hyphen and underscore only: what may be part of a subject or of a stream's name. */
function token(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,150}$/.test(text)) throw new HarnessError('INTERNAL', `"${text.slice(0, 40)}" cannot be part of a subject`);
  return text;
}

async function reached<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unreachable('the NATS server did not answer', error);
  }
}

function unreachable(what: string, cause: unknown, hint = 'is it running, with JetStream (`nats-server -js`), and are address and credentials right?'): HarnessError {
  if (cause instanceof HarnessError) return cause;
  return new HarnessError('BROKER_UNREACHABLE', `${what}: ${messageOf(cause)}`, { cause, hint });
}

/** Credentials in a URL stay out of messages. */
function withoutUser(server: string): string {
  return server.replace(/\/\/[^/@]*@/, '//');
}
