import { WebSocket } from 'ws';
import { CLOSE, CONNECTION_ERROR_ID, GRAPHQL_SUBPROTOCOL, MAX_GRAPHQL_FRAME_BYTES, connectionInitFrame, parseServerFrame, subscribeFrame, type GraphqlError } from '../bbb/graphql.js';
import { patched } from '../bbb/json-patch.js';
import type { Operation } from '../bbb/operations.js';
import { every, sleep, type Clock } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import { ownLimit } from '../core/own-limits.js';
import { uniqueUuid } from '../core/random.js';

export interface GraphqlSessionOptions {
  readonly url: string;
  readonly origin: string;
  readonly cookie: string;
  readonly sessionToken: string;
  readonly clientSessionUuid: string;
  readonly clock: Clock;
  readonly events: GraphqlSessionEvents;
  /** There is no network now. */
  readonly offline?: () => boolean;
  /** Tests listen in on the socket. */
  readonly connect?: (url: string, protocol: string, headers: Readonly<Record<string, string>>) => WebSocket;
}

export interface GraphqlSessionEvents {
  /** The socket closed, or could not be opened; it is tried again. */
  interrupted(why: string): void;
  /** Authorised again after an interruption. */
  resumed(): void;
  /** One operation was refused because a limit of the middleware was reached. */
  limited(operationName: string): void;
  /** A subscription was refused for another reason: the user is never shown what it is about. It is not tried again, as in the client. */
  refused(operationName: string): void;
  /** The server refused or ended the session for good, or every attempt was in vain. */
  ended(error: HarnessError): void;
}

interface Running {
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly onData: (document: unknown) => void;
  readonly onDone: (error: GraphqlError | undefined) => void;
  document: unknown;
}

/** The client's own figures (bigbluebutton-html5 connection-manager; bbb-protocol §3.9). */
const RETRY_MS = 10_000;
const MAX_RETRIES = 20;
const SILENCE_LIMIT_MS = 30_000;
const CHECK_EVERY_MS = 5_000;
/** "Rate limit exceeded: Maximum 200 queries per minute …", "Limit of mutations per minute reached already" (bbb-graphql-middleware; bbb-protocol §3.9). */
const LIMIT = /\blimit\b/i;
/** Code of an operation that asks for what this server's schema does not have: versions of client and server differ (Patched_Timer of 3.0.19; bbb-protocol §3.3). */
const OF_ANOTHER_VERSION = 'validation-failed';

/**
 * A user's `/graphql` socket in Node: operations, JSON patches, pings, and reconnects as the HTML5 client does them. Subscriptions
 * survive a reconnect; queries and mutations that were under way fail.
 */
export class GraphqlSession {
  readonly #options: GraphqlSessionOptions;
  readonly #running = new Map<string, Running>();
  readonly #over = new AbortController();
  #socket: WebSocket | undefined;
  #ready: (() => void) | undefined;
  #authorised = false;
  #attempts = 0;
  #lastFrameMs = 0;
  /** As the last frame, but a new connection does not count as a word of the server. */
  #heardMs: number | undefined;

  constructor(options: GraphqlSessionOptions) {
    this.#options = options;
  }

  /** Resolves once authorised, after as many attempts as the client would make. What ends the session ends in `events.ended`. */
  open(): Promise<void> {
    const { clock } = this.#options;
    void every(clock, CHECK_EVERY_MS, this.#over.signal, () => {
      if (this.#socket && clock.nowMs() - this.#lastFrameMs > SILENCE_LIMIT_MS) this.#socket.terminate();
    });
    return new Promise((resolve) => {
      this.#ready = resolve;
      this.#connect();
    });
  }

  /** Starts a subscription; `onData` gets its whole document each time. An error ends this subscription only. */
  subscribe(operation: Operation, variables: Readonly<Record<string, unknown>>, onData: (document: unknown) => void): void {
    this.#start({ operation, variables, onData, onDone: () => undefined, document: undefined });
  }

