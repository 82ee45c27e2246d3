import jsonPatch, { type Operation as PatchOperation } from 'fast-json-patch';
import { CLOSE, CONNECTION_ERROR_ID, GRAPHQL_SUBPROTOCOL, connectionInitFrame, parseServerFrame, subscribeFrame, type GraphqlError } from '../../bbb/graphql.js';
import { operation as inThree, type Operation } from '../../bbb/operations.js';
import { asInFour, MEDIA_GROUPS } from '../../bbb/operations-4.js';

export interface ClientEvents {
  /** Authorised; subscriptions may start (again). */
  ready(): void;
  /** Lost, trying again. */
  reconnecting(): void;
  /** Over for good: the connection was refused or ended by the server. */
  ended(messageId: string): void;
}

type Listener = (data: unknown) => void;

interface Running {
  readonly name: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly onData: Listener;
  readonly once: boolean;
  readonly onDone: ((error: GraphqlError | undefined) => void) | undefined;
  document: unknown;
}

const RETRY_MS = 10_000;
const MAX_RETRIES = 20;
const SILENCE_LIMIT_MS = 30_000;
const CHECK_EVERY_MS = 5_000;

/** The client's end of `/graphql`: operations by their recorded names, patches applied, reconnects as the HTML5 client (bbb-protocol §3.9). */
export class GraphqlClient {
  readonly clientSessionUuid = crypto.randomUUID();
  readonly #url: string;
  readonly #sessionToken: string;
  readonly #events: ClientEvents;
  readonly #running = new Map<string, Running>();
  #socket: WebSocket | undefined;
  readonly #four: boolean;
  #retries = 0;
  #lastFrameMs = 0;
  #ready = false;
  #over = false;

  constructor(url: string, sessionToken: string, four: boolean, events: ClientEvents) {
    this.#four = four;
    this.#url = url;
    this.#sessionToken = sessionToken;
    this.#events = events;
  }

  connect(): void {
    const socket = new WebSocket(this.#url, GRAPHQL_SUBPROTOCOL);
    this.#socket = socket;
    this.#lastFrameMs = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - this.#lastFrameMs > SILENCE_LIMIT_MS) socket.close(CLOSE.clientTimeout);
    }, CHECK_EVERY_MS);
    socket.onopen = () => socket.send(connectionInitFrame(this.#sessionToken, this.clientSessionUuid));
    socket.onmessage = (event) => this.#receive(String(event.data));
    socket.onclose = ({ code, reason }) => {
      clearInterval(watch);
      this.#ready = false;
      if (this.#over) return;
      if (code === CLOSE.forced) this.#end(reason || 'user_logged_out_reason');
      else if (++this.#retries > MAX_RETRIES) this.#end('server_closed');
      else {
        this.#events.reconnecting();
        setTimeout(() => {
          if (!this.#over) this.connect();
        }, RETRY_MS);
      }
    };
  }

  /** Keeps a subscription; `onData` gets the whole document under the root field each time. */
  subscribe(name: string, variables: Readonly<Record<string, unknown>>, onData: Listener): void {
    this.#start({ name, variables, onData, once: false, onDone: undefined, document: undefined });
  }

  /** A query or mutation; resolves with its value, rejects with what the server said. */
  request(name: string, variables: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let value: unknown;
      this.#start({
        name,
        variables,
        once: true,
        document: undefined,
        onData: (data) => {
          value = data;
        },
        onDone: (error) => (error ? reject(new Error(error.message)) : resolve(value)),
      });
    });
  }

  /** Ends the subscriptions of a name. */
  complete(name: string): void {
    for (const [id, running] of this.#running) {
      if (running.name !== name) continue;
      this.#running.delete(id);
      if (this.#ready) this.#socket!.send(JSON.stringify({ id, type: 'complete' }));
    }
  }

  close(): void {
    this.#over = true;
    this.#socket?.close(CLOSE.normal);
  }

  #start(running: Running): void {
    const id = crypto.randomUUID();
    this.#running.set(id, running);
    this.#sendStart(id, running);
  }

  #sendStart(id: string, { name, variables }: Running): void {
    if (this.#ready) this.#socket!.send(subscribeFrame(id, { ...naming(this.#operation(name)), variables }));
  }

  #receive(text: string): void {
    this.#lastFrameMs = performance.now();
    const frame = parseServerFrame(text);
    switch (frame?.type) {
      case 'ping':
        this.#socket?.send(JSON.stringify({ type: 'pong', payload: frame.payload }));
        return;
      case 'connection_ack':
        this.#acknowledged();
        return;
      case 'next':
        this.#next(frame.id, frame.data);
        return;
      case 'error':
        if (frame.id === CONNECTION_ERROR_ID) this.#end(frame.errors[0]?.messageId ?? 'internal_error');
        else this.#finish(frame.id, frame.errors[0] ?? { message: 'refused' });
        return;
      case 'complete':
        this.#finish(frame.id, undefined);
    }
  }

  #acknowledged(): void {
    const again = this.#retries > 0;
    this.#retries = 0;
    this.#ready = true;
    for (const [id, running] of this.#running) {
      running.document = undefined;
      // A mutation that was on its way when the connection broke is not repeated.
      if (!again || !running.once) this.#sendStart(id, running);
    }
    this.#events.ready();
  }

  /** A whole document, or a patch against the last one (bbb-protocol §3.4). */
  #next(id: string, data: Readonly<Record<string, unknown>>): void {
    const running = this.#running.get(id);
    if (!running) return;
    const patch = data['patch'];
    if (Array.isArray(patch) && running.document !== undefined) running.document = jsonPatch.applyPatch(running.document, patch as PatchOperation[], false, false).newDocument;
    else running.document = data[this.#operation(running.name).rootField];
    running.onData(running.document);
  }

  /** In the words of the server's line. */
  #operation(name: string): Operation {
    if (name === MEDIA_GROUPS.operationName) return MEDIA_GROUPS;
    return this.#four ? asInFour(inThree(name)) : inThree(name);
  }

  #finish(id: string, error: GraphqlError | undefined): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    running.onDone?.(error);
  }

  #end(messageId: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket?.close();
    this.#events.ended(messageId);
  }
}

function naming({ operationName, query }: Operation): Pick<Operation, 'operationName' | 'query'> {
  return { operationName, query };
}