  /** A query or mutation; resolves with its root field. Rejects with STEP_FAILED in the server's words. Once `signal` aborts, nobody waits for it any more. */
  request(operation: Operation, variables: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let value: unknown;
      const id = this.#start({
        operation,
        variables,
        document: undefined,
        onData: (document) => {
          value = document;
        },
        onDone: (error) => (error ? reject(new HarnessError('STEP_FAILED', `${operation.operationName} was refused: ${error.message.slice(0, 200)}`)) : resolve(value)),
      });
      // As the client does with what takes long, it tells the server nothing.
      signal?.addEventListener('abort', () => this.#running.delete(id), { once: true });
    });
  }

  /** Ends the subscriptions of a name. */
  complete(operationName: string): void {
    for (const [id, { operation }] of this.#running) {
      if (operation.operationName !== operationName) continue;
      this.#running.delete(id);
      this.#send(JSON.stringify({ id, type: 'complete' }));
    }
  }

  /** A subscription of this name is under way. */
  isSubscribed(operationName: string): boolean {
    return [...this.#running.values()].some(({ operation }) => operation.operationName === operationName);
  }

  /** For how long the server has said nothing, over all connections, ms. */
  get silentMs(): number {
    return this.#heardMs === undefined ? 0 : this.#options.clock.nowMs() - this.#heardMs;
  }

  /** The network is gone. */
  cut(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#shut('the session was closed');
  }

  #start(running: Running): string {
    // A UUID as the client's, so that frames have its size.
    const id = uniqueUuid();
    this.#running.set(id, running);
    if (this.#authorised) this.#sendStart(id, running);
    else if (running.operation.kind !== 'subscription') this.#finish(id, { message: 'the connection is interrupted' });
    return id;
  }

  #sendStart(id: string, { operation, variables }: Running): void {
    this.#send(subscribeFrame(id, { operationName: operation.operationName, query: operation.query, variables }));
  }

  #send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #connect(): void {
    const { url, cookie, origin, sessionToken, clientSessionUuid, clock, connect = plainSocket } = this.#options;
    const socket = connect(url, GRAPHQL_SUBPROTOCOL, { ...(cookie === '' ? {} : { cookie }), origin });
    this.#socket = socket;
    this.#lastFrameMs = clock.nowMs();
    let why = '';
    socket.on('open', () => socket.send(connectionInitFrame(sessionToken, clientSessionUuid)));
    // ws hands out Buffers unless told otherwise.
    socket.on('message', (data: Buffer) => this.#receive(data.toString('utf8')));
    socket.on('error', (error) => {
      why = error.message.slice(0, 120);
      // Trying again would only wait for what this machine does not have.
      const own = ownLimit('the GraphQL connection', error);
      if (own) this.#end(own);
    });
    socket.on('close', (code) => {
      if (this.#socket === socket) this.#closed(code, why);
    });
    if (this.#options.offline?.() === true) socket.terminate();
  }

  #closed(code: number, why: string): void {
    this.#socket = undefined;
    this.#authorised = false;
    if (this.#over.signal.aborted) return;
    this.#failRequests('the connection was interrupted');
    if (code === CLOSE.forced) {
      this.#end(new HarnessError('KICKED', 'the server closed the session (4403)'));
      return;
    }
    this.#options.events.interrupted(why || `the GraphQL socket was closed with ${code}`);
    if (++this.#attempts > MAX_RETRIES) {
      this.#end(new HarnessError('CONNECTION_LOST', `the GraphQL connection did not come back in ${MAX_RETRIES} attempts`));
      return;
    }
    void sleep(this.#options.clock, RETRY_MS, this.#over.signal).then(
      () => this.#connect(),
      () => undefined,
    );
  }

  #receive(text: string): void {
    this.#lastFrameMs = this.#heardMs = this.#options.clock.nowMs();
    const frame = parseServerFrame(text);
    switch (frame?.type) {
      case 'ping':
        this.#send(JSON.stringify({ type: 'pong', payload: frame.payload }));
        return;
      case 'connection_ack':
        this.#acknowledged();
        return;
      case 'next':
        this.#next(frame.id, frame.data);
        return;
      case 'error':
        if (frame.id === CONNECTION_ERROR_ID) this.#refused(frame.errors[0]);
        else this.#failed(frame.id, frame.errors[0] ?? { message: 'refused' });
        return;
      case 'complete':
        this.#finish(frame.id, undefined);
    }
  }

  #acknowledged(): void {
    const again = this.#ready === undefined;
    this.#attempts = 0;
    this.#authorised = true;
    for (const [id, running] of this.#running) {
      running.document = undefined;
      this.#sendStart(id, running);
    }
    if (again) this.#options.events.resumed();
    else this.#ready!();
    this.#ready = undefined;
  }

  /** A whole document, or a patch against the last one (bbb-protocol §3.4). */
  #next(id: string, data: Readonly<Record<string, unknown>>): void {
    const running = this.#running.get(id);
    if (!running) return;
    const patch = data['patch'];
    if (!Array.isArray(patch)) running.document = data[running.operation.rootField];
    else if (running.document !== undefined) {
      const document = patched(running.document, patch);
      // What does not fit says nothing new.
      if (document === undefined) return;
      running.document = document;
    }
    running.onData(running.document);
  }

  #failed(id: string, error: GraphqlError): void {
    const running = this.#running.get(id);
    if (running && LIMIT.test(error.message)) this.#options.events.limited(running.operation.operationName);
    else if (running?.operation.kind === 'subscription' && error.extensions?.['code'] !== OF_ANOTHER_VERSION) this.#options.events.refused(running.operation.operationName);
    this.#finish(id, error);
  }

  #finish(id: string, error: GraphqlError | undefined): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    running.onDone(error);
  }

  #failRequests(message: string): void {
    for (const [id, { operation }] of [...this.#running]) if (operation.kind !== 'subscription') this.#finish(id, { message });
  }

  /** A frame with id −1 is terminal for the client, limits included. */
  #refused(error: GraphqlError | undefined): void {
    const reason = error?.messageId ?? 'internal_error';
    const text = `GraphQL refused the session: ${reason}`;
    const hint = reason === 'connections_limit_exceeded' ? 'raise max_connections in /etc/bigbluebutton/bbb-graphql-middleware.yml, or plan fewer users per server' : undefined;
    this.#end(new HarnessError('GRAPHQL_REFUSED', text, hint === undefined ? {} : { hint }));
  }

  #end(error: HarnessError): void {
    if (this.#shut(error.message)) this.#options.events.ended(error);
  }

  /** Ends everything, once; false if it was over before. */
  #shut(why: string): boolean {
    if (this.#over.signal.aborted) return false;
    this.#over.abort();
    const socket = this.#socket;
    this.#socket = undefined;
    this.#authorised = false;
    if (socket?.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket?.close(CLOSE.normal);
    this.#failRequests(why);
    return true;
  }
}

function plainSocket(url: string, protocol: string, headers: Readonly<Record<string, string>>): WebSocket {
  return new WebSocket(url, protocol, { headers, perMessageDeflate: false, maxPayload: MAX_GRAPHQL_FRAME_BYTES });
}
